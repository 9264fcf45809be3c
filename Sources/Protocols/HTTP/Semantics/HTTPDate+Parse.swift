private import Bytes

extension HTTPDate {
  /// The seconds since 1970, or nil when the bytes are no date of the three forms: RFC 9110 has such a
  /// field ignored. The name of the weekday is not compared with the date.
  ///
  /// ```
  /// Sun, 06 Nov 1994 08:49:37 GMT
  /// Sunday, 06-Nov-94 08:49:37 GMT
  /// Sun Nov  6 08:49:37 1994
  /// ```
  public static func parse(_ bytes: RawSpan) -> Int64? {
    guard bytes.byteCount >= 24, bytes.byteCount <= 33 else { return nil }
    return bytes.withUnsafeBytes { buffer in
      let window = Window(buffer)
      if window[3] == UInt8(ascii: ",") { return Self.parseFixed(window) }
      if window[3] == 0x20 { return Self.parseAsctime(window) }
      return Self.parseRFC850(window)
    }
  }

  private static func parseFixed(_ window: Window) -> Int64? {
    guard window.count == Self.byteCount, Self.isWeekday(window), window[4] == 0x20,
      window[7] == 0x20, window[11] == 0x20, window[16] == 0x20,
      window.spells(" GMT", 25..<29), let day = window.number(5..<7),
      let month = Self.month(window, 8), let year = window.number(12..<16)
    else { return nil }
    return Self.seconds(window, year, month, day, timeAt: 17)
  }

  private static func parseAsctime(_ window: Window) -> Int64? {
    guard window.count == 24, Self.isWeekday(window), window[7] == 0x20, window[10] == 0x20,
      window[19] == 0x20, let month = Self.month(window, 4),
      let day = window.number(window[8] == 0x20 ? 9..<10 : 8..<10),
      let year = window.number(20..<24)
    else { return nil }
    return Self.seconds(window, year, month, day, timeAt: 11)
  }

  private static func parseRFC850(_ window: Window) -> Int64? {
    guard let comma = window.first(UInt8(ascii: ","), in: 0..<window.count),
      window.count == comma + 24, Self.isWeekday(window), window[comma + 1] == 0x20,
      window[comma + 4] == UInt8(ascii: "-"), window[comma + 8] == UInt8(ascii: "-"),
      window[comma + 11] == 0x20, window.spells(" GMT", comma + 20..<comma + 24),
      let day = window.number(comma + 2..<comma + 4), let month = Self.month(window, comma + 5),
      let short = window.number(comma + 9..<comma + 11)
    else { return nil }
    // Two digits: nobody who still writes this form means a year before 1970.
    return Self.seconds(window, short + (short < 70 ? 2000 : 1900), month, day, timeAt: comma + 12)
  }

  private static func isWeekday(_ window: Window) -> Bool {
    (0..<7).contains { day in
      (0..<3).allSatisfy { window[$0] == Self.weekdays.utf8Start[day * 3 + $0] }
    }
  }

  private static func month(_ window: Window, _ at: Int) -> Int? {
    for month in 0..<12
    where (0..<3).allSatisfy({ window[at + $0] == Self.months.utf8Start[month * 3 + $0] }) {
      return month + 1
    }
    return nil
  }

  private static func seconds(
    _ window: Window, _ year: Int, _ month: Int, _ day: Int, timeAt at: Int
  )
    -> Int64?
  {
    guard window[at + 2] == UInt8(ascii: ":"), window[at + 5] == UInt8(ascii: ":"),
      let hour = window.number(at..<at + 2), let minute = window.number(at + 3..<at + 5),
      let second = window.number(at + 6..<at + 8), hour < 24, minute < 60, second <= 60,
      let days = Self.days(year: year, month: month, day: day)
    else { return nil }
    return days * 86_400 + Int64(hour * 3600 + minute * 60 + Swift.min(second, 59))
  }
}

extension Window {
  /// The number that a few digits make, or nil when one of them is none.
  fileprivate func number(_ range: Range<Int>) -> Int? {
    var value = 0
    for index in range {
      guard Grammar.isDigit(self[index]) else { return nil }
      value = value * 10 + Int(self[index] - 0x30)
    }
    return value
  }
}
