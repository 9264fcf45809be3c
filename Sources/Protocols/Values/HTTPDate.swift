public import Bytes

// The date of HTTP headers, RFC 9110 5.6.7. The first form is written, all three are read:
//   Sun, 06 Nov 1994 08:49:37 GMT
//   Sunday, 06-Nov-94 08:49:37 GMT
//   Sun Nov  6 08:49:37 1994
public enum HTTPDate {
  private static let days: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let longDays: [StaticString] = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  private static let months: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  /// The length of the form that is written.
  public static let byteCount = 29

  /// Appends the second that `time` is in.
  public static func append(_ time: Timestamp, to target: inout ByteWriter) {
    let date = time.date
    let second = time.secondOfDay
    target.reserve(self.byteCount)
    target.append(self.days[date.weekday])
    target.append(", ")
    target.append(twoDigits: date.day)
    target.append(UInt8(ascii: " "))
    target.append(self.months[date.month - 1])
    target.append(UInt8(ascii: " "))
    target.append(twoDigits: date.year / 100)
    target.append(twoDigits: date.year % 100)
    target.append(UInt8(ascii: " "))
    target.append(twoDigits: second / 3600)
    target.append(UInt8(ascii: ":"))
    target.append(twoDigits: second / 60 % 60)
    target.append(UInt8(ascii: ":"))
    target.append(twoDigits: second % 60)
    target.append(" GMT")
  }

  public static func text(_ time: Timestamp) -> String {
    var target = ByteWriter(capacity: 32)
    self.append(time, to: &target)
    return target.bytes.lossyText
  }

  /// Reads one of the three forms. The name of the day must be one, not the right one. A year of two
  /// digits is the one that is at most 50 years after `now`. Second 60 is refused.
  public static func time(
    parsing text: RawSpan, now: Timestamp
  ) throws(ValueError) -> Timestamp {
    var reader = ByteReader(text)
    do throws(ScanError) {
      let time: Timestamp
      if let comma = text.firstOffset(of: UInt8(ascii: ",")) {
        time = comma == 3 ? try self.fixed(&reader) : try self.dashed(&reader, now: now)
      } else {
        time = try self.asctime(&reader)
      }
      guard reader.isAtEnd else { throw .grammar }
      return time
    } catch {
      throw error.error(of: text, "a date such as Sun, 06 Nov 1994 08:49:37 GMT")
    }
  }

  private static func fixed(_ reader: inout ByteReader) throws(ScanError) -> Timestamp {
    _ = try self.name(&reader, of: self.days)
    try self.expect(&reader, ", ")
    let day = try reader.number(digits: 2, 1...31, "day")
    try reader.expect(" ")
    let month = try self.name(&reader, of: self.months) + 1
    try reader.expect(" ")
    let year = try reader.number(digits: 4, 1...9999, "year")
    try reader.expect(" ")
    let second = try self.clock(&reader)
    try self.expect(&reader, " GMT")
    return try self.time(year, month, day, second)
  }

  private static func dashed(
    _ reader: inout ByteReader, now: Timestamp
  ) throws(ScanError) -> Timestamp {
    _ = try self.name(&reader, of: self.longDays)
    try self.expect(&reader, ", ")
    let day = try reader.number(digits: 2, 1...31, "day")
    try reader.expect("-")
    let month = try self.name(&reader, of: self.months) + 1
    try reader.expect("-")
    let short = try reader.number(digits: 2, 0...99, "year")
    try reader.expect(" ")
    let second = try self.clock(&reader)
    try self.expect(&reader, " GMT")
    let thisYear = now.date.year
    var year = thisYear - thisYear % 100 + short + 100
    while year > thisYear + 50 { year -= 100 }
    return try self.time(year, month, day, second)
  }

  private static func asctime(_ reader: inout ByteReader) throws(ScanError) -> Timestamp {
    _ = try self.name(&reader, of: self.days)
    try reader.expect(" ")
    let month = try self.name(&reader, of: self.months) + 1
    try reader.expect(" ")
    let day: Int
    if reader.peek() == UInt8(ascii: " ") {
      _ = reader.byte()
      day = try reader.number(digits: 1, 1...9, "day")
    } else {
      day = try reader.number(digits: 2, 1...31, "day")
    }
    try reader.expect(" ")
    let second = try self.clock(&reader)
    try reader.expect(" ")
    let year = try reader.number(digits: 4, 1...9999, "year")
    return try self.time(year, month, day, second)
  }

  /// The index of the name that comes next.
  private static func name(
    _ reader: inout ByteReader, of names: [StaticString]
  ) throws(ScanError) -> Int {
    for (index, name) in names.enumerated() {
      let count = name.utf8CodeUnitCount
      guard reader.remaining >= count else { continue }
      if reader.rest.extracting(0..<count).isEqual(to: name) {
        _ = reader.skip(count)
        return index
      }
    }
    throw .grammar
  }

  private static func expect(
    _ reader: inout ByteReader, _ text: StaticString
  ) throws(ScanError) {
    guard let bytes = reader.take(text.utf8CodeUnitCount), bytes.isEqual(to: text) else {
      throw .grammar
    }
  }

  private static func clock(_ reader: inout ByteReader) throws(ScanError) -> Int {
    let hour = try reader.number(digits: 2, 0...23, "hour")
    try reader.expect(":")
    let minute = try reader.number(digits: 2, 0...59, "minute")
    try reader.expect(":")
    return hour * 3600 + minute * 60 + (try reader.second())
  }

  private static func time(
    _ year: Int, _ month: Int, _ day: Int, _ second: Int
  ) throws(ScanError) -> Timestamp {
    guard let date = CivilDate(year: year, month: month, day: day) else {
      let count = CivilDate.dayCount(ofMonth: month, year: year)
      throw .range("day", "1 to \(count)")
    }
    do {
      return try Timestamp(seconds: Int64(date.daysSinceEpoch) * 86_400 + Int64(second))
    } catch {
      throw .range("the time", Timestamp.rangeText)
    }
  }
}
