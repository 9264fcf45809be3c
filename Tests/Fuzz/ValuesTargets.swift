import Bytes
import Fuzzing
import Values

extension FuzzTarget {
  /// RFC 3339 times and HTTP dates: what is read is written and read again as the same.
  static let times = FuzzTarget(
    "times",
    texts: [
      "2026-11-20T16:28:02.123456789+01:00", "0001-01-01T00:00:00Z",
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
    ],
    words: ["9999", ":60", "Z", "Feb", " GMT", "31"]
  ) { input in
    if let time = try? Timestamp(parsing: input, form: .typed) {
      let again = try Timestamp(parsing: time.description)
      try Fuzzer.require(again == time, "\(time) became \(again)")
    }
    let now = try Timestamp(seconds: 1_795_192_082)
    if let time = try? HTTPDate.time(parsing: input, now: now) {
      let text = Array(HTTPDate.text(time).utf8)
      let again = try HTTPDate.time(parsing: text.rawBytes, now: now)
      try Fuzzer.require(again == time, "\(time) became \(again)")
    }
  }

  /// Durations, sizes, rates, ratios and identifiers.
  static let quantities = FuzzTarget(
    "quantities",
    texts: [
      "1h30m", "500ms", "64MiB", "1.5GiB/s", "85%", "01ARZ3NDEKTSV4RRFFQ69G5FAV",
      "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ],
    words: ["EiB", "ns", "99999999999999999999", "%", "/s", "."]
  ) { input in
    guard let text = input.text else { return }
    if let duration = try? DurationText.parse(text) {
      let again = try DurationText.parse(DurationText.text(duration))
      try Fuzzer.require(again == duration, "\(duration) became \(again)")
    }
    if let size = try? ByteCount(parsing: text) {
      let again = try ByteCount(parsing: size.description)
      try Fuzzer.require(again == size, "\(size) became \(again)")
    }
    if let rate = try? ByteRate(parsing: text) {
      let again = try ByteRate(parsing: rate.description)
      try Fuzzer.require(again == rate, "\(rate) became \(again)")
    }
    if let id = try? ULID(parsing: text) {
      try Fuzzer.require(try ULID(parsing: id.description) == id, "\(id) changed")
    }
    if let id = try? UUID(parsing: text) {
      try Fuzzer.require(try UUID(parsing: id.description) == id, "\(id) changed")
    }
    _ = try? Ratio(parsing: text)
  }
}
