import Protobuf
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesTesting
import SeriesWire
import Testing

@Suite("Queries of measures and rankings")
struct MeasureQueryTests {
  static let start = SeriesFixture.start
  static let minute = SeriesFixture.minute

  static func kind(_ body: () async throws -> Void) async -> SeriesFault.Kind? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? SeriesFault)?.kind
    }
  }

  private func running(
    _ body: @Sendable (SeriesFixture) async throws -> Void
  ) async throws {
    let fixture = SeriesFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      var measure = SchemaFixture.measure("g", "m")
      measure.fields.append(
        DatabaseWire.FieldSpec {
          $0.name = "load"
          $0.fieldType = .float
        })
      _ = try await registry.create(measure)
      _ = try await registry.create(SchemaFixture.rule("g", "id", ["id"]))
      var unsorted = SchemaFixture.rule("g", "layer", ["layer"])
      unsorted.noSort = true
      _ = try await registry.create(unsorted)
      try await fixture.bind("g", .measure, "m", ["id", "layer"])
      try await body(fixture)
    }
  }

  private func point(
    _ minutes: Int64, _ entity: String, _ value: SeriesValue, load: SeriesValue = .null,
    id: String = "x", layer: Int64 = 1, version: Int64 = 0
  ) -> MeasureWire.DataPointValue {
    SeriesFixture.point(
      Self.start + minutes * Self.minute, [[.string(id), .string(entity), .int(layer)]],
      [value, load], version: version)
  }

  private func request(
    _ change: (inout MeasureWire.QueryRequest) -> Void
  ) -> MeasureWire.QueryRequest {
    var request = MeasureWire.QueryRequest {
      $0.groups = ["g"]
      $0.name = "m"
      $0.timeRange = SeriesFixture.range(Self.start, Self.start + 600 * Self.minute)
      $0.tagProjection = SeriesFixture.projection([("default", ["entity_id", "id"])])
      $0.fieldProjection = MeasureWire.QueryRequest.FieldProjection {
        $0.names = ["value", "load"]
      }
    }
    change(&request)
    return request
  }

  @Test("of one series and time the highest version is told, whatever came first")
  func versions() async throws {
    try await self.running { fixture in
      for version in [3, 1, 2] as [Int64] {
        _ = try await fixture.write("g", "m", [self.point(0, "a", .int(version), version: version)])
      }
      let answer = try await MeasureQuery.run(self.request { _ in }, in: fixture.queries)
      #expect(answer.dataPoints.map(\.version) == [3])
      #expect(answer.dataPoints.first?.fields.first?.value == SeriesValue.int(3).fieldValue)
      #expect(answer.dataPoints.first?.fields.map(\.name) == ["value", "load"])
      let sid = SeriesKey.number(name: "m", entity: [.string("a")])
      #expect(answer.dataPoints.first?.sid == sid)
    }
  }

  @Test("numbers of every kind come back bit for bit")
  func numbers() async throws {
    try await self.running { fixture in
      let loads: [Double] = [
        .nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      ]
      let points = loads.enumerated().map { index, load in
        self.point(
          Int64(index), "a", .int(index % 2 == 0 ? .min : .max), load: .float(load))
      }
      _ = try await fixture.write("g", "m", points)
      let answer = try await MeasureQuery.run(self.request { _ in }, in: fixture.queries)
      let read = answer.dataPoints.map { point -> SeriesValue in
        SeriesValue(point.fields.last?.value ?? ModelWire.FieldValue())
      }
      #expect(read == loads.map { .float($0) })
    }
  }

  @Test("figures keep the type of their field, a mean below one is one, and a sum does not wrap")
  func figures() async throws {
    try await self.running { fixture in
      _ = try await fixture.write(
        "g", "m",
        [
          self.point(0, "a", .int(.max), load: .float(0.25)),
          self.point(1, "a", .int(5), load: .float(0.5)),
          self.point(2, "b", .int(-9), load: .float(2)),
        ])
      func figure(
        _ function: ModelWire.AggregationFunction, _ field: String, entity: String? = nil
      ) async throws -> SeriesValue {
        let answer = try await MeasureQuery.run(
          self.request {
            $0.agg = MeasureWire.QueryRequest.Aggregation {
              $0.function = function
              $0.fieldName = field
            }
            if let entity {
              $0.criteria = SeriesFixture.condition("entity_id", .eq, .string(entity))
            }
          }, in: fixture.queries)
        #expect(answer.dataPoints.count <= 1)
        #expect(answer.dataPoints.first?.timestamp == nil)
        #expect(answer.dataPoints.first?.sid ?? 0 == 0)
        return SeriesValue(answer.dataPoints.first?.fields.first?.value ?? .init())
      }
      #expect(try await figure(.mean, "load", entity: "a") == .float(1))
      #expect(try await figure(.sum, "load") == .float(2.75))
      #expect(try await figure(.count, "load") == .float(3))
      #expect(try await figure(.count, "value") == .int(3))
      #expect(try await figure(.min, "value") == .int(-9))
      #expect(try await figure(.max, "value") == .int(.max))
      #expect(try await figure(.mean, "value", entity: "b") == .int(1))
      #expect(try await figure(.sum, "value", entity: "nobody") == .null)
      let overflow = await Self.kind { _ = try await figure(.sum, "value", entity: "a") }
      #expect(overflow == .unknown)
      // What leaves 64 bits on its way and comes back is a sum, and a mean always is.
      #expect(try await figure(.sum, "value") == .int(.max - 4))
      #expect(try await figure(.mean, "value", entity: "a") == .int(1 << 62 + 2))
    }
  }

  @Test("top rows by a field, and top groups by a figure")
  func tops() async throws {
    try await self.running { fixture in
      _ = try await fixture.write(
        "g", "m",
        [
          self.point(0, "a", .int(5)), self.point(1, "b", .int(9)), self.point(2, "c", .int(1)),
          self.point(3, "d", .int(9)), self.point(4, "a", .int(2)), self.point(5, "e", .null),
        ])
      func top(_ sort: ModelWire.Sort, _ number: Int32, sum: Bool) async throws -> [String] {
        let answer = try await MeasureQuery.run(
          self.request {
            $0.top = MeasureWire.QueryRequest.Top {
              $0.number = number
              $0.fieldName = "value"
              $0.fieldValueSort = sort
            }
            guard sum else { return }
            $0.groupBy = MeasureWire.QueryRequest.GroupBy {
              $0.tagProjection = SeriesFixture.projection([("default", ["entity_id"])])
              $0.fieldName = "value"
            }
            $0.agg = MeasureWire.QueryRequest.Aggregation {
              $0.function = .sum
              $0.fieldName = "value"
            }
          }, in: fixture.queries)
        return answer.dataPoints.map { point in
          let tags = point.tagFamilies[0].tags.map { SeriesValue($0.value ?? .init()) }
          return "\(tags[0]) \(SeriesValue(point.fields[0].value ?? .init()))"
        }
      }
      for number in [0, -1] as [Int32] {
        #expect(try await top(.desc, number, sum: false) == [])
        #expect(try await top(.asc, number, sum: true) == [])
      }
      // Of the two with 9 the later stays.
      #expect(try await top(.desc, 1, sum: false) == ["string(\"d\") int(9)"])
      #expect(
        try await top(.asc, 3, sum: false)
          == ["string(\"e\") null", "string(\"c\") int(1)", "string(\"a\") int(2)"])
      // A point without a value is less than all others, as in BanyanDB.
      #expect(try await top(.desc, 9, sum: false).last == "string(\"e\") null")
      #expect(try await top(.desc, 9, sum: false).count == 6)
      #expect(
        try await top(.desc, 3, sum: true)
          == ["string(\"d\") int(9)", "string(\"b\") int(9)", "string(\"a\") int(7)"])
    }
  }

  @Test("an index-mode measure tells the newest document of a series over all segments")
  func documents() async throws {
    try await self.running { fixture in
      var traffic = SchemaFixture.measure("g", "traffic")
      traffic.fields = []
      traffic.indexMode = true
      traffic.interval = ""
      _ = try await fixture.registry.create(traffic)
      try await fixture.bind("g", .measure, "traffic", ["id", "layer"])
      func write(_ minutes: Int64, _ entity: String, _ id: String) async throws {
        let point = SeriesFixture.point(
          Self.start + minutes * Self.minute, [[.string(id), .string(entity), .int(1)]], [],
          version: minutes + 1)
        #expect(try await fixture.write("g", "traffic", [point]) == [.succeed])
      }
      try await write(0, "a", "old")
      try await write(120, "a", "new")
      try await write(61, "b", "only")
      func ids(_ change: (inout MeasureWire.QueryRequest) -> Void) async throws -> [String] {
        var request = self.request {
          $0.name = "traffic"
          $0.fieldProjection = nil
          $0.tagProjection = SeriesFixture.projection([("default", ["id"])])
        }
        change(&request)
        return try await MeasureQuery.run(request, in: fixture.queries).dataPoints.map { point in
          guard case .str(let text)? = point.tagFamilies[0].tags[0].value?.value else { return "" }
          return text.value
        }
      }
      #expect(try await ids { _ in } == ["only", "new"])
      #expect(
        try await ids { $0.timeRange = SeriesFixture.range(Self.start, Self.start + Self.minute) }
          == ["old"])
      #expect(
        try await ids { $0.criteria = SeriesFixture.condition("id", .ne, .string("only")) }
          == ["new"])
      #expect(
        try await ids {
          $0.orderBy = ModelWire.QueryOrder {
            $0.indexRuleName = "id"
            $0.sort = .desc
          }
        } == ["only", "new"])
    }
  }

  @Test("queries that make no sense are errors, never short answers")
  func refused() async throws {
    try await self.running { fixture in
      _ = try await fixture.write("g", "m", [self.point(0, "a", .int(5))])
      let changes: [(SeriesFault.Kind, (inout MeasureWire.QueryRequest) -> Void)] = [
        (.notFound, { $0.name = "nothing" }), (.notFound, { $0.groups = ["nowhere"] }),
        (.invalidArgument, { $0.timeRange = nil }),
        (.unknown, { $0.timeRange = SeriesFixture.range(Self.start + 1, Self.start) }),
        (.unknown, { $0.tagProjection = SeriesFixture.projection([("default", ["zz"])]) }),
        (.unknown, { $0.tagProjection = SeriesFixture.projection([("other", ["id"])]) }),
        (.unknown, { $0.fieldProjection?.names = ["zz"] }),
        (
          .unknown,
          {
            $0.fieldProjection = nil
            $0.tagProjection = nil
          }
        ),
        (.unknown, { $0.orderBy = ModelWire.QueryOrder { $0.indexRuleName = "zz" } }),
        (.unknown, { $0.orderBy = ModelWire.QueryOrder { $0.indexRuleName = "layer" } }),
        (.unknown, { $0.criteria = SeriesFixture.condition("zz", .eq, .string("a")) }),
        (.unknown, { $0.criteria = SeriesFixture.condition("entity_id", .ne, .string("a")) }),
        (.unknown, { $0.criteria = SeriesFixture.condition("id", .in, .string("a")) }),
        (.unknown, { $0.criteria = SeriesFixture.condition("id", .eq, .null) }),
        (.unknown, { $0.criteria = SeriesFixture.condition("id", .eq, .strings(["a"])) }),
        (.unknown, { $0.criteria = SeriesFixture.condition("layer", .match, .int(1)) }),
        (.unknown, { $0.criteria = SeriesFixture.joined(.and, nil, nil) }),
        (.unknown, { $0.criteria = ModelWire.Criteria() }),
        (
          .unknown,
          {
            $0.criteria = SeriesFixture.joined(
              .and, SeriesFixture.condition("id", .eq, .string("a")), ModelWire.Criteria())
          }
        ),
        // A series is found by one value, which is not null.
        (.unknown, { $0.criteria = SeriesFixture.condition("entity_id", .eq, .null) }),
        (.unknown, { $0.criteria = SeriesFixture.condition("entity_id", .eq, .strings(["a"])) }),
        (
          .unknown,
          {
            $0.fieldProjection?.names = ["load"]
            $0.top = MeasureWire.QueryRequest.Top {
              $0.number = 1
              $0.fieldName = "value"
            }
          }
        ),
        (
          .unknown,
          {
            $0.agg = MeasureWire.QueryRequest.Aggregation {
              $0.function = .sum
              $0.fieldName = "zz"
            }
          }
        ),
      ]
      for (index, (kind, change)) in changes.enumerated() {
        let found = await Self.kind {
          _ = try await MeasureQuery.run(self.request(change), in: fixture.queries)
        }
        #expect(found == kind, "change \(index)")
      }
      var deep = SeriesFixture.condition("id", .eq, .string("a"))
      for _ in 0..<150 { deep = SeriesFixture.joined(.and, deep, nil) }
      let tooDeep = await Self.kind {
        _ = try await MeasureQuery.run(self.request { $0.criteria = deep }, in: fixture.queries)
      }
      #expect(tooDeep == .unknown)
      let traced = try await MeasureQuery.run(
        self.request {
          $0.trace = true
          $0.orderBy = ModelWire.QueryOrder { $0.indexRuleName = "zz" }
        }, in: fixture.queries)
      #expect(traced.trace?.error == true)
      #expect(traced.dataPoints.isEmpty)
    }
  }

  @Test("a query over its budget is an error, and huge limits cost nothing")
  func budget() async throws {
    try await self.running { fixture in
      let points = (0..<3000).map { self.point(Int64($0 % 500), "e\($0)", .int(1)) }
      _ = try await fixture.write("g", "m", points)
      var environment = fixture.queries
      environment.budgetBytes = 100_000
      let wide = self.request {
        $0.limit = .max
        $0.offset = .max
      }
      let tight = environment
      let over = await Self.kind { _ = try await MeasureQuery.run(wide, in: tight) }
      #expect(over == .resourceExhausted)
      #expect(try await MeasureQuery.run(wide, in: fixture.queries).dataPoints.isEmpty)
      let narrow = self.request { $0.limit = 10 }
      #expect(try await MeasureQuery.run(narrow, in: fixture.queries).dataPoints.count == 10)
    }
  }

  @Test("a gate that does not hold gives statuses and no points")
  func gates() async throws {
    try await self.running { fixture in
      _ = try await fixture.write("g", "m", [self.point(0, "a", .int(5))])
      let revision = fixture.registry.subject(.measure, "g", "m")?.modRevision ?? 0
      let passing = try await MeasureQuery.run(
        self.request {
          $0.groupModRevisions["g"] = revision
          $0.timeRange = SeriesFixture.range(0, .max)
        }, in: fixture.queries)
      #expect(passing.groupStatuses["g"] == .succeed)
      let stale = try await MeasureQuery.run(
        self.request { $0.groupModRevisions["g"] = revision - 1 }, in: fixture.queries)
      #expect(stale.groupStatuses["g"] == .expiredSchema)
      #expect(stale.dataPoints.isEmpty)
      // A group that the client knows nothing of is not asked for, but old rows are none of its.
      for revisions in [["g": 0], ["other": 7]] as [[String: Int64]] {
        let open = try await MeasureQuery.run(
          self.request {
            for (group, revision) in revisions { $0.groupModRevisions[group] = revision }
            $0.timeRange = SeriesFixture.range(0, .max)
          }, in: fixture.queries)
        #expect(open.groupStatuses.isEmpty)
        #expect(open.dataPoints.count == passing.dataPoints.count)
      }
      let missing = await Self.kind {
        _ = try await MeasureQuery.run(
          self.request {
            $0.groups = ["g", "other"]
            $0.groupModRevisions["g"] = revision
          }, in: fixture.queries)
      }
      #expect(missing == .notFound)
    }
  }

  // MARK: Rankings

  private func ranking(
    _ change: (inout MeasureWire.TopNRequest) -> Void
  ) -> MeasureWire.TopNRequest {
    var request = MeasureWire.TopNRequest {
      $0.groups = ["g"]
      $0.name = "top"
      $0.timeRange = SeriesFixture.range(Self.start, Self.start + 10 * Self.minute)
      $0.topN = 2
      $0.fieldValueSort = .desc
    }
    change(&request)
    return request
  }

  @Test("a ranking tells each entity once, with its best window")
  func rankings() async throws {
    try await self.running { fixture in
      _ = try await fixture.registry.create(
        DatabaseWire.TopNAggregation {
          $0.metadata = SchemaFixture.names("g", "top")
          $0.sourceMeasure = SchemaFixture.names("g", "m")
          $0.fieldName = "value"
          $0.groupByTagNames = ["id"]
          $0.criteria = SeriesFixture.condition("entity_id", .ne, .string("hidden"))
          $0.countersNumber = 10
        })
      _ = try await fixture.write(
        "g", "m",
        [
          self.point(0, "a", .int(5)), self.point(1, "a", .int(8), version: 9),
          self.point(1, "a", .int(100), version: 8), self.point(2, "b", .int(7)),
          self.point(3, "", .int(6), id: "y"), self.point(4, "hidden", .int(50)),
          self.point(11, "b", .int(90)),
        ])
      func items(
        _ change: (inout MeasureWire.TopNRequest) -> Void
      ) async throws -> [MeasureWire.TopNList.Item] {
        let lists = try await TopNQuery.run(self.ranking(change), in: fixture.queries).lists
        #expect(lists.count <= 1)
        return lists.first?.items ?? []
      }
      let best = try await items { _ in }
      #expect(best.map { SeriesValue($0.value ?? .init()) } == [.int(8), .int(7)])
      #expect(best.first?.version == 9)
      #expect(best.first?.timestamp?.nanoseconds == Self.start + Self.minute)
      #expect(best.first?.entity.map(\.key) == ["entity_id"])
      let least = try await items {
        $0.fieldValueSort = .asc
        $0.agg = .count
        $0.topN = 9
      }
      #expect(least.count == 3)
      #expect(least.allSatisfy { $0.version == 0 && $0.timestamp == nil })
      #expect(least.allSatisfy { $0.value == SeriesValue.int(1).fieldValue })
      let grouped = try await items {
        $0.conditions = [
          ModelWire.Condition {
            $0.name = "id"
            $0.op = .eq
            $0.value = SeriesFixture.text("y")
          }
        ]
      }
      // An empty text of an entity comes back as null.
      #expect(grouped.map { $0.entity.first?.value } == [SeriesFixture.null])
      for change: (inout MeasureWire.TopNRequest) -> Void in [
        { $0.fieldValueSort = .unspecified }, { $0.name = "nothing" },
        {
          $0.conditions = [
            ModelWire.Condition {
              $0.name = "layer"
              $0.op = .eq
            }
          ]
        },
        {
          $0.conditions = ["x", "y"].map { value in
            ModelWire.Condition {
              $0.name = "id"
              $0.op = .eq
              $0.value = SeriesFixture.text(value)
            }
          }
        },
      ] {
        let kind = await Self.kind { _ = try await items(change) }
        #expect(kind != nil)
      }
    }
  }
}
