import Postgres
import Runtime
import TestSupport
import Testing
import Values

@Suite("A pool of PostgreSQL", .serialized)
struct PostgresPoolTests {
  private static let server = AsyncOnce { try await PostgresServer() }

  private func with(
    _ database: String, port: Int? = nil,
    _ body: @escaping @Sendable (PostgresPool) async throws -> Void
  ) async throws {
    let server = try await Self.server.value()
    _ = try? await server.makeDatabase(database)
    let address = server.address(of: database, port: port)
    try await withLoops { group in
      let pool = PostgresPool(PostgresOptions(address) { $0.connectionsMax = 4 })
      do { try await body(pool) } catch {
        try await group.filePool.run { pool.stop() }
        throw error
      }
      try await group.filePool.run { pool.stop() }
    }
  }

  private static func change(_ statements: PostgresStatement...) -> PostgresBatch {
    PostgresBatch(statements, isReading: false)
  }

  @Test("values of every kind come back as they went, nulls and empty ones told apart")
  func values() async throws {
    try await self.with("kinds") { pool in
      let rows = try await pool.read(
        PostgresStatement(
          "SELECT $1::text, $2::bytea, $3::bigint, $4::bool, $5::text, $6::text[], ''::text",
          .text("a'\"\\ \u{1F30A}"), .bytes([0, 255, 39]), .integer(.min), .flag(true), .null,
          .texts(["x,y", "\"", "\\", "{}", ""])))
      #expect(rows.text(0, 0) == "a'\"\\ \u{1F30A}")
      #expect(rows.bytes(0, 1).map { Array($0) } == [0, 255, 39])
      #expect(rows.integer(0, 2) == .min)
      #expect(rows.flag(0, 3) == true)
      #expect(rows.text(0, 4) == nil)
      #expect(rows.text(0, 6) == "")
      let parts = try await pool.read(
        PostgresStatement(
          "SELECT unnest($1::text[])", .texts(["x,y", "\"", "\\", "{}", ""])))
      #expect((0..<parts.count).map { parts.text($0, 0) } == ["x,y", "\"", "\\", "{}", ""])
    }
  }

  @Test("changes that may share a transaction do, and one that fails takes none with it")
  func sharing() async throws {
    try await self.with("sharing") { pool in
      _ = try await pool.run(
        Self.change(PostgresStatement("CREATE TABLE t (n int CONSTRAINT one PRIMARY KEY)")))
      // Both lanes are busy for a while, so that those behind them wait together.
      @Sendable func insert(_ number: Int, after seconds: Double = 0) async -> Inserted {
        let batch = PostgresBatch(
          [
            PostgresStatement("SELECT pg_sleep($1)", .text("\(seconds)")),
            PostgresStatement(
              "INSERT INTO t VALUES ($1) RETURNING n, txid_current()", .integer(Int64(number))),
          ], isReading: false, sharing: "\(number)")
        do throws(PostgresError) {
          let rows = try await pool.run(batch)
          return Inserted(number: rows[1].integer(0, 0), transaction: rows[1].integer(0, 1))
        } catch {
          return Inserted(constraint: error.constraint, statement: error.statement)
        }
      }
      @Sendable func insertAll(_ numbers: [Int]) async -> [Inserted] {
        await withTaskGroup(of: (Int, Inserted).self) { group in
          for lane in [100, 200] {
            group.addTask { (-1, await insert(lane + numbers[0], after: 0.5)) }
          }
          try? await ContinuousClock().sleep(for: .milliseconds(200))
          for (place, number) in numbers.enumerated() {
            group.addTask { (place, await insert(number)) }
          }
          return await group.reduce(into: []) { $0.append($1) }
            .filter { $0.0 >= 0 }.sorted { $0.0 < $1.0 }.map(\.1)
        }
      }
      let all = await insertAll([1, 2, 3, 4])
      #expect(all.map(\.number) == [1, 2, 3, 4])
      #expect(Set(all.map(\.transaction)).count < 4, "\(all)")
      let some = await insertAll([5, 2, 6, 7])
      #expect(some.map(\.number) == [5, nil, 6, 7])
      #expect(some[1].constraint == "one")
      #expect(some[1].statement == 1)
    }
  }

  private struct Inserted: Sendable {
    var number: Int64?
    var transaction: Int64?
    var constraint = ""
    var statement = 0
  }

