import Testing
import Values

@Suite("Civil dates")
struct CivilDateTests {
  @Test("every day from 0001-01-01 to 9999-12-31 follows the day before it")
  func everyDay() throws {
    var year = 1
    var month = 1
    var day = 1
    // 0001-01-01 was a Monday.
    var weekday = 1
    for number in CivilDate.dayRange {
      guard let date = CivilDate(daysSinceEpoch: number) else {
        Issue.record("day \(number) has no date")
        return
      }
      // One comparison a day: three and a half million of them.
      if date.year != year || date.month != month || date.day != day || date.weekday != weekday
        || date.daysSinceEpoch != number
      {
        Issue.record("day \(number) is \(date), expected \(year)-\(month)-\(day)")
        return
      }
      let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
      let length = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
      weekday = weekday == 6 ? 0 : weekday + 1
      day += 1
      if day > length {
        day = 1
        month += 1
      }
      if month > 12 {
        month = 1
        year += 1
      }
    }
    #expect((year, month, day) == (10_000, 1, 1))
    #expect(CivilDate.dayRange == -719_162...2_932_896)
  }

  @Test(
    "days that do not exist are no dates",
    arguments: [
      (2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0),
      (2026, 1, 32), (0, 1, 1), (10_000, 1, 1), (-1, 1, 1),
    ])
  func missing(year: Int, month: Int, day: Int) {
    #expect(CivilDate(year: year, month: month, day: day) == nil)
  }

  @Test("dates outside the years 0001 to 9999 are nil")
  func outside() {
    #expect(CivilDate(daysSinceEpoch: CivilDate.dayRange.lowerBound - 1) == nil)
    #expect(CivilDate(daysSinceEpoch: CivilDate.dayRange.upperBound + 1) == nil)
    #expect(CivilDate(daysSinceEpoch: .max) == nil)
    #expect(CivilDate(daysSinceEpoch: .min) == nil)
  }

  @Test(
    "known days",
    arguments: [("1970-01-01", 0, 4), ("2000-02-29", 11_016, 2), ("1969-12-31", -1, 3)])
  func known(text: String, days: Int, weekday: Int) throws {
    let date = try CivilDate(parsing: text)
    #expect(date.daysSinceEpoch == days)
    #expect(date.weekday == weekday)
    #expect(date.description == text)
  }
}
