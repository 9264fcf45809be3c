import CDuckDB

/// A prepared statement of one session.
public final class Statement: Sendable {
  public let text: String
  public let parameterCount: Int
  /// The columns of the result, as far as they are known before the parameters are.
  public let columns: [ColumnField]
  let session: Session
  let native: NativeStatement

  init(_ native: NativeStatement, _ text: String, _ session: Session) {
    self.native = native
    self.text = text
    self.session = session
    self.parameterCount = Int(duckdb_nparams(native.pointer))
    self.columns = (0..<duckdb_prepared_statement_column_count(native.pointer)).map {
      ColumnField(
        takeText(duckdb_prepared_statement_column_name(native.pointer, $0)),
        ColumnType(taking: duckdb_prepared_statement_column_logical_type(native.pointer, $0)))
    }
  }

  /// Executes with `parameters`, one for each of the statement, and gives the rows as they are made.
  public func query(_ parameters: [Parameter] = []) async throws(ColumnarError) -> Rows {
    let number = try self.session.connection.begin()
    do throws(ColumnarError) {
      return try await self.query(parameters, as: number)
    } catch {
      self.session.connection.end(number)
      throw error
    }
  }

  /// The same as a part of statement `number`, which the rows end; when this throws, the caller does.
  func query(_ parameters: [Parameter], as number: UInt64) async throws(ColumnarError) -> Rows {
    let connection = self.session.connection
    let result = try await connection.run(number) { _ throws(ColumnarError) in
      try self.native.execute(parameters, of: connection, number)
    }
    return Rows(result, self.session, number)
  }

  /// Executes a statement whose rows are not wanted; the number of rows that it changed.
  @discardableResult
  public func execute(_ parameters: [Parameter] = []) async throws(ColumnarError) -> Int {
    let rows = try await self.query(parameters)
    return try await rows.finish()
  }
}

extension Session {
  /// Prepares one statement. Throws `invalidInput` for a text of several.
  public func prepare(_ text: String) async throws(ColumnarError) -> Statement {
    let number = try self.connection.begin()
    defer { self.connection.end(number) }
    return try await self.prepare(text, as: number)
  }

  private func prepare(_ text: String, as number: UInt64) async throws(ColumnarError) -> Statement {
    let native = try await self.connection.run(number) { connection throws(ColumnarError) in
      try NativeStatement(text, on: connection)
    }
    return Statement(native, text, self)
  }

  /// Runs one statement and gives its rows as they are made.
  ///
  /// Preparing and executing are one statement to `interrupt` and to others who want the session: an
  /// interrupt that comes while the text is prepared ends the execution as soon as it begins.
  public func query(
    _ text: String, _ parameters: [Parameter] = []
  ) async throws(ColumnarError) -> Rows {
    let number = try self.connection.begin()
    do throws(ColumnarError) {
      let statement = try await self.prepare(text, as: number)
      return try await statement.query(parameters, as: number)
    } catch {
      self.connection.end(number)
      throw error
    }
  }

  /// Runs a statement for what it does; the number of rows that it changed.
  @discardableResult
  public func execute(
    _ text: String, _ parameters: [Parameter] = []
  ) async throws(ColumnarError) -> Int {
    let rows = try await self.query(text, parameters)
    return try await rows.finish()
  }

  /// Runs the statements of a script in order, until one throws.
  public func executeScript(_ text: String) async throws(ColumnarError) {
    let number = try self.connection.begin()
    defer { self.connection.end(number) }
    try await self.connection.run(number) { connection throws(ColumnarError) in
      var statements: duckdb_extracted_statements?
      let count = duckdb_extract_statements(connection, text, &statements)
      defer { duckdb_destroy_extracted(&statements) }
      if count == 0, let reason = duckdb_extract_statements_error(statements) {
        throw ColumnarError(engine: String(cString: reason))
      }
      for index in 0..<count {
        let statement = try NativeStatement(statements, index, on: connection)
        let result = try statement.execute([], of: self.connection, number)
        result.destroy()
      }
    }
  }
}

/// The engine's statement. Executed on its session's thread.
final class NativeStatement: @unchecked Sendable {
  // Sendable: used by the session's thread, one statement at a time.
  private(set) var pointer: duckdb_prepared_statement?

  init(_ text: String, on connection: duckdb_connection?) throws(ColumnarError) {
    // With a length of its own text could hold a zero byte, and the rest of it would be lost.
    guard !text.utf8.contains(0) else {
      throw ColumnarError(.parser, "the statement holds a zero byte")
    }
    let state = duckdb_prepare(connection, text, &self.pointer)
    try self.check(state)
  }

  init(
    _ statements: duckdb_extracted_statements?, _ index: UInt64, on connection: duckdb_connection?
  ) throws(ColumnarError) {
    let state = duckdb_prepare_extracted_statement(connection, statements, index, &self.pointer)
    try self.check(state)
  }

  deinit { duckdb_destroy_prepare(&self.pointer) }

  private func check(_ state: duckdb_state) throws(ColumnarError) {
    guard state == 0 else {
      throw ColumnarError(
        engine: duckdb_prepare_error(self.pointer).map { String(cString: $0) } ?? "")
    }
    // The engine would fetch an extension from the network, whatever its settings say.
    guard Int(duckdb_prepared_statement_type(self.pointer)) != DUCKDB_STATEMENT_TYPE_LOAD else {
      throw ColumnarError(
        .permission, "LOAD and INSTALL are disabled: extensions are loaded when a database opens")
    }
  }

  /// Begins the statement and runs it to its first rows, or to its end when it gives none.
  func execute(
    _ parameters: [Parameter], of connection: SessionConnection, _ number: UInt64
  ) throws(ColumnarError) -> NativeResult {
    let wanted = Int(duckdb_nparams(self.pointer))
    guard parameters.count == wanted else {
      throw ColumnarError(
        .binder, "the statement has \(wanted) parameters and got \(parameters.count)")
    }
    _ = duckdb_clear_bindings(self.pointer)
    for (index, parameter) in parameters.enumerated() {
      try parameter.bind(to: self.pointer, at: index)
    }
    var pending: duckdb_pending_result?
    defer { duckdb_destroy_pending(&pending) }
    guard duckdb_pending_prepared_streaming(self.pointer, &pending) == 0 else {
      throw ColumnarError(engine: duckdb_pending_error(pending).map { String(cString: $0) } ?? "")
    }
    connection.allowInterrupt(number)
    let result = NativeResult()
    let state = duckdb_execute_pending(pending, &result.native)
    guard state == 0 else {
      let error = result.error()
      result.destroy()
      throw error
    }
    return result
  }
}
