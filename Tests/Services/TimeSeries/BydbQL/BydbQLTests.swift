import Protobuf
import SeriesModel
import SeriesQL
import SeriesSchema
import SeriesTesting
import SeriesWire
import Testing

@Suite("BydbQL")
struct BydbQLTests {
  static let now = SeriesFixture.start

  /// A schema with one of each kind.
  static func running(_ body: @Sendable (SchemaRegistry) async throws -> Void) async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      for (group, catalog) in [
        ("ms", CommonWire.Catalog.measure), ("ms2", .measure), ("st", .stream), ("tr", .trace),
        ("pr", .property),
      ] { _ = try await registry.create(SchemaFixture.group(group, catalog)) }
      for group in ["ms", "ms2"] {
        var measure = SchemaFixture.measure(group, "cpm")
        measure.fields.append(
          DatabaseWire.FieldSpec {
            $0.name = "layer"
            $0.fieldType = .float
          })
        _ = try await registry.create(measure)
      }
      _ = try await registry.create(
        DatabaseWire.TopNAggregation {
          $0.metadata = SchemaFixture.names("ms", "cpm_top")
          $0.sourceMeasure = SchemaFixture.names("ms", "cpm")
          $0.fieldName = "value"
          $0.groupByTagNames = ["id", "layer"]
          $0.countersNumber = 10
        })
      _ = try await registry.create(
        DatabaseWire.Stream {
          $0.metadata = SchemaFixture.names("st", "sw")
          $0.tagFamilies = [
            DatabaseWire.TagFamilySpec {
              $0.name = "data"
              $0.tags = [SchemaFixture.tag("bin", .dataBinary)]
            },
            DatabaseWire.TagFamilySpec {
              $0.name = "searchable"
              $0.tags = [
                SchemaFixture.tag("trace_id", .string), SchemaFixture.tag("duration", .int),
                SchemaFixture.tag("http.method", .string), SchemaFixture.tag("order", .string),
                SchemaFixture.tag("tags", .stringArray), SchemaFixture.tag("at", .timestamp),
              ]
            },
          ]
          $0.entity = DatabaseWire.Entity { $0.tagNames = ["trace_id"] }
        })
      _ = try await registry.create(
        DatabaseWire.Trace {
          $0.metadata = SchemaFixture.names("tr", "spans")
          $0.tags = [
            ("trace_id", DatabaseWire.TagType.string), ("span_id", .string), ("at", .timestamp),
            ("duration", .int),
          ].map { name, type in
            DatabaseWire.TraceTagSpec {
              $0.name = name
              $0.type = type
            }
          }
          $0.traceIDTagName = "trace_id"
          $0.spanIDTagName = "span_id"
          $0.timestampTagName = "at"
        })
      _ = try await registry.create(
        DatabaseWire.Property {
          $0.metadata = SchemaFixture.names("pr", "ui")
          $0.tags = [SchemaFixture.tag("name", .string), SchemaFixture.tag("port", .int)]
        })
      try await body(registry)
    }
  }

  private func request(
    _ text: String, _ parameters: [ModelWire.TagValue] = [], _ registry: SchemaRegistry
  ) throws -> NativeRequest {
    try BydbQL.request(text, parameters, registry, now: Self.now)
  }

  private func error(
    _ text: String, _ parameters: [ModelWire.TagValue] = [], _ registry: SchemaRegistry
  ) -> BydbQLError? {
    do {
      _ = try BydbQL.request(text, parameters, registry, now: Self.now)
      return nil
    } catch {
      return error
    }
  }

  @Test("a stream's text becomes its native request")
  func streams() async throws {
    try await Self.running { registry in
      guard
        case .stream(let request) = try self.request(
          """
          select trace_id, duration, bin, "order", http.method FROM stream sw IN (st)
          ON (warm, cold) STAGES TIME > '-15m'
          WHERE trace_id = 'webapp' AND duration >= 7 OR tags NOT HAVING ('a', "b")
          ORDER BY by_duration DESC WITH QUERY_TRACE LIMIT 100 OFFSET 3
          """, [], registry)
      else {
        Issue.record("another kind")
        return
      }
      #expect(request.groups == ["st"])
      #expect(request.stages == ["warm", "cold"])
      #expect(
        request.projection
          == SeriesFixture.projection([
            ("searchable", ["trace_id", "duration", "order", "http.method"]), ("data", ["bin"]),
          ]))
      #expect(
        request.timeRange
          == SeriesFixture.range(Self.now - 15 * SeriesFixture.minute, Self.now))
      let expected = SeriesFixture.joined(
        .or,
        SeriesFixture.joined(
          .and, SeriesFixture.condition("trace_id", .eq, .string("webapp")),
          SeriesFixture.condition("duration", .ge, .int(7))),
        SeriesFixture.condition("tags", .notHaving, .strings(["a", "b"])))
      #expect(request.criteria == expected)
      #expect(request.orderBy?.indexRuleName == "by_duration")
      #expect(request.orderBy?.sort == .desc)
      #expect(request.trace)
      #expect(request.limit == 100)
      #expect(request.offset == 3)
    }
  }

  @Test("a measure's text: functions, groups, tops and what is a tag and a field")
  func measures() async throws {
    try await Self.running { registry in
      guard
        case .measure(let request) = try self.request(
          "SELECT TOP 2 value DESC, id, layer::TAG, MEAN(value) FROM MEASURE cpm IN ms,ms2 "
            + "TIME BETWEEN '2025-12-31T23:00:00.123456Z' AND 'now' GROUP BY id, value::field",
          [], registry)
      else {
        Issue.record("another kind")
        return
      }
      #expect(request.groups == ["ms", "ms2"])
      #expect(request.top?.number == 2)
      #expect(request.top?.fieldValueSort == .desc)
      #expect(request.agg?.function == .mean)
      #expect(request.fieldProjection?.names == ["value"])
      #expect(request.groupBy?.fieldName == "value")
      #expect(
        request.groupBy?.tagProjection == SeriesFixture.projection([("default", ["id"])]))
      #expect(
        request.timeRange?.begin?.nanoseconds
          == Self.now - 3600 * SeriesFixture.second + 123_000_000)
      #expect(request.timeRange?.end?.nanoseconds == Self.now)
      let ambiguous = self.error("SELECT layer FROM MEASURE cpm IN ms TIME > '-1h'", [], registry)
      #expect(ambiguous?.stage == .transform)
      guard
        case .measure(let top) = try self.request(
          "SELECT TOP 2 value, id, layer::FIELD FROM MEASURE cpm IN ms TIME > '-1h'", [], registry)
      else {
        Issue.record("another kind")
        return
      }
      // What is named stands first; the ranked field comes behind when it is not.
      #expect(top.fieldProjection?.names == ["layer", "value"])
      guard
        case .measure(let all) = try self.request(
          "SELECT * FROM MEASURE cpm IN ms TIME < 'now'", [], registry)
      else {
        Issue.record("another kind")
        return
      }
      #expect(all.fieldProjection?.names == ["value", "layer"])
      #expect(all.timeRange == SeriesFixture.range(0, Self.now))
      #expect(
        all.tagProjection
          == SeriesFixture.projection([("default", ["id", "entity_id", "layer"])]))
    }
  }

  @Test("traces, properties and rankings")
  func others() async throws {
    try await Self.running { registry in
      guard
        case .trace(let trace) = try self.request(
          "SELECT () FROM TRACE spans IN tr TIME > '-1h' WHERE trace_id IN ('a','b') LIMIT 5",
          [], registry),
        case .property(let property) = try self.request(
          "SELECT name, port FROM PROPERTY ui IN pr WHERE ID IN ('1', '2') AND port = '80' "
            + "ORDER BY port DESC LIMIT 10", [], registry),
        case .topN(let top) = try self.request(
          "SHOW TOP 3 FROM MEASURE cpm_top IN ms TIME > '-30m' WHERE id = 'svc' AND layer = 2 "
            + "AGGREGATE BY MAX ORDER BY DESC", [], registry)
      else {
        Issue.record("another kind")
        return
      }
      #expect(trace.tagProjection.isEmpty)
      #expect(trace.criteria == SeriesFixture.condition("trace_id", .in, .strings(["a", "b"])))
      #expect(property.ids == ["1", "2"])
      #expect(property.criteria == SeriesFixture.condition("port", .eq, .int(80)))
      #expect(property.orderBy?.tagName == "port")
      #expect(top.topN == 3)
      #expect(top.agg == .max)
      #expect(top.fieldValueSort == .desc)
      #expect(top.conditions.map(\.name) == ["id", "layer"])
      #expect(top.conditions[1].value == SeriesFixture.int(2))
    }
  }

  @Test(
    "texts that are no query are refused by the parser",
    arguments: [
      "", "SELECT", "SELECT * FROM STREAM sw", "SELECT * STREAM sw IN st", "SELECT * FROM sw IN st",
      "SELECT a, FROM STREAM sw IN st", "SELECT ** FROM STREAM sw IN st",
      "SELECT * FROM STREAM sw IN (st,)", "SELECT * FROM STREAM sw IN (st",
      "SELECT * FROM STREAM sw IN st LIMIT 1 WITH QUERY_TRACE",
      "SHOW TOP 3 FROM MEASURE cpm_top IN ms TIME > '-1h' WHERE a = 1 OR b = 2",
      "SHOW TOP 3 FROM MEASURE cpm_top IN ms TIME > '-1h' ORDER BY value DESC",
      "SHOW TOP 3 FROM STREAM sw IN st", "SELECT x:tag FROM STREAM sw IN st",
      "SELECT x::tag::field FROM STREAM sw IN st", "SELECT SUM() FROM MEASURE cpm IN ms",
      "SELECT * FROM STREAM sw IN st ORDER BY ?", "SELECT * FROM STREAM sw IN st WHERE a = ??",
      "SELECT * FROM STREAM sw IN st WHERE (a = 1", "SELECT * FROM STREAM sw IN st WHERE a = 1)",
      "SELECT * FROM STREAM sw IN st WHERE a = 'x", "SELECT order FROM STREAM sw IN st",
      "SELECT * FROM STREAM sw IN st; DROP TABLE x", "SELECT * FROM STREAM ? IN st",
      "SELECT * FROM STREAM sw IN st WHERE a NOT = 1", "SELECT * FROM STREAM sw IN st LIMIT -1x",
    ])
  func refused(text: String) async throws {
    try await Self.running { registry in
      let error = self.error(text, [], registry)
      #expect(error?.stage == .parse, "\(text)")
      let message = error?.message ?? ""
      let isPlaced = message.contains(" at byte ") || message.hasSuffix("at the end")
      #expect(isPlaced, "\(text): \(message) says where")
    }
  }

  @Test("an error is short, however long the names and texts are that it is about")
  func shortErrors() async throws {
    try await Self.running { registry in
      let long = String(repeating: "x", count: 200_000)
      for text in [
        "SELECT '\(long)' FROM STREAM sw IN st", "SELECT \(long) FROM STREAM sw IN st",
        "SELECT trace_id FROM STREAM \(long) IN st", "SELECT trace_id FROM STREAM sw IN \(long)",
        "SELECT trace_id FROM STREAM sw IN st WHERE \(long) = 1", "\(long)", "SELECT '\(long)",
        "SELECT trace_id FROM STREAM sw IN st WHERE duration = '\(long)'",
        "SELECT trace_id FROM STREAM sw IN st TIME > '\(long)'",
      ] {
        let error = self.error(text, [], registry)
        #expect(error != nil)
        #expect((error?.description.utf8.count ?? 0) < 1200, "\(text.prefix(60))")
      }
    }
  }

  @Test(
    "queries that the schema does not bear out are refused behind the parser",
    arguments: [
      "SELECT * FROM STREAM sw IN nowhere", "SELECT nothing FROM STREAM sw IN st",
      "SELECT trace_id FROM STREAM sw IN st WHERE nothing = 1",
      "SELECT trace_id FROM STREAM sw IN st WHERE duration = 'x'",
      "SELECT trace_id FROM STREAM sw IN st WHERE bin = 'x'",
      "SELECT trace_id FROM STREAM sw IN st WHERE at = 7",
      "SELECT trace_id FROM STREAM sw IN st TIME > 7",
      "SELECT trace_id FROM STREAM sw IN st TIME > 'yesterday'",
      "SELECT () FROM STREAM sw IN st", "SELECT id FROM MEASURE cpm IN ms",
      "SELECT id, SUM(value), MAX(value) FROM MEASURE cpm IN ms TIME > '-1h'",
      "SELECT id FROM MEASURE cpm IN ms TIME > '-1h' GROUP BY entity_id",
      "SHOW TOP 3 FROM MEASURE cpm_top IN ms",
      "SELECT trace_id FROM STREAM sw IN st WHERE tags HAVING (NULL)",
      "SELECT name FROM PROPERTY ui IN pr WHERE ID != '1'",
      "SELECT name FROM PROPERTY ui IN pr WHERE ID = '1' OR port = 1",
    ])
  func unborne(text: String) async throws {
    try await Self.running { registry in
      #expect(self.error(text, [], registry)?.stage == .transform, "\(text)")
    }
  }

  @Test("parameters stand where they may, and their position is told where not")
  func parameters() async throws {
    try await Self.running { registry in
      let text =
        "SELECT trace_id FROM STREAM sw IN st TIME > ? WHERE duration = ? AND tags HAVING (?, 'z') "
        + "AND trace_id IN (?) LIMIT ? OFFSET ?"
      let time = ModelWire.TagValue {
        $0.value = .timestamp(ProtoTimestamp(nanoseconds: Self.now - 1_000_000))
      }
      let good: [ModelWire.TagValue] = [
        time, SeriesFixture.text("7"), SeriesValue.strings(["x", "y"]).tagValue,
        SeriesFixture.text("t"), SeriesFixture.int(5), SeriesFixture.int(0),
      ]
      guard case .stream(let request) = try self.request(text, good, registry) else {
        Issue.record("another kind")
        return
      }
      #expect(request.timeRange?.begin?.nanoseconds == Self.now - 1_000_000)
      #expect(request.limit == 5)
      let expected = SeriesFixture.joined(
        .and,
        SeriesFixture.joined(
          .and, SeriesFixture.condition("duration", .eq, .int(7)),
          SeriesFixture.condition("tags", .having, .strings(["x", "y", "z"]))),
        SeriesFixture.condition("trace_id", .in, .strings(["t"])))
      #expect(request.criteria == expected)
      for (position, wrong) in [
        (0, SeriesFixture.int(1)), (1, SeriesValue.binary([1]).tagValue),
        (2, SeriesValue.strings([]).tagValue), (3, ModelWire.TagValue()),
        (4, SeriesFixture.int(-1)), (5, SeriesFixture.text("0")),
      ] {
        var bad = good
        bad[position] = wrong
        let error = self.error(text, bad, registry)
        #expect(error?.stage == .bind)
        #expect(error?.message.contains("parameter \(position + 1)") == true)
      }
      #expect(self.error(text, Array(good.dropLast()), registry)?.stage == .bind)
      #expect(self.error(text, good + [time], registry)?.stage == .bind)
    }
  }

  @Test("long and deep texts end in an answer or an error, not in the stack")
  func limits() async throws {
    try await Self.running { registry in
      let head = "SELECT trace_id FROM STREAM sw IN st WHERE "
      let chain = Array(repeating: "duration = 1", count: 5000).joined(separator: " OR ")
      _ = try self.request(head + chain, [], registry)
      let endless = Array(repeating: "duration = 1", count: 70_000).joined(separator: " OR ")
      let open = String(repeating: "(", count: 100_000)
      let some = Array(repeating: "duration = 1", count: 10_010).joined(separator: " OR ")
      #expect(self.error(head + endless, [], registry)?.stage == .parse)
      for text in [open, some] {
        let error = self.error(head + text, [], registry)
        #expect(error?.stage == .parse)
        #expect(error?.message.contains(" at byte ") == true)
      }
      let nested =
        String(repeating: "(", count: 90) + "duration = 1" + String(repeating: ")", count: 90)
      _ = try self.request(head + nested, [], registry)
      let long = head + "trace_id = '" + String(repeating: "x", count: 1 << 20) + "'"
      #expect(self.error(long, [], registry)?.stage == .parse)
    }
  }

  @Test("texts with question marks are parsed once, and the cache stays within its bounds")
  func cache() async throws {
    try await Self.running { registry in
      let cache = StatementCache(countMax: 8)
      for round in 0..<3 {
        for limit in 0..<8 {
          _ = try BydbQL.request(
            "SELECT trace_id FROM STREAM sw IN st WHERE duration = ? LIMIT \(limit)",
            [SeriesFixture.int(Int64(round))], registry, now: Self.now, cache: cache)
        }
      }
      #expect(cache.hits == 16)
      #expect(cache.misses == 8)
      _ = try BydbQL.request(
        "SELECT trace_id FROM STREAM sw IN st", [], registry, now: Self.now, cache: cache)
      #expect(cache.misses == 8)
      for limit in 0..<100 {
        _ = try BydbQL.request(
          "SELECT trace_id FROM STREAM sw IN st WHERE duration = ? LIMIT \(limit)",
          [SeriesFixture.int(1)], registry, now: Self.now, cache: cache)
      }
      #expect(cache.count <= 8)
    }
  }
}
