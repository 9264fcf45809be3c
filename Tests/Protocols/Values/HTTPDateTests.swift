import Bytes
import Fuzzing
import Testing
import Values

@Suite("HTTP dates")
struct HTTPDateTests {
  private func now() throws -> Timestamp { try Timestamp(parsing: "2026-11-20T16:28:02Z") }

  private func read(_ text: String) throws(ValueError) -> Timestamp {
    let bytes = Array(text.utf8)
    return try HTTPDate.time(
      parsing: bytes.rawBytes, now: Timestamp(parsing: "2026-11-20T16:28:02Z"))
  }

  @Test(
    "the three forms are read",
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
      ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"),
      ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
      ("Wed Nov 16 08:49:37 1994", "1994-11-16T08:49:37Z"),
      ("Saturday, 01-Jan-00 00:00:00 GMT", "2000-01-01T00:00:00Z"),
      ("Friday, 31-Dec-76 23:59:59 GMT", "2076-12-31T23:59:59Z"),
      ("Saturday, 01-Jan-77 00:00:00 GMT", "1977-01-01T00:00:00Z"),
      ("Mon, 01 Jan 0001 00:00:00 GMT", "0001-01-01T00:00:00Z"),
    ])
  func forms(text: String, time: String) throws {
    #expect(try self.read(text).description == time)
  }

  @Test(
    "what is no date is refused",
    arguments: [
      "", "Sun", "Sun, ", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 6 Nov 1994 08:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt",
      "Sun, 06 Nov 1994 08:49:37 GMT ",
      "Sun, 06 Nov 94 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT",
      "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 23:59:60 GMT",
      "Sunday, 06-Nov-1994 08:49:37 GMT",
      "Sun Nov 06 1994 08:49:37", "784111777", "1994-11-06T08:49:37Z",
    ])
  func refused(text: String) {
    #expect(throws: ValueError.self) { try self.read(text) }
  }

  @Test("a written date reads back, every day of 400 years")
  func roundTrip() throws {
    for day in stride(from: -40_000, to: 106_097, by: 3) {
      let time = try Timestamp(seconds: Int64(day) * 86_400 + Int64(abs(day) % 86_400))
      let text = HTTPDate.text(time)
      #expect(text.utf8.count == HTTPDate.byteCount)
      #expect(try self.read(text) == time)
    }
    #expect(
      HTTPDate.text(try self.read("Sun Nov  6 08:49:37 1994")) == "Sun, 06 Nov 1994 08:49:37 GMT")
  }

  @Test("damaged dates are refused or read, never more")
  func fuzz() throws {
    let now = try self.now()
    try Fuzzer.run(
      name: "HTTP date",
      seeds: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
      ].map { Array($0.utf8) },
      dictionary: ["Mon", "Feb", "31", ",", " GMT", "99"].map { Array($0.utf8) }
    ) { input in
      guard let time = try? HTTPDate.time(parsing: input, now: now) else { return }
      let again = Array(HTTPDate.text(time).utf8)
      try Fuzzer.require(
        try HTTPDate.time(parsing: again.rawBytes, now: now) == time, "\(time) changed")
    }
  }
}
