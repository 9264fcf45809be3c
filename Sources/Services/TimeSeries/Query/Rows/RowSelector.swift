import SeriesColumns
import SeriesModel
import SeriesSchema

/// Keeps the first `count` rows of an order out of many that come in any order. Rows stay in the columns
/// that they came in; references to them are taken until there are twice as many as needed, then sorted
/// and cut: no heap, one sort a round.
struct RowSelector {
  let order: RowOrder
  /// As many as can be answered.
  let count: Int
  /// Of rows with one version only the first of the order counts: elements of a stream.
  let dropsRepeats: Bool
  private var blocks: [AnswerBlock] = []
  private var rows: [RowReference] = []
  private var orders: [SeriesValue] = []
  private var byteCount = 0
  /// The last that would be kept; rows behind it are not taken.
  private var last: (row: RowReference, order: SeriesValue)?

  init(_ order: RowOrder, count: Int, dropsRepeats: Bool) {
    self.order = order
    self.count = count
    self.dropsRepeats = dropsRepeats
  }

  var isFull: Bool { self.last != nil }

  /// Whether a row at that time can still be among the first, in an order of time.
  @inline(__always) func takes(time: Int64) -> Bool {
    guard let last = self.last, !self.order.isByValue else { return true }
    return self.order.isDescending ? time >= last.row.timestamp : time <= last.row.timestamp
  }

  /// The times that `takes` lets pass; nil for all.
  var wantedTimes: ClosedRange<Int64>? {
    guard let last = self.last, !self.order.isByValue else { return nil }
    return self.order.isDescending ? last.row.timestamp ... .max : .min...last.row.timestamp
  }

  // MARK: Rows of a scan

  /// - Parameter orderTag: the tag that orders, when one does.
  mutating func add(
    _ scanned: ScannedBlock, _ block: @autoclosure () -> AnswerBlock, orderTag: Int?,
    _ budget: inout QueryBudget
  ) throws(SeriesFault) {
    let first = self.rows.count
    let cell = self.order.isByValue ? scanned.cell(ofTag: orderTag) : .null
    let number = UInt32(self.blocks.count)
    let (times, versions) = (scanned.block.timestamps, scanned.block.versions)
    self.rows.reserveRoom(times.count)
    scanned.forEachRow { run, row in
      let time = times[row]
      guard self.takes(time: time) else { return }
      let reference = RowReference(
        timestamp: time,
        tie: self.order.tiesByVersion
          ? UInt64(bitPattern: versions[row]) : scanned.block.runs[run].seriesID,
        block: number, row: UInt32(row), run: UInt32(run), slot: UInt32(self.orders.count))
      self.take(reference, self.order.isByValue ? cell.value(run: run, row: row) : .null)
    }
    guard self.rows.count > first else { return }
    try self.keep(block(), from: first, &budget)
  }

  /// Rows that were made of others, or came from another node.
  mutating func add(
    _ results: [ResultRow], _ budget: inout QueryBudget
  ) throws(SeriesFault) {
    let byGroup = Dictionary(grouping: results, by: \.group)
    for (group, results) in byGroup.sorted(by: { $0.key < $1.key }) {
      let first = self.rows.count
      for (place, result) in results.enumerated() {
        let reference = RowReference(
          timestamp: result.timestamp,
          tie: self.order.tiesByVersion
            ? UInt64(bitPattern: result.version) : result.seriesID,
          block: UInt32(self.blocks.count), row: UInt32(place), run: UInt32(place),
          slot: UInt32(self.orders.count))
        self.take(reference, result.order)
      }
      guard self.rows.count > first else { continue }
      try self.keep(AnswerBlock(results, group: group), from: first, &budget)
    }
  }

  @inline(__always) private mutating func take(_ row: RowReference, _ order: SeriesValue) {
    if let last = self.last, self.order.precedes(last.row, last.order, row, order) { return }
    self.rows.append(row)
    if self.order.isByValue { self.orders.append(order) }
  }

  /// Keeps the columns of the rows from `first` on: those rows alone when they are few.
  private mutating func keep(
    _ block: AnswerBlock, from first: Int, _ budget: inout QueryBudget
  ) throws(SeriesFault) {
    var block = block
    let taken = self.rows.count - first
    if taken < block.count / Self.sparseness {
      block = block.gathering(self.rows[first...].map(\.row))
      for index in first..<self.rows.count { self.rows[index].row = UInt32(index - first) }
    }
    var bytes = block.byteCount + taken * MemoryLayout<RowReference>.stride
    if self.order.isByValue {
      bytes += self.orders.suffix(taken).reduce(0) { $0 + $1.byteCount }
    }
    self.blocks.append(block)
    self.byteCount += bytes
    try budget.take(bytes)
    let most = max(1024, self.count.multipliedReportingOverflow(by: 2).partialValue)
    if self.rows.count >= most, self.count <= Int.max / 2 { self.cut(&budget) }
  }

