private import Bytes

/// Dates and times of single values: days and microseconds around 1970, in the Gregorian calendar
/// extended to all years that their integers hold.
enum CalendarText {
  static let microsecondsPerDay: Int64 = 86_400_000_000

  /// The civil date of a day; the year may be far from ours.
  static func date(ofDay day: Int64) -> (year: Int64, month: Int, day: Int) {
    let shifted = day + 719_468
    let cycle = shifted.flooredQuotient(146_097)
    let dayOfCycle = shifted - cycle * 146_097
    let yearOfCycle =
      (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (
      cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), Int(month),
      Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    )
  }

  static func day(year: Int64, month: Int, day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let cycle = shifted.flooredQuotient(400)
    let yearOfCycle = shifted - cycle * 400
    let monthFromMarch = Int64(month > 2 ? month - 3 : month + 9)
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
    return cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
      - 719_468
  }

  // MARK: Writing

  static func appendDate(ofDay day: Int64, to text: inout String) {
    let (year, month, dayOfMonth) = self.date(ofDay: day)
    if year < 0 { text += "-" } else if year > 9999 { text += "+" }
    self.append(year.magnitude, digits: 4, to: &text)
    text += "-"
    self.append(UInt64(month), digits: 2, to: &text)
    text += "-"
    self.append(UInt64(dayOfMonth), digits: 2, to: &text)
  }

  /// - Parameter units: how many are a second: a million or a thousand million.
  static func appendTime(_ time: Int64, units: Int64, to text: inout String) {
    let second = time / units
    self.append(UInt64(second / 3600), digits: 2, to: &text)
    text += ":"
    self.append(UInt64(second / 60 % 60), digits: 2, to: &text)
    text += ":"
    self.append(UInt64(second % 60), digits: 2, to: &text)
    text += "."
    self.append(UInt64(time % units), digits: units == 1_000_000 ? 6 : 9, to: &text)
  }

  static func appendTimestamp(_ value: Int64, units: Int64, to text: inout String) {
    let day = value.flooredQuotient(86_400 * units)
    self.appendDate(ofDay: day, to: &text)
    text += "T"
    // Not by a product: the first day of all reaches below 64 bits.
    let remainder = value % (86_400 * units)
    self.appendTime(
      remainder < 0 ? remainder + 86_400 * units : remainder, units: units, to: &text)
  }

  private static func append(_ value: UInt64, digits: Int, to text: inout String) {
    let number = String(value)
    if number.utf8.count < digits {
      text += String(repeating: "0", count: digits - number.utf8.count)
    }
    text += number
  }

  // MARK: Reading

  /// Nil when the text is no date of 32 bits.
  static func day(_ text: String) -> Int64? {
    var scanner = CalendarScanner(text)
    guard let day = scanner.date(), scanner.isAtEnd else { return nil }
    return day
  }

  static func time(_ text: String) -> Int64? {
    var scanner = CalendarScanner(text)
    guard let time = scanner.time(units: 1_000_000), scanner.isAtEnd else { return nil }
    return time
  }

  /// - Parameter zoned: whether an offset must be there, or must not.
  static func timestamp(_ text: String, units: Int64, zoned: Bool) -> Int64? {
    var scanner = CalendarScanner(text)
    guard let day = scanner.date(), scanner.take("T") || scanner.take("t") || scanner.take(" "),
      let time = scanner.time(units: units)
    else { return nil }
    var offset: Int64 = 0
    if zoned {
      guard let seconds = scanner.offset() else { return nil }
      offset = seconds * units
    }
    guard scanner.isAtEnd else { return nil }
    // Wider than the result: the first day of all begins below 64 bits.
    return Int64(exactly: Int128(day) * Int128(86_400 * units) + Int128(time - offset))
  }
}

struct CalendarScanner {
  private let bytes: [UInt8]
  private var at = 0

  init(_ text: String) { self.bytes = Array(text.utf8.prefix(100)) }

  var isAtEnd: Bool { self.at == self.bytes.count }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard self.at < self.bytes.count, self.bytes[self.at] == UInt8(ascii: character) else {
      return false
    }
    self.at += 1
    return true
  }

  private mutating func number(_ digits: ClosedRange<Int>, _ range: ClosedRange<Int64>) -> Int64? {
    let start = self.at
    var value: Int64 = 0
    while self.at < self.bytes.count, self.at - start < digits.upperBound,
      self.bytes[self.at] &- 0x30 < 10
    {
      value = value * 10 + Int64(self.bytes[self.at] - 0x30)
      self.at += 1
    }
    return self.at - start >= digits.lowerBound && range.contains(value) ? value : nil
  }

  mutating func date() -> Int64? {
    let isNegative = self.take("-")
    let isLong = isNegative || self.take("+")
    guard let year = self.number(isLong ? 4...7 : 4...4, 0...9_999_999), self.take("-"),
      let month = self.number(2...2, 1...12), self.take("-"),
      let day = self.number(2...2, 1...31)
    else { return nil }
    let signed = isNegative ? -year : year
    let isLeap = signed % 4 == 0 && (signed % 100 != 0 || signed % 400 == 0)
    let count: Int64 = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    guard day <= count else { return nil }
    return CalendarText.day(year: signed, month: Int(month), day: Int(day))
  }

  /// `hh:mm`, `:ss` and a fraction; more digits than the unit has must be zeros.
  mutating func time(units: Int64) -> Int64? {
    guard let hour = self.number(2...2, 0...23), self.take(":"),
      let minute = self.number(2...2, 0...59)
    else { return nil }
    var second: Int64 = 0
    var fraction: Int64 = 0
    if self.take(":") {
      guard let read = self.number(2...2, 0...59) else { return nil }
      second = read
      if self.take(".") {
        var unit = units
        let start = self.at
        while self.at < self.bytes.count, self.bytes[self.at] &- 0x30 < 10 {
          unit /= 10
          let digit = Int64(self.bytes[self.at] - 0x30)
          guard unit > 0 || digit == 0 else { return nil }
          fraction += digit * unit
          self.at += 1
        }
        guard self.at > start else { return nil }
      }
    }
    return (hour * 3600 + minute * 60 + second) * units + fraction
  }

  /// `Z` or `+hh:mm`, in seconds.
  mutating func offset() -> Int64? {
    if self.take("Z") || self.take("z") { return 0 }
    let isNegative = self.take("-")
    guard isNegative || self.take("+"), let hour = self.number(2...2, 0...18), self.take(":"),
      let minute = self.number(2...2, 0...59)
    else { return nil }
    let seconds = hour * 3600 + minute * 60
    return isNegative ? -seconds : seconds
  }
}

extension Int64 {
  /// - Precondition: `divisor` is positive.
  func flooredQuotient(_ divisor: Int64) -> Int64 {
    let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
