import CDuckDB
private import Synchronization

/// Functions of ours in statements. They belong to the database: every session has them.
extension Database {
  /// Registers `source` under `name`. Throws `catalog` when the name is taken.
  public func register(_ source: any TableSource, as name: String) throws(ColumnarError) {
    var function = duckdb_create_table_function()
    defer { duckdb_destroy_table_function(&function) }
    duckdb_table_function_set_name(function, name)
    for type in source.parameters {
      type.withNative { duckdb_table_function_add_parameter(function, $0) }
    }
    for field in source.namedParameters {
      field.type.withNative {
        duckdb_table_function_add_named_parameter(function, field.name, $0)
      }
    }
    duckdb_table_function_set_extra_info(
      function, retained(RegisteredSource(source)), releaseObject)
    duckdb_table_function_supports_projection_pushdown(function, true)
    setCallbacks(function)
    try self.register(name) { duckdb_register_table_function($0, function) }
  }

  /// Registers a function of values: for each chunk of arguments `body` fills as many results. Nulls
  /// among the arguments give null without it, unless `seesNulls`.
  public func register(
    _ name: String, _ parameters: [ColumnType], returns result: ColumnType,
    seesNulls: Bool = false, isVolatile: Bool = false,
    _ body: @escaping @Sendable (borrowing ChunkView, borrowing ColumnWriter) throws -> Void
  ) throws(ColumnarError) {
    var function = duckdb_create_scalar_function()
    defer { duckdb_destroy_scalar_function(&function) }
    duckdb_scalar_function_set_name(function, name)
    for type in parameters {
      type.withNative { duckdb_scalar_function_add_parameter(function, $0) }
    }
    result.withNative { duckdb_scalar_function_set_return_type(function, $0) }
    if seesNulls { duckdb_scalar_function_set_special_handling(function) }
    if isVolatile { duckdb_scalar_function_set_volatile(function) }
    duckdb_scalar_function_set_extra_info(
      function, retained(RegisteredFunction(parameters, result, body)), releaseObject)
    duckdb_scalar_function_set_function(function, callFunction)
    try self.register(name) { duckdb_register_scalar_function($0, function) }
  }

  private func register(
    _ name: String, _ call: (duckdb_connection?) -> duckdb_state
  ) throws(ColumnarError) {
    guard self.functions.withLock({ $0.insert(name).inserted }) else {
      throw ColumnarError(.catalog, "a function \(name) is registered already")
    }
    var connection = try self.handle.connect()
    defer { duckdb_disconnect(&connection) }
    guard call(connection) == 0 else {
      throw ColumnarError(.catalog, "the engine refuses the function \(name): is the name taken?")
    }
  }
}

// MARK: State that travels through the engine as pointers

func retained(_ object: some AnyObject) -> UnsafeMutableRawPointer {
  Unmanaged.passRetained(object).toOpaque()
}

func borrowed<T: AnyObject>(_ pointer: UnsafeMutableRawPointer?, as type: T.Type) -> T {
  // The engine gives back what it was given, and keeps it until it calls `releaseObject`.
  Unmanaged<T>.fromOpaque(pointer.unsafelyUnwrapped).takeUnretainedValue()
}

let releaseObject: @convention(c) @Sendable (UnsafeMutableRawPointer?) -> Void = { pointer in
  guard let pointer else { return }
  Unmanaged<AnyObject>.fromOpaque(pointer).release()
}

private final class RegisteredFunction: Sendable {
  let parameters: [ColumnType]
  let result: ColumnType
  let body: @Sendable (borrowing ChunkView, borrowing ColumnWriter) throws -> Void

  init(
    _ parameters: [ColumnType], _ result: ColumnType,
    _ body: @escaping @Sendable (borrowing ChunkView, borrowing ColumnWriter) throws -> Void
  ) {
    self.parameters = parameters
    self.result = result
    self.body = body
  }
}

private let callFunction:
  @convention(c) @Sendable (duckdb_function_info?, duckdb_data_chunk?, duckdb_vector?) -> Void = {
    info, input, output in
    let function = borrowed(
      duckdb_scalar_function_get_extra_info(info), as: RegisteredFunction.self)
    let view = ChunkView(input, function.parameters)
    let writer = ColumnWriter(output, function.result, capacity: view.rowCount)
    do { try function.body(view, writer) } catch {
      duckdb_scalar_function_set_error(info, "\(error)")
    }
  }
