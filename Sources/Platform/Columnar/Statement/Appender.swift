import CDuckDB

/// Fills a table chunk by chunk: the fastest way in that keeps the data. The session is busy until the
/// appender is closed or gone; rows are in the table after `flush` or `close`, and what was not flushed
/// is lost with the appender.
public final class Appender: @unchecked Sendable {
  // Sendable: one task uses it, and the native handles are used on the session's thread.
  public let columns: [ColumnType]
  private let session: Session
  private let number: UInt64
  private let native: NativeAppender
  private var isClosed = false

  fileprivate init(_ native: NativeAppender, _ session: Session, _ number: UInt64) {
    self.native = native
    self.columns = native.columns
    self.session = session
    self.number = number
  }

  deinit { self.letGo() }

  /// Lets `fill` write up to `ChunkWriter.capacity` rows, on the session's thread; it answers how many.
  public func append(
    _ fill: @escaping @Sendable (borrowing ChunkWriter) throws -> Int
  ) async throws {
    try await self.onThread { native throws(ColumnarError) -> Result<Void, any Error> in
      do {
        try native.append(fill)
        return .success(())
      } catch { return .failure(error) }
    }.get()
  }

  /// Puts the rows so far into the table. When a row offends a constraint, none of the rows since the
  /// last flush is there.
  public func flush() async throws(ColumnarError) {
    try await self.onThread { native throws(ColumnarError) in try native.flush() }
  }

  /// Flushes, and gives the session free.
  public func close() async throws(ColumnarError) {
    defer { self.letGo() }
    try await self.flush()
  }

  private func onThread<T>(
    _ work: @escaping @Sendable (NativeAppender) throws(ColumnarError) -> sending T
  ) async throws(ColumnarError) -> T {
    guard !self.isClosed else { throw ColumnarError(.closed, "the appender is closed") }
    let native = self.native
    return try await self.session.connection.run(self.number) { _ throws(ColumnarError) in
      try work(native)
    }
  }

  private func letGo() {
    guard !self.isClosed else { return }
    self.isClosed = true
    let native = self.native
    self.session.connection.release { native.destroy() }
    self.session.connection.end(self.number)
  }
}

extension Session {
  /// An appender to a table that is there.
  public func appender(
    to table: String, schema: String? = nil, catalog: String? = nil
  ) async throws(ColumnarError) -> Appender {
    let number = try self.connection.begin()
    do throws(ColumnarError) {
      let native = try await self.connection.run(number) { connection throws(ColumnarError) in
        let native = try NativeAppender(connection, catalog, schema, table)
        self.connection.allowInterrupt(number)
        return native
      }
      return Appender(native, self, number)
    } catch {
      self.connection.end(number)
      throw error
    }
  }
}

private final class NativeAppender: @unchecked Sendable {
  // Sendable: used on the session's thread.
  let columns: [ColumnType]
  private var appender: duckdb_appender?
  private var chunk: duckdb_data_chunk?

  init(
    _ connection: duckdb_connection?, _ catalog: String?, _ schema: String?, _ table: String
  ) throws(ColumnarError) {
    var appender: duckdb_appender?
    let state = withOptionalText(catalog) { catalog in
      withOptionalText(schema) { schema in
        duckdb_appender_create_ext(connection, catalog, schema, table, &appender)
      }
    }
    guard state == 0 else {
      let error = Self.error(appender)
      duckdb_appender_destroy(&appender)
      throw error
    }
    var types = (0..<duckdb_appender_column_count(appender)).map {
      duckdb_appender_column_type(appender, $0)
    }
    self.appender = appender
    self.columns = types.map { ColumnType($0) }
    self.chunk = duckdb_create_data_chunk(&types, UInt64(types.count))
    for index in types.indices { duckdb_destroy_logical_type(&types[index]) }
  }

  func append(_ fill: (borrowing ChunkWriter) throws -> Int) throws {
    duckdb_data_chunk_reset(self.chunk)
    let writer = ChunkWriter(
      self.chunk, types: self.columns, projection: Array(self.columns.indices),
      positions: Array(self.columns.indices))
    let count = try fill(writer)
    precondition((0...ChunkWriter.capacity).contains(count), "\(count) rows in one chunk")
    duckdb_data_chunk_set_size(self.chunk, UInt64(count))
    guard duckdb_append_data_chunk(self.appender, self.chunk) == 0 else {
      throw Self.error(self.appender)
    }
  }

  func flush() throws(ColumnarError) {
    guard duckdb_appender_flush(self.appender) == 0 else {
      let error = Self.error(self.appender)
      // The rows that were refused would be tried again with the next ones.
      _ = duckdb_appender_clear(self.appender)
      throw error
    }
  }

  func destroy() {
    // Destroying would flush once more.
    _ = duckdb_appender_clear(self.appender)
    duckdb_appender_destroy(&self.appender)
    duckdb_destroy_data_chunk(&self.chunk)
  }

  private static func error(_ appender: duckdb_appender?) -> ColumnarError {
    var data = duckdb_appender_error_data(appender)
    defer { duckdb_destroy_error_data(&data) }
    return ColumnarError(
      engine: duckdb_error_data_error_type(data),
      duckdb_error_data_message(data).map { String(cString: $0) } ?? "the appender failed")
  }
}

private func withOptionalText<R>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
  guard let text else { return body(nil) }
  return text.withCString { body($0) }
}
