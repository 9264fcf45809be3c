import CDuckDB
import Synchronization

/// A column store and its query engine (DuckDB), in memory or in a file.
///
/// Work is done by sessions: each is a connection with a thread of its own, so that a statement never
/// blocks a loop. Worker threads, the memory limit and the temporary limit are shared by all sessions.
/// The engine is let go of with the last session.
public final class Database: Sendable {
  public let options: DatabaseOptions
  let handle: DatabaseHandle
  /// Names of the functions that are registered: the engine would take a second one as an overload.
  let functions = Mutex<Set<String>>([])
  private let sessionNumber = Atomic<Int>(0)

  /// Opens on the calling thread: a file is read, and extensions take 40 to 200 ms each.
  public init(_ options: DatabaseOptions = DatabaseOptions()) throws(ColumnarError) {
    self.options = options
    self.handle = try DatabaseHandle(options)
    var connection = try self.handle.connect()
    defer { duckdb_disconnect(&connection) }
    // Given with the other settings, before the engine has its temporary folder, it would be forgotten.
    try execute(
      "SET max_temp_directory_size = "
        + quoted(literal: "\(options.temporaryPath == nil ? 0 : options.temporaryBytesMax)B"),
      on: connection)
    for path in options.extensions {
      try execute("LOAD \(quoted(literal: path))", on: connection)
    }
    if !options.hasExternalAccess {
      try execute("SET enable_external_access = false", on: connection)
    }
    // Sessions run statements of strangers: none may loosen what was set here.
    try execute(
      "SET lock_configuration = \(options.hasExternalAccess ? "false" : "true")", on: connection)
  }

  /// A session with a thread of its own. `name` is what the thread is called, at most 10 bytes.
  public func session(name: String = "duckdb") throws(ColumnarError) -> Session {
    let number = self.sessionNumber.add(1, ordering: .relaxed).newValue
    return try Session(self, name: "\(name.prefix(10))\(number % 1000)")
  }

  /// The version of the engine, as `v1.5.5`.
  public static var engineVersion: String { String(cString: duckdb_library_version()) }
}

/// The open engine; closes with the last reference.
final class DatabaseHandle: @unchecked Sendable {
  // Sendable: set once; the engine locks inside.
  private var database: duckdb_database?

  init(_ options: DatabaseOptions) throws(ColumnarError) {
    var config: duckdb_config?
    guard duckdb_create_config(&config) == 0 else {
      throw ColumnarError(.fatal, "the engine gave no configuration")
    }
    defer { duckdb_destroy_config(&config) }
    for (name, value) in Self.settings(options).sorted(by: { $0.key < $1.key }) {
      guard duckdb_set_config(config, name, value) == 0 else {
        throw ColumnarError(.invalidInput, "the engine refuses the setting \(name) = \(value)")
      }
    }
    var reason: UnsafeMutablePointer<CChar>?
    let state = duckdb_open_ext(options.path ?? ":memory:", &self.database, config, &reason)
    guard state == 0 else {
      let text = reason.map { String(cString: $0) } ?? "no reason was given"
      duckdb_free(reason)
      var error = ColumnarError(engine: text)
      error.message = "cannot open \(options.path ?? "a database in memory"): \(text)"
      throw error
    }
  }

  deinit { duckdb_close(&self.database) }

  func connect() throws(ColumnarError) -> duckdb_connection? {
    var connection: duckdb_connection?
    guard duckdb_connect(self.database, &connection) == 0 else {
      throw ColumnarError(.fatal, "the engine gave no connection")
    }
    return connection
  }

  private static func settings(_ options: DatabaseOptions) -> [String: String] {
    var settings = [
      "threads": "\(max(options.threads, 1))",
      "memory_limit": "\(options.memoryBytesMax)B",
      "temp_directory": options.temporaryPath ?? "",
      "autoinstall_known_extensions": "false",
      "autoload_known_extensions": "false",
      "allow_community_extensions": "false",
      "preserve_insertion_order": options.preservesOrder ? "true" : "false",
      "access_mode": options.isReadOnly ? "READ_ONLY" : "AUTOMATIC",
    ]
    settings.merge(options.settings) { $1 }
    return settings
  }
}

/// Runs a statement that gives no rows, on the calling thread.
func execute(_ text: String, on connection: duckdb_connection?) throws(ColumnarError) {
  var statement: duckdb_prepared_statement?
  defer { duckdb_destroy_prepare(&statement) }
  guard duckdb_prepare(connection, text, &statement) == 0 else {
    throw ColumnarError(engine: String(cString: duckdb_prepare_error(statement)))
  }
  var pending: duckdb_pending_result?
  defer { duckdb_destroy_pending(&pending) }
  guard duckdb_pending_prepared(statement, &pending) == 0 else {
    throw ColumnarError(engine: String(cString: duckdb_pending_error(pending)))
  }
  var result = duckdb_result()
  defer { duckdb_destroy_result(&result) }
  guard duckdb_execute_pending(pending, &result) == 0 else {
    throw ColumnarError(
      engine: duckdb_result_error_type(&result), String(cString: duckdb_result_error(&result)))
  }
}

/// Text as a string literal of a statement.
public func quoted(literal text: String) -> String {
  "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}

/// A name as a quoted identifier of a statement.
public func quoted(identifier name: String) -> String {
  "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
    + "\""
}
