import ClusterTesting
import Protobuf
import SeriesModel
import SeriesQuery
import SeriesSchema
import SeriesTesting
import SeriesWire
import Testing
import Values

@Suite("Queries while the schema changes")
struct SchemaChangeTests {
  static let start = SeriesFixture.start

  private func stream(
    _ families: [(String, [(String, DatabaseWire.TagType)])]
  ) -> DatabaseWire.Stream {
    DatabaseWire.Stream {
      $0.metadata = SchemaFixture.names("g", "s")
      $0.tagFamilies = families.map { name, tags in
        DatabaseWire.TagFamilySpec {
          $0.name = name
          $0.tags = tags.map { SchemaFixture.tag($0.0, $0.1) }
        }
      }
      $0.entity = DatabaseWire.Entity { $0.tagNames = ["svc"] }
    }
  }

  private func values(
    _ fixture: SeriesFixture, _ family: String, _ tag: String,
    _ criteria: ModelWire.Criteria? = nil
  ) async throws -> [SeriesValue] {
    let request = StreamWire.QueryRequest {
      $0.groups = ["g"]
      $0.name = "s"
      $0.criteria = criteria
      $0.projection = SeriesFixture.projection([(family, [tag])])
    }
    return try await StreamQuery.run(request, in: fixture.queries).elements.map { element in
      SeriesValue(element.tagFamilies[0].tags[0].value ?? ModelWire.TagValue())
    }
  }

  @Test("a tag of another type or family is null in old rows, and shows them when it comes back")
  func tags() async throws {
    let fixture = SeriesFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .stream))
      let first = self.stream([("a", [("svc", .string), ("n", .int)]), ("b", [("x", .string)])])
      _ = try await registry.create(first)
      func write(_ id: Int64, _ tags: [[SeriesValue]]) async throws {
        let element = SeriesFixture.element(
          "\(id)", Self.start + id * SeriesFixture.second, tags)
        #expect(try await fixture.write("g", "s", [element]) == [.succeed])
      }
      try await write(1, [[.string("e"), .int(1)], [.string("x")]])
      let retyped = self.stream([
        ("a", [("svc", .string), ("n", .string)]), ("b", [("x", .string)]),
      ])
      _ = try await registry.update(retyped)
      try await write(2, [[.string("e"), .string("two")], [.string("x")]])
      #expect(try await self.values(fixture, "a", "n") == [.null, .string("two")])
      let matching = SeriesFixture.condition("n", .ne, .string("two"))
      #expect(try await self.values(fixture, "a", "n", matching) == [.null])
      let moved = self.stream([("a", [("svc", .string)]), ("b", [("x", .string), ("n", .int)])])
      _ = try await registry.update(moved)
      try await write(3, [[.string("e")], [.string("x"), .int(3)]])
      #expect(try await self.values(fixture, "b", "n") == [.null, .null, .int(3)])
      _ = try await registry.update(
        self.stream([("a", [("svc", .string)]), ("b", [("x", .string)])]))
      await #expect(throws: SeriesFault.self) { _ = try await self.values(fixture, "b", "n") }
      _ = try await registry.update(first)
      #expect(try await self.values(fixture, "a", "n") == [.int(1), .null, .null])
      #expect(try await self.values(fixture, "b", "x").count == 3)
    }
  }

  @Test(
    "an object that was made again shows no row of the one before, when revisions are asked for")
  func madeAgain() async throws {
    let fixture = SeriesFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      _ = try await registry.create(SchemaFixture.measure("g", "m"))
      func write() async throws {
        let now = fixture.schema.clock.wallNow.nanoseconds
        let point = SeriesFixture.point(
          now / 1_000_000 * 1_000_000 + 1_000_000, [[.string("x"), .string("e"), .int(1)]],
          [.int(5)])
        #expect(try await fixture.write("g", "m", [point]) == [.succeed])
      }
      func count(gated: Bool) async throws -> Int {
        let request = MeasureWire.QueryRequest {
          $0.groups = ["g"]
          $0.name = "m"
          $0.timeRange = SeriesFixture.range(0, Self.start + 3600 * SeriesFixture.second)
          $0.tagProjection = SeriesFixture.projection([("default", ["id"])])
          if gated {
            $0.groupModRevisions["g"] = registry.subject(.measure, "g", "m")?.modRevision ?? 1
          }
        }
        return try await MeasureQuery.run(request, in: fixture.queries).dataPoints.count
      }
      try await write()
      #expect(try await count(gated: true) == 1)
      fixture.schema.clock.advance(by: .seconds(60))
      _ = try await registry.delete(SchemaKey(.measure, "g", "m"))
      await #expect(throws: SeriesFault.self) { _ = try await count(gated: false) }
      _ = try await registry.create(SchemaFixture.measure("g", "m"))
      #expect(try await count(gated: true) == 0)
      try await write()
      #expect(try await count(gated: true) == 1)
      #expect(try await count(gated: false) == 2)
    }
  }
}
