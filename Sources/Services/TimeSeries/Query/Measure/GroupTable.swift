import SeriesModel
import SeriesSchema

/// Groups of points: for each its first point in the order of the scan, and the figures of a field.
struct GroupTable {
  struct Entry {
    var first: ResultRow
    var figures = Aggregation()
  }

  private let plan: MeasurePlan
  private var index: [[SeriesValue]: Int] = [:]
  private(set) var entries: [Entry] = []

  init(_ plan: MeasurePlan) { self.plan = plan }

  mutating func add(_ row: ResultRow, _ budget: inout QueryBudget) throws(SeriesFault) {
    let entry = try self.entry(of: row, &budget)
    if let aggregate = self.plan.aggregate {
      self.entries[entry].figures.add(row.values[self.plan.projection.count + aggregate.field])
    }
  }

  /// The entry of a row's group; a row that comes before the group's first takes its place.
  mutating func entry(
    of row: ResultRow, _ budget: inout QueryBudget
  ) throws(SeriesFault) -> Int {
    let key = (self.plan.grouping ?? []).map { row.values[$0] }
    if let entry = self.index[key] {
      if self.plan.order.precedes(row, self.entries[entry].first) {
        self.entries[entry].first = row
      }
      return entry
    }
    try budget.take(row.byteCount * 2 + 256)
    self.index[key] = self.entries.count
    self.entries.append(Entry(first: row))
    return self.entries.count - 1
  }

  /// The entry of a group that has a number: its row is only made when it may be the first of the group.
  ///
  /// - Parameter known: of each number its entry, -1 for none.
  mutating func entry(
    of number: Int, at time: Int64, among known: inout [Int32], _ budget: inout QueryBudget,
    _ row: () -> ResultRow
  ) throws(SeriesFault) -> Int {
    let entry = Int(known[number])
    if entry >= 0, !self.plan.order.isByValue {
      let first = self.entries[entry].first.timestamp
      if self.plan.order.isDescending ? time < first : time > first { return entry }
    }
    let found = try self.entry(of: row(), &budget)
    known[number] = Int32(found)
    return found
  }

  mutating func add(_ figures: Aggregation, to entry: Int) {
    self.entries[entry].figures.add(figures)
  }

  /// Adds what another node has folded.
  mutating func add(_ other: Entry, _ budget: inout QueryBudget) throws(SeriesFault) {
    self.add(other.figures, to: try self.entry(of: other.first, &budget))
  }

  /// In the order of their first points.
  consuming func finish() -> [Entry] {
    let order = self.plan.order
    return self.entries.sorted { order.precedes($0.first, $1.first) }
  }
}
