import Cluster
import ClusterTesting
import Observability
import Protobuf
import Runtime
import SeriesColumns
import SeriesEngine
import SeriesLocal
import SeriesProperty
import SeriesQuery
import SeriesSchema
import SeriesStorage
import SeriesTesting
import SeriesWire
import Simulation
import Synchronization
import Values

@testable import SeriesRemote

/// The steps of a move on a node; one of all of a cluster's is not done.
struct CutMoves: NodeMoves, ShardFiles {
  /// What is left before a step fails, and how it fails: not done, or done and the answer lost.
  final class Cut: Sendable {
    private let left = Mutex<Int?>(nil)
    private let isLost = Mutex(false)
    private let count = Mutex(0)
    /// Nodes that answer no operator.
    let away = Mutex<Set<String>>([])

    var steps: Int { self.count.withLock { $0 } }

    func arm(after steps: Int, answerIsLost: Bool) {
      self.left.withLock { $0 = steps }
      self.isLost.withLock { $0 = answerIsLost }
    }

    func disarm() { self.left.withLock { $0 = nil } }

    func step<R>(
      _ body: () async throws(SeriesError) -> R
    ) async throws(SeriesError) -> R {
      self.count.withLock { $0 += 1 }
      let isHere = self.left.withLock { left -> Bool in
        guard let now = left else { return false }
        left = now - 1
        return now == 0
      }
      guard isHere else { return try await body() }
      if self.isLost.withLock({ $0 }) { _ = try await body() }
      throw SeriesError(.unavailable, "the step is cut")
    }
  }

  let inner: any NodeMoves
  let cut: Cut
  var files: any ShardFiles { self }

  func link(
    _ range: ShardRange, as name: String, epoch: UInt64
  ) async throws(SeriesError) -> [ShardFile] {
    try await self.cut.step { () async throws(SeriesError) in
      try await self.inner.link(range, as: name, epoch: epoch)
    }
  }

  func read(
    _ path: String, ofLink name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8] {
    try await self.cut.step { () async throws(SeriesError) in
      try await self.inner.files.read(path, ofLink: name, from: offset, count: count)
    }
  }

  func unlink(_ name: String) async throws(SeriesError) {
    try await self.cut.step { () async throws(SeriesError) in
      try await self.inner.files.unlink(name)
    }
  }

  func stage(
    _ bytes: [UInt8], at offset: Int64, of path: String, as name: String
  ) async throws(SeriesError) {
    try await self.cut.step { () async throws(SeriesError) in
      try await self.inner.files.stage(bytes, at: offset, of: path, as: name)
    }
  }

  func checksum(
    of path: String, as name: String, byteCount: Int64
  ) async throws(SeriesError) -> UInt32? {
    try await self.cut.step { () async throws(SeriesError) in
      try await self.inner.files.checksum(of: path, as: name, byteCount: byteCount)
    }
  }

  func show(
    _ files: [String], as name: String, _ range: ShardRange, without tables: Set<String>,
    epoch: UInt64
  ) async throws(SeriesError) -> Int64 {
    try await self.cut.step { () async throws(SeriesError) in
      try await self.inner.show(files, as: name, range, without: tables, epoch: epoch)
    }
  }

  func archive(_ table: String, _ range: ShardRange) async throws(SeriesError) -> Int64 {
    try await self.cut.step { () async throws(SeriesError) in
      try await self.inner.files.archive(table, range)
    }
  }

  func promise(
    _ restore: GroupRestore, shards: Set<UInt32>, epoch: UInt64
  ) async throws(SeriesError) {
    try await self.cut.step { () async throws(SeriesError) in
      try await self.inner.promise(restore, shards: shards, epoch: epoch)
    }
  }

  func settle(_ group: String) async throws(SeriesError) {
    try await self.cut.step { () async throws(SeriesError) in
      try await self.inner.settle(group)
    }
  }
}

/// A data node with an engine.
struct EngineNode: SeriesNode {
  let name: String
  let engine: SeriesEngine
  let local: LocalSeriesNode
  let cut: CutMoves.Cut

