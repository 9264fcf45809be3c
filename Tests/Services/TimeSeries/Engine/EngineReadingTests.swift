import Runtime
import SeriesColumns
import SeriesWorkloads
import Simulation
import Testing

@testable import SeriesEngine

@Suite("what queries of an engine find quickly")
struct EngineReadingTests {
  @Test("a shard that rests becomes one part; one that is written to does not")
  func rest() throws {
    try Simulation.run(seed: 16) { world in
      let options = EngineOptions { $0.flushBytesMin = 0 }
      try await withEngine(world, options: options) { engine in
        for second in 0..<2 as Range<Int64> {
          for shard in [0, 1] as [UInt32] {
            _ = try await engine.write([
              TestTables.batch(.measure, shard: shard, [row(7, second, 1)])
            ])
          }
          try await engine.flush()
        }
        for second in 2..<6 as Range<Int64> {
          try await world.clock.sleep(for: .seconds(1))
          _ = try await engine.write([
            TestTables.batch(.measure, shard: 0, [row(7, second, 1)])
          ])
        }
        let shards = engine.inventory()[0].shards
        #expect(shards.map(\.parts.count) == [2, 1])
        #expect(shards[1].parts[0].rows == 2)
        try await world.clock.sleep(for: .seconds(8))
        #expect(engine.inventory()[0].shards.map(\.parts.count) == [1, 1])
        #expect(try await allRows(engine, .measure).count == 8)
      }
    }
  }

  @Test("a block of which few rows are wanted is read once, and read anew for other columns")
  func keptPages() throws {
    try Simulation.run(seed: 17) { world in
      try await withEngine(world) { engine in
        let rows = (0..<48 as Range<Int64>).map { number in
          var row = row(UInt64(number % 8), number / 8, number)
          row.text = "text \(number)"
          return row
        }
        _ = try await engine.write([TestTables.batch(.measure, shard: 0, rows)])
        try await engine.flush()
        let view = try await engine.view(group: TestTables.group, times: .min ... .max)
        let shard = try #require(view.segments.first?.shards.first)
        let columns = TestTables.columns
        for (series, width, reads) in [
          // Half of the block: nothing is kept.
          ([0, 1, 2, 3], 4, 1), ([0, 1, 2, 3], 4, 1),
          ([3], 1, 1), ([3], 1, 0), ([3], 4, 1), ([3], 4, 0), ([5], 4, 0), ([9], 4, 0),
        ] as [([UInt64], Int, Int)] {
          var request = ScanRequest(
            table: TestTables.schema(.measure).name, times: .min ... .max,
            columns: Array(columns.prefix(width)))
          request.series = series
          var cursor = shard.scan(request)
          var numbers: [Int64] = []
          while let block = try await cursor.next() { numbers += block.columns[0].integers }
          let wanted = rows.filter { series.contains($0.series) }.sorted { $0.series < $1.series }
          #expect(numbers == wanted.compactMap(\.number))
          #expect(cursor.statistics.blocksRead == reads, "\(series), \(width) columns")
        }
      }
    }
  }

  @Test("a scan that is narrowed leaves blocks and rows of other times out")
  func narrowing() throws {
    try Simulation.run(seed: 18) { world in
      try await withEngine(world) { engine in
        for kind in [TableKind.measure, .stream] {
          let rows = (0..<100 as Range<Int64>).flatMap { time in
            (0..<300 as Range<UInt64>).map { row($0, time, Int64($0) * 100 + time) }
          }
          for start in stride(from: 0, to: rows.count, by: 10_000) {
            let some = Array(rows[start..<(start + 10_000)])
            _ = try await engine.write([TestTables.batch(kind, shard: 0, some)])
          }
          try await engine.flush()
          let view = try await engine.view(group: TestTables.group, times: .min ... .max)
          let shard = try #require(view.segments.first?.shards.first)
          var cursor = shard.scan(
            ScanRequest(
              table: TestTables.schema(kind).name, times: .min ... .max,
              columns: TestTables.columns))
          let first = try #require(try await cursor.next())
          #expect(first.count > 5000)
          let from = TestTables.start + 95 * 1_000_000_000
          cursor.narrow(to: from ... .max)
          var left: [TestRow] = []
          while let block = try await cursor.next() { left += TestTables.rows(block) }
          var late = shard.scan(
            ScanRequest(
              table: TestTables.schema(kind).name, times: .min ... .max,
              columns: TestTables.columns))
          late.narrow(to: from ... .max)
          var all: [TestRow] = []
          while let block = try await late.next() { all += TestTables.rows(block) }
          #expect(
            all
              == rows.filter { $0.time >= from }.sorted {
                ($0.series, $0.time) < ($1.series, $1.time)
              })
          // The last series of the block may go on in the next one.
          let begun = Set(first.seriesIDs())
          let expected = rows.filter { $0.time >= from && !begun.contains($0.series) }
          #expect(
            left.filter { !begun.contains($0.series) }
              == expected.sorted { ($0.series, $0.time) < ($1.series, $1.time) })
        }
      }
    }
  }

  @Test("who needs no versions gets the rows that the versions choose")
  func withoutVersions() throws {
    try Simulation.run(seed: 19) { world in
      try await withEngine(world) { engine in
        func numbers() async throws -> (values: [Int64], hasVersions: Bool) {
          let view = try await engine.view(group: TestTables.group, times: .min ... .max)
          let shard = try #require(view.segments.first?.shards.first)
          var cursor = shard.scan(
            ScanRequest(
              table: TestTables.schema(.measure).name, times: .min ... .max,
              columns: Array(TestTables.columns.prefix(1)), readsVersions: false))
          var found: (values: [Int64], hasVersions: Bool) = ([], false)
          while let block = try await cursor.next() {
            found.values += block.columns[0].integers
            if !block.versions.isEmpty { found.hasVersions = true }
          }
          return found
        }
        func write(_ version: Int64, _ numbers: Range<Int64>) async throws {
          let rows = numbers.map { row(7, $0 % 100, version: version, $0) }
          _ = try await engine.write([TestTables.batch(.measure, shard: 0, rows)])
        }
        try await write(2, 0..<100)
        #expect(try await numbers() == (Array(0..<100), false))
        try await engine.flush()
        #expect(try await numbers() == (Array(0..<100), false))
        // Older ones of half of the rows, in memory and in a part of their own, must not be seen.
        try await write(1, 200..<250)
        #expect(try await numbers().values == Array(0..<100))
        try await engine.flush()
        #expect(try await numbers().values == Array(0..<100))
        try await write(3, 350..<400)
        #expect(try await numbers().values == Array(0..<50) + Array(350..<400))
      }
    }
  }
}