  @Test("the statements of a batch are one transaction; the one that fails is named")
  func atomic() async throws {
    try await self.with("atomic") { pool in
      _ = try await pool.run(
        Self.change(PostgresStatement("CREATE TABLE t (n int CONSTRAINT one PRIMARY KEY)")))
      do throws(PostgresError) {
        _ = try await pool.run(
          Self.change(
            PostgresStatement("INSERT INTO t VALUES ($1)", .integer(1)),
            PostgresStatement("INSERT INTO t VALUES ($1)", .integer(1)),
            PostgresStatement("INSERT INTO t VALUES ($1)", .integer(2))))
        Issue.record("the second row is there already")
      } catch {
        #expect(error.code == .failed)
        #expect((error.state, error.constraint, error.statement) == ("23505", "one", 1))
      }
      let rows = try await pool.read(PostgresStatement("SELECT count(*) FROM t"))
      #expect(rows.integer(0, 0) == 0)
    }
  }

  @Test("many readers at once get their own answers", arguments: [false, true])
  func readers(isPooled: Bool) async throws {
    let server = try await Self.server.value()
    let pooler = isPooled ? try await server.startPooler() : nil
    try await self.with("readers", port: pooler?.port) { pool in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<400 {
          group.addTask {
            // Several texts, so that a session of the pooler is asked for what it has not prepared.
            let rows = try await pool.read(
              PostgresStatement(
                "SELECT $1::bigint, \(number % 7), pg_sleep(0.0005)::text",
                .integer(Int64(number))))
            #expect(rows.integer(0, 0) == Int64(number))
            #expect(rows.integer(0, 1) == Int64(number % 7))
          }
        }
        try await group.waitForAll()
      }
    }
    withExtendedLifetime(pooler) {}
  }

  @Test("changes are prepared, too, and what failed before it was prepared is asked for again")
  func preparedChanges() async throws {
    try await self.with("prepared") { pool in
      _ = try await pool.run(
        Self.change(
          PostgresStatement("CREATE TABLE t (n bigint CONSTRAINT one PRIMARY KEY)")))
      let add = "INSERT INTO t VALUES ($1)"
      for number in 0..<40 {
        // The second one fails, so that the third is never prepared on that connection.
        await #expect(throws: PostgresError.self) {
          _ = try await pool.run(
            Self.change(
              PostgresStatement(add, .integer(Int64(number))),
              PostgresStatement("INSERT INTO t VALUES ($1), ($1)", .integer(1000)),
              PostgresStatement("UPDATE t SET n = n + $1", .integer(Int64(number % 3)))))
        }
        let batch = Self.change(
          PostgresStatement("UPDATE t SET n = n + $1", .integer(0)),
          PostgresStatement(add, .integer(Int64(number))),
          PostgresStatement(add, .integer(Int64(number + 100))))
        _ = try await pool.run(batch)
      }
      let rows = try await pool.read(PostgresStatement("SELECT count(*), sum(n)::bigint FROM t"))
      let counts = [rows.integer(0, 0) ?? 0, rows.integer(0, 1) ?? 0]
      #expect(counts == [80, 5560])
      let names = try await pool.read(
        PostgresStatement("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'lake_%'"))
      #expect((names.integer(0, 0) ?? 0) > 0)
    }
  }

  @Test("prepared statements whose columns have changed are sent again")
  func changedColumns() async throws {
    try await self.with("columns") { pool in
      _ = try await pool.run(
        Self.change(PostgresStatement("CREATE TABLE t AS SELECT 1 AS n")))
      let all = PostgresStatement("SELECT * FROM t")
      #expect(try await pool.read(all).integer(0, 0) == 1)
      _ = try await pool.run(
        Self.change(PostgresStatement("ALTER TABLE t ALTER n TYPE text USING 'x'")))
      for _ in 0..<4 { #expect(try await pool.read(all).text(0, 0) == "x") }
    }
  }

  @Test("nobody there, or the pool was stopped: unavailable")
  func refusals() async throws {
    try await withLoops { group in
      let port = try freePort()
      let pool = PostgresPool(
        PostgresOptions("postgresql://lake@127.0.0.1:\(port)/none") { $0.connectionsMax = 1 })
      for _ in 0..<3 {
        do throws(PostgresError) {
          _ = try await pool.read(PostgresStatement("SELECT 1"))
          Issue.record("nobody is there")
        } catch {
          #expect(error.code == .unavailable)
        }
      }
      try await group.filePool.run { pool.stop() }
      do throws(PostgresError) {
        _ = try await pool.read(PostgresStatement("SELECT 1"))
      } catch {
        #expect(error.code == .unavailable)
      }
    }
  }
}
