import Cluster
import Observability
import Runtime
import SeriesBackup
import SeriesColumns
import SeriesEngine
import SeriesLocal
import SeriesSchema
import SeriesStorage
import SeriesTesting
import Simulation
import Testing
import Values

@testable import SeriesRemote

extension MoveWorld {
  /// Rows of both shards in a backup; the group is empty again.
  func backedUp() async throws -> (backups: SeriesBackups, group: BackupManifest.Group) {
    _ = try await self.store.write([
      self.batch(0, hoursAgo: 1, 0..<10), self.batch(1, hoursAgo: 0, 10..<20),
    ])
    let backups = SeriesBackups(FolderBackups("/backups", on: self.world.disk))
    let draft = BackupManifest(
      name: "b", node: "doors", createdAt: "",
      groups: [BackupManifest.Group(name: "g", documents: [])])
    let made = try await backups.create(draft, from: ClusterUpkeep(self.store)) { _, _, _ in }
    try await ClusterGroupData(self.store).drop("g")
    #expect(try await self.numbers() == [])
    return (backups, made.manifest.groups[0])
  }
}

@Suite("groups that come back on several nodes")
struct RestoreTests {
  @Test("show all rows on every copy, take rows afterwards, and come back once")
  func life() throws {
    try MoveWorld.run(seed: 11) { made in
      let (backups, group) = try await made.backedUp()
      let upkeep = ClusterUpkeep(made.store)
      #expect(try await backups.restore(group, of: "b", to: upkeep) { _, _, _ in })
      #expect(try await made.numbers() == Array(0..<20))
      #expect(try await upkeep.restored(group: "g") == "b")
      #expect(try await !backups.restore(group, of: "b", to: upkeep) { _, _, _ in })
      await #expect {
        try await backups.restore(group, of: "other", to: upkeep) { _, _, _ in }
      } throws: { ($0 as? SeriesError)?.code == .alreadyThere }
      _ = try await made.store.write([made.batch(0, hoursAgo: 0, 20..<30)])
      #expect(try await made.numbers() == Array(0..<30))
      // The copies are alike.
      for shard in 0..<2 as Range<UInt32> {
        let rows = try await upkeep.shards(group: "g").filter { $0.shard == shard }
        let byNode = Dictionary(grouping: rows, by: \.node).mapValues { reports in
          reports.reduce(0) { $0 + $1.rows }
        }
        #expect(byNode.count == 2 && Set(byNode.values).count == 1, "\(byNode)")
      }
      try await ClusterGroupData(made.store).drop("g")
      #expect(try await upkeep.restored(group: "g") == nil)
      #expect(try await backups.restore(group, of: "b", to: upkeep) { _, _, _ in })
      #expect(try await made.numbers() == Array(0..<20))
    }
  }

  @Test(
    "that are cut at any step show all rows or none, and a second try goes on",
    arguments: [false, true])
  func cuts(answerIsLost: Bool) throws {
    try MoveWorld.run(seed: 12) { made in
      let (backups, group) = try await made.backedUp()
      let upkeep = ClusterUpkeep(made.store)
      let before = made.cut.steps
      _ = try await backups.restore(group, of: "b", to: upkeep) { _, _, _ in }
      let steps = made.cut.steps - before
      #expect(steps > 20)
      // Files come by many steps of one kind; the last ones are those that show them.
      for step in 0..<steps where step % 3 == 0 || step > steps - 12 {
        try await ClusterGroupData(made.store).drop("g")
        made.cut.arm(after: step, answerIsLost: answerIsLost)
        let failed: Bool
        do {
          _ = try await backups.restore(group, of: "b", to: upkeep) { _, _, _ in }
          failed = false
        } catch {
          failed = true
        }
        made.cut.disarm()
        let shown = try await made.numbers()
        #expect(shown == (failed ? [] : Array(0..<20)), "step \(step)")
        #expect(try await backups.restore(group, of: "b", to: upkeep) { _, _, _ in } == failed)
        #expect(try await made.numbers() == Array(0..<20), "step \(step), again")
      }
    }
  }

  @Test("rows that come while a group comes back are refused or kept, and never mixed")
  func writes() throws {
    try MoveWorld.run(seed: 13) { made in
      let (backups, group) = try await made.backedUp()
      let upkeep = ClusterUpkeep(made.store)
      try await withThrowingTaskGroup(of: Bool.self) { tasks in
        tasks.addTask {
          (try? await backups.restore(group, of: "b", to: upkeep) { _, _, _ in }) == true
        }
        tasks.addTask {
          for number in 20..<30 {
            try await made.world.clock.sleep(for: .milliseconds(number == 20 ? 1 : 40))
            _ = try await made.store.write([
              made.batch(UInt32(number % 2), hoursAgo: 0, number..<(number + 1))
            ])
          }
          return false
        }
        let isBack = try await tasks.reduce(false) { $0 || $1 }
        #expect(try await made.numbers() == (isBack ? Array(0..<30) : Array(20..<30)))
      }
    }
  }

  /// A life of a node of its own; it ends as by a kill.
  private static func living<R>(
    _ world: World, _ fixture: SchemaFixture,
    _ body: (SeriesEngine, LocalMoves) async throws -> R
  ) async throws -> R {
    let engine = try await SeriesEngine.open(
      "/n", on: world.disk, clock: world.clock, random: world.random)
    defer { engine.close() }
    engine.apply(group: "g", GroupOptions(shardCount: 1, segmentSeconds: 3600, ttlSeconds: 0))
    let moves = try await LocalMoves.open(
      own: "n", EngineShards(engine), fixture.facts, folder: "/n", on: world.disk,
      time: world.clock, log: .silent)
    return try await body(engine, moves)
  }

  @Test(
    "a node that is killed shows what it has promised when the placement says so, and only then",
    arguments: [false, true])
  func kills(isCommitted: Bool) throws {
    try Simulation.run(seed: 14) { world in
      let fixture = SchemaFixture()
      let facts = PlacementFacts(fixture.facts)
      var placement = ShardPlacement()
      placement.epoch = 6
      _ = placement.grow("g", to: 1, copies: 1, among: ["n"])
      _ = try await facts.put("g", placement, over: nil)
      let restore = GroupRestore("g", as: "b")
      try await Self.living(world, fixture) { engine, moves in
        #expect(try await EngineUpkeep(engine).openRestore(restore))
        try await EngineUpkeep(engine).prepareRestore(restore, files: [])
        try await moves.promise(restore, shards: [0], epoch: 7)
      }
      let batch = Delivery.Batch(epoch: 6, rows: NodeWorld.batch(.stream, rows: 0..<1))
      try await Self.living(world, fixture) { _, moves in
        try await moves.bringBack("g", epoch: 6)
        #expect(throws: SeriesError.self, "nothing is taken until it is decided") {
          try moves.enter([batch])
        }
      }
      placement.epoch = 7
      if isCommitted { placement.restored = "b" }
      _ = try await facts.put("g", placement, over: facts.get("g"))
      try await Self.living(world, fixture) { _, moves in
        try await moves.bringBack("g", epoch: 7)
        // The group has no rows: what tells is the folder that was put in its place.
        let isShown = (try? await world.disk.information("/n/groups/g/restore")) != nil
        #expect(isShown == isCommitted)
        let later = Delivery.Batch(epoch: 7, rows: batch.rows)
        #expect(throws: Never.self) { moves.leave(try moves.enter([later])) }
        // Who does not know of it might see some rows and others not.
        let share = GroupShare(epoch: 6, shares: [ShardShare(times: 0...1, shards: [0])])
        let isAnswered = (try? moves.check(["g": share])) != nil
        #expect(isAnswered != isCommitted)
      }
    }
  }
}
