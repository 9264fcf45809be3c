import Protobuf
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesTesting
import SeriesWire
import Testing

@Suite("Queries of traces")
struct TraceQueryTests {
  static let start = SeriesFixture.start

  private func running(
    _ body: @Sendable (SeriesFixture) async throws -> Void
  ) async throws {
    let fixture = SeriesFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("t", .trace))
      _ = try await registry.create(
        DatabaseWire.Trace {
          $0.metadata = SchemaFixture.names("t", "spans")
          $0.tags = [
            ("trace_id", DatabaseWire.TagType.string), ("span_id", .string), ("at", .timestamp),
            ("service", .string), ("duration", .int), ("error", .int),
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
      for (name, tags) in [
        ("by_duration", ["service", "duration"]), ("by_time", ["at"]),
        ("by_error", ["error", "service", "duration"]),
      ] {
        var rule = SchemaFixture.rule("t", name, tags)
        rule.type = .tree
        _ = try await registry.create(rule)
      }
      try await fixture.bind("t", .trace, "spans", ["by_duration", "by_time", "by_error"])
      let spans: [(String, String, Int64, String, Int64, Int64)] = [
        ("t1", "s1", 0, "a", 100, 0), ("t1", "s2", 90, "b", 7, 1), ("t2", "s1", 10, "a", 50, 0),
        ("t3", "s1", 20, "b", 70, 0), ("t3", "s1", 20, "b", 70, 0), ("t4", "s1", 30, "a", 5, 1),
      ]
      let statuses = try await fixture.write(
        "t", "spans",
        spans: spans.map { trace, span, minutes, service, duration, error in
          (
            [
              .string(trace), .string(span),
              .timestamp(Self.start + minutes * SeriesFixture.minute), .string(service),
              .int(duration), .int(error),
            ], "\(trace)/\(span)"
          )
        })
      #expect(statuses.allSatisfy { $0 == .succeed })
      try await body(fixture)
    }
  }

  private func run(
    _ fixture: SeriesFixture, _ change: (inout TraceWire.QueryRequest) -> Void
  ) async throws -> [String] {
    var request = TraceWire.QueryRequest {
      $0.groups = ["t"]
      $0.name = "spans"
      $0.timeRange = SeriesFixture.range(Self.start, Self.start + 200 * SeriesFixture.minute)
    }
    change(&request)
    return try await TraceQuery.run(request, in: fixture.queries).traces.map { trace in
      "\(trace.traceID):"
        + trace.spans.map { String(decoding: $0.span, as: UTF8.self) }.sorted()
        .joined(separator: ",")
    }
  }

  private func order(_ name: String, _ sort: ModelWire.Sort) -> ModelWire.QueryOrder {
    ModelWire.QueryOrder {
      $0.indexRuleName = name
      $0.sort = sort
    }
  }

  @Test("traces by id come whole and sorted; copies of a span count once")
  func byID() async throws {
    try await self.running { fixture in
      func run(
        _ change: (inout TraceWire.QueryRequest) -> Void
      ) async throws -> [String] { try await self.run(fixture, change) }
      let ids = SeriesFixture.condition("trace_id", .in, .strings(["t3", "t1", "nobody"]))
      let all = try await run { $0.criteria = ids }
      #expect(all == ["t1:t1/s1,t1/s2", "t3:t3/s1"])
      #expect(
        try await run {
          $0.criteria = SeriesFixture.joined(
            .and, ids, SeriesFixture.condition("error", .eq, .int(1)))
        } == ["t1:t1/s1,t1/s2"])
      #expect(
        try await run {
          $0.criteria = ids
          $0.timeRange = nil
          $0.offset = 1
        } == ["t3:t3/s1"])
      #expect(
        try await run {
          $0.criteria = SeriesFixture.joined(
            .and, ids, SeriesFixture.condition("span_id", .eq, .string("s2")))
        } == ["t1:t1/s1,t1/s2"])
    }
  }

  @Test("an order finds traces by their best key, under its leading tags and bounds")
  func byOrder() async throws {
    try await self.running { fixture in
      func ids(_ change: (inout TraceWire.QueryRequest) -> Void) async throws -> [Substring] {
        try await self.run(fixture, change).map { $0.prefix(2) }
      }
      let all = try await ids { $0.orderBy = self.order("by_duration", .desc) }
      #expect(all == ["t1", "t3", "t2", "t4"])
      #expect(
        try await ids { $0.orderBy = self.order("by_duration", .asc) }
          == ["t4", "t1", "t2", "t3"])
      #expect(
        try await ids {
          $0.orderBy = self.order("by_duration", .desc)
          $0.criteria = SeriesFixture.condition("service", .eq, .string("b"))
        } == ["t3", "t1"])
      // Only one of two leading tags is fixed: the other span of t1 has the larger key, and no say.
      #expect(
        try await ids {
          $0.orderBy = self.order("by_error", .desc)
          $0.criteria = SeriesFixture.condition("service", .eq, .string("b"))
        } == ["t3", "t1"])
      #expect(
        try await ids {
          $0.orderBy = self.order("by_duration", .asc)
          $0.criteria = SeriesFixture.condition("duration", .gt, .int(7))
          $0.limit = 2
        } == ["t2", "t3"])
      #expect(
        try await ids {
          $0.orderBy = self.order("by_time", .desc)
          $0.offset = 1
          $0.limit = 2
        } == ["t4", "t3"])
    }
  }

  @Test("a range of one value is a range: other spans of the trace have their say")
  func narrowRange() async throws {
    try await self.running { fixture in
      let spans: [(String, String, Int64, Int64)] = [
        ("t5", "s1", 3, .max), ("t5", "s2", 200, 0), ("t6", "s1", 60, .max),
      ]
      let statuses = try await fixture.write(
        "t", "spans",
        spans: spans.map { trace, span, duration, error in
          (
            [
              .string(trace), .string(span), .timestamp(Self.start), .string("c"),
              .int(duration), .int(error),
            ], "\(trace)/\(span)"
          )
        })
      #expect(statuses.allSatisfy { $0 == .succeed })
      for (op, expected) in [
        (ModelWire.Condition.BinaryOp.ge, ["t5", "t6"]), (.eq, ["t6", "t5"]),
      ] as [(ModelWire.Condition.BinaryOp, [Substring])] {
        let found = try await self.run(fixture) {
          $0.orderBy = self.order("by_error", .desc)
          $0.criteria = SeriesFixture.condition("error", op, .int(.max))
        }
        #expect(found.map { $0.prefix(2) } == expected)
      }
    }
  }

  @Test("each tag stands once, the ids of trace and span last")
  func projection() async throws {
    try await self.running { fixture in
      let request = TraceWire.QueryRequest {
        $0.groups = ["t"]
        $0.name = "spans"
        $0.criteria = SeriesFixture.condition("trace_id", .eq, .string("t2"))
        $0.tagProjection = ["span_id", "trace_id", "duration", "service", "duration", "trace_id"]
      }
      let answer = try await TraceQuery.run(request, in: fixture.queries)
      let span = answer.traces.first?.spans.first
      #expect(span?.tags.map(\.key) == ["duration", "service", "trace_id", "span_id"])
      #expect(span?.spanID == "s1")
    }
  }

  @Test("neither ids nor an order, and orders that are none, are errors")
  func refused() async throws {
    try await self.running { fixture in
      for change: (inout TraceWire.QueryRequest) -> Void in [
        { _ in }, { $0.orderBy = self.order("zz", .asc) },
        { $0.criteria = SeriesFixture.condition("trace_id", .match, .string("t1")) },
        { $0.criteria = SeriesFixture.condition("trace_id", .eq, .int(1)) },
        {
          $0.criteria = SeriesFixture.joined(
            .or, SeriesFixture.condition("trace_id", .eq, .string("t1")), ModelWire.Criteria())
        },
        {
          $0.criteria = SeriesFixture.condition("trace_id", .eq, .string("t1"))
          $0.tagProjection = ["zz"]
        },
        {
          $0.criteria = SeriesFixture.condition("trace_id", .eq, .string("t1"))
          $0.orderBy = self.order("zz", .asc)
        },
      ] {
        await #expect(throws: SeriesFault.self) { _ = try await self.run(fixture, change) }
      }
    }
  }
}
