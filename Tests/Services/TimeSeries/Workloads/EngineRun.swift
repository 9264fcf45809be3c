internal import Journal
internal import Runtime
internal import SeriesColumns
package import SeriesEngine
package import Simulation
internal import Values

package struct SeriesCheckFailure: Error, CustomStringConvertible {
  package var description: String
  package init(description: String) { self.description = description }
}

/// One engine through several lives on a simulated disk, held against a model after each.
package final class EngineRun: @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  package let world: World
  private var generator: SeededGenerator
  private(set) var model = EngineModel()
  /// The write that was under way when the power went.
  private var pending: (kind: TableKind, shard: UInt32, rows: [TestRow], life: Int)?
  private var life = 0
  package private(set) var checks = 0

  package init(_ world: World) {
    self.world = world
    self.generator = world.generator("operations")
  }

  package static let options = EngineOptions {
    $0.journal.segmentBytes = 64 << 10
    $0.journal.blockBytesMax = 32 << 10
    $0.journal.batchBytesMax = 64 << 10
    $0.journal.recordBytesMax = 1 << 20
    $0.journal.queueBytesMax = 4 << 20
    $0.journal.zeroesSegments = false
    $0.mergeInputsMin = 3
    $0.mergeInputsMax = 4
    $0.flushInterval = .milliseconds(700)
    $0.flushBytesMin = 0
  }

  /// Opens, checks, works; ends by closing, a kill or a power cut. True when the power did not go.
  package func live(operations: Int, cutAfter limit: Int? = nil, isKill: Bool = false) async throws
    -> Bool
  {
    self.life += 1
    let disk = self.world.disk
    disk.cutAfterChange = limit.map { disk.changeCount + $0 }
    defer {
      if disk.isCut {
        if isKill { disk.kill() } else { disk.restart() }
      } else {
        disk.cutAfterChange = nil
      }
    }
    do {
      let engine = try await SeriesEngine.open(
        "/series", on: disk, clock: self.world.clock, random: self.world.random,
        options: Self.options)
      engine.apply(group: TestTables.group, TestTables.options)
      try await engine.running {
        try await self.settlePending(engine)
        for _ in 0..<operations { try await self.work(engine) }
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

  /// A write that was not answered may be there or not; which of the two is asked once.
  private func settlePending(_ engine: SeriesEngine) async throws {
    guard let pending = self.pending else { return try await self.check(engine) }
    self.pending = nil
    let without = self.model
    do {
      try await self.check(engine)
    } catch is SeriesCheckFailure {
      self.model = without
      self.model.write(pending.kind, shard: pending.shard, pending.rows) {
        "s\($0) of life \(pending.life)"
      }
      try await self.check(engine)
    }
  }

  private func work(_ engine: SeriesEngine) async throws {
    switch Int.random(in: 0..<20, using: &self.generator) {
    case 0: try await engine.flush()
    case 1: try await engine.merge(group: TestTables.group)
    case 2: try await self.world.clock.sleep(for: .milliseconds(400))
    case 3: try await self.check(engine)
    default: try await self.write(engine)
    }
  }

  private func write(_ engine: SeriesEngine) async throws {
    let kind = TableKind.allCases[Int.random(in: 0..<4, using: &self.generator)]
    let shard = UInt32.random(in: 0...1, using: &self.generator)
    let count = [1, 5, 60][Int.random(in: 0..<3, using: &self.generator)]
    var rows: [TestRow] = []
    for _ in 0..<count {
      let series = UInt64.random(in: 1...12, using: &self.generator) &* 0x9E37_79B9_7F4A_7C15
      let time =
        TestTables.start + Int64.random(in: -1...1, using: &self.generator) * TestTables.day
        + Int64.random(in: 0...40, using: &self.generator) * 1_000_000_000
      let version = Int64.random(in: 1...3, using: &self.generator)
      rows.append(
        TestTables.randomRow(&self.generator, series: series, time: time, version: version))
    }
    let life = self.life
    let batch = TestTables.batch(kind, shard: shard, rows) { "s\($0) of life \(life)" }
    self.pending = (kind, shard, rows, life)
    let outcome = try await engine.write([batch])
    self.pending = nil
    guard outcome == WriteOutcome(rows: count, expired: 0) else {
      throw SeriesCheckFailure(description: "\(outcome) of \(count) rows")
    }
    self.model.write(kind, shard: shard, rows) { "s\($0) of life \(life)" }
  }

  /// Everything by a scan, a random piece by another, and the entries of the series.
  private func check(_ engine: SeriesEngine) async throws {
    self.checks += 1
    let low =
      TestTables.start + Int64.random(in: -30...30, using: &self.generator) * 3_600_000_000_000
    let ranges: [ClosedRange<Int64>] = [.min ... .max, low...(low + TestTables.day)]
    for times in ranges {
      let view = try await engine.view(group: TestTables.group, times: times)
      for kind in TableKind.allCases {
        for shard in 0...1 as ClosedRange<UInt32> {
          let wanted =
            times.lowerBound == .min || Bool.random(using: &self.generator)
            ? nil
            : (1...6).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }.sorted()
          try await self.check(view, kind, shard, times, wanted)
        }
      }
    }
    try await self.checkSeries(engine)
  }

  private func check(
    _ view: SeriesView, _ kind: TableKind, _ shard: UInt32, _ times: ClosedRange<Int64>,
    _ wanted: [UInt64]?
  ) async throws {
    var found: [TestRow] = []
    for segment in view.segments {
      for part in segment.shards where part.shard == shard {
        var cursor = part.scan(
          ScanRequest(
            table: TestTables.schema(kind).name, times: times, series: wanted,
            columns: TestTables.columns))
        var last: TestRow?
        while let block = try await cursor.next() {
          for row in TestTables.rows(block) {
            if let last, (last.series, last.time) > (row.series, row.time) {
              throw SeriesCheckFailure(description: "\(last) stands before \(row)")
            }
            last = row
            found.append(row)
          }
        }
      }
    }
    let expected = self.model.rows(kind, shard: shard, times)
      .filter { wanted?.contains($0.series) ?? true }
    found.sort()
    guard found == expected else {
      let missing = Set(expected).subtracting(found).sorted().prefix(3)
      let extra = Set(found).subtracting(expected).sorted().prefix(3)
      throw SeriesCheckFailure(
        description: "\(kind) of shard \(shard) in \(times): \(found.count) rows instead of "
          + "\(expected.count); missing \(missing), extra \(extra)")
    }
  }

  private func checkSeries(_ engine: SeriesEngine) async throws {
    let view = try await engine.view(group: TestTables.group, times: .min ... .max)
    for segment in view.segments {
      for shard in segment.shards {
        for kind in TableKind.allCases where kind != .trace {
          let rows = try await shard.series(
            table: TestTables.schema(kind).name, columns: TestTables.seriesColumns)
          var expected: [UInt64: String] = [:]
          for (key, name) in self.model.names
          where key.shard == shard.shard && key.segment == segment.times.lowerBound
            && key.time == Int64(kind.rawValue)
          {
            expected[key.series] = name
          }
          guard rows.ids == expected.keys.sorted() else {
            throw SeriesCheckFailure(
              description: "\(kind): series \(rows.ids) instead of \(expected.keys.sorted())")
          }
          for (row, id) in rows.ids.enumerated() where rows.columns[0].string(row) != expected[id] {
            throw SeriesCheckFailure(
              description: "\(kind): series \(id) is \(rows.columns[0].string(row)), "
                + "not \(expected[id] ?? "")")
          }
        }
      }
    }
  }
}
