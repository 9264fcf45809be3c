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
