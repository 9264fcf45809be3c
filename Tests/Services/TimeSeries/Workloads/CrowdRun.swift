internal import Runtime
internal import SeriesColumns
internal import SeriesEngine
package import Simulation
internal import Synchronization
internal import Values

/// Many writers at once, each with rows that nobody else has, over lives that end by power cuts: what was
/// acknowledged is there, nothing is there twice, and nothing that was never written.
package final class CrowdRun: Sendable {
  private struct State {
    var acknowledged: Set<TestRow> = []
    var attempted: Set<TestRow> = []
    var next: Int64 = 0
  }

  private let world: World
  private let state = Mutex(State())

  package init(_ world: World) { self.world = world }

  /// One life of `writers` that write `each` times. True when the power did not go.
  package func live(writers: Int, each: Int, cutAfter limit: Int?) async throws -> Bool {
    let disk = self.world.disk
    disk.cutAfterChange = limit.map { disk.changeCount + $0 }
    defer { if disk.isCut { disk.restart() } else { disk.cutAfterChange = nil } }
    do {
      let engine = try await SeriesEngine.open(
        "/series", on: disk, clock: self.world.clock, random: self.world.random,
        options: EngineRun.options)
      engine.apply(group: TestTables.group, TestTables.options)
      try await engine.running {
        try await self.check(engine)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<writers {
            group.addTask { try await self.write(engine, writer, each) }
          }
          group.addTask {
            for _ in 0..<each {
              try await self.world.clock.sleep(for: .milliseconds(3))
              try await engine.flush()
            }
          }
          try await group.waitForAll()
        }
        try await self.check(engine)
      }
      return true
    } catch let error as SeriesError {
      guard disk.isCut, error.code != .damaged else {
        throw SeriesCheckFailure(description: "without a power cut: \(error)")
      }
      return false
    }
  }

  private func write(_ engine: SeriesEngine, _ writer: Int, _ each: Int) async throws {
    for turn in 0..<each {
      let rows = self.state.withLock { state -> [TestRow] in
        let rows = (0..<3).map { index -> TestRow in
          state.next += 1
          return TestRow(
            series: UInt64(1 + (writer + index) % 5),
            time: TestTables.start + (state.next % 3) * TestTables.day + state.next * 1_000_000,
            version: state.next, number: state.next, value: nil, text: "w\(writer)", list: nil)
        }
        state.attempted.formUnion(rows)
        return rows
      }
      let kind: TableKind = turn % 2 == 0 ? .stream : .measure
      _ = try await engine.write([TestTables.batch(kind, shard: UInt32(writer % 2), rows)])
      self.state.withLock { $0.acknowledged.formUnion(rows) }
    }
  }

  private func check(_ engine: SeriesEngine) async throws {
    let view = try await engine.view(group: TestTables.group, times: .min ... .max)
    var found: [TestRow] = []
    for shard in view.segments.flatMap(\.shards) {
      for kind in [TableKind.stream, .measure] {
        var cursor = shard.scan(
          ScanRequest(
            table: TestTables.schema(kind).name, times: .min ... .max,
            columns: TestTables.columns))
        while let block = try await cursor.next() { found += TestTables.rows(block) }
      }
    }
    let distinct = Set(found)
    let (acknowledged, attempted) = self.state.withLock { ($0.acknowledged, $0.attempted) }
    guard distinct.count == found.count else {
      throw SeriesCheckFailure(description: "\(found.count - distinct.count) rows are there twice")
    }
    let missing = acknowledged.subtracting(distinct)
    let strange = distinct.subtracting(attempted)
    guard missing.isEmpty, strange.isEmpty else {
      throw SeriesCheckFailure(
        description: "missing \(missing.sorted().prefix(2)), strange \(strange.sorted().prefix(2))")
    }
  }
}
