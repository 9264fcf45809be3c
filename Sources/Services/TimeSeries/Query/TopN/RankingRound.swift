import SeriesColumns
import SeriesSchema
import SeriesStorage

/// Makes and reads the counters of all rankings of one measure.
struct RankingRound {
  struct Work: Sendable {
    /// For each ranking the first window that was not closed.
    var from: [Int64]
    /// Windows before this are closed now.
    var through: Int64
    /// Windows that are made again.
    var late: [RankingKeeper.Place]
    /// Rankings that are made anew, and who asked last.
    var rebuilds: [SchemaKey: Int] = [:]
    var turn: Int
    var version: Int64
  }

  /// Values of entities in windows that are held at once.
  private static let countersMax = 500_000
  /// Windows that are looked at in one step when nothing is in them, and that may lie between two points.
  private static let stepMax = 1 << 40
  private static let emptyMax: Int64 = 4096
  private static let batchBytesMax = 4 << 20

  private let work: Work
  private let rules: [RankingSource]
  private let environment: QueryEnvironment
  private let node: String

  init(
    _ work: Work, _ rules: [RankingSource], _ environment: QueryEnvironment, on node: String
  ) {
    self.node = node
    self.work = work
    self.rules = rules
    self.environment = environment
  }

  /// How many windows were written.
  func run() async throws(SeriesFault) -> Int {
    var kept = 0
    for (rule, from) in zip(self.rules, self.work.from) {
      if from < self.work.through {
        kept += try await self.make(rule, from..<self.work.through, only: nil)
      }
      let late = self.work.late.map(\.window)
      guard let first = late.min(), let last = late.max() else { continue }
      kept += try await self.make(
        rule, first..<(last + rule.interval), only: Set(self.work.late))
    }
    return kept
  }

  /// - Parameter only: these windows; nil for all.
  private func make(
    _ rule: RankingSource, _ times: Range<Int64>, only: Set<RankingKeeper.Place>?
  ) async throws(SeriesFault) -> Int {
    let through = times.lowerBound...(times.upperBound - 1)
    var kept = 0
    for segment in try await self.environment.segments(rule.mapping.subject, through) {
      // Windows that two segments share are not kept: their points lie in two places.
      let first = WindowFold.start(atOrAfter: segment.times.lowerBound, rule.interval)
      let end = WindowFold.start(of: segment.times.upperBound, rule.interval)
      let range = max(first, times.lowerBound)..<max(first, min(end, times.upperBound))
      for shard in segment.shards {
        var start = range.lowerBound
        var step = 1
        while start < range.upperBound {
          if let only {
            guard let next = Self.next(only, shard.shard, start..<range.upperBound) else { break }
            start = next
          }
          if only != nil { step = 1 }
          let windows = Self.windows(from: start, step, rule.interval, in: range)
          guard let made = try await self.make(rule, windows, shard, step, isAll: only != nil)
          else {
            step = max(1, step / 16)
            continue
          }
          kept += made.windows
          // Where nothing is, nothing is held: large segments may be empty for years.
          step =
            made.counters == 0
            ? min(Self.stepMax, step * 8)
            : max(1, min(256, step * 4, Self.countersMax * step / made.counters))
          start = windows.upperBound
        }
      }
    }
    return kept
  }

  /// So many windows, as far as they go.
  private static func windows(
    from start: Int64, _ step: Int, _ interval: Int64, in range: Range<Int64>
  ) -> Range<Int64> {
    let (length, isLong) = Int64(step).multipliedReportingOverflow(by: interval)
    let (end, isBeyond) = start.addingReportingOverflow(length)
    return start..<(isLong || isBeyond ? range.upperBound : min(range.upperBound, end))
  }

  private static func next(
    _ places: Set<RankingKeeper.Place>, _ shard: UInt32, _ range: Range<Int64>
  ) -> Int64? {
    places.lazy.filter { $0.shard == shard && range.contains($0.window) }.map(\.window).min()
  }

