import SeriesColumns
import SeriesModel
import SeriesSchema

/// Finds the best window of each series. Rows of a series come in the order of time, so that a window
/// inside a run is whole when the next begins: only the first and the last of a run may go on elsewhere,
/// in another block or segment, and wait for it in a table.
struct WindowFold {
  struct Window {
    var value: SeriesValue
    var start: Int64
    var version: Int64
  }

  private struct Key: Hashable {
    var series: UInt64
    var start: Int64
  }

  let interval: Int64
  let isAscending: Bool
  private var edges: [Key: Window] = [:]
  private var best: [UInt64: Window] = [:]
  private(set) var entities: [UInt64: [SeriesValue]] = [:]

  init(interval: Int64, isAscending: Bool) {
    self.interval = interval
    self.isAscending = isAscending
  }

  static func start(of time: Int64, _ interval: Int64) -> Int64 {
    let rest = time % interval
    guard rest < 0 else { return time - rest }
    // The first window of all is cut where time begins.
    let (start, overflow) = time.subtractingReportingOverflow(rest + interval)
    return overflow ? .min : start
  }

  /// The first window that does not begin before `time`.
  static func start(atOrAfter time: Int64, _ interval: Int64) -> Int64 {
    let start = Self.start(of: time, interval)
    guard start < time else { return start }
    let (next, overflow) = start.addingReportingOverflow(interval)
    return overflow ? .max : next
  }

  /// Adds a window that is whole.
  mutating func add(_ series: UInt64, _ window: Window) {
    self.fold(window, into: &self.best[series])
  }

  /// Adds the rows of a run that pass. False when there are none with a value.
  mutating func add(
    _ series: UInt64, _ rows: some Sequence<Int>, _ column: Column, _ block: RowBlock
  ) -> Bool {
    var first: Window?
    var current: Window?
    var inner: Window?
    for row in rows where !column.isNull(row) {
      let start = Self.start(of: block.timestamps[row], self.interval)
      let version = block.versions[row]
      if let known = current, known.start == start {
        // Of points of one window the highest version counts.
        if version >= known.version {
          current?.value = column.number(row)
          current?.version = version
        }
        continue
      }
      if let done = current {
        if first == nil { first = done } else { self.fold(done, into: &inner) }
      }
      current = Window(value: column.number(row), start: start, version: version)
    }
    if let first { self.wait(series, first) }
    if let current { self.wait(series, current) }
    if let inner { self.fold(inner, into: &self.best[series]) }
    return current != nil
  }

  private mutating func wait(_ series: UInt64, _ window: Window) {
    let key = Key(series: series, start: window.start)
    if let known = self.edges[key], known.version > window.version { return }
    self.edges[key] = window
  }

  /// The earlier of two equal ones stays.
  private func fold(_ window: Window, into best: inout Window?) {
    guard let known = best else {
      best = window
      return
    }
    let isBetter = window.value.ranks(before: known.value, ascending: self.isAscending)
    let isWorse = known.value.ranks(before: window.value, ascending: self.isAscending)
    if isBetter || (!isWorse && window.start < known.start) { best = window }
  }

  /// Notes who a series is, once.
  mutating func note(
    _ series: UInt64, _ entity: () -> [SeriesValue], _ budget: inout QueryBudget
  ) throws(SeriesFault) {
    guard self.entities[series] == nil else { return }
    let values = entity()
    try budget.take(values.reduce(256) { $0 + $1.byteCount })
    self.entities[series] = values
  }

  consuming func finish() -> [(entity: [SeriesValue], window: Window)] {
    for (key, window) in self.edges {
      var known = self.best[key.series]
      self.fold(window, into: &known)
      self.best[key.series] = known
    }
    return self.best.map { (self.entities[$0.key] ?? [], $0.value) }
  }
}

extension Column {
  /// A row of a field that is ranked.
  @inline(__always) fileprivate func number(_ row: Int) -> SeriesValue {
    self.type == .float ? .float(self.floats[row]) : .int(self.integers[row])
  }
}
