import SeriesColumns
import SeriesLocal
import SeriesSchema
import SeriesStorage
import SeriesWire
import Synchronization
import Testing

@testable import SeriesRemote

@Suite("what operators are told of several nodes")
struct ClusterUpkeepTests {
  @Test("rows are those that somebody wrote, in memory, in parts and after merges")
  func internalTables() throws {
    try MoveWorld.run(seed: 41) { made in
      let upkeep = ClusterUpkeep(made.store)
      for step in 0..<3 {
        var counters = NodeWorld.batch(.stream, rows: 0..<7, table: InternalTable.counters)
        counters.timestamps = made.batch(0, hoursAgo: 0, 0..<7).timestamps
        _ = try await made.store.write([
          made.batch(0, hoursAgo: 0, step * 10..<step * 10 + 10), counters,
        ])
        if step == 1 { try await upkeep.flush() }
        for report in try await upkeep.shards(group: "g") {
          #expect(report.rows == Int64(step + 1) * 10, "\(step)")
        }
      }
      try await upkeep.flush()
      try await upkeep.merge(group: "g")
      #expect(try await upkeep.shards(group: "g").map(\.rows) == [30, 30])
    }
  }

  @Test(
    "a snapshot that clients ask for is taken by all nodes that can; of the others they hear why")
  func snapshots() throws {
    try MoveWorld.run(seed: 42) { made in
      made.cut.away.withLock { $0 = ["hot-b"] }
      let taken = try await made.store.snapshots(DatabaseWire.SnapshotRequest())
      #expect(taken.map(\.name) == ["hot-a/1", "hot-b", "warm-a/1", "warm-b/1"])
      #expect(taken.map(\.error) == ["", "it does not answer", "", ""])
      made.cut.away.withLock { $0 = ["hot-a", "hot-b", "warm-a", "warm-b"] }
      await #expect {
        _ = try await made.store.snapshots(DatabaseWire.SnapshotRequest())
      } throws: { ($0 as? SeriesFault)?.kind == .unavailable }
    }
  }
}
