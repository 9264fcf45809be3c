import CDuckDB
import Columnar
import Glibc
import TestSupport
import Testing

@Suite struct EngineTests {
  @Test("every function that the header declares is in the library")
  func symbols() throws {
    let header = "\(#filePath)".split(separator: "/").dropLast(4).joined(separator: "/")
    let path = "/\(header)/Sources/Native/CDuckDB/include/CDuckDB.h"
    let text = try readText(path)
    var names: Set<String> = []
    for line in text.split(separator: "\n") where !line.hasPrefix("//") {
      for word in line.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) {
        guard word.hasPrefix("duckdb_"), line.contains("\(word)(") else { continue }
        names.insert(String(word))
      }
    }
    #expect(names.count > 140)
    let library = dlopen(nil, RTLD_NOW)
    #expect(names.filter { dlsym(library, $0) == nil }.sorted() == [])
    #expect(Database.engineVersion == "v1.5.5")
    #expect(Int(duckdb_vector_size()) == ChunkWriter.capacity)
  }

  private func readText(_ path: String) throws -> String {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("a database file keeps its content; a second process would be refused, a bad path says so")
  func files() async throws {
    let folder = TemporaryDirectory("columnar")
    do {
      let session = try openSession { $0.path = folder.file("a.duckdb") }
      try await session.execute("CREATE TABLE t AS SELECT 42 AS x")
      session.close()
    }
    let again = try openSession { $0.path = folder.file("a.duckdb") }
    #expect(try await again.number("SELECT x FROM t") == 42)
    let error = #expect(throws: ColumnarError.self) {
      _ = try Database(DatabaseOptions { $0.path = folder.file("none/b.duckdb") })
    }
    #expect(error?.code == .io)
    #expect(error?.message.contains("none/b.duckdb") == true)
    #expect(throws: ColumnarError.self) {
      _ = try Database(DatabaseOptions { $0.settings = ["no_such_setting": "1"] })
    }
  }

  @Test(
    "an error has the engine's class",
    arguments: [
      ("SELEC 1", .parser, "SELEC"),
      ("SELECT nothing", .binder, "nothing"),
      ("SELECT * FROM nowhere", .catalog, "nowhere"),
      ("SELECT 'x'::INTEGER", .conversion, "'x'"),
      ("SELECT 2147483647::INTEGER + 1::INTEGER", .outOfRange, "Overflow"),
      ("INSERT INTO one VALUES (1)", .constraint, "Duplicate key"),
      ("COMMIT", .transaction, "no transaction"),
      ("SELECT * FROM read_parquet('/nowhere/x.parquet')", .io, "/nowhere"),
      ("SELECT error('mine')", .invalidInput, "mine"),
      ("SELECT 1; SELECT 2", .invalidInput, "multiple"),
      ("SELECT ?", .binder, "1 parameters and got 0"),
      ("SELECT 1 \u{0} 2", .parser, "zero byte"),
    ] as [(String, ColumnarError.Code, String)])
  func errors(query: String, code: ColumnarError.Code, part: String) async throws {
    let session = try openSession()
    try await session.executeScript(
      "CREATE TABLE one (x INTEGER PRIMARY KEY); INSERT INTO one VALUES (1)")
    await session.expectError(query, code, part)
    // The session is as good as before.
    #expect(try await session.number("SELECT 7") == 7)
  }

  @Test("what does not fit into the memory limit is an error, or goes to the temporary folder")
  func memoryLimit() async throws {
    let query = """
      SELECT count(DISTINCT t) FROM (SELECT md5(range::VARCHAR) || md5((range * 7)::VARCHAR) AS t \
      FROM range(1_500_000))
      """
    let session = try openSession { $0.memoryBytesMax = 60 << 20 }
    await session.expectError(query, .outOfMemory, "memory")
    #expect(try await session.number("SELECT 7") == 7)

    let folder = TemporaryDirectory("columnar")
    let spilling = try openSession {
      $0.memoryBytesMax = 60 << 20
      $0.temporaryPath = folder.path
    }
    #expect(try await spilling.number("SELECT (\(query))") == 1_500_000)

    let limited = try openSession {
      $0.memoryBytesMax = 60 << 20
      $0.temporaryPath = folder.path
      $0.temporaryBytesMax = 20 << 20
    }
    await limited.expectError(query, .outOfMemory, "temp")
  }

  @Test("without external access no statement reads or writes a file, or takes it back")
  func externalAccess() async throws {
    let folder = TemporaryDirectory("columnar")
    let session = try openSession { $0.hasExternalAccess = false }
    for query in [
      "COPY (SELECT 1) TO '\(folder.file("x.csv"))'",
      "SELECT * FROM read_csv('/etc/passwd')",
      "ATTACH '\(folder.file("x.duckdb"))'",
    ] {
      await session.expectError(query, .permission, "disabled")
    }
    await session.expectError("SET enable_external_access = true", .invalidInput, "locked")
    await session.expectError("SET memory_limit = '10GB'", .invalidInput, "locked")
  }

  @Test("the three extensions load by their paths, and nothing else is fetched")
  func extensions() async throws {
    let root = "/" + "\(#filePath)".split(separator: "/").dropLast(4).joined(separator: "/")
    let session = try openSession {
      $0.extensions = DatabaseOptions.icebergExtensions(in: "\(root)/.deps/extensions")
    }
    let loaded = try await session.texts(
      "SELECT extension_name FROM duckdb_extensions() WHERE loaded ORDER BY 1"
    ).map { $0[0] }
    #expect(Set(loaded).isSuperset(of: ["avro", "httpfs", "iceberg", "parquet", "json", "icu"]))
    let bare = try openSession()
    await bare.expectError("SELECT * FROM iceberg_scan('x')", .catalog, "iceberg_scan")
    for query in ["INSTALL spatial", "LOAD iceberg", "INSTALL spatial FROM community"] {
      await bare.expectError(query, .permission, "disabled")
    }
  }

  @Test("a closed session refuses, and its thread is gone")
  func closing() async throws {
    let database = try Database()
    let session = try database.session(name: "gone")
    #expect(try await session.number("SELECT 1") == 1)
    session.close()
    session.close()
    await session.expectError("SELECT 1", .closed, "closed")
    #expect(await eventually { !threadNames().contains { $0.hasPrefix("gone") } })
  }

  @Test("an extension file that is not there keeps the database from opening")
  func missingExtension() {
    let error = #expect(throws: ColumnarError.self) {
      _ = try Database(DatabaseOptions { $0.extensions = ["/nowhere/x.duckdb_extension"] })
    }
    #expect(error?.code == .io)
    #expect(error?.message.contains("/nowhere/x.duckdb_extension") == true)
  }

  @Test("sessions of one database see one another's tables and work side by side")
  func sessions() async throws {
    let database = try Database()
    let first = try database.session()
    try await first.execute("CREATE TABLE t (x BIGINT)")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        group.addTask {
          let session = try database.session()
          for round in 0..<10 {
            try await session.execute(
              "INSERT INTO t VALUES (?)", [.integer(Int64(number * 10 + round))])
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await first.number("SELECT sum(x) FROM t") == (0..<40).reduce(0) { $0 + Int64($1) })
  }
}
