private import Bytes

/// `name=value&name&name=value`, of a URI's query or a form's body. Walks over the raw bytes; nothing
/// is decoded that is not asked for.
public struct QueryString: ~Escapable {
  private let bytes: RawSpan
  private var at = 0

  /// The most pairs that are looked at; what is behind them is not found.
  public static let pairsMax = 1000
  private var pairs = 0

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) { self.bytes = bytes }

  /// Extents of the next name and value, both raw. A name without `=` has no value.
  @_lifetime(self: copy self)
  public mutating func next() -> (name: Extent, value: Extent?)? {
    while self.at < self.bytes.byteCount, self.pairs < Self.pairsMax {
      let start = self.at
      let end = self.bytes.firstOffset(of: UInt8(ascii: "&"), from: start) ?? self.bytes.byteCount
      self.at = end + 1
      guard end > start else { continue }
      self.pairs += 1
      guard let equals = self.bytes.firstOffset(of: UInt8(ascii: "="), from: start), equals < end
      else { return (Extent(start..<end), nil) }
      return (Extent(start..<equals), Extent(equals + 1..<end))
    }
    return nil
  }

  /// The first pair whose decoded name is `name`: its raw value, or an empty one.
  @_lifetime(copy bytes)
  public static func first(_ name: StaticString, in bytes: RawSpan) -> RawSpan? {
    var walker = QueryString(bytes)
    while let pair = walker.next() {
      if Self.isName(pair.name.bytes(in: bytes), name) {
        return (pair.value ?? .empty).bytes(in: bytes)
      }
    }
    return nil
  }

  /// The decoded value of the first pair with this name; nil when there is none. Throws when the value
  /// has a broken escape or is not UTF-8.
  public static func text(_ name: StaticString, in bytes: RawSpan) throws(HTTPError) -> String? {
    guard let raw = self.first(name, in: bytes) else { return nil }
    guard let text = PercentCoding.text(raw, plus: .blank) else {
      throw HTTPError(
        .badRequest, .badParameter, "parameter \(name) is not percent-encoded UTF-8")
    }
    return text
  }

  private static func isName(_ raw: RawSpan, _ name: StaticString) -> Bool {
    if raw.isEqual(to: name) { return true }
    guard
      raw.firstOffset(of: UInt8(ascii: "%")) != nil || raw.firstOffset(of: UInt8(ascii: "+")) != nil
    else { return false }
    return PercentCoding.text(raw, plus: .blank).map { $0 == "\(name)" } ?? false
  }

  /// All pairs decoded, in their order: a form's fields. Throws when there are more than `pairsMax`
  /// and when one of them is not percent-encoded UTF-8.
  public static func pairs(_ bytes: RawSpan) throws(HTTPError) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    var walker = QueryString(bytes)
    while let pair = walker.next() {
      guard let name = PercentCoding.text(pair.name.bytes(in: bytes), plus: .blank),
        let value = PercentCoding.text((pair.value ?? .empty).bytes(in: bytes), plus: .blank)
      else {
        throw HTTPError(
          .badRequest, .badParameter, "parameter \(pairs.count + 1) is not percent-encoded UTF-8")
      }
      pairs.append((name, value))
    }
    guard walker.at >= bytes.byteCount else {
      throw HTTPError(
        .badRequest, .badParameter, "there are more than \(Self.pairsMax) parameters")
    }
    return pairs
  }
}
