/// A day of the Gregorian calendar, extended to years before it was used; years 0001 to 9999.
public struct CivilDate: Hashable, Comparable, Sendable {
  public let year: Int
  /// 1 to 12.
  public let month: Int
  public let day: Int

  public static let first = CivilDate(unchecked: 1, 1, 1)
  public static let last = CivilDate(unchecked: 9999, 12, 31)
  /// Days since 1970-01-01 that are dates here.
  public static let dayRange = first.daysSinceEpoch...last.daysSinceEpoch

  /// Nil when there is no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= Self.dayCount(ofMonth: month, year: year)
    else { return nil }
    self.init(unchecked: year, month, day)
  }

  private init(unchecked year: Int, _ month: Int, _ day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Nil outside the years 0001 to 9999.
  public init?(daysSinceEpoch days: Int) {
    guard Self.dayRange.contains(days) else { return nil }
    // Years that start in March, in cycles of 400 years: the leap day is the last day of a year, and
    // month lengths follow the line 153 m / 5.
    let shifted = days + 719_468
    let cycle = shifted / 146_097
    let dayOfCycle = shifted % 146_097
    let yearOfCycle =
      (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    self.init(
      unchecked: cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  public var daysSinceEpoch: Int {
    let year = self.month <= 2 ? self.year - 1 : self.year
    let cycle = year / 400
    let yearOfCycle = year % 400
    let monthFromMarch = self.month > 2 ? self.month - 3 : self.month + 9
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + self.day - 1
    let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
    return cycle * 146_097 + dayOfCycle - 719_468
  }

  /// 0 for Sunday to 6 for Saturday.
  public var weekday: Int {
    // 1970-01-01 was a Thursday.
    let days = (self.daysSinceEpoch + 4) % 7
    return days < 0 ? days + 7 : days
  }

  public static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  /// - Precondition: `month` is 1 to 12.
  public static func dayCount(ofMonth month: Int, year: Int) -> Int {
    precondition((1...12).contains(month), "month \(month)")
    switch month {
    case 2: return isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: return 30
    default: return 31
    }
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }
}