  func deliver(_ delivery: Delivery) async throws(SeriesError) {
    try await self.local.deliver(delivery)
  }
  func deliver(body: [UInt8]) async throws(SeriesError) { try await self.local.deliver(body: body) }
  func view(
    group: String, times: ClosedRange<Int64>, _ share: GroupShare
  ) async throws(SeriesError) -> [StoredSegment] {
    try await self.local.view(group: group, times: times, share)
  }
  func partial(
    _ query: PartialQuery, _ shares: [String: GroupShare]
  ) async throws(SeriesFault) -> [UInt8] { try await self.local.partial(query, shares) }
  func size(of group: String) async throws(SeriesFault) -> Int64 { 0 }
  func drop(_ group: String) async throws(SeriesFault) { try await self.local.drop(group) }
  func inspect(_ group: String) async throws(SeriesFault) -> [DatabaseWire.DataInfo] { [] }
  func snapshot(
    _ request: DatabaseWire.SnapshotRequest
  ) async throws(SeriesFault) -> [DatabaseWire.Snapshot] {
    guard !self.cut.away.withLock({ $0.contains(self.name) }) else {
      throw SeriesFault(.unavailable, "it does not answer")
    }
    return [DatabaseWire.Snapshot { $0.name = "1" }]
  }
  var moves: (any NodeMoves)? {
    self.local.moves.map { CutMoves(inner: $0, cut: self.cut) }
  }
  func upkeep(_ call: [UInt8]) async throws(SeriesError) -> [UInt8] {
    guard !self.cut.away.withLock({ $0.contains(self.name) }) else {
      throw SeriesError(.unavailable, "it does not answer")
    }
    return try await self.cut.step { () async throws(SeriesError) in
      try await self.local.upkeep(call)
    }
  }
  func ping() async throws(SeriesError) {}
  func appliedRevision() async -> Int64 { .max }
  func revisions(_ keys: [SchemaKey]) async -> [Int64?]? { nil }
}

/// Two hot nodes and two warm ones with engines, and a liaison.
struct MoveWorld: Sendable {
  static let hour: Int64 = 3_600_000_000_000

  let world: World
  let fixture: SchemaFixture
  let nodes: [EngineNode]
  let members: SeriesMembers
  let store: ClusterRowStore
  let shards: ClusterShards
  let cut: CutMoves.Cut
  /// A moment in a segment of its own, which is over by now.
  let base: Int64

  static func run(
    seed: UInt64, _ body: @escaping @Sendable (MoveWorld) async throws -> Void
  ) throws {
    try Simulation.run(seed: seed) { world in
      let fixture = SchemaFixture()
      world.spawn {
        while (try? await world.clock.sleep(for: .milliseconds(250))) != nil {
          fixture.clock.advance(by: .milliseconds(250))
        }
      }
      let cut = CutMoves.Cut()
      let members = SeriesMembers(fixture.facts, time: fixture.clock)
      let placements = PlacementTable(
        fixture.facts, fixture.registry, members, baseSelector: try NodeSelector("tier=hot"),
        time: fixture.clock)
      let behind = BehindMarks(
        fixture.facts, own: "doors", members, time: fixture.clock, log: .silent)
      let handOff = try await HandOff.open(
        "/queue", on: world.disk, time: world.clock, log: .silent)
      try await fixture.running { _ in
        try await withThrowingTaskGroup(of: Void.self) { tasks in
          var nodes: [EngineNode] = []
          for name in ["hot-a", "hot-b", "warm-a", "warm-b"] {
            nodes.append(try await Self.node(name, world, fixture, cut, &tasks))
          }
          let all = nodes
          let store = ClusterRowStore(
            own: "doors", placements: placements, members: members, handOff: handOff,
            behind: behind, time: world.clock, log: .silent
          ) { member in
            guard let node = all.first(where: { $0.name == member.name }) else {
              preconditionFailure("there is no node \(member.name)")
            }
            return node
          }
          tasks.addTask { try? await members.run() }
          tasks.addTask { try? await placements.run() }
          tasks.addTask { try? await handOff.runJournal() }
          tasks.addTask { try? await store.run() }
          for node in nodes { try await members.register(Self.member(node.name, world)) }
          while members.all.count < nodes.count {
            try await world.clock.sleep(for: .milliseconds(10))
          }
          _ = try await fixture.registry.create(Self.group())
          _ = try await fixture.registry.create(Self.stream())
          let now = world.clock.wallNow.nanoseconds
          try await body(
            MoveWorld(
              world: world, fixture: fixture, nodes: nodes, members: members, store: store,
              shards: ClusterShards(store, random: world.random), cut: cut,
              base: now / Self.hour * Self.hour))
          for node in nodes { node.engine.close() }
          tasks.cancelAll()
        }
      }
    }
  }

  private static func member(_ name: String, _ world: World) -> SeriesMember {
    var member = SeriesMember(
      name: name, keepsRows: true, hasDoors: false, startedAt: world.clock.wallNow)
    member.labels["tier"] = name.hasPrefix("hot") ? "hot" : "warm"
    return member
  }

