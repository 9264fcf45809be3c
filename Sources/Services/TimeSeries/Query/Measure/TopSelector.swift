import SeriesColumns
import SeriesModel

/// The rows with the largest or smallest values. Of equal values the later in the order of the scan
/// stays.
struct TopSelector {
  private let top: MeasurePlan.Top
  private let order: RowOrder
  private var rows: [(row: ResultRow, value: SeriesValue)] = []
  /// The last that would be kept.
  private var last: SeriesValue?

  init(_ top: MeasurePlan.Top, _ order: RowOrder) {
    self.top = top
    self.order = order
  }

  /// Whether a row with that value can still be among the first. An equal one can: the later stays. What
  /// is no number is always looked at. Without a column all values are null.
  @inline(__always) func takes(_ column: Column?, _ row: Int) -> Bool {
    guard let column, !column.isNull(row) else {
      return self.top.isAscending || self.last?.isNull ?? true
    }
    switch self.last {
    case .int(let last)? where column.type == .integer:
      let value = column.integers[row]
      return self.top.isAscending ? value <= last : value >= last
    case .float(let last)? where column.type == .float:
      let value = column.floats[row]
      return self.top.isAscending ? !(last < value) : !(value < last)
    default: return true
    }
  }

  mutating func add(_ row: ResultRow, _ value: SeriesValue) {
    self.rows.append((row, value))
    guard self.rows.count >= max(1024, min(self.top.count, 1 << 30) * 2) else { return }
    self.cut()
  }

  private mutating func cut() {
    let (order, isAscending) = (self.order, self.top.isAscending)
    self.rows.sort { left, right in
      if left.value.ranks(before: right.value, ascending: isAscending) { return true }
      if right.value.ranks(before: left.value, ascending: isAscending) { return false }
      return order.precedes(right.row, left.row)
    }
    guard self.rows.count >= self.top.count else { return }
    self.rows.removeLast(self.rows.count - self.top.count)
    self.last = self.rows.last?.value
  }

  consuming func finish() -> [(row: ResultRow, value: SeriesValue)] {
    self.cut()
    return self.rows
  }
}
