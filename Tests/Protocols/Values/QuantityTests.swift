import Fuzzing
import Testing
import Values

@Suite("Durations, sizes, rates and ratios")
struct QuantityTests {
  @Test(
    "a duration is read and written with its largest whole unit",
    arguments: [
      ("500ms", .milliseconds(500), "500ms"), ("30s", .seconds(30), "30s"),
      ("10m", .seconds(600), "10m"), ("2h", .seconds(7200), "2h"),
      ("7d", .seconds(604_800), "7d"), ("1h30m", .seconds(5400), "90m"),
      ("1d2h3m4s5ms6us7ns", .nanoseconds(93_784_005_006_007), "93784005006007ns"),
      ("0s", .zero, "0s"), ("0d", .zero, "0s"), ("90s", .seconds(90), "90s"),
      ("120s", .seconds(120), "2m"), ("1500us", .microseconds(1500), "1500us"),
      ("9223372036854775807ns", .nanoseconds(Int64.max), "9223372036854775807ns"),
      ("007d", .seconds(604_800), "7d"),
    ] as [(String, Duration, String)])
  func durations(text: String, duration: Duration, written: String) throws {
    #expect(try DurationText.parse(text) == duration)
    #expect(DurationText.text(duration) == written)
    #expect(try DurationText.parse(written) == duration)
  }

  @Test(
    "what is no duration is refused",
    arguments: [
      "", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "1.5h", "5S", "5sec", "5m1h", "5s5s", "1h30",
      "５s", "5sé", "99999999999999999999s",
    ])
  func noDuration(text: String) {
    let error = #expect(throws: ValueError.self) { try DurationText.parse(text) }
    #expect(error?.code == .malformed)
  }

  @Test("a duration out of range names the range")
  func durationRange() throws {
    let range = Duration.seconds(1)...Duration.seconds(3600)
    #expect(try DurationText.parse("1h", in: range) == .seconds(3600))
    for text in ["999ms", "3601s", "400000000d"] {
      let error = #expect(throws: ValueError.self) { try DurationText.parse(text, in: range) }
      #expect(error?.message == "\"\(text)\" is not in the range 1s to 1h")
    }
    let signed = Duration.seconds(-3600)...Duration.zero
    #expect(try DurationText.parse("-15m", in: signed) == .seconds(-900))
    #expect(DurationText.text(.seconds(-900)) == "-15m")
  }

  @Test(
    "a size is read and written so that it reads back",
    arguments: [
      ("4096", 4096, "4KiB"), ("0", 0, "0"), ("1", 1, "1"), ("1B", 1, "1"), ("1000", 1000, "1kB"),
      ("1kB", 1000, "1kB"), ("1KB", 1000, "1kB"), ("1KiB", 1024, "1KiB"),
      ("64MiB", 67_108_864, "64MiB"), ("10GB", 10_000_000_000, "10GB"),
      ("1.5GiB", 1_610_612_736, "1536MiB"), ("0.5kB", 500, "500"), ("1TiB", 1 << 40, "1TiB"),
      ("2PB", 2_000_000_000_000_000, "2PB"), ("7EiB", 7 << 60, "7EiB"),
      ("9EB", 9_000_000_000_000_000_000, "9EB"),
      ("9223372036854775807", .max, "9223372036854775807"),
    ] as [(String, Int64, String)])
  func sizes(text: String, bytes: Int64, written: String) throws {
    let size = try ByteCount(parsing: text)
    #expect(size.bytes == bytes)
    #expect(size.description == written)
    #expect(try ByteCount(parsing: written) == size)
    #expect(try ByteRate(parsing: text + "/s").bytesPerSecond == bytes)
    #expect(try ByteRate(parsing: text).description == written + "/s")
  }

  @Test(
    "what is no size is refused",
    arguments: [
      "", "MiB", "-1", "+1", "1 MiB", "1M", "1mib", "1Mb", "1.MiB", ".5MiB", "0x10", "1.3B",
      "1.0001KiB", "1MiB/s", "٣", "1e3", "1,000", "123456789012345678901234567890",
    ])
  func noSize(text: String) {
    let error = #expect(throws: ValueError.self) { try ByteCount(parsing: text) }
    #expect(error?.code == .malformed)
  }

  @Test("a size out of range names the range")
  func sizeRange() {
    for text in [
      "8EiB", "9223372036854775808", "99999999999999999999EiB", "9999999999999.999999999EiB",
    ] {
      let error = #expect(throws: ValueError.self) { try ByteCount(parsing: text) }
      #expect(error?.message == "\"\(text)\" is not in the range 0 to 9223372036854775807")
    }
    let error = #expect(throws: ValueError.self) {
      try ByteCount(parsing: "1GiB", in: ByteCount(4096)...ByteCount(64 << 20))
    }
    #expect(error?.message == "\"1GiB\" is not in the range 4KiB to 64MiB")
    let rate = #expect(throws: ValueError.self) {
      try ByteRate(
        parsing: "1kB/s",
        in: ByteRate(bytesPerSecond: 1 << 20)...ByteRate(bytesPerSecond: 1 << 30))
    }
    #expect(rate?.message == "\"1kB/s\" is not in the range 1MiB/s to 1GiB/s")
  }

  @Test("random sizes read back")
  func randomSizes() throws {
    var random = FuzzRandom(seed: 6)
    for _ in 0..<20_000 {
      let size = ByteCount(Int64(random.next() >> UInt64(1 + random.below(62))))
      #expect(try ByteCount(parsing: size.description) == size)
    }
  }

  @Test(
    "a ratio is a number or a percentage",
    arguments: [
      ("0.85", 0.85, "0.85"), ("85%", 0.85, "0.85"), ("0", 0, "0"), ("1", 1, "1"), ("100%", 1, "1"),
      ("0%", 0, "0"), ("12.5%", 0.125, "0.125"), ("1.000", 1, "1"),
    ])
  func ratios(text: String, value: Double, written: String) throws {
    let ratio = try Ratio(parsing: text)
    #expect(ratio.value == value)
    #expect(ratio.description == written)
  }

  @Test(
    "what is no ratio is refused",
    arguments: ["", "%", "a", "-0.1", "1e-1", "0.5 %", ".5", "1/2", "nan"])
  func noRatio(text: String) {
    let error = #expect(throws: ValueError.self) { try Ratio(parsing: text) }
    #expect(error?.code == .malformed)
  }

  @Test("a ratio out of range names the range")
  func ratioRange() {
    let error = #expect(throws: ValueError.self) { try Ratio(parsing: "101%") }
    #expect(error?.message == "\"101%\" is not in the range 0 to 1")
  }

  @Test("damaged quantities are refused or read, never more")
  func fuzz() throws {
    try Fuzzer.run(
      name: "quantities",
      seeds: ["1h30m", "500ms", "64MiB", "1.5GiB", "85%", "9223372036854775807"].map {
        Array($0.utf8)
      },
      iterations: 10_000,
      dictionary: ["EiB", "ns", "99999999999999999999", "%", "/s", "."].map { Array($0.utf8) }
    ) { input in
      guard let text = input.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
        return
      }
      if let duration = try? DurationText.parse(text) {
        try Fuzzer.require(
          try DurationText.parse(DurationText.text(duration)) == duration, "\(duration)")
      }
      if let size = try? ByteCount(parsing: text) {
        try Fuzzer.require(try ByteCount(parsing: size.description) == size, "\(size)")
      }
      _ = try? Ratio(parsing: text)
      _ = try? ULID(parsing: text)
      _ = try? UUID(parsing: text)
    }
  }
}
