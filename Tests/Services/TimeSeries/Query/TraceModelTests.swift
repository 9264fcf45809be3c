import Protobuf
import Runtime
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesTesting
import SeriesWire
import Simulation
import Testing

/// Random spans and random queries of traces, answered by the executor and in the plainest words.
@Suite("Queries of traces beside the reference")
struct TraceModelTests {
  typealias Dice = ModelCheckTests.Dice

  struct Span {
    var trace: String
    var row: Reference.Row
  }

  static let tags: [(String, DatabaseWire.TagType)] = [
    ("trace_id", .string), ("span_id", .string), ("at", .timestamp), ("service", .string),
    ("error", .int), ("duration", .int), ("labels", .stringArray),
  ]
  static let rules: [(String, [String])] = [
    ("by_duration", ["service", "duration"]), ("by_error", ["error", "service", "duration"]),
    ("by_time", ["at"]),
  ]

  static func makeSchema(_ fixture: SeriesFixture) async throws {
    let registry = fixture.registry
    _ = try await registry.create(SchemaFixture.group("t", .trace, shards: 3))
    _ = try await registry.create(
      DatabaseWire.Trace {
        $0.metadata = SchemaFixture.names("t", "spans")
        $0.tags = Self.tags.map { name, type in
          DatabaseWire.TraceTagSpec {
            $0.name = name
            $0.type = type
          }
        }
        $0.traceIDTagName = "trace_id"
        $0.spanIDTagName = "span_id"
        $0.timestampTagName = "at"
      })
    for (name, tags) in Self.rules {
      var rule = SchemaFixture.rule("t", name, tags)
      rule.type = .tree
      _ = try await registry.create(rule)
    }
    try await fixture.bind("t", .trace, "spans", Self.rules.map(\.0))
  }

  static func makeSpans(_ fixture: SeriesFixture, _ dice: Dice) async throws -> [Span] {
    var spans: [Span] = []
    // Keys differ from each other, so that every order is one.
    var durations = Array(1...200).map(Int64.init)
    for trace in 0..<20 {
      for span in 0...dice.below(5) {
        let time =
          SeriesFixture.start + Int64(spans.count * 100_000 + dice.below(99_999)) * 1_000_000
        let duration = durations.remove(at: dice.below(durations.count))
        let row = Reference.Row(
          time: time,
          tags: [
            "trace_id": .string("t\(trace)"), "span_id": .string("t\(trace)-\(span)"),
            "at": .timestamp(time),
            "service": dice.hits(10) ? .null : .string(dice.pick(["a", "b", "c"])),
            "error": dice.hits(10) ? .null : .int(Int64(dice.below(3))),
            "duration": dice.hits(10) ? .null : .int(duration),
            "labels": dice.pick([.null, .strings(["x"]), .strings(["x", "y"])]),
          ])
        spans.append(Span(trace: "t\(trace)", row: row))
      }
    }
    let statuses = try await fixture.write(
      "t", "spans",
      spans: spans.map { span in
        (Self.tags.map { span.row.tags[$0.0] ?? .null }, "\(span.row.tags["span_id"] ?? .null)")
      })
    #expect(statuses.allSatisfy { $0 == .succeed })
    return spans
  }

  static func condition(_ dice: Dice) -> ModelWire.Criteria {
    let scalar: [ModelWire.Condition.BinaryOp] = [.eq, .ne, .lt, .le, .gt, .ge]
    switch dice.below(6) {
    case 0:
      return SeriesFixture.condition(
        "service", dice.pick([.eq, .ne]), .string(dice.pick(["a", "b"])))
    case 1:
      return SeriesFixture.condition(
        "service", dice.pick([.in, .notIn]), .strings(dice.pick([["a", "b"], ["c"]])))
    case 2:
      return SeriesFixture.condition("error", dice.pick(scalar), .int(Int64(dice.below(3))))
    case 3:
      return SeriesFixture.condition("duration", dice.pick(scalar), .int(Int64(dice.below(200))))
    case 4: return SeriesFixture.condition("labels", .having, .strings(["y"]))
    default:
      return SeriesFixture.condition("span_id", .eq, .string("t\(dice.below(20))-0"))
    }
  }

