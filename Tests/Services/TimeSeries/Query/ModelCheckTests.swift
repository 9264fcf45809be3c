import Protobuf
import Runtime
import SeriesColumns
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesTesting
import SeriesWire
import Simulation
import Testing

/// Random rows and random queries, answered by the executor and by the reference.
@Suite("Queries beside the reference")
struct ModelCheckTests {
  /// Chance of one seed, with the choices that tests make.
  struct Dice {
    let random: SimulatedRandom
    init(_ seed: UInt64) { self.random = SimulatedRandom(seed: seed) }
    func below(_ count: Int) -> Int { Int(self.random.number(in: 0...UInt64(count - 1))) }
    func pick<T>(_ values: [T]) -> T { values[self.below(values.count)] }
    func hits(_ percent: Int) -> Bool { self.below(100) < percent }
  }

  static let range = SeriesFixture.start...(SeriesFixture.start + 6 * 3600 * SeriesFixture.second)

  // MARK: Streams

  static func streamSchema(_ fixture: SeriesFixture) async throws {
    let registry = fixture.registry
    _ = try await registry.create(SchemaFixture.group("st", .stream, shards: 3))
    _ = try await registry.create(
      DatabaseWire.Stream {
        $0.metadata = SchemaFixture.names("st", "s")
        $0.tagFamilies = [
          DatabaseWire.TagFamilySpec {
            $0.name = "a"
            $0.tags = [
              SchemaFixture.tag("svc", .string), SchemaFixture.tag("state", .int),
              SchemaFixture.tag("name", .string), SchemaFixture.tag("body", .string),
            ]
          },
          DatabaseWire.TagFamilySpec {
            $0.name = "b"
            $0.tags = [
              SchemaFixture.tag("duration", .int), SchemaFixture.tag("labels", .stringArray),
              SchemaFixture.tag("codes", .intArray), SchemaFixture.tag("at", .timestamp),
            ]
          },
        ]
        $0.entity = DatabaseWire.Entity { $0.tagNames = ["svc", "state"] }
      })
    _ = try await registry.create(SchemaFixture.rule("st", "by_duration", ["duration"]))
    var words = SchemaFixture.rule("st", "words", ["body"])
    words.analyzer = "standard"
    _ = try await registry.create(words)
    try await fixture.bind("st", .stream, "s", ["by_duration", "words"])
  }

  static func streamRows(
    _ fixture: SeriesFixture, _ dice: Dice
  ) async throws -> Reference {
    var reference = Reference()
    reference.analyzers["body"] = .standard
    for batch in 0..<4 {
      var elements: [StreamWire.ElementValue] = []
      for number in 0..<40 {
        let time = SeriesFixture.start + Int64(dice.below(6 * 3600)) * SeriesFixture.second
        let id = dice.hits(10) ? "twice" : "\(batch)-\(number)"
        var tags: [String: SeriesValue] = [
          "svc": .string(dice.pick(["a", "b", "c"])), "state": .int(Int64(dice.below(2))),
          "name": dice.pick([.null, .string(""), .string("x"), .string("xy"), .string("é")]),
          "body": dice.pick([.null, .string("GET timeout refused"), .string("post OK timeout")]),
          "duration": dice.hits(20) ? .null : .int(Int64(dice.below(9)) - 4),
          "at": dice.hits(30) ? .null : .timestamp(Int64(dice.below(4))),
        ]
        tags["labels"] = dice.pick([.null, .strings([]), .strings(["p"]), .strings(["p", "q"])])
        tags["codes"] = dice.pick([.null, .ints([1]), .ints([1, 2]), .ints([2, 1])])
        elements.append(
          SeriesFixture.element(
            id, time,
            [
              ["svc", "state", "name", "body"].map { tags[$0] ?? .null },
              ["duration", "labels", "codes", "at"].map { tags[$0] ?? .null },
            ]))
        reference.rows.append(
          Reference.Row(
            id: ElementID.hash(group: "st", name: "s", clientID: id), time: time, tags: tags))
      }
      let statuses = try await fixture.write("st", "s", elements)
      #expect(statuses.allSatisfy { $0 == .succeed })
    }
    return reference
  }

