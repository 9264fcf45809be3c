import Journal
import Runtime
import SeriesColumns
import SeriesWorkloads
import Simulation
import Synchronization
import Testing
import Values

@testable import SeriesEngine

/// An engine on a simulated disk, for as long as `body` takes.
func withEngine<T: Sendable>(
  _ world: World, options: EngineOptions = EngineRun.options,
  group: GroupOptions = TestTables.options, at path: String = "/series",
  _ body: @Sendable @escaping (SeriesEngine) async throws -> T
) async throws -> T {
  let engine = try await SeriesEngine.open(
    path, on: world.disk, clock: world.clock, random: world.random, options: options)
  engine.apply(group: TestTables.group, group)
  return try await engine.running { try await body(engine) }
}

/// All rows of a table, over all shards.
func allRows(_ engine: SeriesEngine, _ kind: TableKind) async throws -> [TestRow] {
  let view = try await engine.view(group: TestTables.group, times: .min ... .max)
  return try await allRows(view, kind)
}

func allRows(_ view: SeriesView, _ kind: TableKind) async throws -> [TestRow] {
  var rows: [TestRow] = []
  for shard in view.segments.flatMap(\.shards) {
    var cursor = shard.scan(
      ScanRequest(
        table: TestTables.schema(kind).name, times: .min ... .max, columns: TestTables.columns))
    while let block = try await cursor.next() { rows += TestTables.rows(block) }
  }
  return rows
}

func row(_ series: UInt64, _ second: Int64, version: Int64 = 1, _ number: Int64? = nil) -> TestRow {
  TestRow(
    series: series, time: TestTables.start + second * 1_000_000_000, version: version,
    number: number, value: nil, text: nil, list: nil)
}

@Suite("an engine")
struct EngineBehaviourTests {
  @Test("answers the highest version before and after flush, merge and restart")
  func versions() throws {
    try Simulation.run(seed: 1) { world in
      let expected = [row(7, 1, version: 3, 33)]
      try await withEngine(world) { engine in
        for version in [3, 1, 2] as [Int64] {
          _ = try await engine.write([
            TestTables.batch(.measure, shard: 0, [row(7, 1, version: version, version * 11)])
          ])
          #expect(try await allRows(engine, .measure) == expected || version != 2)
          try await engine.flush()
        }
        #expect(try await allRows(engine, .measure) == expected)
        try await engine.merge(group: TestTables.group)
        #expect(engine.inventory()[0].shards[0].parts.count == 1)
        #expect(engine.inventory()[0].shards[0].parts[0].rows == 1)
        #expect(try await allRows(engine, .measure) == expected)
      }
      try await withEngine(world) { engine in
        let rows = try await allRows(engine, .measure)
        #expect(rows == expected)
      }
    }
  }

  @Test("of equal versions the later arrival counts, wherever the two are")
  func equalVersions() throws {
    try Simulation.run(seed: 2) { world in
      try await withEngine(world) { engine in
        for number in 1...6 as ClosedRange<Int64> {
          for kind in [TableKind.measure, .document] {
            _ = try await engine.write([
              TestTables.batch(kind, shard: 0, [row(7, 1, version: 5, number)])
            ])
          }
          if number % 2 == 0 { try await engine.flush() }
          for kind in [TableKind.measure, .document] {
            #expect(try await allRows(engine, kind).map(\.number) == [number])
          }
        }
        try await engine.merge(group: TestTables.group)
        #expect(try await allRows(engine, .measure).map(\.number) == [6])
      }
    }
  }

  @Test("rows beyond the ttl are dropped when they come, and with their segment")
  func retention() throws {
    try Simulation.run(seed: 3) { world in
      let options = GroupOptions(shardCount: 1, segmentSeconds: 3600, ttlSeconds: 7200)
      try await withEngine(world, group: options) { engine in
        let outcome = try await engine.write([
          TestTables.batch(.stream, shard: 0, [row(1, -7300), row(1, -3700), row(1, 0)])
        ])
        #expect(outcome == WriteOutcome(rows: 2, expired: 1))
        try await engine.flush()
        let view = try await engine.view(group: TestTables.group, times: .min ... .max)
        #expect(engine.inventory().count == 2)
        // -3700 lies in the segment that ends at -3600: it expires two hours after that.
        let now = TestTables.start + 3600 * 1_000_000_000
        #expect(try await engine.retain(now: now - 1) == 0)
        #expect(try await engine.retain(now: now) == 1)
        #expect(try await allRows(engine, .stream) == [row(1, 0)])
        // Who had it open still reads it.
        #expect(try await allRows(view, .stream) == [row(1, -3700), row(1, 0)])
        #expect(engine.statistics.segmentsDropped == 1)
      }
      // The journal may have the rows still: they are expired then, too.
      world.clock.jumpWall(by: .seconds(3600))
      #expect(!world.disk.paths.contains { $0.contains("removed-") })
      try await withEngine(world, group: options) { engine in
        let rows = try await allRows(engine, .stream)
        #expect(rows == [row(1, 0)])
      }
    }
  }

