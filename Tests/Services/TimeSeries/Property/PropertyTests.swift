import Cluster
import ClusterTesting
import Protobuf
import SeriesModel
import SeriesProperty
import SeriesSchema
import SeriesTesting
import SeriesWire
import Testing
import Values

@Suite("Properties")
struct PropertyTests {
  private func running(
    _ body: @Sendable (SchemaFixture, PropertyService) async throws -> Void
  ) async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .property))
      _ = try await registry.create(SchemaFixture.group("m", .measure))
      _ = try await registry.create(
        DatabaseWire.Property {
          $0.metadata = SchemaFixture.names("g", "ui")
          $0.tags = [
            SchemaFixture.tag("name", .string), SchemaFixture.tag("port", .int),
            SchemaFixture.tag("labels", .stringArray),
          ]
        })
      try await body(
        fixture, PropertyService(fixture.facts, registry, time: fixture.clock))
    }
  }

  private func request(
    _ id: String, _ tags: [(String, SeriesValue)],
    _ strategy: PropertyWire.ApplyRequest.Strategy = .unspecified
  ) -> PropertyWire.ApplyRequest {
    PropertyWire.ApplyRequest {
      $0.property = PropertyWire.Property {
        $0.metadata = SchemaFixture.names("g", "ui")
        $0.id = id
        $0.tags = tags.map { key, value in
          ModelWire.Tag {
            $0.key = key
            $0.value = value.tagValue
          }
        }
      }
      $0.strategy = strategy
    }
  }

  private func query(
    _ properties: PropertyService, _ change: (inout PropertyWire.QueryRequest) -> Void
  ) async throws -> [String] {
    var request = PropertyWire.QueryRequest {
      $0.groups = ["g"]
      $0.name = "ui"
    }
    change(&request)
    return try await properties.query(request).properties.map { property in
      property.id
        + property.tags.map { " \($0.key)=\(SeriesValue($0.value ?? .init()))" }.joined()
    }
  }

  @Test("tags that are not named stay, unless all are replaced")
  func applying() async throws {
    try await self.running { fixture, properties in
      let first = try await properties.apply(
        self.request("1", [("name", .string("a")), ("port", .int(80))]))
      #expect(first.created)
      #expect(first.tagsNum == 2)
      let merged = try await properties.apply(self.request("1", [("labels", .strings(["x"]))]))
      #expect(!merged.created)
      #expect(merged.tagsNum == 3)
      _ = try await properties.apply(self.request("1", [("port", .int(81))], .merge))
      #expect(
        try await self.query(properties) { _ in }
          == ["1 port=int(81) labels=strings([\"x\"]) name=string(\"a\")"])
      // Tags keep their order whatever the projection's is.
      #expect(
        try await self.query(properties) { $0.tagProjection = ["name", "port", "name"] }
          == ["1 port=int(81) name=string(\"a\")"])
      let replaced = try await properties.apply(
        self.request("1", [("name", .string("b"))], .replace))
      #expect(replaced.tagsNum == 1)
      #expect(try await self.query(properties) { _ in } == ["1 name=string(\"b\")"])
      let request = PropertyWire.QueryRequest { $0.groups = ["g"] }
      let property = try await properties.query(request).properties.first
      let metadata = try #require(property?.metadata)
      #expect(metadata.modRevision > metadata.createRevision)
      #expect(property?.updatedAt?.nanoseconds == metadata.modRevision)
    }
  }

  @Test("queries filter, order, project and cut")
  func queries() async throws {
    try await self.running { _, properties in
      for (id, name, port) in [
        ("3", "c", 10), ("1", "a", 30), ("2", "b", 20), ("4", "a/b", 40),
      ] as [(String, String, Int64)] {
        _ = try await properties.apply(
          self.request(id, [("name", .string(name)), ("port", .int(port))]))
      }
      _ = try await properties.apply(self.request("x/y%z", [("labels", .strings(["p", "q"]))]))
      func ids(_ change: (inout PropertyWire.QueryRequest) -> Void) async throws -> [String] {
        try await self.query(properties) {
          $0.tagProjection = ["nothing"]
          change(&$0)
        }
      }
      #expect(try await ids { _ in } == ["1", "2", "3", "4", "x/y%z"])
      #expect(try await ids { $0.ids = ["2", "nobody", "x/y%z"] } == ["2", "x/y%z"])
      #expect(try await ids { $0.limit = 2 } == ["1", "2"])
      #expect(
        try await ids { $0.criteria = SeriesFixture.condition("port", .ge, .int(20)) }
          == ["1", "2", "4"])
      #expect(
        try await ids { $0.criteria = SeriesFixture.condition("labels", .having, .string("q")) }
          == ["x/y%z"])
      #expect(
        try await ids { $0.criteria = SeriesFixture.condition("zz", .ne, .string("q")) } == [])
      #expect(
        try await ids {
          $0.orderBy = PropertyWire.QueryOrder {
            $0.tagName = "port"
            $0.sort = .desc
          }
        } == ["4", "1", "2", "3", "x/y%z"])
      #expect(
        try await self.query(properties) {
          $0.ids = ["1"]
          $0.tagProjection = ["port"]
        } == ["1 port=int(30)"])
    }
  }

  @Test("what is deleted is gone, may come back, and is forgotten in the end")
  func deleting() async throws {
    try await self.running { fixture, properties in
      for id in ["1", "2", "3"] {
        _ = try await properties.apply(self.request(id, [("port", .int(1))]))
      }
      func delete(_ id: String) async throws -> Bool {
        try await properties.delete(
          PropertyWire.DeleteRequest {
            $0.group = "g"
            $0.name = "ui"
            $0.id = id
          }
        ).deleted
      }
      #expect(try await delete("1"))
      #expect(try await !delete("1"))
      #expect(try await !delete("nobody"))
      var stale = self.request("1", [("port", .int(2))])
      stale.property?.updatedAt = ProtoTimestamp(
        nanoseconds: fixture.clock.wallNow.nanoseconds - 1)
      let refused = stale
      await #expect(throws: SeriesFault.self) { _ = try await properties.apply(refused) }
      #expect(try await properties.apply(self.request("1", [("port", .int(3))])).created)
      #expect(try await delete(""))
      #expect(try await self.query(properties) { _ in }.isEmpty)
      fixture.clock.advance(by: .seconds(169 * 3600))
      try await properties.forgetTombstones()
      #expect(try await fixture.facts.list("series/property/").facts.isEmpty)
    }
  }

  @Test("what the schema does not bear out is refused")
  func refused() async throws {
    try await self.running { _, properties in
      let good = self.request("1", [("port", .int(1))])
      let changes: [(SeriesFault.Kind, (inout PropertyWire.ApplyRequest) -> Void)] = [
        (.invalidArgument, { $0.property = nil }), (.invalidArgument, { $0.property?.id = "" }),
        (.invalidArgument, { $0.property?.tags = [] }),
        (.unknown, { $0.property?.metadata?.group = "m" }),
        (.notFound, { $0.property?.metadata?.name = "nothing" }),
        (.unknown, { $0.property?.tags[0].key = "zz" }),
        (.unknown, { $0.property?.tags[0].value = SeriesFixture.text("x") }),
      ]
      for (kind, change) in changes {
        var request = good
        change(&request)
        var found: SeriesFault.Kind?
        do {
          _ = try await properties.apply(request)
        } catch {
          found = (error as? SeriesFault)?.kind
        }
        #expect(found == kind)
      }
    }
  }

  @Test("a tag is compared with one value, which is not null")
  func single() async throws {
    try await self.running { _, properties in
      _ = try await properties.apply(
        self.request("1", [("name", .string("a")), ("labels", .strings(["x", "y"]))]))
      for condition in [
        SeriesFixture.condition("name", .eq, .null), SeriesFixture.condition("port", .ge, .null),
        SeriesFixture.condition("labels", .eq, .strings(["x", "y"])),
        SeriesFixture.condition("name", .ne, .strings(["a"])),
      ] {
        await #expect(throws: SeriesFault.self) {
          _ = try await self.query(properties) { $0.criteria = condition }
        }
      }
      #expect(
        try await self.query(properties) {
          $0.criteria = SeriesFixture.condition("labels", .eq, .string("y"))
          $0.tagProjection = ["name"]
        } == ["1 name=string(\"a\")"])
    }
  }

  @Test("who asks for properties where there can be none hears so")
  func groups() async throws {
    try await self.running { _, properties in
      for (group, kind) in [("m", .unknown), ("nowhere", .notFound)]
        as [(String, SeriesFault.Kind)]
      {
        let asked = await #expect(throws: SeriesFault.self) {
          _ = try await properties.query(PropertyWire.QueryRequest { $0.groups = ["g", group] })
        }
        #expect(asked?.kind == kind)
        let deleted = await #expect(throws: SeriesFault.self) {
          _ = try await properties.delete(
            PropertyWire.DeleteRequest {
              $0.group = group
              $0.name = "ui"
            })
        }
        #expect(deleted?.kind == kind)
      }
    }
  }
}