  static func condition(_ dice: Dice) -> ModelWire.Criteria {
    let scalar: [ModelWire.Condition.BinaryOp] = [.eq, .ne, .lt, .le, .gt, .ge]
    switch dice.below(9) {
    case 0:
      return SeriesFixture.condition(
        "svc", .in, .strings(dice.pick([["a"], ["a", "c"], [], ["nothing"]])))
    case 1: return SeriesFixture.condition("state", .eq, .int(Int64(dice.below(3))))
    case 2:
      return SeriesFixture.condition(
        "name", dice.pick(scalar), .string(dice.pick(["", "x", "y"])))
    case 3:
      return SeriesFixture.condition(
        "duration", dice.pick(scalar), .int(Int64(dice.below(9)) - 4))
    case 4:
      return SeriesFixture.condition(
        "duration", dice.pick([.in, .notIn]), .ints(dice.pick([[0], [1, 2, -3], []])))
    case 5:
      return SeriesFixture.condition(
        "labels", dice.pick([.having, .notHaving, .eq, .ne]),
        dice.pick([.strings(["p"]), .strings(["q", "p"]), .string("q")]))
    case 6:
      return SeriesFixture.condition(
        "codes", dice.pick([.having, .notHaving, .eq, .ne]),
        dice.pick([.ints([1, 2]), .ints([2]), .int(1)]))
    case 7: return SeriesFixture.condition("at", dice.pick(scalar), .int(Int64(dice.below(4))))
    default:
      return ModelWire.Criteria {
        $0.exp = .condition(
          ModelWire.Condition {
            $0.name = "body"
            $0.op = .match
            $0.value = SeriesFixture.text(dice.pick(["Timeout", "get ok", "refused timeout", ""]))
            $0.matchOption = ModelWire.Condition.MatchOption {
              $0.operator = dice.pick([.and, .or, .unspecified])
            }
          })
      }
    }
  }

  static func criteria(_ dice: Dice, depth: Int = 0) -> ModelWire.Criteria {
    guard depth < 4, dice.hits(60) else { return self.condition(dice) }
    return SeriesFixture.joined(
      dice.pick([.and, .or]), self.criteria(dice, depth: depth + 1),
      dice.hits(10) ? nil : self.criteria(dice, depth: depth + 1))
  }

