private import Bytes
private import CPostgres

/// What a statement has answered, where libpq holds it.
public final class PostgresRows: @unchecked Sendable {
  // Sendable: what libpq has read does not change any more.
  private let handle: OpaquePointer
  public let count: Int

  init(_ handle: OpaquePointer) {
    self.handle = handle
    self.count = Int(cpostgres_row_count(handle))
  }

  deinit { cpostgres_rows_free(self.handle) }

  /// The bytes of a value, good as long as the rows are; nil for a null.
  public func bytes(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
    var count: Int32 = 0
    guard let start = cpostgres_value(self.handle, Int32(row), Int32(column), &count) else {
      return nil
    }
    return UnsafeRawBufferPointer(start: start, count: Int(count))
  }

  public func text(_ row: Int, _ column: Int) -> String? {
    self.bytes(row, column).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Of the types of 2, 4 and 8 bytes.
  public func integer(_ row: Int, _ column: Int) -> Int64? {
    guard let bytes = self.bytes(row, column), !bytes.isEmpty, bytes.count <= 8 else { return nil }
    let negative: UInt64 = bytes[0] & 0x80 == 0 ? 0 : .max
    return Int64(bitPattern: bytes.reduce(negative) { $0 << 8 | UInt64($1) })
  }

  public func flag(_ row: Int, _ column: Int) -> Bool? {
    self.bytes(row, column).map { $0.first == 1 }
  }

  func error() -> PostgresError {
    var error = PostgresError(.failed, self.field("M") ?? "the statement failed")
    error.state = self.field("C") ?? ""
    error.detail = self.field("D") ?? ""
    error.constraint = self.field("n") ?? ""
    return error
  }

  private func field(_ part: Unicode.Scalar) -> String? {
    cpostgres_field(self.handle, Int32(part.value)).map { String(cString: $0) }
  }
}
