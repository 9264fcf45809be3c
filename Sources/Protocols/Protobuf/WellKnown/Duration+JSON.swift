internal import Bytes
internal import JSON

/// Seconds with 0, 3, 6 or 9 digits of fraction and an `s`: `-1.500s`.
extension ProtoDuration {
  /// About ten thousand years either way.
  static let secondsMax: Int64 = 315_576_000_000

  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    guard let text = reader.cursor.string, let value = ProtoDuration(text: text) else {
      throw reader.wrongValue("a duration such as 1.5s")
    }
    self = value
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    guard let text = self.text else {
      return writer.fail("\(self.seconds) s and \(self.nanos) ns is no duration")
    }
    writer.json?.value(text)
  }

  /// Nil beyond ten thousand years, or when seconds and nanoseconds have different signs.
  public var text: String? {
    guard self.seconds.magnitude <= Self.secondsMax.magnitude,
      self.nanos.magnitude < 1_000_000_000,
      self.seconds == 0 || self.nanos == 0 || (self.seconds < 0) == (self.nanos < 0)
    else { return nil }
    let sign = self.seconds < 0 || self.nanos < 0 ? "-" : ""
    return sign + String(self.seconds.magnitude) + fractionText(abs(self.nanos)) + "s"
  }

  public init?(text: String) {
    var bytes = Array(text.utf8)
    guard bytes.popLast() == UInt8(ascii: "s") else { return nil }
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative { bytes.removeFirst() }
    var at = 0
    var seconds: Int64 = 0
    while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
      seconds = seconds * 10 + Int64(bytes[at] - 0x30)
      guard seconds <= Self.secondsMax else { return nil }
      at += 1
    }
    guard at > 0, let nanos = fraction(bytes, &at), at == bytes.count else { return nil }
    self.init()
    self.seconds = isNegative ? -seconds : seconds
    self.nanos = isNegative ? -nanos : nanos
  }
}
