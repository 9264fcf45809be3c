internal import Bytes
internal import JSON

/// RFC 3339 in UTC, with 0, 3, 6 or 9 digits of fraction: `1970-01-01T00:00:10.250Z`.
extension ProtoTimestamp {
  /// From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    guard let text = reader.cursor.string, let value = ProtoTimestamp(text: text) else {
      throw reader.wrongValue("a timestamp of RFC 3339")
    }
    self = value
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    guard let text = self.text else {
      return writer.fail("\(self.seconds) s and \(self.nanos) ns is no timestamp")
    }
    writer.json?.value(text)
  }

  /// Nil outside the years 1 to 9999, or with nanoseconds outside a second.
  public var text: String? {
    guard Self.secondsRange.contains(self.seconds), 0..<1_000_000_000 ~= self.nanos else {
      return nil
    }
    let day = floorDivide(self.seconds, 86_400)
    let (year, month, dayOfMonth) = civilDate(ofDay: day)
    let second = Int(self.seconds - day * 86_400)
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
      + "T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
      + fractionText(self.nanos) + "Z"
  }

  /// Reads what RFC 3339 allows: any offset, one to nine digits of fraction.
  public init?(text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20,
      let year = digits(bytes, 0, 4), bytes[4] == 0x2D, let month = digits(bytes, 5, 2),
      bytes[7] == 0x2D, let day = digits(bytes, 8, 2), bytes[10] == UInt8(ascii: "T"),
      let hour = digits(bytes, 11, 2), bytes[13] == 0x3A, let minute = digits(bytes, 14, 2),
      bytes[16] == 0x3A, let second = digits(bytes, 17, 2),
      (1...12).contains(month), (1...9999).contains(year), hour < 24, minute < 60, second < 60,
      day >= 1, day <= daysInMonth(month, year)
    else { return nil }
    var at = 19
    guard let nanos = fraction(bytes, &at), let offset = zoneOffset(bytes, &at), at == bytes.count
    else { return nil }
    self.init()
    let days = dayNumber(year: year, month: month, day: day)
    self.seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offset)
    self.nanos = nanos
    guard Self.secondsRange.contains(self.seconds) else { return nil }
  }
}

/// Seconds east of UTC: `Z`, `+01:00`, `-08:30`.
private func zoneOffset(_ bytes: [UInt8], _ at: inout Int) -> Int? {
  guard at < bytes.count else { return nil }
  let sign = bytes[at]
  at += 1
  if sign == UInt8(ascii: "Z") { return 0 }
  guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), bytes.count >= at + 5,
    let hours = digits(bytes, at, 2), bytes[at + 2] == 0x3A, let minutes = digits(bytes, at + 3, 2),
    hours < 24, minutes < 60
  else { return nil }
  at += 5
  let offset = hours * 3600 + minutes * 60
  return sign == UInt8(ascii: "-") ? -offset : offset
}

/// Nanoseconds of `.25`; zero when there is no point, nil when the digits are none or too many.
func fraction(_ bytes: [UInt8], _ at: inout Int) -> Int32? {
  guard at < bytes.count, bytes[at] == UInt8(ascii: ".") else { return 0 }
  at += 1
  var value: Int32 = 0
  var count = 0
  while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
    guard count < 9 else { return nil }
    value = value * 10 + Int32(bytes[at] - 0x30)
    count += 1
    at += 1
  }
  guard count > 0 else { return nil }
  for _ in count..<9 { value *= 10 }
  return value
}

/// The point and 3, 6 or 9 digits; nothing for zero.
func fractionText(_ nanos: Int32) -> String {
  if nanos == 0 { return "" }
  if nanos % 1_000_000 == 0 { return "." + padded(Int(nanos) / 1_000_000, 3) }
  if nanos % 1000 == 0 { return "." + padded(Int(nanos) / 1000, 6) }
  return "." + padded(Int(nanos), 9)
}

func padded(_ number: Int, _ width: Int) -> String {
  let text = String(number)
  return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
}

private func digits(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int? {
  var value = 0
  for place in at..<(at + count) {
    guard bytes[place] >= 0x30, bytes[place] <= 0x39 else { return nil }
    value = value * 10 + Int(bytes[place] - 0x30)
  }
  return value
}

private func daysInMonth(_ month: Int, _ year: Int) -> Int {
  switch month {
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar (years begin in March: the leap day is
/// the last day of one).
private func dayNumber(year: Int, month: Int, day: Int) -> Int64 {
  let shifted = month <= 2 ? year - 1 : year
  let era = (shifted >= 0 ? shifted : shifted - 399) / 400
  let yearOfEra = shifted - era * 400
  let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return Int64(era * 146_097 + dayOfEra - 719_468)
}

private func civilDate(ofDay day: Int64) -> (year: Int, month: Int, day: Int) {
  let shifted = Int(day) + 719_468
  let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
  let dayOfEra = shifted - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let month = (5 * dayOfYear + 2) / 153
  let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
  return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
  let quotient = value / divisor
  return value % divisor < 0 ? quotient - 1 : quotient
}
