import Bytes
import Compression
import SeriesTesting
import TestSupport
import Testing

@testable import SeriesDoors

/// Messages of remote write, made by hand: what Prometheus' own generated code sends.
enum RemoteBody {
  static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    self.varint(UInt64(number << 3 | 2)) + self.varint(UInt64(content.count)) + content
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(varint: value)
    return writer.bytes.array
  }

  static func sample(_ value: UInt64, _ time: Int64) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(9 as UInt8)
    writer.append(littleEndian: value)
    writer.append(16 as UInt8)
    writer.append(varint: UInt64(bitPattern: time))
    return writer.bytes.array
  }

  static func label(_ name: String, _ value: String) -> [UInt8] {
    self.field(1, self.field(1, Array(name.utf8)) + self.field(2, Array(value.utf8)))
  }

  static func series(_ labels: [(String, String)], _ samples: [(Double, Int64)]) -> [UInt8] {
    self.field(
      1,
      labels.flatMap { self.label($0.0, $0.1) }
        + samples.flatMap { self.field(2, self.sample($0.0.bitPattern, $0.1)) })
  }

  static func packed(_ bytes: [UInt8]) throws -> [UInt8] {
    var writer = ByteWriter()
    try Compression.snappy.compress(bytes.rawBytes, to: &writer)
    return writer.bytes.array
  }
}

@Suite("The Prometheus door", .serialized)
struct PrometheusDoorTests {
  static let now = SeriesFixture.start / 1_000_000
  static let one = [
    ("Content-Type", "application/x-protobuf"), ("Content-Encoding", "snappy"),
    ("X-Prometheus-Remote-Write-Version", "0.1.0"),
  ]
  static let two = [
    ("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request"),
    ("Content-Encoding", "snappy"),
  ]

  @Test("samples of 1.0 are rows of measures with the field value")
  func samples() async throws {
    try await DoorHouse.open { house in
      let body =
        RemoteBody.series(
          [("__name__", "up"), ("instance", "a:9100"), ("job", "node")],
          [(1, Self.now), (0, Self.now + 15_000)])
        + RemoteBody.series(
          [("__name__", "http_requests_total"), ("code", "200"), ("empty", "")],
          [(1027, Self.now), (.infinity, Self.now + 1)])
        + RemoteBody.field(3, RemoteBody.field(2, Array("up".utf8)))
      let answer = try await house.post("/api/v1/write", try RemoteBody.packed(body), Self.one)
      #expect(answer.status == 204, "\(answer.text)")
      #expect(
        try await house.rows("prometheus", "up", tags: ["instance", "job"], fields: ["value"]) == [
          "0.0|instance=a:9100|job=node|value=1.0", "15.0|instance=a:9100|job=node|value=0.0",
        ])
      let requests = try await house.rows(
        "prometheus", "http_requests_total", tags: ["_series"], fields: ["value"])
      #expect(
        requests == [
          "0.001|_series=code=200|value=inf", "0.0|_series=code=200|value=1027.0",
        ])
    }
  }

  @Test("the mark of a series' end is no value")
  func stale() async throws {
    try await DoorHouse.open { house in
      let end = RemoteBody.field(
        1,
        RemoteBody.label("__name__", "up")
          + RemoteBody.field(2, RemoteBody.sample(1.0.bitPattern, Self.now))
          + RemoteBody.field(2, RemoteBody.sample(0x7FF0_0000_0000_0002, Self.now + 1)))
      let answer = try await house.post(
        "/api/v1/write?db=p", try RemoteBody.packed(end), Self.one)
      #expect(answer.status == 204, "\(answer.text)")
      #expect(try await house.rows("p", "up", tags: [], fields: ["value"]) == ["0.0|value=1.0"])
    }
  }

  @Test("samples of 2.0 name their labels by symbols, and the answer counts them")
  func symbols() async throws {
    try await DoorHouse.open { house in
      let symbols = ["", "__name__", "up", "job", "node"].flatMap {
        RemoteBody.field(4, Array($0.utf8))
      }
      let series = RemoteBody.field(
        5,
        RemoteBody.field(1, [1, 2, 3, 4].flatMap { RemoteBody.varint($0) })
          + RemoteBody.field(2, RemoteBody.sample(2.5.bitPattern, Self.now)))
      let answer = try await house.post(
        "/api/v1/write", try RemoteBody.packed(series + symbols), Self.two)
      #expect(answer.status == 204, "\(answer.text)")
      #expect(
        answer.fields.contains {
          $0.0 == "x-prometheus-remote-write-samples-written" && $0.1 == "1"
        })
      #expect(
        try await house.rows("prometheus", "up", tags: ["job"], fields: ["value"]) == [
          "0.0|job=node|value=2.5"
        ])
      let beyond = RemoteBody.field(5, RemoteBody.field(1, [9, 9]))
      let bad = try await house.post("/api/v1/write", try RemoteBody.packed(beyond), Self.two)
      #expect(bad.status == 400)
    }
  }

  @Test("what is not supported or broken is said, and the rest is written")
  func broken() async throws {
    try await DoorHouse.open { house in
      let histogram = RemoteBody.field(
        1, RemoteBody.label("__name__", "h") + RemoteBody.field(4, [8, 1]))
      let nameless = RemoteBody.series([("job", "x")], [(1, Self.now)])
      let good = RemoteBody.series([("__name__", "up")], [(1, Self.now)])
      let answer = try await house.post(
        "/api/v1/write", try RemoteBody.packed(histogram + nameless + good), Self.one)
      #expect(answer.status == 400)
      #expect(answer.text.contains("native histograms are not supported"), "\(answer.text)")
      #expect(answer.text.contains("2 series were not taken"))
      #expect(try await house.rows("prometheus", "up", tags: [], fields: ["value"]).count == 1)
      #expect(try await house.post("/api/v1/write", [1, 2, 3], Self.one).status == 400)
      let cut = try RemoteBody.packed(Array(good.dropLast()))
      #expect(try await house.post("/api/v1/write", cut, Self.one).status == 400)
      let text = [("Content-Type", "text/plain")]
      #expect(try await house.post("/api/v1/write", good, text).status == 415)
      // A length that no body has.
      let endless = try RemoteBody.packed([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
      #expect(try await house.post("/api/v1/write", endless, Self.one).status == 400)
    }
  }

  @Test("no damaged body traps the reader")
  func noise() async throws {
    let body = RemoteBody.series(
      [("__name__", "up"), ("instance", "a:9100")], [(1, Self.now), (0, Self.now + 15_000)])
    try await DoorHouse.open { house in
      for index in body.indices {
        for byte in [0, 0x7F, 0xFF] as [UInt8] {
          var damaged = body
          damaged[index] = byte
          for (fields, path) in [
            (Self.one, "/api/v1/write?db=one"), (Self.two, "/api/v1/write?db=two"),
          ] {
            let status = try await house.post(path, try RemoteBody.packed(damaged), fields).status
            #expect(status == 204 || status == 400, "\(index) \(byte)")
          }
        }
      }
    }
  }
}
