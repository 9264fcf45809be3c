import Runtime
import SeriesColumns
import SeriesWorkloads
import Simulation
import Testing
import Values

@testable import SeriesEngine

/// Bits that turn over in any file are met as errors, never as an answer.
@Suite("damaged files of an engine")
struct EngineDamageTests {
  /// Reads everything that there is in every way.
  private static func readAll(_ engine: SeriesEngine) async throws {
    for kind in TableKind.allCases { _ = try await allRows(engine, kind) }
    let view = try await engine.view(group: TestTables.group, times: .min ... .max)
    for shard in view.segments.flatMap(\.shards) {
      _ = try await shard.series(
        table: TestTables.schema(.stream).name, columns: TestTables.seriesColumns)
      _ = try await shard.series(
        table: TestTables.schema(.measure).name, columns: TestTables.seriesColumns)
    }
    let damaged = try await engine.scrub()
    if let first = damaged.first { throw first }
  }

  private static func fill(_ engine: SeriesEngine, _ world: World) async throws {
    var generator = world.generator("rows")
    for kind in [TableKind.stream, .measure, .trace] {
      let rows = (0..<12).map { index in
        TestTables.randomRow(
          &generator, series: UInt64(index % 3 + 1),
          time: TestTables.start + Int64(index) * 1_000_000,
          version: 1)
      }
      _ = try await engine.write([TestTables.batch(kind, shard: 0, rows)])
    }
  }

  @Test("every bit of a part and of a manifest")
  func parts() throws {
    try Simulation.run(seed: 1) { world in
      try await withEngine(world) { engine in
        try await Self.fill(engine, world)
        try await engine.flush()
        try await Self.readAll(engine)
        try await engine.dropGroup("another")
      }
      let files = world.disk.paths.filter { !$0.hasPrefix("/series/journal/") }
      #expect(files.count == 3)
      for path in files {
        let bits = (world.disk.durableBytes(path)?.count ?? 0) * 8
        #expect(bits > 0)
        // Every bit of the first and last hundred bytes, and a seventh of the others.
        for bit in 0..<bits where bit < 800 || bit >= bits - 800 || bit % 7 == 3 {
          world.disk.flipBit(bit, of: path)
          var found: SeriesError?
          do {
            let engine = try await SeriesEngine.open(
              "/series", on: world.disk, clock: world.clock, random: world.random,
              options: EngineRun.options)
            engine.apply(group: TestTables.group, TestTables.options)
            try await Self.readAll(engine)
          } catch let error as SeriesError {
            found = error
          }
          #expect(found?.code == .damaged, "bit \(bit) of \(path): \(String(describing: found))")
          world.disk.flipBit(bit, of: path)
        }
      }
    }
  }

  @Test("a damaged page is an error of who reads it, and of nobody else")
  func onePage() throws {
    try Simulation.run(seed: 4) { world in
      try await withEngine(world) { engine in
        try await Self.fill(engine, world)
        try await engine.flush()
      }
      let path = try #require(world.disk.paths.first { $0.hasSuffix(".lpt") })
      // The first page of the first table, by name: the measure's series.
      world.disk.flipBit(8 * 60, of: path)
      try await withEngine(world) { engine in
        let view = try await engine.view(group: TestTables.group, times: .min ... .max)
        let error = await #expect(throws: SeriesError.self) {
          try await view.segments[0].shards[0].series(
            table: TestTables.schema(.measure).name, columns: TestTables.seriesColumns)
        }
        #expect(error?.code == .damaged)
        #expect(error?.file == path)
        #expect(try await allRows(engine, .stream).count == 12)
        #expect(try await allRows(engine, .trace).count == 12)
        let found = try await engine.scrub()
        #expect(found.map(\.file) == [path])
        #expect(engine.statistics.damagedParts == 1)
      }
    }
  }

  @Test("a merge that meets damage keeps all parts and is tried again now and then")
  func mergeOfDamage() throws {
    try Simulation.run(seed: 5) { world in
      let options = EngineOptions { $0.flushBytesMin = 0 }
      try await withEngine(world, options: options) { engine in
        for second in 0..<2 as Range<Int64> {
          _ = try await engine.write([
            TestTables.batch(.measure, shard: 0, [row(1, second, 5)])
          ])
          try await engine.flush()
        }
      }
      let paths = world.disk.paths.filter { $0.hasSuffix(".lpt") }.sorted()
      #expect(paths.count == 2)
      world.disk.flipBit(8 * 60, of: try #require(paths.first))
      try await withEngine(world, options: options) { engine in
        try await world.clock.sleep(for: .seconds(35))
        #expect(engine.inventory()[0].shards[0].parts.count == 2)
        #expect((3...4).contains(engine.statistics.mergeFailures))
        #expect(world.disk.paths.filter { $0.hasSuffix(".lpt") }.sorted() == paths)
      }
    }
  }

  @Test("a cut part does not keep the engine from opening, and is named")
  func cutPart() throws {
    try Simulation.run(seed: 2) { world in
      try await withEngine(world) { engine in
        try await Self.fill(engine, world)
        try await engine.flush()
      }
      let path = try #require(world.disk.paths.first { $0.hasSuffix(".lpt") })
      let bytes = try #require(world.disk.durableBytes(path))
      world.disk.plant(Array(bytes.dropLast(200)), at: path)
      try await withEngine(world) { engine in
        _ = try await engine.write([
          TestTables.batch(
            .measure, shard: 0, [row(99, 86_400, 1)])
        ])
        let error = await #expect(throws: SeriesError.self) { try await Self.readAll(engine) }
        #expect(error?.code == .damaged)
        #expect(error?.file == path)
        // What it does not hold is still answered.
        let day = (TestTables.start + TestTables.day)...(TestTables.start + 2 * TestTables.day)
        let view = try await engine.view(group: TestTables.group, times: day)
        #expect(try await allRows(view, .measure).count == 1)
      }
    }
  }

  @Test("bytes behind a manifest and files without a meaning are no damage")
  func garbage() throws {
    try Simulation.run(seed: 3) { world in
      try await withEngine(world) { engine in
        try await Self.fill(engine, world)
        try await engine.flush()
      }
      let manifest = try #require(world.disk.paths.first { $0.hasSuffix("/manifest") })
      let bytes = try #require(world.disk.durableBytes(manifest))
      world.disk.plant(bytes + [1, 2, 3], at: manifest)
      let orphan = manifest.dropLast(8) + "00000000000000ff.lpt"
      world.disk.plant([0, 1, 2], at: String(orphan))
      try await withEngine(world) { engine in try await Self.readAll(engine) }
      #expect(!world.disk.paths.contains(String(orphan)))
    }
  }
}