  @Test(
    "segments of odd lengths, and of others later, have every row once",
    arguments: [
      [5 * 3600], [7 * 86_400, 3600], [3600, 7 * 3600, 31 * 86_400], [36_500 * 86_400, 1],
    ]
      as [[Int64]])
  func oddSegments(lengths: [Int64]) throws {
    try Simulation.run(seed: 12) { world in
      for (index, length) in lengths.enumerated() {
        // In the time of Nepal, so that no grid lies on another.
        let options = GroupOptions(
          shardCount: 1, segmentSeconds: length, ttlSeconds: 0, gridOffsetSeconds: 20_700)
        try await withEngine(world, group: options) { engine in
          try await Self.check(engine, written: index, "opened with \(length)")
          for second in Self.oddSeconds {
            let one = row(UInt64(index + 1), second)
            _ = try await engine.write([TestTables.batch(.stream, shard: 0, [one])])
          }
          try await Self.check(engine, written: index + 1, "written with \(length)")
          try await engine.flush()
          try await engine.merge(group: TestTables.group)
          try await Self.check(engine, written: index + 1, "merged with \(length)")
        }
      }
    }
  }

  private static let oddSeconds: [Int64] = [
    -630_000, -144_900, -25_207, -25_200, -7, 0, 7, 144_893, 630_000,
  ]

  /// Rows of the series 1 to `written`, and segments that lie beside each other.
  private static func check(
    _ engine: SeriesEngine, written: Int, _ when: String
  ) async throws {
    let wanted = (0..<written).flatMap { index in
      Self.oddSeconds.map { row(UInt64(index + 1), $0) }
    }
    #expect(try await allRows(engine, .stream).sorted() == wanted.sorted(), "\(when)")
    let segments = engine.inventory(group: TestTables.group).map(\.times)
      .sorted { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(segments, segments.dropFirst()) {
      #expect(one.upperBound <= next.lowerBound, "\(when): segments overlap")
    }
  }

  @Test("a clock that jumps takes no rows with it")
  func clockJumps() throws {
    try Simulation.run(seed: 10) { world in
      let options = GroupOptions(shardCount: 1, segmentSeconds: 3600, ttlSeconds: 7200)
      try await withEngine(world, group: options) { engine in
        var written: [TestRow] = []
        for (second, jump) in [(0, 86_400), (1, -90_000), (2, 3600)] as [(Int64, Int64)] {
          let outcome = try await engine.write([
            TestTables.batch(.stream, shard: 0, [row(1, second)])
          ])
          #expect(outcome.expired == 0)
          written.append(row(1, second))
          world.clock.jumpWall(by: .seconds(jump))
          // Long enough for an upkeep.
          try await world.clock.sleep(for: .seconds(25))
          let rows = try await allRows(engine, .stream)
          #expect(rows == written)
        }
        #expect(engine.statistics.segmentsDropped == 0)
        #expect(engine.statistics.flushes >= 3)
      }
    }
  }

  @Test("of a call over several segments each has the last entry of the rows that lie in it")
  func entriesOfSegments() throws {
    try Simulation.run(seed: 12) { world in
      try await withEngine(world) { engine in
        let day: Int64 = 86_400
        let rows = [row(1, 0), row(2, 1), row(1, 2), row(1, day), row(1, 3 * day)]
        var batch = TestTables.batch(.measure, shard: 0, rows)
        batch.series = SeriesRows(columns: batch.schema.seriesColumns.map { Column($0.type) })
        for (number, row) in rows.enumerated() {
          batch.series.ids.append(row.series)
          batch.series.columns[0].append(text: "row \(number)")
        }
        _ = try await engine.write([batch])
        let view = try await engine.view(group: TestTables.group, times: .min ... .max)
        var entries: [[String]] = []
        for segment in view.segments {
          for shard in segment.shards {
            let found = try await shard.series(
              table: batch.schema.name, columns: TestTables.seriesColumns)
            entries.append(found.ids.indices.map { found.columns[0].string($0) })
          }
        }
        #expect(entries == [["row 2", "row 1"], ["row 3"], ["row 4"]])
      }
    }
  }

  @Test("files that nobody reads are closed, and opened again when somebody does")
  func idle() throws {
    try Simulation.run(seed: 11) { world in
      try await withEngine(world) { engine in
        _ = try await engine.write([TestTables.batch(.measure, shard: 0, [row(1, 0, 4)])])
        try await engine.flush()
        #expect(try await allRows(engine, .measure).count == 1)
        let shard = engine.allShards()[0]
        #expect(shard.state.withLock { $0.known != nil })
        try await world.clock.sleep(for: .seconds(200))
        #expect(shard.state.withLock { $0.known == nil })
        _ = try await engine.write([TestTables.batch(.measure, shard: 0, [row(1, 1, 5)])])
        let found = try await engine.view(group: TestTables.group, times: .min ... .max)
          .segments[0].shards[0].series(
            table: TestTables.schema(.measure).name, columns: TestTables.seriesColumns)
        #expect(found.ids == [1])
        #expect(shard.state.withLock { $0.memory.tables.values.first?.first?.series.ids == [] })
      }
    }
  }

  @Test("a dropped group stays dropped, also of what was in the journal only")
  func dropGroup() throws {
    try Simulation.run(seed: 4) { world in
      try await withEngine(world) { engine in
        _ = try await engine.write([TestTables.batch(.stream, shard: 0, [row(1, 0)])])
        try await engine.flush()
        _ = try await engine.write([TestTables.batch(.stream, shard: 0, [row(1, 1)])])
        try await engine.dropGroup(TestTables.group)
        await #expect(throws: SeriesError.self) {
          try await engine.view(group: TestTables.group, times: .min ... .max)
        }
        engine.apply(group: TestTables.group, TestTables.options)
        _ = try await engine.write([TestTables.batch(.stream, shard: 0, [row(1, 2)])])
        #expect(try await allRows(engine, .stream) == [row(1, 2)])
      }
      try await withEngine(world) { engine in
        let rows = try await allRows(engine, .stream)
        #expect(rows == [row(1, 2)])
      }
    }
  }

