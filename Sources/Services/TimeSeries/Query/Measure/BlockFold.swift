import SeriesColumns
import SeriesStorage

/// The rows of a block by group, folded before any group is looked up by its values: one look for each
/// group of a block or of a series of it, and loops over numbers for the rows.
struct BlockFold {
  struct Group {
    /// The row that comes first in the order of the query, and its run.
    var run: Int
    var row: Int
    /// Its number where runs have one.
    var number = 0
    var figures = Aggregation()
  }

  private(set) var groups: [Group] = []
  private let block: RowBlock
  private let field: Column?
  private let isDescending: Bool
  /// Number of values → group, of the rows since `begin`.
  private var slots: [Int32]

  /// - Parameters:
  ///   - tags: numbers of those tags that make the groups, nil for one that the rows do not have.
  ///   - field: what is folded.
  ///   - isPerSeries: whether rows of two series are never in one group.
  ///   - runs: of each run a number, the same for those that are in one group, where no tag of rows groups.
  init(
    _ scanned: ScannedBlock, tags: [Int?], field: Column?, isPerSeries: Bool, isDescending: Bool,
    runs: [UInt32]? = nil
  ) {
    self.block = scanned.block
    self.field = field
    self.isDescending = isDescending
    if let runs {
      self.slots = Array(repeating: -1, count: runs.reduce(0) { max($0, Int($1) + 1) })
      for (index, run) in scanned.block.runs.enumerated() {
        self.add(run.rows, of: index, Int(runs[index]), scanned.mask)
      }
      return
    }
    let numbers = Self.numbers(scanned, tags)
    self.slots = Array(repeating: -1, count: numbers?.count ?? 1)
    var begun = 0
    for (index, run) in scanned.block.runs.enumerated() {
      if isPerSeries {
        for group in self.groups[begun...] {
          self.slots[Int(numbers?.rows[group.row] ?? 0)] = -1
        }
        begun = self.groups.count
      }
      if scanned.mask == nil, numbers == nil {
        self.add(run.rows, of: index, 0)
      } else {
        self.add(run.rows, of: index, numbers?.rows, scanned.mask)
      }
    }
  }

  private static func numbers(_ scanned: ScannedBlock, _ tags: [Int?]) -> ValueNumbers? {
    var numbers: ValueNumbers?
    for case let tag? in tags {
      guard case .row(let place) = scanned.scan.place(ofTag: tag) else { continue }
      let others = ValueNumbers(scanned.block.columns[place])
      if numbers == nil { numbers = others } else { numbers?.split(by: others) }
    }
    return numbers
  }

  /// Rows that follow each other in one group are added at once.
  private mutating func add(
    _ rows: Range<Int>, of run: Int, _ numbers: [UInt32]?, _ mask: RowMask?
  ) {
    var start = rows.lowerBound
    while start < rows.upperBound {
      var end = start + 1
      if mask?[start] ?? true {
        let number = numbers?[start] ?? 0
        while end < rows.upperBound, numbers?[end] ?? 0 == number, mask?[end] ?? true { end += 1 }
        self.add(start..<end, of: run, Int(number))
      }
      start = end
    }
  }

  /// Rows of one group.
  private mutating func add(_ rows: Range<Int>, of run: Int, _ number: Int, _ mask: RowMask?) {
    guard let mask else { return self.add(rows, of: run, number) }
    var start = rows.lowerBound
    while start < rows.upperBound {
      var end = start
      while end < rows.upperBound, mask[end] { end += 1 }
      if end > start { self.add(start..<end, of: run, number) }
      start = end + 1
    }
  }

  /// Rows in the order of time.
  private mutating func add(_ rows: Range<Int>, of run: Int, _ number: Int) {
    let first = self.isDescending ? rows.upperBound - 1 : rows.lowerBound
    var group = Int(self.slots[number])
    if group < 0 {
      group = self.groups.count
      self.slots[number] = Int32(group)
      self.groups.append(Group(run: run, row: first, number: number))
    } else if self.isBefore(first, self.groups[group].row) {
      self.groups[group].run = run
      self.groups[group].row = first
    }
    if let field = self.field { self.groups[group].figures.add(field, rows) }
  }

  /// Of equal times the lower series is first, which was here before.
  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    let (left, right) = (self.block.timestamps[left], self.block.timestamps[right])
    return self.isDescending ? left > right : left < right
  }
}
