import Bytes
import Compression
import HTTP
import JSON
import SeriesModel
import SeriesSchema
import SeriesTesting
import SeriesWire
import TestSupport
import Testing

@testable import SeriesDoors

@Suite("The Influx door", .serialized)
struct InfluxDoorTests {
  static let start = SeriesFixture.start
  static let seconds = SeriesFixture.start / SeriesFixture.second

  @Test("what Telegraf sends is found again, tag by tag and field by field")
  func telegraf() async throws {
    try await DoorHouse.open { house in
      let body = """
        cpu,cpu=cpu0,host=a usage_idle=98.5,usage_user=1i,up=true \(Self.start)
        cpu,cpu=cpu1,host=a usage_idle=97.25,usage_user=2i,up=false \(Self.start)
        disk,host=a,path=/var/log free=12345678901i,label="root \\"x\\"" \(Self.start + 1)
        cpu,host=b usage_idle=1 \(Self.start + 10 * SeriesFixture.second)
        """
      let answer = try await house.post("/write?db=telegraf", body)
      #expect(answer.status == 204, "\(answer.text)")
      let cpu = try await house.rows(
        "telegraf", "cpu", tags: ["cpu", "host"], fields: ["usage_idle", "usage_user", "up"])
      #expect(
        cpu == [
          "0.0|cpu=cpu0|host=a|usage_idle=98.5|usage_user=1i|up=1i",
          "0.0|cpu=cpu1|host=a|usage_idle=97.25|usage_user=2i|up=0i",
          "10.0|cpu=-|host=b|usage_idle=1.0|usage_user=-|up=-",
        ])
      let disk = try await house.rows(
        "telegraf", "disk", tags: ["path", "_series"], fields: ["free", "label"])
      #expect(
        disk == [
          "1e-09|path=/var/log|_series=host=a,path=/var/log|free=12345678901i|label=root \"x\""
        ])
      let chosen = try await house.rows(
        "telegraf", "cpu", tags: ["host"], fields: ["usage_idle"],
        where: SeriesFixture.condition("host", .eq, .string("b")))
      #expect(chosen == ["10.0|host=b|usage_idle=1.0"])
    }
  }

  @Test("the three forms name their group, unit and success in their own way")
  func dialects() async throws {
    try await DoorHouse.open { house in
      for (path, time) in [
        ("/write?db=g&precision=s", Self.seconds),
        ("/write?db=g&rp=autogen&precision=ms", Self.seconds * 1000),
        ("/api/v2/write?org=o&bucket=g&precision=us", Self.seconds * 1_000_000),
        ("/api/v3/write_lp?db=g&precision=second", Self.seconds),
        ("/api/v3/write_lp?db=g", Self.seconds * 1000),
        ("/api/v3/write_lp?db=g&no_sync=true", Self.start),
      ] {
        let name = "m\(path.utf8.count)-\(time)"
        let answer = try await house.post(path, "\(name) v=1 \(time)")
        #expect(answer.status == 204, "\(path): \(answer.text)")
        #expect(
          try await house.rows("g", name, tags: ["_series"], fields: ["v"]) == [
            "0.0|_series=|v=1.0"
          ], "\(path)")
      }
      #expect(try await house.post("/write?db=d&rp=weekly", "m v=1 \(Self.start)").status == 204)
      #expect(try await house.rows("d/weekly", "m", tags: ["_series"], fields: ["v"]).count == 1)
    }
  }

  @Test("packed bodies are unpacked, and only as far as is allowed")
  func gzip() async throws {
    let options = DoorOptions { $0.contentBytesMax = 1 << 16 }
    try await DoorHouse.open(options) { house in
      func packed(_ text: String) throws -> [UInt8] {
        var bytes = ByteWriter()
        try Compression.gzip.compress(Array(text.utf8).rawBytes, to: &bytes)
        return bytes.bytes.array
      }
      let gzip = [("Content-Encoding", "gzip")]
      let good = try await house.post(
        "/write?db=g", try packed("m,host=a v=1 \(Self.start)"), gzip)
      #expect(good.status == 204, "\(good.text)")
      #expect(try await house.rows("g", "m", tags: ["host"], fields: ["v"]).count == 1)
      let bomb = try packed(String(repeating: "#\n", count: 1 << 16))
      #expect(try await house.post("/write?db=g", bomb, gzip).status == 413)
      #expect(try await house.post("/write?db=g", [1, 2, 3], gzip).status == 400)
      let other = try await house.post("/write?db=g", [], [("Content-Encoding", "br")])
      #expect(other.status == 415)
    }
  }

  @Test("good lines are written when others are bad, and the answer counts and shows them")
  func partial() async throws {
    try await DoorHouse.open { house in
      let body = "m,host=a v=1 \(Self.start)\nbroken\n\nm,host=b v=2 \(Self.start)\nm v=x\n"
      let one = try await house.send(.post, "/write?db=g", Array(body.utf8), [])
      #expect(one.status == 400)
      #expect(
        one.text
          == #"{"error":"partial write: line 2: unable to parse 'broken': missing fields"#
          + #" (and 1 more lines) dropped=2"}"#)
      #expect(one.fields.contains { $0.0 == "x-influxdb-error" && $0.1.contains("dropped=2") })
      let two = try await house.post("/api/v2/write?bucket=g", body)
      let json = try JSONValue(parsing: two.text)
      #expect(two.status == 400)
      #expect(json["code"]?.string == "invalid")
      #expect(json["line"]?.double == 2)
      let three = try await house.post("/api/v3/write_lp?db=g&precision=nanosecond", body)
      let lines = try JSONValue(parsing: three.text)
      #expect(lines["error"]?.string == "partial write of line protocol occurred")
      #expect(lines["data"]?.array?.compactMap { $0["line_number"]?.double } == [2, 5])
      #expect(lines["data"]?.array?.last?["error_message"]?.string == "invalid boolean")
      #expect(
        try await house.rows("g", "m", tags: ["host"], fields: ["v"]) == [
          "0.0|host=a|v=1.0", "0.0|host=b|v=2.0",
        ])
    }
  }

  @Test("with accept_partial=false nothing is written when a line is bad")
  func whole() async throws {
    try await DoorHouse.open { house in
      let body = "m v=1 \(Self.start)\nbroken"
      let answer = try await house.post("/api/v3/write_lp?db=g&accept_partial=false", body)
      #expect(answer.status == 400)
      #expect(answer.text.contains("parsing failed for write_lp endpoint"))
      let good = try await house.post(
        "/api/v3/write_lp?db=g&accept_partial=false", "m v=2 \(Self.start)")
      #expect(good.status == 204)
      #expect(try await house.rows("g", "m", tags: [], fields: ["v"]) == ["0.0|v=2.0"])
    }
  }

  @Test("a field of another type than it has is refused by its name, in a body and later")
  func clash() async throws {
    try await DoorHouse.open { house in
      let both = try await house.post(
        "/write?db=g", "m v=1i \(Self.start)\nm v=2.5 \(Self.start)")
      #expect(both.status == 400)
      let message =
        "field type conflict: input field \\\"v\\\" on measurement \\\"m\\\" is type float,"
        + " already exists as type integer"
      #expect(both.text.contains(message), "\(both.text)")
      let later = try await house.post("/write?db=g", "m v=\"x\" \(Self.start)")
      #expect(later.text.contains("is type string, already exists as type integer"))
      #expect(try await house.rows("g", "m", tags: [], fields: ["v"]) == ["0.0|v=1i"])
    }
  }

  @Test("a measure grows by tags and fields, up to its limit, and old rows read null")
  func growth() async throws {
    let options = DoorOptions { $0.columnsMax = 6 }
    try await DoorHouse.open(options) { house in
      #expect(try await house.post("/write?db=g", "m,a=1 x=1 \(Self.start)").status == 204)
      #expect(try await house.post("/write?db=g", "m,a=1,b=2 x=2,y=3i \(Self.start)").status == 204)
      #expect(
        try await house.rows("g", "m", tags: ["a", "b"], fields: ["x", "y"]) == [
          "0.0|a=1|b=-|x=1.0|y=-", "0.0|a=1|b=2|x=2.0|y=3i",
        ])
      let more = try await house.post(
        "/write?db=g", "m,a=1,c=3,d=4 x=1 \(Self.start)\nm,a=9 x=7 \(Self.start)")
      #expect(more.status == 400)
      #expect(more.text.contains("would have 7 tags and fields, more than 6"), "\(more.text)")
      #expect(more.text.contains("dropped=1"))
      let rows = try await house.rows(
        "g", "m", tags: ["a"], fields: ["x"],
        where: SeriesFixture.condition("b", .eq, .string("2")))
      #expect(rows == ["0.0|a=1|x=2.0"])
    }
  }

  @Test("fields of one series and moment that come in several lines are one point")
  func merging() async throws {
    try await DoorHouse.open { house in
      let body = """
        m,h=a x=1,s="t" \(Self.start)
        m,h=b x=5 \(Self.start)
        m,h=a y=2i \(Self.start)
        m,h=a x=3 \(Self.start)
        m,h=a y=9i \(Self.start + SeriesFixture.second)
        """
      #expect(try await house.post("/write?db=g", body).status == 204)
      let rows = try await house.rows("g", "m", tags: ["h"], fields: ["x", "y", "s"])
      #expect(
        rows == ["0.0|h=a|x=3.0|y=2i|s=t", "0.0|h=b|x=5.0|y=-|s=-", "1.0|h=a|x=-|y=9i|s=-"])
    }
  }

  @Test("tags in another order are the same series; other values never are")
  func series() async throws {
    try await DoorHouse.open { house in
      let body = """
        m,a=1,b=2 x=1 \(Self.start)
        m,b=2,a=1 x=2 \(Self.start)
        m,a=1\\,b\\=2 x=3 \(Self.start)
        """
      #expect(try await house.post("/write?db=g", body).status == 204)
      #expect(
        try await house.rows("g", "m", tags: ["a", "b"], fields: ["x"]) == [
          "0.0|a=1,b=2|b=-|x=3.0", "0.0|a=1|b=2|x=2.0",
        ])
      let twice = try await house.post("/write?db=g", "m,a=1,a=2 x=1 \(Self.start)")
      #expect(twice.text.contains("duplicate tags"))
      let own = try await house.post("/write?db=g", "m,_series=1 x=1 \(Self.start)")
      #expect(own.text.contains("tag _series is reserved"))
    }
  }

  @Test("a body larger than a batch arrives whole")
  func large() async throws {
    try await DoorHouse.open { house in
      let text = String(repeating: "y", count: 20_000)
      let lines = (0..<800).map { "m,h=\($0 % 7) x=\($0)i,s=\"\(text)\" \(Self.start + Int64($0))" }
      let answer = try await house.post("/write?db=g", lines.joined(separator: "\n"))
      #expect(answer.status == 204, "\(answer.text)")
      #expect(try await house.rows("g", "m", tags: ["h"], fields: ["x"]).count == 800)
    }
  }

  @Test("groups are made when that is allowed, and never those of the system")
  func groups() async throws {
    try await DoorHouse.open(DoorOptions { $0.makesGroups = false }) { house in
      for path in ["/write?db=g", "/api/v2/write?bucket=g"] {
        let answer = try await house.post(path, "m v=1")
        #expect(answer.status == 404)
        #expect(answer.text.contains(#"database not found: \"g\""#), "\(answer.text)")
      }
    }
    try await DoorHouse.open { house in
      #expect(try await house.post("/write?db=_lakeworks", "m v=1").status == 403)
      #expect(try await house.post("/write", "m v=1").status == 400)
      #expect(try await house.post("/write?db=g&precision=y", "m v=1").status == 400)
      _ = try await house.fixture.registry.create(SchemaFixture.group("logs", .stream))
      #expect(try await house.post("/write?db=logs", "m v=1").status == 400)
    }
  }

  @Test("who comes in shows it by basic authentication, a token or parameters")
  func authentication() async throws {
    try await DoorHouse.open(isGuarded: true) { house in
      let line = Array("m v=1 \(Self.start)".utf8)
      func status(_ path: String, _ authorization: String?) async throws -> UInt16 {
        let fields = authorization.map { [("Authorization", $0)] } ?? []
        return try await house.post(path, line, fields).status
      }
      let nobody = try await status("/write?db=g", nil)
      #expect(nobody == 401)
      #expect(try await status("/write?db=g", "Basic YWRtaW46c2VjcmV0") == 204)
      #expect(try await status("/write?db=g", "Token admin:secret") == 204)
      #expect(try await status("/api/v2/write?bucket=g", "Token admin:wrong") == 401)
      #expect(try await status("/api/v3/write_lp?db=g", "Bearer admin:secret") == 204)
      #expect(try await status("/write?db=g&u=admin&p=secret", nil) == 204)
      #expect(try await status("/write?db=g&u=admin&p=secret", "Token x") == 401)
      #expect(try await status("/write?db=g", "Token reader:secret") == 403)
      #expect(try await status("/api/v1/write", nil) == 401)
      #expect(try await house.send(.get, "/ping", nil, []).status == 204)
      #expect(try await house.send(.head, "/ping", nil, []).status == 204)
      #expect(try await house.send(.get, "/health", nil, []).text.contains(#""status":"pass""#))
      #expect(try await house.send(.get, "/query?q=x", nil, []).status == 401)
    }
  }

  @Test("CREATE DATABASE makes a group; other queries say that they are not supported")
  func query() async throws {
    try await DoorHouse.open { house in
      let made = try await house.send(.post, "/query?q=CREATE%20DATABASE%20%22tele%22", nil, [])
      #expect(made.status == 200)
      #expect(house.fixture.registry.current.group("tele") != nil)
      let other = try await house.send(.get, "/query?q=SELECT%201", nil, [])
      #expect(other.status == 501)
    }
  }

  @Test("when memory is short, writes are told to come later")
  func pressure() async throws {
    try await DoorHouse.open(isShort: true) { house in
      let answer = try await house.post("/write?db=g", Array("m v=1".utf8))
      #expect(answer.status == 503)
      #expect(answer.text.contains("server is under memory pressure, please retry later"))
      #expect(answer.fields.contains { $0.0 == "retry-after" })
      #expect(try await house.post("/api/v1/write", [0]).status == 503)
    }
  }
}
