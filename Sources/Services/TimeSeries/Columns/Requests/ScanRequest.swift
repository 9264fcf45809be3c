/// Any of these terms of a column: what narrows a search. Whoever asks looks at the rows again.
public struct IndexTerms: Sendable, Hashable {
  public var column: String
  /// As `IndexTerm` writes them.
  public var values: [[UInt8]]
  /// What made the terms: where rows were indexed with another one, they narrow nothing.
  public var analyzer: Analyzer

  public init(column: String, values: [[UInt8]], analyzer: Analyzer = .keyword) {
    self.column = column
    self.values = values
    self.analyzer = analyzer
  }
}

/// How values are written as terms.
public enum IndexTerm {
  public static func of(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// Eight bytes, big-endian, with the sign's bit turned over: they sort as the numbers do.
  public static func of(_ integer: Int64) -> [UInt8] {
    let bits = UInt64(bitPattern: integer) ^ 1 << 63
    return (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
  }

  /// The terms of a row; none for null. Of lists, those of each element.
  public static func of(_ column: Column, row: Int, _ analyzer: Analyzer = .keyword) -> [[UInt8]] {
    if column.isNull(row) { return [] }
    switch column.type {
    case .integer, .timestamp: return [self.of(column.integers[row])]
    case .float: return [self.of(PageRange.key(of: column.floats[row]))]
    case .binary: return [column.byteArray(row)]
    case .integers: return column.integers[column.listRange(row)].map { self.of($0) }
    case .string:
      guard analyzer != .keyword else { return [column.byteArray(row)] }
      return analyzer.tokens(of: column.string(row)).map { self.of($0) }
    case .strings:
      return column.stringList(row).flatMap { element in
        analyzer.tokens(of: element).map { self.of($0) }
      }
    }
  }
}

/// What of a table is to be read.
public struct ScanRequest: Sendable {
  public var table: String
  public var times: ClosedRange<Int64>
  /// Ascending; nil: all.
  public var series: [UInt64]?
  /// A column that stored rows do not have, by name and type, is all null.
  public var columns: [ColumnSchema]
  /// For streams and traces: leaves out what cannot match all of them.
  public var terms: [IndexTerms] = []
  public var readsVersions = true

  public init(
    table: String, times: ClosedRange<Int64>, series: [UInt64]? = nil, columns: [ColumnSchema],
    terms: [IndexTerms] = [], readsVersions: Bool = true
  ) {
    self.table = table
    self.times = times
    self.series = series
    self.columns = columns
    self.terms = terms
    self.readsVersions = readsVersions
  }
}

/// What of an order is to be read.
public struct OrderedRequest: Sendable {
  public var table: String
  public var order: String
  /// As `orderPrefix` writes them; nil: all.
  public var prefixes: [[UInt8]]?
  public var keys: ClosedRange<Int64>
  public var times: ClosedRange<Int64>
  public var descending: Bool

  public init(
    table: String, order: String, prefixes: [[UInt8]]? = nil,
    keys: ClosedRange<Int64> = .min ... .max, times: ClosedRange<Int64> = .min ... .max,
    descending: Bool = false
  ) {
    self.table = table
    self.order = order
    self.prefixes = prefixes
    self.keys = keys
    self.times = times
    self.descending = descending
  }
}

/// A row as its order has it.
public struct OrderedEntry: Sendable, Hashable {
  public var key: Int64
  public var seriesID: UInt64
  public var timestamp: Int64
  public var prefix: [UInt8]

  public init(key: Int64, seriesID: UInt64, timestamp: Int64, prefix: [UInt8]) {
    self.key = key
    self.seriesID = seriesID
    self.timestamp = timestamp
    self.prefix = prefix
  }
}

/// The values of an order's leading columns as one key: for each a type byte (0: null), the length in
/// four bytes, big-endian, and the value as a term.
public func orderPrefix(_ values: [Column], row: Int) -> [UInt8] {
  var key: [UInt8] = []
  for column in values {
    guard !column.isNull(row) else {
      key.append(0)
      continue
    }
    key.append(column.type.rawValue)
    for term in IndexTerm.of(column, row: row) {
      let count = UInt32(term.count)
      for shift: UInt32 in [24, 16, 8, 0] { key.append(UInt8(truncatingIfNeeded: count >> shift)) }
      key.append(contentsOf: term)
    }
  }
  return key
}
