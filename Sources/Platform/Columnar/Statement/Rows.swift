import CDuckDB
private import Synchronization

/// The rows of a statement, made as they are asked for. The session is busy until they are finished,
/// by reading to the end, by `finish`, or by letting go of them.
public final class Rows: @unchecked Sendable {
  // Sendable: one task uses it, and it awaits each chunk before it asks for the next.
  public let columns: [ColumnField]
  private let types: [ColumnType]
  private let session: Session
  private let number: UInt64
  private var result: NativeResult?
  private var isDone = false

  init(_ result: NativeResult, _ session: Session, _ number: UInt64) {
    self.result = result
    self.session = session
    self.number = number
    self.columns = result.columns
    self.types = self.columns.map(\.type)
  }

  deinit { self.letGo() }

  /// The next rows, at least one, or nil at the end.
  public func next() async throws(ColumnarError) -> Chunk? {
    guard let result = self.result else { return nil }
    do throws(ColumnarError) {
      let types = self.types
      let chunk = try await self.session.connection.run(self.number) { _ throws(ColumnarError) in
        try result.fetch(types)
      }
      if chunk == nil {
        self.isDone = true
        self.letGo()
      }
      return chunk
    } catch {
      self.letGo()
      throw error
    }
  }

  /// Reads to the end; how many rows a statement that changes rows has changed.
  @discardableResult
  public func finish() async throws(ColumnarError) -> Int {
    guard let result = self.result else { return 0 }
    // The count of a changing statement is its one value, whatever the engine calls it.
    var changed = 0
    while let chunk = try await self.next() {
      guard result.kind == DUCKDB_RESULT_TYPE_CHANGED_ROWS, chunk.types == [.int64] else {
        continue
      }
      changed += Int(chunk.column(0).values(of: Int64.self)[0])
    }
    return changed
  }

  /// Gives the engine's memory back and the session free, without reading on.
  public func close() { self.letGo() }

  private func letGo() {
    guard let result = self.result else { return }
    self.result = nil
    let connection = self.session.connection
    let number = self.number
    // Workers that are still at it would be waited for.
    if !self.isDone { connection.cancel(number) }
    connection.release {
      result.destroy()
    }
    // The next statement is queued behind the destruction.
    connection.end(number)
  }
}

/// The engine's result.
final class NativeResult: @unchecked Sendable {
  // Sendable: used by the session's thread, and by its owner before that.
  var native = duckdb_result()

  var kind: Int { Int(duckdb_result_return_type(self.native)) }

  var columns: [ColumnField] {
    (0..<duckdb_column_count(&self.native)).map {
      ColumnField(
        duckdb_column_name(&self.native, $0).map { String(cString: $0) } ?? "",
        ColumnType(taking: duckdb_column_logical_type(&self.native, $0)))
    }
  }

  func error() -> ColumnarError {
    let text = duckdb_result_error(&self.native).map { String(cString: $0) } ?? ""
    return ColumnarError(engine: duckdb_result_error_type(&self.native), text)
  }

  func fetch(_ types: [ColumnType]) throws(ColumnarError) -> Chunk? {
    while true {
      guard let chunk = duckdb_fetch_chunk(self.native) else {
        guard duckdb_result_error(&self.native) == nil else { throw self.error() }
        return nil
      }
      if duckdb_data_chunk_get_size(chunk) > 0 { return Chunk(adopting: chunk, types: types) }
      var empty: duckdb_data_chunk? = chunk
      duckdb_destroy_data_chunk(&empty)
    }
  }

  func destroy() { duckdb_destroy_result(&self.native) }
}