  /// Writes the counters of some windows; how many windows, and how many counters they had. Nil when that is
  /// too much for one step of several windows.
  private func make(
    _ rule: RankingSource, _ windows: Range<Int64>, _ shard: any StoredShard, _ step: Int,
    isAll: Bool
  ) async throws(SeriesFault) -> (windows: Int, counters: Int)? {
    let tags = rule.mapping.subject.entity + (rule.groupTags ?? [])
    let scan = TableScan(
      rule.mapping, rule.criteria, times: windows.lowerBound...(windows.upperBound - 1),
      tags: tags, fields: [rule.field], turns: nil)
    var counters = WindowCounters(rule)
    var cursor = try await scan.open(shard)
    while let block = try await cursor.next() {
      counters.add(block)
      if step > 1, counters.count > Self.countersMax * 2 { return nil }
    }
    // Before the first and after the last point there may be nothing for ever.
    guard let bounds = isAll ? windows.lowerBound...windows.lowerBound : counters.bounds else {
      return (0, 0)
    }
    // Every window between the bounds gets a row.
    let (span, isLong) = bounds.upperBound.subtractingReportingOverflow(bounds.lowerBound)
    if step > 1, isLong || span / rule.interval > Self.emptyMax { return nil }
    var batch = self.batch(rule, shard)
    let series = rule.series(shard: shard.shard, on: self.node)
    var kept = 0
    var window = bounds.lowerBound
    while window <= bounds.upperBound {
      if let bytes = counters.bytes(of: window) {
        RankingTable.add(
          series: series, of: rule.key.name, window: window, version: self.work.version,
          counters: bytes, to: &batch)
        kept += 1
      }
      if batch.byteCount > Self.batchBytesMax {
        try await self.write(batch)
        batch = self.batch(rule, shard)
      }
      window += rule.interval
    }
    try await self.write(batch)
    return (kept, counters.count)
  }

  private func batch(_ rule: RankingSource, _ shard: any StoredShard) -> RowBatch {
    RowBatch(
      group: rule.mapping.subject.key.group, schema: RankingTable.schema, shard: shard.shard)
  }

  private func write(_ batch: RowBatch) async throws(SeriesFault) {
    guard batch.count > 0 else { return }
    do throws(SeriesError) {
      _ = try await self.environment.store.write([batch])
    } catch {
      throw SeriesFault(error)
    }
  }

  // MARK: What is there

  struct Stored {
    var version = Int64.min
    /// For each ranking the end of its last window; nil when it has none.
    var doneBelow: [Int64?]
    var late: [RankingKeeper.Place] = []
  }

  static func stored(
    _ key: SchemaKey, _ rules: [RankingSource], _ environment: QueryEnvironment,
    on node: String
  ) async throws(SeriesFault) -> Stored {
    var stored = Stored(doneBelow: rules.map { _ in nil })
    guard let subject = rules.first?.mapping.subject else { return stored }
    for segment in try await environment.segments(subject, .min ... .max) {
      for shard in segment.shards {
        let wanted = rules.map { $0.series(shard: shard.shard, on: node) }
        let late = RankingTable.lateSeries(key.name, shard: shard.shard)
        var least: [Int64: Int64] = [:]
        var marked: [Int64: Int64] = [:]
        var cursor = shard.scan(
          ScanRequest(
            table: RankingTable.name, times: .min ... .max, series: (wanted + [late]).sorted(),
            columns: []))
        while let block = try await Self.next(&cursor) {
          for run in block.runs {
            let rule = wanted.firstIndex(of: run.seriesID)
            for row in run.rows {
              let (window, version) = (block.timestamps[row], block.versions[row])
              stored.version = max(stored.version, version)
              if let rule {
                stored.doneBelow[rule] = max(
                  stored.doneBelow[rule] ?? .min, window + rules[rule].interval)
                least[window] = min(least[window] ?? .max, version)
              } else {
                marked[window] = version
              }
            }
          }
        }
        for (window, version) in marked where version > least[window] ?? .min {
          stored.late.append(RankingKeeper.Place(shard: shard.shard, window: window))
        }
      }
    }
    return stored
  }

  static func next(
    _ cursor: inout any RowCursor
  ) async throws(SeriesFault) -> RowBlock? {
    do throws(SeriesError) {
      return try await cursor.next()
    } catch {
      throw SeriesFault(error)
    }
  }
}
