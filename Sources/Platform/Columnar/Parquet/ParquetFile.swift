/// A file that was written, with what a table format wants to know of it.
public struct ParquetFile: Sendable {
  public var path: String
  public var rowCount: Int
  public var byteCount: Int
  public var footerBytes: Int
  /// Statistics of the columns that hold values: struct fields, list elements, map keys and values are
  /// columns of their own.
  public var columns: [Column]
  /// Of a partitioned write: column and value, as text.
  public var partition: [(name: String, value: String?)]

  public struct Column: Sendable, Equatable {
    /// Names from the outermost inwards.
    public var path: [String]
    public var type: ColumnType?
    /// Compressed bytes.
    public var byteCount: Int
    /// Values and nulls together.
    public var valueCount: Int
    public var nullCount: Int
    public var lower: Bound?
    public var upper: Bound?
    /// For numbers with a point: whether a NaN is among them; bounds are left out then.
    public var hasNaN: Bool?
  }

  /// A least or greatest value. Of texts longer than 256 bytes a prefix, of the upper bound rounded up.
  public struct Bound: Sendable, Equatable {
    public var text: String
    /// Nil when the type of the column is not one of those below.
    public var value: ParquetValue?
  }
}

/// A row group of a file.
public struct ParquetRowGroup: Sendable, Equatable {
  public var rowCount: Int
  /// Where its first page begins: a good place to split the file at.
  public var offset: Int
  public var compressedBytes: Int
}

/// A bound as a value.
public enum ParquetValue: Sendable, Equatable {
  case boolean(Bool)
  case integer(Int128)
  case double(Double)
  /// The digits without the point.
  case decimal(Int128, scale: Int)
  case text(String)
  case blob([UInt8])
  /// 16 bytes, first byte first.
  case uuid([UInt8])
  /// Days since 1970.
  case date(Int32)
  /// Microseconds since midnight.
  case time(Int64)
  /// Microseconds since 1970; nanoseconds for a column of nanoseconds.
  case timestamp(Int64)
  case instant(Int64)
}
