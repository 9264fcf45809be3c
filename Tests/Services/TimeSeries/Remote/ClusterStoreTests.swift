import ClusterTesting
import Observability
import Runtime
import SeriesColumns
import SeriesQuery
@testable import SeriesRemote
import SeriesSchema
import SeriesStorage
import SeriesTesting
import SeriesWire
import Simulation
import Synchronization
import Testing
import Values

/// A data node that can be away.
private final class StubNode: SeriesNode {
  let name: String
  let store = MemoryRowStore()
  let isAway = Mutex(false)
  let refusal = Mutex<SeriesError?>(nil)
  let registry: SchemaRegistry

  init(_ name: String, _ registry: SchemaRegistry) {
    self.name = name
    self.registry = registry
  }

  private func check() throws(SeriesError) {
    if self.isAway.withLock({ $0 }) { throw SeriesError(.unavailable, "\(self.name) is away") }
  }

  private var local: LocalSeriesNode {
    LocalSeriesNode(
      self.name, QueryEnvironment(self.registry, self.store, time: self.registry.time),
      data: NoData()
    ) { _ in [] }
  }

  func deliver(_ delivery: Delivery) async throws(SeriesError) {
    try await self.deliver(body: delivery.body)
  }
  func deliver(body: [UInt8]) async throws(SeriesError) {
    try self.check()
    if let refusal = self.refusal.withLock({ $0 }) { throw refusal }
    try await self.local.deliver(body: body)
  }
  func view(
    group: String, times: ClosedRange<Int64>, _ share: GroupShare
  ) async throws(SeriesError) -> [StoredSegment] {
    try self.check()
    return try await self.local.view(group: group, times: times, share)
  }
  func partial(
    _ query: PartialQuery, _ shares: [String: GroupShare]
  ) async throws(SeriesFault) -> [UInt8] {
    do throws(SeriesError) { try self.check() } catch { throw SeriesFault(error) }
    return try await self.local.partial(query, shares)
  }
  var moves: (any NodeMoves)? { nil }
  func upkeep(_ call: [UInt8]) async throws(SeriesError) -> [UInt8] {
    try self.check()
    return try await self.local.upkeep(call)
  }
  func size(of group: String) async throws(SeriesFault) -> Int64 { 0 }
  func drop(_ group: String) async throws(SeriesFault) {}
  func inspect(_ group: String) async throws(SeriesFault) -> [DatabaseWire.DataInfo] { [] }
  func snapshot(
    _ request: DatabaseWire.SnapshotRequest
  ) async throws(SeriesFault) -> [DatabaseWire.Snapshot] { [] }
  func ping() async throws(SeriesError) { try self.check() }
  func appliedRevision() async -> Int64 { .max }
  func revisions(_ keys: [SchemaKey]) async -> [Int64?]? { nil }
}

@Suite("the rows of several nodes as one store")
struct ClusterStoreTests {
  private struct Made: Sendable {
    let world: World
    let fixture: SchemaFixture
    let nodes: [StubNode]
    let store: ClusterRowStore
    let handOff: HandOff

    func node(_ name: String) -> StubNode? { self.nodes.first { $0.name == name } }

    /// The nodes of a shard of the group "g".
    func copies(_ shard: Int) async throws -> [StubNode] {
      try await self.store.placements.shards(of: "g").shards[shard].compactMap { self.node($0) }
    }

    func count() async throws -> Int {
      var count = 0
      for segment in try await self.store.view(group: "g", times: .min ... .max) {
        for shard in segment.shards {
          var cursor = shard.scan(ScanRequest(table: "t", times: .min ... .max, columns: []))
          while let block = try await cursor.next() { count += block.count }
        }
      }
      return count
    }
  }