  /// What rows are of; their columns are `NodeWorld`'s.
  private static func stream() -> DatabaseWire.Stream {
    DatabaseWire.Stream {
      $0.metadata = SchemaFixture.names("g", "t")
      $0.tagFamilies = [
        DatabaseWire.TagFamilySpec {
          $0.name = "default"
          $0.tags = [SchemaFixture.tag("s", .string)]
        }
      ]
      $0.entity = DatabaseWire.Entity { $0.tagNames = ["s"] }
    }
  }

  private static func group() -> CommonWire.Group {
    var group = SchemaFixture.group("g", .stream, shards: 2)
    func hours(_ count: UInt32) -> CommonWire.IntervalRule {
      CommonWire.IntervalRule {
        $0.unit = .hour
        $0.num = count
      }
    }
    group.resourceOpts?.replicas = 1
    group.resourceOpts?.segmentInterval = hours(1)
    group.resourceOpts?.ttl = hours(2)
    group.resourceOpts?.stages = [
      CommonWire.LifecycleStage {
        $0.name = "warm"
        $0.shardNum = 2
        $0.segmentInterval = hours(1)
        $0.ttl = hours(1000)
        $0.nodeSelector = "tier=warm"
        $0.replicas = 1
      }
    ]
    return group
  }

  private static func node(
    _ name: String, _ world: World, _ fixture: SchemaFixture, _ cut: CutMoves.Cut,
    _ tasks: inout ThrowingTaskGroup<Void, any Error>
  ) async throws -> EngineNode {
    let engine = try await SeriesEngine.open(
      "/\(name)", on: world.disk, clock: world.clock, random: world.random,
      options: EngineOptions { $0.tick = .milliseconds(500) })
    let groups = EngineGroups(
      engine, fixture.registry,
      properties: PropertyService(fixture.facts, fixture.registry, time: fixture.clock),
      node: DatabaseWire.Node())
    let moves = try await LocalMoves.open(
      own: name,
      EngineShards(
        engine, archives: TableArchive("/\(name)/archive", on: world.disk, time: world.clock)),
      fixture.facts, folder: "/\(name)", on: world.disk,
      time: world.clock, log: .silent)
    let local = LocalSeriesNode(
      name,
      QueryEnvironment(fixture.registry, EngineRowStore(engine, groups), time: fixture.clock),
      data: groups, moves: moves, upkeep: EngineUpkeep(engine, node: name)
    ) { _ in [] }
    tasks.addTask { try await engine.run() }
    tasks.addTask { try? await groups.run() }
    tasks.addTask { try? await moves.run() }
    return EngineNode(name: name, engine: engine, local: local, cut: cut)
  }

  // MARK: Rows

  /// Rows of a shard, some seconds apart from some hours ago on.
  func batch(_ shard: UInt32, hoursAgo: Int64, _ numbers: Range<Int>) -> RowBatch {
    var batch = NodeWorld.batch(.stream, shard: shard, rows: numbers)
    for (row, number) in numbers.enumerated() {
      batch.timestamps[row] = self.base - hoursAgo * Self.hour + Int64(number) * 1_000_000_000
    }
    return batch
  }

  /// The numbers of all rows, in order: one that is there twice stands there twice.
  func numbers(stages: [String] = ["hot", "warm"]) async throws -> [Int64] {
    let store: any RowStore = self.store.reading(ReadChoice(stages: stages))
    var numbers: [Int64] = []
    for segment in try await store.view(group: "g", times: .min ... .max) {
      for shard in segment.shards {
        var cursor = shard.scan(
          ScanRequest(
            table: "t", times: .min ... .max, columns: [ColumnSchema("f", .float)]))
        while let block = try await cursor.next() {
          for row in 0..<block.count { numbers.append(Int64(-block.columns[0].floats[row])) }
        }
      }
    }
    return numbers.sorted()
  }

  func move(_ plan: [PlannedMove]) async throws {
    guard let first = plan.first(where: { $0.problem == nil }) else { return }
    _ = try await self.shards.run(first) { (_) throws(SeriesError) in }
  }

  /// Moves until nothing is due.
  func finish() async throws {
    self.cut.disarm()
    while true {
      let plan = try await self.shards.migrations(group: "g")
      guard !plan.isEmpty else { return }
      do { try await self.move(plan) } catch {}
      try await self.world.clock.sleep(for: .milliseconds(100))
    }
  }

  /// Segments that a node has and that are over for its tier, or not yet in it.
  func strays(before watermark: Int64) -> [String] {
    self.nodes.flatMap { node in
      EngineShards(node.engine).held().filter { place in
        (place.segment.lowerBound < watermark) != node.name.hasPrefix("warm")
      }.map { "\(node.name): shard \($0.shard)" }
    }
  }
}
