import CDuckDB

/// A value for a statement's parameter.
public enum Parameter: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case unsigned(UInt64)
  case wide(Int128)
  case double(Double)
  /// The digits without the point, all of them, and how many stand behind it.
  case decimal(Int128, width: Int, scale: Int)
  case text(String)
  case blob([UInt8])
  /// Days since 1970.
  case date(Int32)
  /// Microseconds since midnight.
  case time(Int64)
  /// Microseconds since 1970, of no zone.
  case timestamp(Int64)
  /// Microseconds since 1970, UTC.
  case instant(Int64)

  func bind(to statement: duckdb_prepared_statement?, at index: Int) throws(ColumnarError) {
    let position = UInt64(index + 1)
    let state: duckdb_state =
      switch self {
      case .null: duckdb_bind_null(statement, position)
      case .boolean(let value): duckdb_bind_boolean(statement, position, value)
      case .integer(let value): duckdb_bind_int64(statement, position, value)
      case .unsigned(let value): duckdb_bind_uint64(statement, position, value)
      case .wide(let value): duckdb_bind_hugeint(statement, position, duckdb_hugeint(value))
      case .double(let value): duckdb_bind_double(statement, position, value)
      case .decimal(let value, let width, let scale):
        duckdb_bind_decimal(
          statement, position,
          duckdb_decimal(
            width: UInt8(clamping: width), scale: UInt8(clamping: scale),
            value: duckdb_hugeint(value)))
      case .text(let value):
        value.utf8.withContiguousStorageIfAvailable {
          $0.withMemoryRebound(to: CChar.self) {
            duckdb_bind_varchar_length(statement, position, $0.baseAddress, UInt64($0.count))
          }
        } ?? duckdb_bind_varchar_length(statement, position, value, UInt64(value.utf8.count))
      case .blob(let value):
        value.withUnsafeBytes {
          duckdb_bind_blob(statement, position, $0.baseAddress, UInt64($0.count))
        }
      case .date(let value): duckdb_bind_date(statement, position, value)
      case .time(let value): duckdb_bind_time(statement, position, value)
      case .timestamp(let value): duckdb_bind_timestamp(statement, position, value)
      case .instant(let value): duckdb_bind_timestamp_tz(statement, position, value)
      }
    guard state == 0 else {
      throw ColumnarError(
        .binder, "the statement has no parameter \(index + 1), or it does not take \(self)")
    }
  }
}

extension duckdb_hugeint {
  init(_ value: Int128) {
    self.init(
      lower: UInt64(truncatingIfNeeded: value), upper: Int64(truncatingIfNeeded: value >> 64))
  }
}
