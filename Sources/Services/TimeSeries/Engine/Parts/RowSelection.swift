internal import SeriesColumns

/// What of a section is wanted.
struct RowSelection: Sendable {
  /// Nil: all times, those of series entries too.
  var times: ClosedRange<Int64>?
  /// Ascending; nil: all.
  var series: [UInt64]?
  var columns: [ColumnSchema]
  var readsVersions = true
  /// Blocks that may hold what is wanted; nil: all. Rows within them need not.
  var blocks: [Bool]?
  /// Rows of the section that may be wanted, ascending; nil: all.
  var ordinals: [UInt32]?

  /// Whether a block of these series and times may hold something.
  func mayHold(_ first: UInt64, _ last: UInt64, _ least: Int64, _ greatest: Int64) -> Bool {
    if let times = self.times, least > times.upperBound || greatest < times.lowerBound {
      return false
    }
    guard let series = self.series else { return true }
    let at = series.firstIndex(notBelow: first)
    return at < series.count && series[at] <= last
  }

  /// The runs that are wanted, by their index.
  func indices(of runs: [SeriesRun], among series: [UInt64]) -> [Int] {
    var wanted: [Int] = []
    var at = runs.first.map { series.firstIndex(notBelow: $0.seriesID) } ?? 0
    for (index, run) in runs.enumerated() {
      while at < series.count, series[at] < run.seriesID { at += 1 }
      guard at < series.count else { break }
      if series[at] == run.seriesID { wanted.append(index) }
    }
    return wanted
  }

  /// The times that a block's rows are looked at for; nil when all are wanted, as no row is outside of `span`.
  func times(within span: ClosedRange<Int64>) -> ClosedRange<Int64>? {
    self.holds(span) ? nil : self.times
  }

  private func holds(_ span: ClosedRange<Int64>) -> Bool {
    guard let times = self.times else { return true }
    return times.lowerBound <= span.lowerBound && span.upperBound <= times.upperBound
  }
}

extension Array where Element == UInt64 {
  /// The index of the first element that is not below `value`, in an ascending array.
  func firstIndex(notBelow value: UInt64) -> Int {
    var (low, high) = (0, self.count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Array where Element == Int64 {
  /// The first index of a range from where on `condition` holds; the end when it does nowhere.
  func firstIndex(in range: Range<Int>, where condition: (Int64) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
