import SeriesColumns
import SeriesLocal
import SeriesStorage
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
}