  /// Columns of which fewer rows than one in so many are wanted are copied.
  private static let sparseness = 4

  // MARK: Order

  private mutating func sort() {
    let (order, orders) = (self.order, self.orders)
    let precedes = { (left: RowReference, right: RowReference) -> Bool in
      order.precedes(left, orders[Int(left.slot)], right, orders[Int(right.slot)])
    }
    // Rows of one series come in the order of time.
    let isSorted = zip(self.rows, self.rows.dropFirst()).allSatisfy { !precedes($1, $0) }
    if !isSorted {
      var rows = self.rows
      self.rows = []
      rows.sort(by: precedes)
      self.rows = rows
    }
    guard self.dropsRepeats else { return }
    var seen: Set<UInt64> = []
    seen.reserveCapacity(self.rows.count)
    self.rows.removeAll { !seen.insert($0.tie).inserted }
  }

  private mutating func cut(_ budget: inout QueryBudget) {
    self.sort()
    if self.rows.count >= self.count {
      self.rows.removeLast(self.rows.count - self.count)
      self.last = self.rows.last.map { row in
        (row, self.order.isByValue ? self.orders[Int(row.slot)] : .null)
      }
    }
    self.compact()
    var left = self.rows.count * MemoryLayout<RowReference>.stride
    for block in self.blocks { left += block.byteCount }
    for order in self.orders { left += order.byteCount }
    budget.give(self.byteCount - left)
    self.byteCount = left
  }

  /// Lets go of columns of which no row is left, and of most rows of those with few.
  private mutating func compact() {
    var places = [[Int]](repeating: [], count: self.blocks.count)
    for (place, row) in self.rows.enumerated() { places[Int(row.block)].append(place) }
    var blocks: [AnswerBlock] = []
    for (number, places) in places.enumerated() where !places.isEmpty {
      let isSparse = places.count < self.blocks[number].count / Self.sparseness
      if isSparse {
        let wanted = places.map { self.rows[$0].row }
        blocks.append(self.blocks[number].gathering(wanted))
      } else {
        blocks.append(self.blocks[number])
      }
      for (index, place) in places.enumerated() {
        self.rows[place].block = UInt32(blocks.count - 1)
        if isSparse { self.rows[place].row = UInt32(index) }
      }
    }
    self.blocks = blocks
    guard self.order.isByValue else { return }
    self.orders = self.rows.map { self.orders[Int($0.slot)] }
    for index in self.rows.indices { self.rows[index].slot = UInt32(index) }
  }

  /// Sorts what is there, so that `isFull` tells the truth: between segments.
  mutating func settle(_ budget: inout QueryBudget) {
    if self.rows.count >= self.count { self.cut(&budget) }
  }

  /// The rows behind the first `offset`, in order.
  consuming func finish(offset: Int) -> SelectedRows {
    self.sort()
    guard offset < self.rows.count else { return SelectedRows() }
    return SelectedRows(
      blocks: self.blocks, rows: self.rows[offset..<min(self.rows.count, self.count)],
      orders: self.orders)
  }
}

extension RowOrder {
  @inline(__always) func precedes(
    _ left: RowReference, _ leftOrder: @autoclosure () -> SeriesValue, _ right: RowReference,
    _ rightOrder: @autoclosure () -> SeriesValue
  ) -> Bool {
    if self.isByValue {
      if let verdict = self.precedes(leftOrder(), rightOrder()) { return verdict }
      if left.timestamp != right.timestamp { return left.timestamp < right.timestamp }
    } else if left.timestamp != right.timestamp {
      return (left.timestamp < right.timestamp) != self.isDescending
    }
    return left.tie < right.tie
  }
}

extension Array {
  /// Room for so many more, made so that the work for all of them stays in proportion.
  fileprivate mutating func reserveRoom(_ count: Int) {
    guard self.capacity - self.count < count else { return }
    self.reserveCapacity(Swift.max(self.count + count, self.capacity * 2))
  }
}

extension Int {
  /// `offset + limit` as far as it goes.
  static func reach(_ offset: UInt32, _ limit: UInt32, unlimited: UInt32) -> Int {
    Int(offset) + Int(limit == 0 ? unlimited : limit)
  }
}
