package import SeriesModel

/// A row that may be answered.
struct ResultRow: Sendable {
  var timestamp: Int64
  var seriesID: UInt64
  /// Of a stream the bits of the element's id.
  var version: Int64
  /// Of the index that orders; null when time does.
  var order: SeriesValue
  /// The group of the query it is from.
  var group: Int
  var values: [SeriesValue]

  var byteCount: Int { self.values.reduce(80) { $0 + $1.byteCount } + self.order.byteCount }
}

/// How rows are ordered.
struct RowOrder: Sendable {
  var isByValue = false
  var isDescending = false
  /// What decides last: the series of points, the id of elements.
  var tiesByVersion = false

  /// Rows without a value come last in both directions; of equal ones the earlier, then the one with the
  /// lower series or id.
  func precedes(_ left: ResultRow, _ right: ResultRow) -> Bool {
    if self.isByValue {
      if let verdict = self.precedes(left.order, right.order) { return verdict }
      if left.timestamp != right.timestamp { return left.timestamp < right.timestamp }
    } else if left.timestamp != right.timestamp {
      return (left.timestamp < right.timestamp) != self.isDescending
    }
    if self.tiesByVersion {
      return UInt64(bitPattern: left.version) < UInt64(bitPattern: right.version)
    }
    return left.seriesID < right.seriesID
  }

  /// By value alone; nil when the values do not decide.
  func precedes(_ left: SeriesValue, _ right: SeriesValue) -> Bool? {
    if left.isNull != right.isNull { return right.isNull }
    if left.isBefore(right) { return !self.isDescending }
    if right.isBefore(left) { return self.isDescending }
    return nil
  }
}

extension SeriesValue {
  /// Whether it comes earlier where numbers are ranked. Nothing is less than anything; what is no number is last
  /// in both directions.
  func ranks(before other: SeriesValue, ascending: Bool) -> Bool {
    if self.isNull != other.isNull { return self.isNull == ascending }
    if case .float(let a) = self, case .float(let b) = other, a.isNaN || b.isNaN {
      return !a.isNaN
    }
    return ascending ? self.isBefore(other) : other.isBefore(self)
  }

  /// Order of values of one kind; of others nothing is before anything.
  package func isBefore(_ other: SeriesValue) -> Bool {
    switch (self, other) {
    case (.int(let a), .int(let b)), (.timestamp(let a), .timestamp(let b)): a < b
    case (.float(let a), .float(let b)): a < b
    case (.string(let a), .string(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.binary(let a), .binary(let b)): a.lexicographicallyPrecedes(b)
    case (.strings(let a), .strings(let b)):
      a.lexicographicallyPrecedes(b) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    case (.ints(let a), .ints(let b)): a.lexicographicallyPrecedes(b)
    default: false
    }
  }
}
