import SeriesModel

/// The rows with the largest or smallest values. Of equal values the later in the order of the scan
/// stays.
struct TopSelector {
  private let top: MeasurePlan.Top
  private let order: RowOrder
  private var rows: [(row: ResultRow, value: SeriesValue)] = []

  init(_ top: MeasurePlan.Top, _ order: RowOrder) {
    self.top = top
    self.order = order
  }

  /// Rows without a value are not ranked.
  mutating func add(_ row: ResultRow, _ value: SeriesValue) {
    guard !value.isNull else { return }
    self.rows.append((row, value))
    guard self.rows.count >= max(1024, min(self.top.count, 1 << 30) * 2) else { return }
    self.cut()
  }

  private mutating func cut() {
    let (order, isAscending) = (self.order, self.top.isAscending)
    self.rows.sort { left, right in
      if left.value.isBefore(right.value) { return isAscending }
      if right.value.isBefore(left.value) { return !isAscending }
      return order.precedes(right.row, left.row)
    }
    if self.rows.count > self.top.count { self.rows.removeLast(self.rows.count - self.top.count) }
  }

  consuming func finish() -> [(row: ResultRow, value: SeriesValue)] {
    self.cut()
    return self.rows
  }
}
