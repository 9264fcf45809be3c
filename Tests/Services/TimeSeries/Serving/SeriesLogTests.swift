import ClusterTesting
import JSON
import Observability
import Protobuf
import Runtime
import SeriesColumns
import SeriesProperty
import SeriesQL
import SeriesSchema
import SeriesTesting
import SeriesWire
import Synchronization
import Testing
import Values

@testable import SeriesServing

@Suite("The logs of the series service")
struct SeriesLogTests {
  private static let epoch = WallTime(nanoseconds: 0)

  /// Lines by log.
  private final class Lines: Sendable {
    private let all = Mutex<[(log: String, line: String)]>([])
    var sink: IngestLog.Sink {
      { line, log in
        self.all.withLock { $0.append((log, String(decoding: line, as: UTF8.self))) }
      }
    }
    subscript(log: String) -> [String] {
      self.all.withLock { $0.filter { $0.log == log }.map(\.line) }
    }
  }

  @Test("a query's line says what was asked, how long it took and what went wrong")
  func lines() {
    var entry = QueryLog.Entry(kind: "measure")
    (entry.groups, entry.name) = (["a", "b\""], "cpu")
    entry.duration = .milliseconds(12)
    entry.fault = .query("no \"x\"")
    entry.request = #"{"name":"cpu"}"#
    let line = String(decoding: QueryLog.line(entry, at: Self.epoch), as: UTF8.self)
    #expect(
      line
        == #"{"at":"1970-01-01T00:00:00Z","kind":"measure","groups":["a","b\""],"name":"cpu","#
        + #""ms":12.0,"request":{"name":"cpu"},"code":2,"#
        + #""error":"no \"x\": invalid query message"}"# + "\n")
  }

  @Test("every row that was taken has a line of its own, which series write reads")
  func rows() async throws {
    let lines = Lines()
    let log = IngestLog(MemoryRowStore(), time: ModelClock(), sink: lines.sink)
    let schema = TableSchema(
      name: "cpu", kind: .measure,
      columns: [ColumnSchema("#load", .integer), ColumnSchema("default/zone", .string)],
      seriesColumns: [ColumnSchema("default/host", .string)])
    var batch = RowBatch(group: "g", schema: schema, shard: 1)
    batch.seriesIDs = [1, 2, 1]
    batch.timestamps = [0, 1_000_000_000, 2_000_000_000]
    batch.versions = [1, 2, 3]
    for row in 0..<3 {
      batch.columns[0].append(integer: Int64(row * 10))
      if row == 1 { batch.columns[1].appendNull() } else { batch.columns[1].append(text: "z") }
    }
    batch.series.ids = [1, 2]
    batch.series.columns[0].append(text: "one")
    batch.series.columns[0].append(text: "two")
    _ = try await log.write([batch])
    let good = batch
    batch.versions = [1]
    let broken = batch
    await #expect(throws: SeriesError.self) { _ = try await log.write([broken]) }
    let written = lines["measure-ingest"]
    #expect(written.count == good.count, "what was refused has no line")
    let last = try JSONValue(parsing: written[2])
    #expect(last["at"]?.string == "2026-01-01T00:00:00Z")
    #expect(last["measure"]?.string == "g/cpu")
    #expect(last["time"]?.string == "1970-01-01T00:00:02Z")
    #expect(last["version"]?.int64 == 3)
    #expect(last["shard"]?.int64 == 1)
    #expect(last["tags"]?.text() == #"{"host":"one","zone":"z"}"#)
    #expect(last["fields"]?.text() == #"{"load":20}"#)
    #expect(try JSONValue(parsing: written[1])["tags"]?.text() == #"{"host":"two"}"#)
  }

