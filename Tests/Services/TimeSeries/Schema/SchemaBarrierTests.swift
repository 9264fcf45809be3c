import ClusterTesting
import Protobuf
import Runtime
import SeriesSchema
import SeriesTesting
import SeriesWire
import TestSupport
import Testing
import Values

@Suite("Barriers of the schema, and deletions of groups")
struct SchemaBarrierTests {
  /// A node that lags as it is told.
  struct SlowPeer: SchemaPeer {
    var name: String
    var applied: Int64
    var present: [SchemaKey: Int64] = [:]

    func appliedRevision() async -> Int64 { self.applied }
    func revisions(_ keys: [SchemaKey]) async -> [Int64?]? { keys.map { self.present[$0] } }
  }

  private func wireKey(_ kind: String, _ group: String, _ name: String) -> BarrierWire.SchemaKey {
    BarrierWire.SchemaKey {
      $0.kind = kind
      $0.group = group
      $0.name = name
    }
  }

  @Test("a barrier passes when every node has come so far, and names who has not")
  func revisions() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      let revision = try await registry.create(SchemaFixture.group("g", .measure))
      let local = LocalSchemaPeer("a", registry)
      let slow = SlowPeer(name: "b", applied: revision - 1)
      let request = BarrierWire.AwaitRevisionAppliedRequest { $0.minRevision = revision }
      let passed = try await SchemaBarrier(registry) { [local] }.revisionApplied(request)
      #expect(passed.applied)
      let held = try await self.atDeadline(fixture) {
        try await SchemaBarrier(registry) { [local, slow] }.revisionApplied(request)
      }
      #expect(!held.applied)
      #expect(held.laggards.map(\.node) == ["b"])
      #expect(held.laggards.first?.currentModRevision == revision - 1)
      await #expect(throws: SeriesFault.self) {
        try await SchemaBarrier(registry) { [] }.revisionApplied(request)
      }
    }
  }

  /// Runs `body` while the clock runs past every deadline.
  private func atDeadline<T: Sendable>(
    _ fixture: SchemaFixture, _ body: @Sendable @escaping () async throws -> T
  ) async throws -> T {
    try await withThrowingTaskGroup(of: T?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        while !Task.isCancelled {
          fixture.clock.advance(by: .milliseconds(100))
          await Task.yield()
        }
        return nil
      }
      while let result = try await group.next() {
        guard let result else { continue }
        group.cancelAll()
        return result
      }
      throw CancellationError()
    }
  }

  @Test("objects are waited for by revision, and for their absence")
  func keys() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      let revision = try await registry.create(SchemaFixture.measure("g", "m"))
      let barrier = SchemaBarrier(registry) { [LocalSchemaPeer("a", registry)] }
      let key = self.wireKey("measure", "g", "m")
      let applied = BarrierWire.AwaitSchemaAppliedRequest {
        $0.keys = [key, self.wireKey("group", "g", "")]
        $0.minRevisions = [revision]
      }
      #expect(try await barrier.schemaApplied(applied).applied)
      let ahead = BarrierWire.AwaitSchemaAppliedRequest {
        $0.keys = [key]
        $0.minRevisions = [revision + 1]
      }
      let held = try await self.atDeadline(fixture) { try await barrier.schemaApplied(ahead) }
      #expect(held.laggards.first?.missingKeys == [key])
      let gone = BarrierWire.AwaitSchemaDeletedRequest { $0.keys = [key] }
      let still = try await self.atDeadline(fixture) { try await barrier.schemaDeleted(gone) }
      #expect(still.laggards.first?.stillPresentKeys == [key])
      _ = try await registry.delete(SchemaKey(.measure, "g", "m"))
      #expect(try await barrier.schemaDeleted(gone).applied)
      let many = BarrierWire.AwaitSchemaDeletedRequest {
        $0.keys = Array(repeating: key, count: 10_001)
      }
      await #expect(throws: SeriesFault.self) { try await barrier.schemaDeleted(many) }
    }
  }

  /// Data of groups that only counts.
  final class CountedData: GroupData, Sendable {
    let bytes: Guarded<[String: Int64]>
    init(_ bytes: [String: Int64]) { self.bytes = Guarded(bytes) }

    func holdsData(_ group: String) async throws(SeriesFault) -> Bool {
      self.bytes.withLock { $0[group] ?? 0 } > 0
    }
    func byteCount(_ group: String) async throws(SeriesFault) -> Int64 {
      self.bytes.withLock { $0[group] ?? 0 }
    }
    func drop(_ group: String) async throws(SeriesFault) {
      self.bytes.withLock { $0[group] = nil }
    }
    func inspect(_ group: String) async throws(SeriesFault)
      -> (data: [DatabaseWire.DataInfo], liaisons: [DatabaseWire.LiaisonInfo])
    {
      ([], [])
    }
  }

  @Test("a group goes with its data and its objects, in the background")
  func groupDeletion() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("g", .measure))
      _ = try await registry.create(SchemaFixture.measure("g", "m"))
      let data = CountedData(["g": 100])
      let deletions = GroupDeletions(registry, data: data, node: "a")
      func delete(_ change: (inout DatabaseWire.GroupRegistryServiceDeleteRequest) -> Void)
        async throws -> DatabaseWire.GroupRegistryServiceDeleteResponse
      {
        var request = DatabaseWire.GroupRegistryServiceDeleteRequest { $0.group = "g" }
        change(&request)
        return try await deletions.delete(request)
      }
      func kind(_ change: (inout DatabaseWire.GroupRegistryServiceDeleteRequest) -> Void)
        async -> SeriesFault.Kind?
      {
        do {
          _ = try await delete(change)
          return nil
        } catch {
          return (error as? SeriesFault)?.kind
        }
      }
      #expect(await kind { $0.group = "nothing" } == .notFound)
      #expect(await kind { $0.group = "_deletion_task" } == .permissionDenied)
      #expect(await kind { _ in } == .failedPrecondition)
      #expect(try await delete { $0.dryRun = true }.schemaInfo?.measures == ["m"])
      _ = try await delete { $0.force = true }
      #expect(registry.isDeleting("g"))
      #expect(await kind { $0.force = true } == .unknown)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try? await deletions.run() }
        let isDone = try await eventually {
          try await deletions.progress(of: "g").currentPhase == .completed
        }
        #expect(isDone)
        group.cancelAll()
      }
      let task = try await deletions.progress(of: "g")
      #expect(task.totalDataSizeBytes == 100)
      #expect(task.deletedDataSizeBytes == 100)
      #expect(task.deletedCounts["measure"] == 1)
      #expect(registry.current.group("g") == nil)
      #expect(registry.current.names(.measure, in: "g").isEmpty)
      let isOver = await eventually { !registry.isDeleting("g") }
      #expect(isOver)
    }
  }
}
