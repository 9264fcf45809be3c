import Bytes
import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesWire

/// Gathers the values of entities in some windows of one shard and segment. Rows come by series and time, so
/// that those of a window of an entity come together.
struct WindowCounters {
  private let source: RankingSource
  private let groupTags: [Int]
  private var windows: [Int64: [RankingCounter]] = [:]
  private var entities: [[SeriesValue]] = []
  private var groups: [[SeriesValue]] = []
  private var groupNumbers: [[SeriesValue]: Int] = [:]
  /// Windows with a value that has no place in an order.
  private var unordered: Set<Int64> = []
  private(set) var count = 0

  init(_ source: RankingSource) {
    self.source = source
    self.groupTags = source.groupTags ?? []
  }

  mutating func add(_ block: ScannedBlock) {
    guard let place = block.scan.fieldPlace[self.source.field] else { return }
    let column = block.block.columns[place]
    let (times, versions) = (block.block.timestamps, block.block.versions)
    for (index, run) in block.block.runs.enumerated() {
      var current: (start: Int64, counter: RankingCounter)?
      for row in run.rows where !column.isNull(row) && block.mask?[row] ?? true {
        let start = WindowFold.start(of: times[row], self.source.interval)
        let bits =
          column.type == .float
          ? Int64(bitPattern: column.floats[row].bitPattern) : column.integers[row]
        if let known = current, known.start == start {
          // Of points of one window the highest version counts.
          guard versions[row] >= known.counter.version else { continue }
          current?.counter.bits = bits
          current?.counter.version = versions[row]
          continue
        }
        let counter =
          current?.counter ?? self.counter(block, index, run, row)
        if let done = current { self.put(done.counter, in: done.start) }
        current = (start, counter)
        current?.counter.bits = bits
        current?.counter.version = versions[row]
      }
      if let done = current { self.put(done.counter, in: done.start) }
    }
  }

  /// Of a run that has rows: who it is, noted once.
  private mutating func counter(
    _ block: ScannedBlock, _ index: Int, _ run: SeriesRun, _ row: Int
  ) -> RankingCounter {
    self.entities.append(
      self.source.mapping.subject.entity.map { block.value(ofTag: $0, run: index, row: row) })
    let group = self.groupTags.map { block.value(ofTag: $0, run: index, row: row) }
    let number = self.groupNumbers[group] ?? self.groups.count
    if number == self.groups.count {
      self.groupNumbers[group] = number
      self.groups.append(group)
    }
    return RankingCounter(
      series: run.seriesID, bits: 0, version: 0, group: number, entity: self.entities.count - 1)
  }

  /// A run may go on in the next block: then its window may be there.
  private mutating func put(_ counter: RankingCounter, in start: Int64) {
    if self.source.isFloat, Double(bitPattern: UInt64(bitPattern: counter.bits)).isNaN {
      self.unordered.insert(start)
    }
    if let last = self.windows[start]?.last, last.series == counter.series {
      guard counter.version >= last.version else { return }
      self.windows[start]?.removeLast()
      self.windows[start]?.append(counter)
      return
    }
    self.windows[start, default: []].append(counter)
    self.count += 1
  }

  /// The first and the last window with values.
  var bounds: ClosedRange<Int64>? {
    guard let first = self.windows.keys.min(), let last = self.windows.keys.max() else {
      return nil
    }
    return first...last
  }

  /// What is kept of a window, also when nothing is in it; nil when it cannot be kept.
  func bytes(of window: Int64) -> (all: [UInt8], best: [UInt8])? {
    guard !self.unordered.contains(window) else { return nil }
    let counters = self.windows[window] ?? []
    let directions = [true, false].filter {
      $0 ? self.source.keepsAscending : self.source.keepsDescending
    }
    var all = ByteWriter(capacity: 64 + counters.count * 64)
    var best = ByteWriter(capacity: 64)
    all.append(1 as UInt8)
    all.append(UInt8(directions.count))
    best.append(1 as UInt8)
    best.append(UInt8(directions.count))
    for ascending in directions {
      let ranked = RankingCounter.ranked(
        counters, groupCount: self.groups.count, entities: self.entities, ascending: ascending,
        isFloat: self.source.isFloat, perGroup: Int(self.source.rule.countersNumber))
      all.append(
        ranked, groups: self.groups, entities: self.entities, ascending: ascending,
        isFloat: self.source.isFloat)
      best.append(
        ranked.prefix(RankingTable.bestCount), groups: self.groups, entities: self.entities,
        ascending: ascending, isFloat: self.source.isFloat)
    }
    return (all.bytes.array, best.bytes.array)
  }
}