  /// A front whose queries are logged.
  private func logged(
    _ threshold: Duration = .zero, slow: QueryLog.Sink? = nil,
    _ statements: HotStatements = HotStatements(),
    _ body: @Sendable (SeriesFront, Lines, MetricRegistry) async throws -> Void
  ) async throws {
    let fixture = SeriesFixture()
    let lines = Lines()
    let metrics = MetricRegistry()
    let log = QueryLog(
      access: lines.sink, slow: slow, threshold: threshold, statements: statements,
      time: fixture.schema.clock, metrics: metrics)
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      _ = try await registry.create(SchemaFixture.measure("g", "m"))
      var front = SeriesFront(
        queries: fixture.queries, writes: fixture.writes,
        properties: PropertyService(
          fixture.schema.facts, registry, time: fixture.schema.clock),
        deletions: GroupDeletions(registry, data: NoData(), node: "a"), data: NoData(),
        barrier: SchemaBarrier(registry) { [] }, node: DatabaseWire.Node())
      front.queryLog = log
      try await body(front, lines, metrics)
    }
  }

  private static let text = "SELECT value FROM MEASURE m IN g TIME > '-1h' WHERE id = ? LIMIT 5"

  private static func ask(_ front: SeriesFront, _ text: String, _ id: String?) async {
    let request = BydbQLWire.QueryRequest {
      $0.query = text
      if let id { $0.params = [SeriesFixture.text(id)] }
    }
    _ = try? await front.answer(request, CallWatch(caller: nil))
  }

  @Test("a text is logged once, with what the cache made of it, and its errors")
  func texts() async throws {
    try await self.logged { front, lines, _ in
      await Self.ask(front, Self.text, "secret")
      await Self.ask(front, Self.text, "other")
      await Self.ask(front, Self.text.replacing("?", with: "'x'"), nil)
      await Self.ask(front, "SELECT ? nonsense", "x")
      let written = try lines["bydbql-query"].map { try JSONValue(parsing: $0) }
      #expect(written.map { $0["cache"]?.string } == ["miss", "hit", "bypass", "miss"])
      #expect(written[0]["query"]?.string == Self.text)
      #expect(written[0]["groups"]?.text() == #"["g"]"#)
      #expect(written[0]["name"]?.string == "m")
      #expect(written[0]["parameters"]?.text().hasPrefix(#"["text of 6, "#) == true)
      #expect(!lines["bydbql-query"].contains { $0.contains("secret") })
      #expect(written[3]["code"]?.int64 == 3)
      #expect(lines["measure-query"].isEmpty, "what the text stood for has no line of its own")
    }
  }

  @Test("a native query is logged as it was asked, by kind; a ranking among measures")
  func native() async throws {
    try await self.logged { front, lines, _ in
      let request = MeasureWire.QueryRequest {
        $0.groups = ["g"]
        $0.name = "m"
        $0.timeRange = SeriesFixture.range(0, SeriesFixture.start)
        $0.limit = 7
        $0.tagProjection = SeriesFixture.projection([("default", ["id"])])
      }
      _ = try await front.query(request)
      _ = try? await front.query(
        MeasureWire.TopNRequest {
          $0.groups = ["g"]
          $0.name = "none"
          $0.timeRange = SeriesFixture.range(0, 1)
          $0.topN = 1
        })
      let written = try lines["measure-query"].map { try JSONValue(parsing: $0) }
      #expect(written.map { $0["kind"]?.string } == ["measure", "topn"])
      #expect(written[0]["request"]?["limit"]?.int64 == 7)
      #expect(written[0]["error"] == nil)
      #expect(written[1]["error"]?.string != nil)
    }
  }

  @Test("texts and native queries are slow from thresholds of their own")
  func slow() async throws {
    let slow = Mutex<[String]>([])
    let sink: QueryLog.Sink = { line in
      slow.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }
    let metrics = MetricRegistry()
    let log = QueryLog(
      access: nil, slow: sink, threshold: .seconds(5),
      statements: HotStatements(.init { $0.slow = .seconds(1) }), time: ModelClock(),
      metrics: metrics)
    var entry = QueryLog.Entry(kind: "measure")
    entry.duration = .seconds(2)
    await log.note(entry, MeasureWire.QueryRequest())
    #expect(slow.withLock { $0.isEmpty })
    await log.note(entry, BydbQLWire.QueryRequest { $0.query = "SELECT" })
    entry.duration = .seconds(5)
    await log.note(entry, MeasureWire.QueryRequest { $0.name = "cpu" })
    let written = slow.withLock { $0 }
    #expect(written.count == 2)
    #expect(written[0].contains(#""query":"SELECT""#))
    #expect(written[1].contains(#""request":{"name":"cpu"}"#))
    let snapshot = metrics.snapshot()
    #expect(snapshot.value("lake_series_slow_queries_total") == .count(1))
    #expect(snapshot.value("lake_series_slow_texts_total") == .count(1))
  }

  // MARK: Texts that cost much

  private static func moment(_ seconds: Int64) -> WallTime {
    WallTime(nanoseconds: seconds * 1_000_000_000)
  }

  @Test("texts are told when they were slow, and when they were parsed more than once")
  func hot() {
    let hot = HotStatements(.init { $0.slow = .seconds(1) })
    func note(
      _ text: String, _ use: StatementCache.Use, _ duration: Duration, at seconds: Int64 = 0
    ) {
      hot.note(text, [], use, duration, at: Self.moment(seconds))
    }
    note("once ?", .miss, .zero)
    note("twice ?", .miss, .milliseconds(5))
    note("twice ?", .miss, .milliseconds(3), at: 9)
    note("kept ?", .hit, .zero)
    note("literal", .bypass, .zero)
    note("slow", .bypass, .seconds(1))
    note("slower ?", .hit, .seconds(3))
    note("slower ?", .hit, .seconds(2), at: 7)
    let rows = hot.rows(at: Self.moment(10))
    #expect(rows.map(\.text) == ["twice ?", "slower ?", "slow"])
    #expect(rows.map(\.reason) == [.reparsed, .slow, .slow])
    #expect(rows.map(\.count) == [2, 2, 1])
    #expect(rows[0].longest == .milliseconds(5))
    #expect(rows[1].longest == .seconds(3))
    #expect(rows[1].lastAt == Self.moment(7))
    #expect(hot.rows(at: Self.moment(10), limit: 1).map(\.text) == ["twice ?", "slower ?"])
    #expect(hot.rows(at: Self.moment(86_408)).map(\.text) == ["twice ?"])
    #expect(hot.rows(at: Self.moment(86_500)).isEmpty, "a day later they are forgotten")
  }

  @Test("what is remembered of texts is bounded, and the newest stay")
  func bounded() {
    let hot = HotStatements(.init { $0.slow = .seconds(1) })
    for number in 0..<5000 {
      hot.note("text \(number)", [], .bypass, .seconds(2), at: Self.moment(Int64(number)))
    }
    let rows = hot.rows(at: Self.moment(5000), limit: .max)
    #expect(rows.count <= 512)
    #expect(rows.contains { $0.text == "text 4999" })
    let long = String(repeating: "x", count: 1 << 20)
    hot.note(long, [], .bypass, .seconds(9), at: Self.moment(5000))
    #expect(hot.rows(at: Self.moment(5000))[0].text.utf8.count == 4096)
  }

  @Test(
    "parameters are shown as the operator allows it",
    arguments: [
      (.none, []),
      (
        .fingerprint,
        [
          "text of 6, 2bb80d537b1d", "7", "null", "[text of 1, ca978112ca1b]",
          "[1, 2, 3, 4, 5, 6, 7, 8, … of 9]",
        ]
      ),
      (.raw, ["secret", "7", "null", "[a]", "[1, 2, 3, 4, 5, 6, 7, 8, … of 9]"]),
    ] as [(HotStatements.ParameterForm, [String])])
  func parameters(form: HotStatements.ParameterForm, shown: [String]) {
    let values: [ModelWire.TagValue] = [
      SeriesFixture.text("secret"), SeriesFixture.int(7), SeriesFixture.null,
      ModelWire.TagValue { $0.value = .strArray(ModelWire.StrArray { $0.value = ["a"] }) },
      ModelWire.TagValue {
        $0.value = .intArray(ModelWire.IntArray { $0.value = Array(1...9) })
      },
    ]
    #expect(HotStatements.shown(values, form) == shown)
  }
}
