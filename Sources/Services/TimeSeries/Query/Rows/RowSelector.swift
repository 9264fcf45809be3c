import SeriesModel
import SeriesSchema

/// Keeps the first `count` rows of an order out of many that come in any order. Rows are taken until
/// there are twice as many as needed, then sorted and cut: no heap, one sort a round.
struct RowSelector {
  let order: RowOrder
  /// As many as can be answered.
  let count: Int
  /// Of rows with one version only the first of the order counts: elements of a stream.
  let dropsRepeats: Bool
  private var rows: [ResultRow] = []
  private var byteCount = 0
  /// The last that would be kept; rows behind it are not taken.
  private var last: ResultRow?

  init(_ order: RowOrder, count: Int, dropsRepeats: Bool) {
    self.order = order
    self.count = count
    self.dropsRepeats = dropsRepeats
  }

  var isFull: Bool { self.last != nil }
  /// The time of the last row that would be kept.
  var lastTime: Int64? { self.last?.timestamp }

  /// Whether a row at that time can still be among the first, in an order of time.
  @inline(__always) func takes(time: Int64) -> Bool {
    guard let last = self.last, !self.order.isByValue else { return true }
    return self.order.isDescending ? time >= last.timestamp : time <= last.timestamp
  }

  mutating func add(_ row: ResultRow, _ budget: inout QueryBudget) throws(SeriesFault) {
    if let last = self.last, self.order.precedes(last, row) { return }
    let bytes = row.byteCount
    self.byteCount += bytes
    try budget.take(bytes)
    self.rows.append(row)
    if self.rows.count >= max(1024, self.count.multipliedReportingOverflow(by: 2).partialValue),
      self.count <= Int.max / 2
    {
      self.cut(&budget)
    }
  }

  private mutating func cut(_ budget: inout QueryBudget) {
    self.sort()
    if self.rows.count >= self.count {
      self.rows.removeLast(self.rows.count - self.count)
      self.last = self.rows.last
    }
    let left = self.rows.reduce(0) { $0 + $1.byteCount }
    budget.give(self.byteCount - left)
    self.byteCount = left
  }

  private mutating func sort() {
    let order = self.order
    self.rows.sort { order.precedes($0, $1) }
    guard self.dropsRepeats else { return }
    var seen: Set<Int64> = []
    seen.reserveCapacity(self.rows.count)
    self.rows.removeAll { !seen.insert($0.version).inserted }
  }

  /// Sorts what is there, so that `isFull` tells the truth: between segments.
  mutating func settle(_ budget: inout QueryBudget) { self.cut(&budget) }

  /// The rows behind the first `offset`, in order.
  consuming func finish(offset: Int) -> [ResultRow] {
    self.sort()
    guard offset < self.rows.count else { return [] }
    return Array(self.rows[offset..<min(self.rows.count, self.count)])
  }
}

extension Int {
  /// `offset + limit` as far as it goes.
  static func reach(_ offset: UInt32, _ limit: UInt32, unlimited: UInt32) -> Int {
    Int(offset) + Int(limit == 0 ? unlimited : limit)
  }
}