  static func criteria(_ dice: Dice, depth: Int = 0) -> ModelWire.Criteria {
    guard depth < 3, dice.hits(55) else { return self.condition(dice) }
    return SeriesFixture.joined(
      dice.pick([.and, .and, .or]), self.criteria(dice, depth: depth + 1),
      self.criteria(dice, depth: depth + 1))
  }

  /// Conditions under nothing but AND.
  static func mandatory(_ criteria: ModelWire.Criteria?) -> [ModelWire.Condition] {
    switch criteria?.exp {
    case nil: return []
    case .condition(let condition)?: return [condition]
    case .le(let expression)?:
      guard let left = expression.left else { return self.mandatory(expression.right) }
      guard let right = expression.right else { return self.mandatory(left) }
      return expression.op == .and ? self.mandatory(left) + self.mandatory(right) : []
    }
  }

  /// Ids of traces, in the order of the answer.
  static func expected(
    _ spans: [Span], _ criteria: ModelWire.Criteria?, _ times: ClosedRange<Int64>, _ rule: [String],
    isDescending: Bool
  ) -> [String] {
    let reference = Reference()
    let leading = Set(rule.dropLast())
    let key = rule.last ?? ""
    let deciding = self.mandatory(criteria).filter { condition in
      (leading.contains(condition.name) && (condition.op == .eq || condition.op == .in))
        || (condition.name == key && [.eq, .lt, .le, .gt, .ge].contains(condition.op))
    }.map { condition in ModelWire.Criteria { $0.exp = .condition(condition) } }
    var best: [String: Int64] = [:]
    for span in spans where times.contains(span.row.time) {
      guard deciding.allSatisfy({ reference.holds($0, span.row) }) else { continue }
      let number: Int64
      switch span.row.tags[key] {
      case .int(let value)?, .timestamp(let value)?: number = value
      default: continue
      }
      let known = best[span.trace] ?? number
      best[span.trace] = isDescending ? max(known, number) : min(known, number)
    }
    let qualified = Set(
      spans.filter { times.contains($0.row.time) && reference.holds(criteria, $0.row) }
        .map(\.trace))
    return best.filter { qualified.contains($0.key) }
      .sorted { isDescending ? $0.value > $1.value : $0.value < $1.value }.map(\.key)
  }

  @Test("any criteria, order, offset and limit", arguments: [21, 22, 23, 24, 25, 26])
  func orders(seed: UInt64) async throws {
    let dice = Dice(seed)
    let fixture = SeriesFixture(segmentSeconds: 1800, seed: seed)
    try await fixture.running { _ in
      try await Self.makeSchema(fixture)
      let spans = try await Self.makeSpans(fixture, dice)
      for round in 0..<150 {
        let criteria = dice.hits(85) ? Self.criteria(dice) : nil
        let rule = dice.pick(Self.rules)
        let isDescending = dice.hits(50)
        let offset = dice.pick([0, 0, 2])
        let limit = dice.pick([1, 3, 100])
        let begin = SeriesFixture.start + Int64(dice.below(3000)) * SeriesFixture.second
        let end = begin + Int64(dice.below(9000)) * SeriesFixture.second
        let request = TraceWire.QueryRequest {
          $0.groups = ["t"]
          $0.name = "spans"
          $0.timeRange = SeriesFixture.range(begin, end)
          $0.criteria = criteria
          $0.offset = UInt32(offset)
          $0.limit = UInt32(limit)
          $0.orderBy = ModelWire.QueryOrder {
            $0.indexRuleName = rule.0
            $0.sort = isDescending ? .desc : .asc
          }
        }
        let answer = try await TraceQuery.run(request, in: fixture.queries)
        let all = Self.expected(
          spans, criteria, begin...end, rule.1, isDescending: isDescending)
        #expect(
          answer.traces.map(\.traceID) == Array(all.dropFirst(offset).prefix(limit)),
          "seed \(seed), round \(round)")
        for trace in answer.traces {
          #expect(trace.spans.count == spans.count { $0.trace == trace.traceID })
        }
      }
    }
  }
}
