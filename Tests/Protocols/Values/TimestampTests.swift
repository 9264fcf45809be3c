import Bytes
import Fuzzing
import Testing
import Values

@Suite("RFC 3339 times")
struct TimestampTests {
  @Test(
    "a time is read and written",
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"),
      ("2026-11-20T16:28:02Z", 1_795_192_082, 0, "2026-11-20T16:28:02Z"),
      ("2026-11-20t16:28:02z", 1_795_192_082, 0, "2026-11-20T16:28:02Z"),
      ("2026-11-20T17:28:02+01:00", 1_795_192_082, 0, "2026-11-20T16:28:02Z"),
      ("2026-11-20T00:28:02-16:00", 1_795_192_082, 0, "2026-11-20T16:28:02Z"),
      ("1985-04-12T23:20:50.52Z", 482_196_050, 520_000_000, "1985-04-12T23:20:50.520Z"),
      ("1996-12-19T16:39:57-08:00", 851_042_397, 0, "1996-12-20T00:39:57Z"),
      ("1937-01-01T12:00:27.87+00:20", -1_041_337_173, 870_000_000, "1937-01-01T11:40:27.870Z"),
      ("1969-12-31T23:59:59.999999999Z", -1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
      ("1970-01-01T00:00:00.000001Z", 0, 1000, "1970-01-01T00:00:00.000001Z"),
      ("0001-01-01T00:00:00Z", -62_135_596_800, 0, "0001-01-01T00:00:00Z"),
      (
        "9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999,
        "9999-12-31T23:59:59.999999999Z"
      ),
      ("2000-01-01T00:00:00-00:00", 946_684_800, 0, "2000-01-01T00:00:00Z"),
    ] as [(String, Int64, Int32, String)])
  func read(text: String, seconds: Int64, nanosecond: Int32, written: String) throws {
    let time = try Timestamp(parsing: text)
    #expect(time.seconds == seconds)
    #expect(time.nanosecond == nanosecond)
    #expect(time.description == written)
  }

  @Test(
    "what is no time is refused",
    arguments: [
      "", "2026-11-20", "2026-11-20T16:28Z", "2026-11-20 16:28:02Z", "2026-11-20T16:28:02",
      "2026-11-20T16:28:02.Z", "2026-11-20T16:28:02,5Z", "2026-11-20T16:28:02Z ",
      "26-11-20T16:28:02Z",
      "2026-11-20T16:28:02+0100", "2026-11-20T16:28:02+01", "2026-1-20T16:28:02Z",
      "+026-11-20T16:28:02Z",
      "２026-11-20T16:28:02Z", "2026-11-20T16:28:0aZ",
    ])
  func malformed(text: String) {
    let error = #expect(throws: ValueError.self) { try Timestamp(parsing: text) }
    #expect(error?.code == .malformed)
    #expect(error?.message.contains("is not a time such as 2026-11-20T16:28:02Z") == true)
  }

  @Test(
    "a field out of its range is named with the range",
    arguments: [
      ("2026-13-20T16:28:02Z", "month of", "1 to 12"),
      ("2026-02-29T16:28:02Z", "day of", "1 to 28"),
      ("2024-02-30T16:28:02Z", "day of", "1 to 29"),
      ("2026-04-00T16:28:02Z", "day of", "1 to 30"),
      ("0000-01-01T00:00:00Z", "year of", "1 to 9999"),
      ("2026-11-20T24:00:00Z", "hour of", "0 to 23"),
      ("2026-11-20T16:60:00Z", "minute of", "0 to 59"),
      ("2016-12-31T23:59:60Z", "second (leap seconds are not counted) of", "0 to 59"),
      ("2026-11-20T16:28:61Z", "second of", "0 to 60"),
      ("2026-11-20T16:28:02.1234567890Z", "fraction of", "1 to 9 digits"),
      ("2026-11-20T16:28:02+24:00", "offset hour of", "0 to 23"),
      ("2026-11-20T16:28:02+00:60", "offset minute of", "0 to 59"),
      ("0001-01-01T00:00:00+00:01", "the time of", "0001-01-01T00:00:00Z to 9999"),
      ("9999-12-31T23:59:59-00:01", "the time of", "0001-01-01T00:00:00Z to 9999"),
    ])
  func ranges(text: String, field: String, range: String) {
    let error = #expect(throws: ValueError.self) { try Timestamp(parsing: text) }
    #expect(error?.code == .outOfRange)
    #expect(error?.message.hasPrefix("\(field) \"\(text)\" is not in the range \(range)") == true)
  }

  @Test("a person may leave out the seconds and put a blank")
  func typed() throws {
    for text in ["2026-11-01T00:00Z", "2026-11-01 00:00:00Z", "2026-11-01 01:00+01:00"] {
      let time = try Timestamp(parsing: text, form: .typed)
      #expect(time.description == "2026-11-01T00:00:00Z")
      #expect(throws: ValueError.self) { try Timestamp(parsing: text) }
    }
  }

  @Test("the fraction is cut to the digits that are asked for")
  func digits() throws {
    let time = try Timestamp(seconds: 0, nanosecond: 123_456_789)
    #expect(time.text(fraction: .digits(0)) == "1970-01-01T00:00:00Z")
    #expect(time.text(fraction: .digits(3)) == "1970-01-01T00:00:00.123Z")
    #expect(time.text(fraction: .digits(9)) == "1970-01-01T00:00:00.123456789Z")
  }

  @Test("the wall clock's range goes both ways, and a second more is refused")
  func wallTime() throws {
    var random = FuzzRandom(seed: 4)
    let edges: [Int64] = [.min, .min + 1, -1_000_000_001, -1, 0, 1, 999_999_999, .max - 1, .max]
    for nanoseconds in edges + (0..<10_000).map({ _ in Int64(bitPattern: random.next()) }) {
      let time = WallTime(nanoseconds: nanoseconds)
      #expect(try WallTime(Timestamp(time)) == time)
      #expect(try WallTime(parsing: time.description) == time)
    }
    #expect(
      WallTime.rangeText == "\(WallTime(nanoseconds: .min)) to \(WallTime(nanoseconds: .max))")
    for text in [
      "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "0001-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z", "1677-09-21T00:12:42.999999999Z",
    ] {
      let error = #expect(throws: ValueError.self) { try WallTime(parsing: text) }
      #expect(error?.code == .outOfRange)
    }
  }

  @Test("every second of the day and random moments come back")
  func roundTrip() throws {
    for second in Int64(0)..<86_400 where second % 7 == 0 {
      let time = try Timestamp(seconds: second)
      #expect(try Timestamp(parsing: time.description) == time)
    }
    var random = FuzzRandom(seed: 3)
    for _ in 0..<5000 {
      let range = Timestamp.secondRange
      let time = try Timestamp(
        seconds: Int64.random(in: range, using: &random),
        nanosecond: Int32(random.below(1_000_000_000)))
      #expect(try Timestamp(parsing: time.description) == time)
    }
  }

  @Test("damaged times are refused or read, never more")
  func fuzz() throws {
    try Fuzzer.run(
      name: "RFC3339",
      seeds: ["2026-11-20T16:28:02.123456789+01:00", "0001-01-01T00:00:00Z"].map { Array($0.utf8) },
      dictionary: ["9999", "-", ":60", "Z", ".5"].map { Array($0.utf8) }
    ) { input in
      guard let time = try? Timestamp(parsing: input, form: .typed) else { return }
      try Fuzzer.require(try Timestamp(parsing: time.description) == time, "\(time) changed")
    }
  }
}
