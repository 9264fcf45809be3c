/// What makes two rows of a table the same row. The numbers are written to disk.
public enum TableKind: UInt8, Sendable, Hashable, CaseIterable {
  /// Series and time are a key: the highest version wins, at equal versions the later arrival.
  case measure = 1
  /// Every row stays. Versions carry the bits of the element's id.
  case stream = 2
  /// Every row stays. The series is the hash of the trace's id.
  case trace = 3
  /// Series alone is the key within a segment: highest version, then later arrival.
  case document = 4

  /// Whether rows of one series and time replace each other.
  @inlinable public var isKeyed: Bool { self == .measure || self == .document }
}

/// How text becomes terms.
public enum Analyzer: UInt8, Sendable, Hashable, CaseIterable {
  /// The whole value, as it is.
  case keyword = 0
  /// Words of UAX #29, in lower case.
  case standard = 1
  /// Runs of letters, in lower case.
  case simple = 2
  /// Runs of letters and digits, as they are.
  case url = 3
}

/// How rows are found by a column.
public enum ColumnIndex: Sendable, Hashable {
  case none
  /// Term → rows.
  case inverted(Analyzer)
  /// A filter per block that says where a value is not.
  case skipping
}

public struct ColumnSchema: Sendable, Hashable {
  /// With `type` what the column is known by: of another type it is another column.
  public var name: String
  public var type: ColumnType
  public var index: ColumnIndex

  public init(_ name: String, _ type: ColumnType, index: ColumnIndex = .none) {
    self.name = name
    self.type = type
    self.index = index
  }
}

/// An index in the order of a key, for each combination of the values of `prefix`.
public struct OrderSchema: Sendable, Hashable {
  public var name: String
  public var prefix: [String]
  /// An integer or timestamp column.
  public var key: String

  public init(name: String, prefix: [String], key: String) {
    self.name = name
    self.prefix = prefix
    self.key = key
  }
}

/// The columns of a table at one time. Immutable and shared: one for each revision of a schema.
public final class TableSchema: Sendable {
  public let name: String
  public let kind: TableKind
  /// Stored for each row.
  public let columns: [ColumnSchema]
  /// Stored once for each series and segment.
  public let seriesColumns: [ColumnSchema]
  public let orders: [OrderSchema]

  public init(
    name: String, kind: TableKind, columns: [ColumnSchema], seriesColumns: [ColumnSchema] = [],
    orders: [OrderSchema] = []
  ) {
    self.name = name
    self.kind = kind
    self.columns = columns
    self.seriesColumns = seriesColumns
    self.orders = orders
  }
}
