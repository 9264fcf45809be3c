public import Bytes
public import Values

/// The time of a signed request, to the second: `20130524T000000Z`.
public struct SigV4Time: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Seconds since 1970-01-01T00:00:00Z.
  public let seconds: Int64

  /// - Precondition: years 1 to 9999.
  public init(seconds: Int64) {
    precondition(
      seconds >= -62_135_596_800 && seconds <= 253_402_300_799,
      "\(seconds) s is not in years 1–9999")
    self.seconds = seconds
  }

  /// To the second that has begun.
  public init(_ time: WallTime) {
    let (quotient, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    self.init(seconds: rest < 0 ? quotient - 1 : quotient)
  }

  /// Reads `yyyymmddThhmmssZ`; nil for anything else, and for days that no calendar has.
  public init?(basic text: RawSpan) {
    guard text.byteCount == 16, text[byteAt: 8] == UInt8(ascii: "T"),
      text[byteAt: 15] == UInt8(ascii: "Z"),
      let year = Self.number(text, 0, 4), let month = Self.number(text, 4, 2),
      let day = Self.number(text, 6, 2), let hour = Self.number(text, 9, 2),
      let minute = Self.number(text, 11, 2), let second = Self.number(text, 13, 2)
    else { return nil }
    self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
  }

  /// Reads `Fri, 24 May 2013 00:00:00 GMT` (the preferred form of RFC 9110); nil for anything else.
  public init?(httpDate text: RawSpan) {
    guard text.byteCount == 29, text.extracting(25..<29).isEqual(to: " GMT"),
      text[byteAt: 3] == UInt8(ascii: ","), text[byteAt: 4] == UInt8(ascii: " "),
      text[byteAt: 7] == UInt8(ascii: " "), text[byteAt: 11] == UInt8(ascii: " "),
      text[byteAt: 16] == UInt8(ascii: " "), text[byteAt: 19] == UInt8(ascii: ":"),
      text[byteAt: 22] == UInt8(ascii: ":"), let day = Self.number(text, 5, 2),
      let year = Self.number(text, 12, 4), let hour = Self.number(text, 17, 2),
      let minute = Self.number(text, 20, 2), let second = Self.number(text, 23, 2)
    else { return nil }
    let names: [StaticString] = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let name = text.extracting(8..<11)
    guard let month = names.firstIndex(where: { name.isEqual(to: $0) }) else { return nil }
    self.init(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
  }

  private init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    guard let date = CivilDate(year: year, month: month, day: day), hour < 24, minute < 60,
      second < 60
    else { return nil }
    self.seconds = Int64(
      date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second)
  }

  private static func number(_ text: RawSpan, _ start: Int, _ count: Int) -> Int? {
    var value = 0
    for index in start..<start + count {
      let digit = text[byteAt: index] &- 0x30
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }

  private var date: CivilDate {
    // The seconds are within years 1 to 9999, so the day is one.
    CivilDate(daysSinceEpoch: Int(self.seconds - self.secondOfDay) / 86_400).unsafelyUnwrapped
  }

  private var secondOfDay: Int64 {
    let rest = self.seconds % 86_400
    return rest < 0 ? rest + 86_400 : rest
  }

  /// `20130524`.
  public var day: String { String(self.description.prefix(8)) }

  public var description: String {
    var writer = ByteWriter(capacity: 16)
    self.append(to: &writer)
    return writer.bytes.lossyText
  }

  public func append(to target: inout ByteWriter) {
    let date = self.date
    let second = Int(self.secondOfDay)
    func pair(_ value: Int) {
      target.append(UInt8(0x30 + value / 10))
      target.append(UInt8(0x30 + value % 10))
    }
    pair(date.year / 100)
    pair(date.year % 100)
    pair(date.month)
    pair(date.day)
    target.append(UInt8(ascii: "T"))
    pair(second / 3600)
    pair(second / 60 % 60)
    pair(second % 60)
    target.append(UInt8(ascii: "Z"))
  }

  public static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }
}
