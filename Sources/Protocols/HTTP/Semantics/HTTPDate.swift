public import Bytes

/// Dates of RFC 9110, section 5.6.7: written as `Sun, 06 Nov 1994 08:49:37 GMT`, read in all three
/// forms. Seconds since 1970, years 1970 to 9999.
public enum HTTPDate {
  public static let byteCount = 29

  /// 9999-12-31T23:59:59Z
  static let maximum: Int64 = 253_402_300_799

  /// Appends the 29 bytes. A moment before 1970 or after 9999 is written as the nearest that can be.
  public static func append(seconds: Int64, to target: inout ByteWriter) {
    let clamped = Swift.min(Swift.max(seconds, 0), Self.maximum)
    let days = clamped / 86_400
    let second = clamped % 86_400
    let (year, month, day) = Self.civil(fromDays: days)
    target.append(Self.weekdays, at: Int((days + 4) % 7) * 3)
    target.append(", ")
    target.append(twoDigits: day)
    target.append(UInt8(ascii: " "))
    target.append(Self.months, at: (month - 1) * 3)
    target.append(UInt8(ascii: " "))
    target.append(twoDigits: year / 100)
    target.append(twoDigits: year % 100)
    target.append(UInt8(ascii: " "))
    target.append(twoDigits: Int(second / 3600))
    target.append(UInt8(ascii: ":"))
    target.append(twoDigits: Int(second / 60 % 60))
    target.append(UInt8(ascii: ":"))
    target.append(twoDigits: Int(second % 60))
    target.append(" GMT")
  }

  static let weekdays: StaticString = "SunMonTueWedThuFriSat"
  static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

  /// Year, month and day of a day number, 0 being 1970-01-01.
  static func civil(fromDays days: Int64) -> (year: Int, month: Int, day: Int) {
    // Eras of 400 years that begin in March, so that the leap day is a year's last.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), Int(month), Int(day))
  }

  /// The day number of a date that exists, or nil.
  static func days(year: Int, month: Int, day: Int) -> Int64? {
    guard year >= 1970, year <= 9999, month >= 1, month <= 12, day >= 1, day <= 31 else {
      return nil
    }
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = Int64(era * 146_097 + dayOfEra - 719_468)
    // 31 April and the like come back as another day.
    let back = Self.civil(fromDays: days)
    return back == (year, month, day) ? days : nil
  }
}

extension ByteWriter {
  fileprivate mutating func append(twoDigits value: Int) {
    self.append(UInt8(value / 10) + 0x30)
    self.append(UInt8(value % 10) + 0x30)
  }

  fileprivate mutating func append(_ table: StaticString, at offset: Int) {
    self.append(copying: UnsafeRawBufferPointer(start: table.utf8Start + offset, count: 3))
  }
}
