import Cluster
import ClusterTesting
import Protobuf
import SeriesSchema
import SeriesTesting
import SeriesWire
import Testing
import Values

@Suite("The schema registry")
struct SchemaRegistryTests {
  private func fault(_ body: () async throws -> Void) async -> SeriesFault? {
    do {
      try await body()
      return nil
    } catch {
      return error as? SeriesFault
    }
  }

  @Test("an object is created once, in a group that is there and of its catalog")
  func creating() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      let measure = SchemaFixture.measure("g", "m")
      #expect(await self.fault { _ = try await registry.create(measure) }?.kind == .unknown)
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      _ = try await registry.create(SchemaFixture.group("s", .stream))
      let revision = try await registry.create(measure)
      #expect(await self.fault { _ = try await registry.create(measure) }?.kind == .alreadyExists)
      var elsewhere = measure
      elsewhere.metadata?.group = "s"
      #expect(await self.fault { _ = try await registry.create(elsewhere) }?.kind == .unknown)
      let found = try registry.get(DatabaseWire.Measure.self, SchemaFixture.names("g", "m"))
      #expect(found.metadata?.modRevision == revision)
      #expect(found.metadata?.createRevision == revision)
      #expect(found.createdAt == found.updatedAt)
      #expect(found.bareTags == measure.bareTags)
    }
  }

  @Test("groups of more shards or copies than anybody can keep are refused")
  func spread() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("most", .measure, shards: 10_000))
      for shards in [10_001, UInt32.max] {
        let group = SchemaFixture.group("g", .measure, shards: shards)
        let fault = await self.fault { _ = try await registry.create(group) }
        #expect(fault?.kind == .unknown)
        #expect(fault?.message.contains("10000") ?? false, "\(fault?.message ?? "")")
      }
      var copies = SchemaFixture.group("g", .stream)
      copies.resourceOpts?.replicas = 4_000_000_000
      let wanted = copies
      #expect(await self.fault { _ = try await registry.create(wanted) }?.kind == .unknown)
    }
  }

  @Test("an update that changes nothing keeps the revision; revisions grow while the clock stands")
  func updating() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      var measure = SchemaFixture.measure("g", "m")
      let first = try await registry.create(measure)
      #expect(try await registry.update(measure) == first)
      measure.tagFamilies[0].tags.append(SchemaFixture.tag("more", .stringArray))
      let second = try await registry.update(measure)
      #expect(second > first)
      let found = try registry.get(DatabaseWire.Measure.self, SchemaFixture.names("g", "m"))
      #expect(found.metadata?.createRevision == first)
      #expect(found.createdAt?.nanoseconds == first)
      #expect(found.updatedAt?.nanoseconds == second)
      fixture.clock.jumpWall(by: .seconds(-3600))
      measure.tagFamilies[0].tags.removeLast()
      #expect(try await registry.update(measure) > second)
      let missing = SchemaFixture.measure("g", "other")
      let fault = await self.fault { _ = try await registry.update(missing) }
      #expect(fault?.kind == .unknown)
      #expect(fault?.message.contains("g/other") == true)
    }
  }

  @Test("what an update may not change is refused, and the object stays as it was")
  func refusedUpdates() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      let measure = SchemaFixture.measure("g", "m")
      let revision = try await registry.create(measure)
      let changes: [(inout DatabaseWire.Measure) -> Void] = [
        { $0.entity?.tagNames = ["id"] },
        { $0.interval = "1h" },
        { $0.indexMode = true },
        { $0.fields[0].fieldType = .float },
        { $0.fields[0].encodingMethod = .gorilla },
        { $0.fields[0].compressionMethod = .zstd },
        { $0.tagFamilies[0].tags.remove(at: 1) },
        { $0.tagFamilies[0].tags[1].type = .int },
        { $0.tagFamilies[0].name = "moved" },
        { $0.interval = "5x" },
      ]
      for change in changes {
        var changed = measure
        change(&changed)
        #expect(await self.fault { _ = try await registry.update(changed) }?.kind == .unknown)
      }
      let found = try registry.get(DatabaseWire.Measure.self, SchemaFixture.names("g", "m"))
      #expect(found.metadata?.modRevision == revision)
      var group = SchemaFixture.group("g", .measure)
      group.catalog = .stream
      #expect(await self.fault { _ = try await registry.update(group) }?.kind == .unknown)
      group = SchemaFixture.group("g", .measure, shards: 7)
      #expect(try await registry.update(group) > revision)
      #expect(registry.subject(.measure, "g", "m")?.shardCount == 7)
      // Fields come and go.
      var other = measure
      other.fields[0].name = "other"
      let later = try await registry.update(other)
      #expect(later > revision)
      #expect(registry.subject(.measure, "g", "m")?.fields.map(\.name) == ["other"])
      #expect(try await registry.update(measure) > later)
    }
  }

  @Test("a deleted object is gone, can be made again, and is forgotten after seven days")
  func deleting() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .property))
      let property = DatabaseWire.Property {
        $0.metadata = SchemaFixture.names("g", "p")
        $0.tags = [SchemaFixture.tag("a", .string)]
      }
      _ = try await registry.create(property)
      let key = SchemaKey(.property, "g", "p")
      let deletion = try await registry.delete(key)
      #expect(deletion.isDeleted)
      #expect(deletion.time > 0)
      #expect(try await registry.delete(key) == SchemaDeletion(isDeleted: false, time: 0))
      #expect(try registry.list(DatabaseWire.Property.self, in: "g").isEmpty)
      #expect(registry.exists(.property, property.metadata) == (true, false))
      var stale = property
      stale.updatedAt = ProtoTimestamp(nanoseconds: deletion.time)
      let fault = await self.fault { _ = try await registry.create(stale) }
      #expect(fault == SeriesFault(.invalidArgument, "updated_at_before_tombstone"))
      _ = try await registry.create(property)
      #expect(registry.exists(.property, property.metadata) == (true, true))
      _ = try await registry.delete(key)
      fixture.clock.advance(by: .seconds(6 * 86_400))
      await registry.forgetTombstones()
      #expect(try await fixture.facts.list("series/schema/property").facts.count == 1)
      fixture.clock.advance(by: .seconds(2 * 86_400))
      await registry.forgetTombstones()
      #expect(try await fixture.facts.list("series/schema/property").facts.isEmpty)
    }
  }

  @Test("names with slashes, percents and NUL stay apart")
  func names() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      for name in ["a/b", "a%2Fb", "a", "😀", "a\0b"] {
        _ = try await registry.create(SchemaFixture.group(name, .measure))
        _ = try await registry.create(SchemaFixture.measure(name, "m/\(name)"))
      }
      #expect(registry.current.groups.count == 5)
      #expect(registry.current.names(.measure, in: "a/b") == ["m/a/b"])
      #expect(registry.current.names(.measure, in: "a\0b") == ["m/a\0b"])
    }
    // Another node reads the same from the facts.
    let other = SchemaRegistry(fixture.facts, time: fixture.clock)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try? await other.run() }
      try await other.ready()
      #expect(other.current.groups.count == 5)
      #expect(other.current.names(.measure, in: "a%2Fb") == ["m/a%2Fb"])
      group.cancelAll()
    }
  }

  @Test("rules are bound while their binding is in force, and keep the number of their name")
  func bindings() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      _ = try await registry.create(SchemaFixture.measure("g", "m"))
      _ = try await registry.create(SchemaFixture.rule("g", "layer", ["layer"]))
      let now = fixture.clock.wallNow.nanoseconds
      let binding = DatabaseWire.IndexRuleBinding {
        $0.metadata = SchemaFixture.names("g", "b")
        $0.rules = ["layer"]
        $0.subject = DatabaseWire.Subject {
          $0.catalog = .measure
          $0.name = "m"
        }
        $0.beginAt = ProtoTimestamp(nanoseconds: now + 3_600_000_000_000)
        $0.expireAt = ProtoTimestamp(nanoseconds: now + 7_200_000_000_000)
      }
      _ = try await registry.create(binding)
      func isIndexed() -> Bool {
        registry.subject(.measure, "g", "m").map { $0.tags[2].isIndexed } ?? false
      }
      #expect(!isIndexed())
      fixture.clock.advance(by: .seconds(3600))
      #expect(isIndexed())
      fixture.clock.advance(by: .seconds(3600))
      #expect(!isIndexed())
      let rule = try registry.get(DatabaseWire.IndexRule.self, SchemaFixture.names("g", "layer"))
      // CRC-32 of "glayer".
      #expect(rule.metadata?.id == 2_261_403_718)
      var changed = rule
      changed.tags = ["id"]
      _ = try await registry.update(changed)
      let after = try registry.get(DatabaseWire.IndexRule.self, SchemaFixture.names("g", "layer"))
      #expect(after.metadata?.id == rule.metadata?.id)
    }
  }

  @Test("a gate lets the revision of the server pass, refuses older ones and waits for newer ones")
  func gates() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      let first = try await registry.create(SchemaFixture.measure("g", "m"))
      let key = SchemaKey(.measure, "g", "m")
      #expect(await registry.gate(key, revision: 0, patience: .zero) == .succeed)
      #expect(await registry.gate(key, revision: first, patience: .zero) == .succeed)
      #expect(await registry.gate(key, revision: first - 1, patience: .zero) == .expiredSchema)
      #expect(await registry.gate(key, revision: first + 1, patience: .zero) == .schemaNotApplied)
      let unknown = SchemaKey(.measure, "g", "x")
      #expect(await registry.gate(unknown, revision: 1, patience: .zero) == .notFound)
    }
  }
}

extension DatabaseWire.Measure {
  fileprivate var bareTags: [DatabaseWire.TagFamilySpec] { self.tagFamilies }
}
