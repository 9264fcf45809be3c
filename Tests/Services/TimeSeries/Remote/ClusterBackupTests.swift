import Runtime
import SeriesBackup
import SeriesColumns
import SeriesStorage
import Simulation
import Synchronization
import Testing
import Values

@testable import SeriesRemote

@Suite("backups of several nodes")
struct ClusterBackupTests {
  private static let draft = BackupManifest(
    name: "b", node: "doors", createdAt: "",
    groups: [BackupManifest.Group(name: "g", documents: [])])

  @Test("a node that is away is left out, and its shards are taken from others", arguments: 0..<2)
  func leavesOut(at: Int) throws {
    try MoveWorld.run(seed: 31) { made in
      _ = try await made.store.write([
        made.batch(0, hoursAgo: 1, 0..<10), made.batch(1, hoursAgo: 0, 10..<20),
      ])
      let name = made.store.placements.placed("g").shards[0][at]
      made.cut.away.withLock { $0 = [name] }
      let upkeep = ClusterUpkeep(made.store)
      let backups = SeriesBackups(FolderBackups("/backups", on: made.world.disk))
      let backup = try await backups.create(Self.draft, from: upkeep) { _, _, _ in }
      #expect(backup.leftOut == ["node \(name): it does not answer"])
      made.cut.away.withLock { $0 = [] }
      #expect(try await upkeep.snapshots().isEmpty)
      try await ClusterGroupData(made.store).drop("g")
      let group = backup.manifest.groups[0]
      #expect(try await backups.restore(group, of: "b", to: upkeep) { _, _, _ in })
      #expect(try await made.numbers() == Array(0..<20))
    }
  }

  @Test("without a node that has everything of a shard there is none, and the shard is named")
  func names() throws {
    try MoveWorld.run(seed: 32) { made in
      _ = try await made.store.write([made.batch(0, hoursAgo: 1, 0..<10)])
      let nodes = made.store.placements.placed("g").shards[0]
      // Nothing of the shard is in any snapshot: an empty list of files must not pass for all of them.
      made.cut.away.withLock { $0 = Set(nodes) }
      let upkeep = ClusterUpkeep(made.store)
      let backups = SeriesBackups(FolderBackups("/backups", on: made.world.disk))
      await #expect {
        _ = try await backups.create(Self.draft, from: upkeep) { _, _, _ in }
      } throws: { error in
        let error = error as? SeriesError
        return error?.code == .unavailable && error?.message.contains("shard 0 of group g") == true
          && error?.message.contains("it does not answer") == true
      }
      #expect(try await backups.names().isEmpty)
    }
  }

  @Test(
    "a snapshot that a copy has left on a node is forgotten after two days",
    arguments: [
      ("backup-a", 49, true), ("backup-a", 47, false), ("kept", 4900, false),
      ("backup-a", -4900, false), ("backup-a", nil, false),
    ] as [(String, Int64?, Bool)])
  func forgotten(name: String, hoursAgo: Int64?, isForgotten: Bool) {
    let now = WallTime(nanoseconds: 1_800_000_000_000_000_000)
    let snapshot = StoredSnapshot(
      name: name, files: [],
      takenAt: hoursAgo.map { now.nanoseconds - $0 * MoveWorld.hour })
    #expect(ClusterUpkeep.isForgotten(snapshot, now: now) == isForgotten)
  }
}