  private static func run(
    _ body: @escaping @Sendable (Made) async throws -> Void
  ) throws {
    try Simulation.run(seed: 1) { world in
      let fixture = SchemaFixture()
      world.spawn {
        while (try? await world.clock.sleep(for: .milliseconds(250))) != nil {
          fixture.clock.advance(by: .milliseconds(250))
        }
      }
      let members = SeriesMembers(fixture.facts, time: fixture.clock)
      let placements = PlacementTable(fixture.facts, fixture.registry, members, time: fixture.clock)
      let behind = BehindMarks(
        fixture.facts, own: "doors", members, time: fixture.clock, log: .silent)
      let handOff = try await HandOff.open(
        "/queue", on: world.disk, time: world.clock, log: .silent)
      let nodes = ["a", "b", "c"].map { StubNode($0, fixture.registry) }
      let store = ClusterRowStore(
        own: "doors", placements: placements, members: members, handOff: handOff, behind: behind,
        time: world.clock, log: .silent
      ) { member in
        nodes.first { $0.name == member.name } ?? StubNode(member.name, fixture.registry)
      }
      try await fixture.running { _ in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try? await members.run() }
          group.addTask { try? await placements.run() }
          group.addTask { try? await handOff.runJournal() }
          group.addTask { try? await store.run() }
          for node in nodes {
            try await members.register(
              SeriesMember(
                name: node.name, keepsRows: true, hasDoors: false, startedAt: world.clock.wallNow))
          }
          while members.all.count < nodes.count {
            try await world.clock.sleep(for: .milliseconds(10))
          }
          var made = SchemaFixture.group("g", .stream, shards: 2)
          made.resourceOpts?.replicas = 1
          _ = try await fixture.registry.create(made)
          try await body(
            Made(world: world, fixture: fixture, nodes: nodes, store: store, handOff: handOff))
          group.cancelAll()
        }
      }
    }
  }

  private static func batch(_ shard: UInt32, _ rows: Range<Int>) -> RowBatch {
    NodeWorld.batch(.stream, shard: shard, rows: rows)
  }

  @Test("each copy has every row, and a read takes one of them")
  func copies() throws {
    try Self.run { made in
      _ = try await made.store.write([Self.batch(0, 0..<10), Self.batch(1, 10..<25)])
      #expect(try await made.count() == 25)
      for node in try await made.copies(1) {
        let segments = try await node.store.view(group: "g", times: .min ... .max)
        #expect(segments.flatMap(\.shards).contains { $0.shard == 1 }, "\(node.name)")
      }
    }
  }

  @Test("what a node misses is kept, and it is not read until it has it")
  func away() throws {
    try Self.run { made in
      let copies = try await made.copies(0)
      copies[0].isAway.withLock { $0 = true }
      _ = try await made.store.write([Self.batch(0, 0..<10)])
      #expect(made.handOff.holds(copies[0].name))
      #expect(try await made.count() == 10)
      // It is back, but has nothing yet: an error, and not an empty answer.
      copies[0].refusal.withLock { $0 = SeriesError(.overloaded, "not yet") }
      copies[0].isAway.withLock { $0 = false }
      copies[1].isAway.withLock { $0 = true }
      await #expect(throws: SeriesError.self) { _ = try await made.count() }
      #expect(made.handOff.holds(copies[0].name))
      copies[0].refusal.withLock { $0 = nil }
      while made.handOff.holds(copies[0].name) {
        try await made.world.clock.sleep(for: .milliseconds(100))
      }
      #expect(try await made.count() == 10)
    }
  }

  @Test("without a copy a read is an error, and a write is kept")
  func nobody() throws {
    try Self.run { made in
      let copies = try await made.copies(0)
      for node in copies { node.isAway.withLock { $0 = true } }
      _ = try await made.store.write([Self.batch(0, 0..<10)])
      await #expect {
        _ = try await made.count()
      } throws: { error in
        (error as? SeriesError)?.code == .unavailable
      }
      for node in copies { node.isAway.withLock { $0 = false } }
      while made.handOff.waitingRecords > 0 {
        try await made.world.clock.sleep(for: .milliseconds(100))
      }
      #expect(try await made.count() == 10)
    }
  }

  @Test("what no node takes is refused, and nothing is kept of it")
  func refused() throws {
    try Self.run { made in
      let copies = try await made.copies(0)
      for node in copies {
        node.refusal.withLock { $0 = SeriesError(.diskFull, "the disk is full") }
      }
      await #expect {
        _ = try await made.store.write([Self.batch(0, 0..<10)])
      } throws: { error in
        (error as? SeriesError)?.code == .diskFull
      }
      #expect(made.handOff.waitingRecords == 0)
      // One that takes it is enough; the other gets it later.
      copies[0].refusal.withLock { $0 = nil }
      _ = try await made.store.write([Self.batch(0, 0..<10)])
      #expect(made.handOff.holds(copies[1].name))
      copies[1].refusal.withLock { $0 = nil }
      while made.handOff.waitingRecords > 0 {
        try await made.world.clock.sleep(for: .milliseconds(100))
      }
    }
  }
}
