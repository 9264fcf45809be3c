internal import SeriesColumns

/// Rows that came in any order, dealt out to their series: the series ascend, and the rows of each are in
/// the order in which they came. A pass over the rows, and a sort of the series only.
struct SeriesDeal {
  private(set) var rows: [UInt32]
  private(set) var runs: [SeriesRun]

  init(_ ids: [UInt64]) {
    var numbers = SeriesNumbers()
    let ofRows = ids.map { numbers.number(of: $0) }
    let order = numbers.ids.enumerated().map { (id: $0.element, number: $0.offset) }
      .sorted { $0.id < $1.id }
    var starts = [Int](repeating: 0, count: order.count)
    self.runs = []
    self.runs.reserveCapacity(order.count)
    var start = 0
    for (id, number) in order {
      starts[number] = start
      self.runs.append(SeriesRun(seriesID: id, rows: start..<(start + numbers.counts[number])))
      start += numbers.counts[number]
    }
    self.rows = [UInt32](unsafeUninitializedCapacity: ids.count) { target, count in
      for (row, number) in ofRows.enumerated() {
        target[starts[Int(number)]] = UInt32(row)
        starts[Int(number)] += 1
      }
      count = ids.count
    }
  }

  /// Puts the rows of each series in order, the ones in front of those that `isBefore` says are behind them.
  /// Most are in order: they are only looked at.
  mutating func sort(_ isBefore: (UInt32, UInt32) -> Bool) {
    for run in self.runs {
      var row = run.rows.lowerBound + 1
      while row < run.rows.upperBound, !isBefore(self.rows[row], self.rows[row - 1]) { row += 1 }
      if row < run.rows.upperBound { self.rows[run.rows].sort(by: isBefore) }
    }
  }

  /// Keeps of neighbours of one series that are the same the first.
  mutating func dropRepeats(_ isSame: (UInt32, UInt32) -> Bool) {
    var kept = 0
    for run in self.runs.indices {
      let start = kept
      for index in self.runs[run].rows
      where kept == start || !isSame(self.rows[kept - 1], self.rows[index]) {
        self.rows[kept] = self.rows[index]
        kept += 1
      }
      self.runs[run].rows = start..<kept
    }
    self.rows.removeLast(self.rows.count - kept)
  }
}

/// Numbers for series, in the order in which they are seen first.
private struct SeriesNumbers {
  /// Ids are made of what clients send: whoever knew the factor could send ids that all meet in one slot.
  private static let secretFactor = UInt64.random(in: 0 ... .max) | 1
  private let factor = Self.secretFactor

  /// By number.
  private(set) var ids: [UInt64] = []
  private(set) var counts: [Int] = []
  /// Slot → number + 1; 0 is free.
  private var slots = [UInt32](repeating: 0, count: 256)
  private var shift = 64 - 8

  mutating func number(of id: UInt64) -> UInt32 {
    var slot = self.slot(of: id)
    while true {
      let found = self.slots[slot]
      if found == 0 { break }
      if self.ids[Int(found) - 1] == id {
        self.counts[Int(found) - 1] += 1
        return found - 1
      }
      slot = (slot + 1) & (self.slots.count - 1)
    }
    self.ids.append(id)
    self.counts.append(1)
    self.slots[slot] = UInt32(self.ids.count)
    if self.ids.count * 2 > self.slots.count { self.grow() }
    return UInt32(self.ids.count - 1)
  }

  private func slot(of id: UInt64) -> Int {
    Int(truncatingIfNeeded: (id &* self.factor) >> UInt64(self.shift))
  }

  private mutating func grow() {
    self.shift -= 2
    self.slots = [UInt32](repeating: 0, count: self.slots.count * 4)
    for (number, id) in self.ids.enumerated() {
      var slot = self.slot(of: id)
      while self.slots[slot] != 0 { slot = (slot + 1) & (self.slots.count - 1) }
      self.slots[slot] = UInt32(number + 1)
    }
  }
}