  @Test(
    "of streams: any criteria, order, offset and limit", arguments: [1, 2, 3, 4, 5, 6], [1, 2])
  func streams(seed: UInt64, nodes: UInt32) async throws {
    let dice = Dice(seed)
    let fixture = SeriesFixture(segmentSeconds: 3600, seed: seed)
    try await fixture.running { _ in
      try await Self.streamSchema(fixture)
      let reference = try await Self.streamRows(fixture, dice)
      for round in 0..<120 {
        let criteria = dice.hits(90) ? Self.criteria(dice) : nil
        let byTag = dice.hits(40)
        let isDescending = dice.hits(50)
        let offset = dice.pick([0, 0, 3, 500])
        let limit = dice.pick([1, 5, 20, 1000])
        let begin = SeriesFixture.start + Int64(dice.below(3 * 3600)) * SeriesFixture.second
        let end = begin + Int64(dice.below(4 * 3600)) * SeriesFixture.second
        let request = StreamWire.QueryRequest {
          $0.groups = ["st"]
          $0.name = "s"
          $0.timeRange = SeriesFixture.range(begin, end)
          $0.criteria = criteria
          $0.projection = SeriesFixture.projection([("b", ["duration"]), ("a", ["svc"])])
          $0.offset = UInt32(offset)
          $0.limit = UInt32(limit)
          $0.orderBy = ModelWire.QueryOrder {
            $0.indexRuleName = byTag ? "by_duration" : ""
            $0.sort = isDescending ? .desc : .asc
          }
        }
        let answer = try await StreamQuery.run(request, in: fixture.queries(nodes: nodes))
        let expected = reference.stream(
          criteria, begin...end, orderTag: byTag ? "duration" : nil, isDescending: isDescending,
          offset: offset, limit: limit)
        #expect(
          answer.elements.map(\.elementID) == expected.map(ElementID.text),
          "seed \(seed), round \(round)")
      }
    }
  }

  // MARK: Measures

  static func measureRows(_ fixture: SeriesFixture, _ dice: Dice) async throws -> Reference {
    let registry = fixture.registry
    _ = try await registry.create(SchemaFixture.group("ms", .measure, shards: 3))
    _ = try await registry.create(SchemaFixture.measure("ms", "m"))
    _ = try await registry.create(SchemaFixture.rule("ms", "by_layer", ["layer"]))
    try await fixture.bind("ms", .measure, "m", ["by_layer"])
    var reference = Reference()
    for _ in 0..<4 {
      var points: [MeasureWire.DataPointValue] = []
      for _ in 0..<60 {
        let entity = dice.pick(["a", "b", "c", "d"])
        let time =
          SeriesFixture.start + Int64(dice.below(90)) * 4 * SeriesFixture.minute
          + dice.pick([0, 0, 20, 40]) * SeriesFixture.second
        // Indexed tags are one value per series: the reference gives each series its own.
        let layer = SeriesValue.int(entity == "a" ? 1 : entity == "d" ? 3 : 2)
        let id = SeriesValue.string(dice.pick(["x", "y", "z"]))
        let value: SeriesValue = dice.hits(10) ? .null : .int(Int64(dice.below(100)) - 30)
        let version = Int64(dice.below(3)) + 1
        points.append(
          SeriesFixture.point(time, [[id, .string(entity), layer]], [value], version: version))
        reference.rows.append(
          Reference.Row(
            series: SeriesKey.number(name: "m", entity: [.string(entity)]) ?? 0, time: time,
            version: version, tags: ["id": id, "entity_id": .string(entity), "layer": layer],
            fields: ["value": value]))
      }
      let statuses = try await fixture.write("ms", "m", points)
      #expect(statuses.allSatisfy { $0 == .succeed })
    }
    return reference
  }

  static func measureCriteria(_ dice: Dice, depth: Int = 0) -> ModelWire.Criteria {
    if depth < 3, dice.hits(50) {
      return SeriesFixture.joined(
        dice.pick([.and, .or]), self.measureCriteria(dice, depth: depth + 1),
        self.measureCriteria(dice, depth: depth + 1))
    }
    switch dice.below(3) {
    case 0:
      return SeriesFixture.condition("entity_id", .eq, .string(dice.pick(["a", "b", "nothing"])))
    case 1:
      return SeriesFixture.condition(
        "entity_id", .in, .strings(dice.pick([["a", "d"], ["b", "c"]])))
    default:
      return SeriesFixture.condition(
        "layer", dice.pick([.eq, .ne, .lt, .ge]), .int(Int64(dice.below(4))))
    }
  }

  @Test("of measures: points, groups and figures", arguments: [11, 12, 13, 14], [1, 2])
  func measures(seed: UInt64, nodes: UInt32) async throws {
    let dice = Dice(seed)
    let fixture = SeriesFixture(segmentSeconds: 3600, seed: seed)
    try await fixture.running { _ in
      let reference = try await Self.measureRows(fixture, dice)
      for round in 0..<120 {
        let criteria = dice.hits(80) ? Self.measureCriteria(dice) : nil
        let times = Self.range
        var request = MeasureWire.QueryRequest {
          $0.groups = ["ms"]
          $0.name = "m"
          $0.timeRange = SeriesFixture.range(times.lowerBound, times.upperBound)
          $0.criteria = criteria
          $0.tagProjection = SeriesFixture.projection([("default", ["entity_id", "id"])])
          $0.fieldProjection = MeasureWire.QueryRequest.FieldProjection { $0.names = ["value"] }
          $0.limit = 10_000
        }
        if round % 2 == 0 {
          let answer = try await MeasureQuery.run(request, in: fixture.queries(nodes: nodes))
          let expected = reference.measure(criteria, times)
          #expect(
            answer.dataPoints.map { "\($0.sid) \($0.timestamp?.nanoseconds ?? 0) \($0.version)" }
              == expected.map { "\($0.series) \($0.time) \($0.version)" }, "seed \(seed) \(round)")
          continue
        }
        let function = dice.pick(
          [.sum, .mean, .max, .min, .count] as [ModelWire.AggregationFunction])
        let tags = dice.pick([["entity_id"], ["id"], ["entity_id", "id"]])
        request.tagProjection = SeriesFixture.projection([("default", tags)])
        request.groupBy = MeasureWire.QueryRequest.GroupBy {
          $0.tagProjection = SeriesFixture.projection([("default", tags)])
          $0.fieldName = "value"
        }
        request.agg = MeasureWire.QueryRequest.Aggregation {
          $0.function = function
          $0.fieldName = "value"
        }
        let answer = try await MeasureQuery.run(request, in: fixture.queries(nodes: nodes))
        let figures = answer.dataPoints.map { point in
          Reference.Figure(
            tags: (point.tagFamilies.first?.tags ?? []).map {
              SeriesValue($0.value ?? ModelWire.TagValue())
            }, value: SeriesValue(point.fields.first?.value ?? ModelWire.FieldValue()))
        }
        #expect(
          figures == reference.figures(criteria, times, by: tags, function, "value"),
          "seed \(seed) \(round)")
      }
    }
  }

  // MARK: Rankings

  @Test(
    "of rankings: best windows, whatever blocks and segments they lie in", arguments: [31, 32, 33],
    [1, 2])
  func rankings(seed: UInt64, nodes: UInt32) async throws {
    let dice = Dice(seed)
    // Segments that cut windows in two.
    let fixture = SeriesFixture(segmentSeconds: 3600 - 90, seed: seed)
    try await fixture.running { registry in
      let reference = try await Self.measureRows(fixture, dice)
      _ = try await registry.create(
        DatabaseWire.TopNAggregation {
          $0.metadata = SchemaFixture.names("ms", "top")
          $0.sourceMeasure = SchemaFixture.names("ms", "m")
          $0.fieldName = "value"
          $0.groupByTagNames = ["id"]
          $0.criteria = SeriesFixture.condition("layer", .ne, .int(3))
          $0.countersNumber = 10
        })
      for round in 0..<60 {
        let begin = SeriesFixture.start + Int64(dice.below(200)) * SeriesFixture.minute
        let end = begin + Int64(dice.below(200)) * SeriesFixture.minute + 1
        let id: SeriesValue? = dice.hits(50) ? .string(dice.pick(["x", "y"])) : nil
        let isAscending = dice.hits(50)
        let request = MeasureWire.TopNRequest {
          $0.groups = ["ms"]
          $0.name = "top"
          $0.timeRange = SeriesFixture.range(begin, end)
          $0.topN = 3
          $0.fieldValueSort = isAscending ? .asc : .desc
          if let id {
            $0.conditions = [
              ModelWire.Condition {
                $0.name = "id"
                $0.op = .eq
                $0.value = id.tagValue
              }
            ]
          }
        }
        let answer = try await TopNQuery.run(request, in: fixture.queries(nodes: nodes))
        let found = (answer.lists.first?.items ?? []).map { item in
          "\(SeriesValue(item.value ?? .init())) \(item.timestamp?.nanoseconds ?? 0)"
        }
        let expected = reference.ranking(
          begin...end, interval: SeriesFixture.minute, isAscending: isAscending, count: 3
        ) { row in
          row.tags["layer"] != .int(3) && (id == nil || row.tags["id"] == id)
        }
        #expect(found == expected, "seed \(seed), round \(round)")
      }
    }
  }
}
