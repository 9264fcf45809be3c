import CDuckDB

/// Up to 2,048 rows of a result, column by column, where the engine has put them.
public final class Chunk: @unchecked Sendable {
  // Sendable: nobody writes to it, and it is destroyed once.
  private var native: duckdb_data_chunk?
  public let rowCount: Int
  public let types: [ColumnType]

  init(adopting native: duckdb_data_chunk, types: [ColumnType]) {
    self.native = native
    self.rowCount = Int(duckdb_data_chunk_get_size(native))
    self.types = types
  }

  deinit { duckdb_destroy_data_chunk(&self.native) }

  public var columnCount: Int { self.types.count }

  /// A view of column `index`, good as long as the chunk.
  @_lifetime(borrow self)
  public func column(_ index: Int) -> ColumnView {
    precondition(self.types.indices.contains(index), "column \(index) of \(self.types.count)")
    let view = ColumnView(
      duckdb_data_chunk_get_vector(self.native, UInt64(index)), self.types[index],
      count: self.rowCount)
    return _overrideLifetime(view, borrowing: self)
  }
}

/// The rows that a scalar function is given, lent for the call.
public struct ChunkView: ~Escapable {
  public let types: [ColumnType]
  public let rowCount: Int
  private let native: duckdb_data_chunk?

  @_lifetime(immortal)
  init(_ native: duckdb_data_chunk?, _ types: [ColumnType]) {
    self.native = native
    self.types = types
    self.rowCount = Int(duckdb_data_chunk_get_size(native))
  }

  @_lifetime(copy self)
  public func column(_ index: Int) -> ColumnView {
    precondition(self.types.indices.contains(index), "column \(index) of \(self.types.count)")
    let view = ColumnView(
      duckdb_data_chunk_get_vector(self.native, UInt64(index)), self.types[index],
      count: self.rowCount)
    return _overrideLifetime(view, copying: self)
  }
}