  @Test("a snapshot opens as an engine of its own and does not change")
  func snapshot() throws {
    try Simulation.run(seed: 5) { world in
      let path = try await withEngine(world) { engine in
        _ = try await engine.write([TestTables.batch(.measure, shard: 1, [row(1, 0, 5)])])
        let path = try await engine.snapshot("2026-11-30/a")
        _ = try await engine.write([TestTables.batch(.measure, shard: 1, [row(1, 1, 6)])])
        try await engine.merge(group: TestTables.group)
        await #expect { try await engine.snapshot("2026-11-30/a") } throws: {
          ($0 as? SeriesError)?.code == .alreadyThere
        }
        return path
      }
      try await withEngine(world, at: path) { engine in
        let rows = try await allRows(engine, .measure)
        #expect(rows == [row(1, 0, 5)])
      }
    }
  }

  @Test("columns come and go: by name and type")
  func schemaChanges() throws {
    try Simulation.run(seed: 6) { world in
      try await withEngine(world) { engine in
        let old = TableSchema(
          name: "t", kind: .measure,
          columns: [ColumnSchema("a", .integer), ColumnSchema("b", .string)])
        var batch = RowBatch(group: TestTables.group, schema: old, shard: 0)
        batch.seriesIDs = [1]
        batch.timestamps = [TestTables.start]
        batch.versions = [1]
        batch.columns[0].append(integer: 9)
        batch.columns[1].append(text: "x")
        _ = try await engine.write([batch])
        try await engine.flush()
        let new = TableSchema(
          name: "t", kind: .measure,
          columns: [ColumnSchema("b", .string), ColumnSchema("a", .string)])
        batch = RowBatch(group: TestTables.group, schema: new, shard: 0)
        batch.seriesIDs = [1]
        batch.timestamps = [TestTables.start + 1_000_000]
        batch.versions = [1]
        batch.columns[0].append(text: "y")
        batch.columns[1].append(text: "nine")
        _ = try await engine.write([batch])
        for _ in 0..<3 {
          let view = try await engine.view(group: TestTables.group, times: .min ... .max)
          var cursor = view.segments[0].shards[0].scan(
            ScanRequest(
              table: "t", times: .min ... .max,
              columns: [
                ColumnSchema("a", .string), ColumnSchema("a", .integer), ColumnSchema("b", .string),
              ]))
          var rows: [String] = []
          while let block = try await cursor.next() {
            for row in 0..<block.count {
              rows.append(
                block.columns.map { column in
                  column.isNull(row)
                    ? "-" : column.type == .integer ? "\(column.integer(row))" : column.string(row)
                }.joined(separator: " "))
            }
          }
          #expect(rows == ["- 9 x", "nine - y"])
          try await engine.merge(group: TestTables.group)
        }
      }
    }
  }

  @Test("a full disk refuses writes and loses nothing; with room they go on")
  func fullDisk() throws {
    let options = SimulationOptions { $0.disk.capacityBytes = 1 << 20 }
    try Simulation.run(seed: 7, options: options) { world in
      try await withEngine(world) { engine in
        var written: [TestRow] = []
        var refusals = 0
        for round in 0..<400 where refusals < 3 {
          let rows = (0..<50).map { row(UInt64($0 + 1), Int64(round), Int64(round * $0 * 7919)) }
          do {
            _ = try await engine.write([TestTables.batch(.stream, shard: 0, rows)])
            written += rows
          } catch let error as SeriesError {
            #expect(error.code == .diskFull, "\(error)")
            refusals += 1
          }
        }
        #expect(refusals == 3)
        #expect(engine.statistics.writesRefused == 3)
        #expect(try await allRows(engine, .stream).sorted() == written.sorted())
        #expect(
          !world.disk.paths.contains { $0.hasSuffix(".lpt") && world.disk.durableBytes($0) == [] })
      }
    }
  }

  @Test("with a high watermark of nothing a node only reads")
  func readOnly() throws {
    try Simulation.run(seed: 12) { world in
      let mine = TestTables.batch(.measure, shard: 0, [row(1, 0, 1)])
      try await withEngine(world) { engine in _ = try await engine.write([mine]) }
      let options = EngineOptions {
        $0 = EngineRun.options
        $0.diskHighPercent = 0
      }
      try await withEngine(world, options: options) { engine in
        await #expect { try await engine.write([mine]) } throws: {
          ($0 as? SeriesError)?.code == .diskFull
        }
        let rows = try await allRows(engine, .measure)
        #expect(rows.count == 1)
      }
    }
  }

  @Test("writes are refused above the high watermark and taken below the low one")
  func watermarks() throws {
    let options = SimulationOptions { $0.disk.capacityBytes = 1 << 20 }
    try Simulation.run(seed: 12, options: options) { world in
      let engineOptions = EngineOptions {
        $0 = EngineRun.options
        $0.diskHighPercent = 50
        $0.diskLowPercent = 45
      }
      try await withEngine(world, options: engineOptions) { engine in
        engine.apply(group: "other", TestTables.options)
        var round: Int64 = 0
        var generator = world.generator("numbers")
        while !engine.statistics.isDiskFull, round < 400 {
          round += 1
          let number = round
          let rows = (0..<60).map {
            row(UInt64($0 + 1), number, Int64(bitPattern: generator.next()))
          }
          var batch = RowBatch(group: "other", schema: TestTables.schema(.stream), shard: 0)
          let source = TestTables.batch(.stream, shard: 0, rows)
          batch.seriesIDs = source.seriesIDs
          batch.timestamps = source.timestamps
          batch.versions = source.versions
          batch.columns = source.columns
          batch.series = source.series
          do {
            _ = try await engine.write([batch])
          } catch let error as SeriesError {
            #expect(error.code == .diskFull)
            break
          }
          if round % 20 == 0 { try await world.clock.sleep(for: .seconds(11)) }
        }
        let mine = TestTables.batch(.measure, shard: 0, [row(1, 0, 1)])
        try await world.clock.sleep(for: .seconds(11))
        await #expect { try await engine.write([mine]) } throws: {
          ($0 as? SeriesError)?.code == .diskFull
        }
        try await engine.dropGroup("other")
        try await world.clock.sleep(for: .seconds(11))
        #expect(try await engine.write([mine]).rows == 1)
        #expect(try await allRows(engine, .measure).count == 1)
      }
    }
  }

  @Test("what does not fit its schema or group is refused")
  func refusals() throws {
    try Simulation.run(seed: 8) { world in
      try await withEngine(world) { engine in
        var batch = TestTables.batch(.measure, shard: 0, [row(1, 0)])
        batch.versions.append(3)
        let malformed = batch
        await #expect { try await engine.write([malformed]) } throws: {
          ($0 as? SeriesError)?.code == .malformed
        }
        let other = RowBatch(group: "other", schema: TestTables.schema(.stream), shard: 0)
        await #expect { try await engine.write([other]) } throws: {
          ($0 as? SeriesError)?.code == .unknownGroup
        }
        engine.close()
        let right = TestTables.batch(.measure, shard: 0, [row(1, 0)])
        await #expect { try await engine.write([right]) } throws: {
          ($0 as? SeriesError)?.code == .closed
        }
      }
    }
  }

  @Test("the journal is trimmed to what no part has")
  func trims() throws {
    try Simulation.run(seed: 9) { world in
      try await withEngine(world) { engine in
        for round in 0..<40 {
          let rows = (0..<100).map { row(UInt64($0 + 1), Int64(round), Int64($0)) }
          _ = try await engine.write([TestTables.batch(.measure, shard: 0, rows)])
        }
        try await engine.flush()
        #expect(engine.journal.statistics.lastSegment > 4)
        #expect(engine.journal.firstSegment >= engine.journal.statistics.lastSegment - 1)
      }
    }
  }
}
