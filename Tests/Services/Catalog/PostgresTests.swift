@testable import Catalog
import Iceberg
import Postgres
import Runtime
import TestSupport
import Testing
import Values

/// What only the store on PostgreSQL can come to.
@Suite("PostgreSQL", .serialized)
struct PostgresTests {
  private static let warehouse = WarehouseRecord(
    "w", id: ObjectID(high: 1, low: 1), location: "file:///wh", storage: .file, createdAtMS: 1)
  private static let table = ObjectRecord(
    id: ObjectID(high: 1, low: 2), .table, TableIdentifier(Namespace(["a"]), "t"),
    uuid: ObjectID(high: 1, low: 3), metadataLocation: "file:///wh/t/0.json",
    location: "file:///wh/t", createdAtMS: 5)

  private static func with(
    _ address: String, _ body: @escaping @Sendable (PostgresStore) async throws -> Void
  ) async throws {
    try await withLoops { group in
      let pool = BlockingPool(name: "store-test", threads: 2)
      let store = try await pool.run(throwing: {
        try PostgresStore(
          PostgresOptions(address) { $0.connectionsMax = 3 }, time: group.loops[0],
          random: SystemRandom.shared, blocking: pool)
      })
      do { try await body(store) } catch {
        await store.close()
        throw error
      }
      await store.close()
      try await group.filePool.run { pool.stop() }
    }
  }

  private static func fill(_ store: PostgresStore) async throws {
    let outcome = try await store.apply(
      CatalogChange(
        in: "w",
        [
          .createWarehouse(Self.warehouse),
          .createNamespace(NamespaceRecord(Namespace(["a"]), createdAtMS: 1)),
          .create(Self.table, document: [1]),
        ]))
    #expect(outcome == .applied)
  }

  private static func code(
    _ body: () async throws -> Void
  ) async -> CatalogStoreError.Code? {
    do { try await body() } catch { return (error as? CatalogStoreError)?.code }
    return nil
  }

  private static func move(_ version: Int64) -> CatalogChange {
    var next = Self.table
    next.version = version + 1
    next.metadataLocation = "file:///wh/t/\(version).json"
    return CatalogChange(in: "w", [.replace(next, document: [2], version: version)])
  }

  @Test("a server that crashes and comes back: nothing acknowledged is lost, and nothing hangs")
  func crash() async throws {
    let server = try await PostgresServer()
    let address = try await server.makeDatabase("lake")
    try await Self.with(address) { store in
      try await Self.fill(store)
      let first = try await store.apply(Self.move(1))
      #expect(first == .applied)
      try await server.crash()
      let reading = await Self.code { _ = try await store.object(Self.table.id) }
      #expect(reading == .unavailable)
      let changing = await Self.code { _ = try await store.apply(Self.move(2)) }
      #expect(changing == .unavailable || changing == .unknownOutcome)
      try await server.start()
      let isBack = await eventually(within: .seconds(10)) {
        await Self.code { try await store.ping() } == nil
      }
      #expect(isBack)
      let version = try await store.object(Self.table.id)?.version
      #expect(version == 2)
      let second = try await store.apply(Self.move(2))
      #expect(second == .applied)
    }
  }

  /// Holds every pointer for a while; comes back when it does.
  private static func block(
    _ database: String, on server: PostgresServer, seconds: Int
  ) async throws -> Task<String, any Error> {
    let blocker = Task {
      try await server.run(
        "BEGIN; SELECT 1 FROM lake_catalog.objects FOR UPDATE; SELECT pg_sleep(\(seconds)); COMMIT",
        in: database)
    }
    let isHeld = try await eventually {
      try await server.run(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database)' "
          + "AND wait_event = 'PgSleep'", in: "postgres") != "0\n"
    }
    #expect(isHeld)
    return blocker
  }

  @Test("a connection that breaks under a change leaves an outcome that nobody knows")
  func unknownOutcome() async throws {
    let shared = try await sharedPostgres.value()
    let name = "broken\(UInt32.random(in: 0 ... .max))"
    let address = try await shared.server.makeDatabase(name)
    try await Self.with(address) { store in
      try await Self.fill(store)
      let blocker = try await Self.block(name, on: shared.server, seconds: 2)
      let change = Task { await Self.code { _ = try await store.apply(Self.move(1)) } }
      let isEnded = try await eventually(within: .seconds(10)) {
        try await shared.server.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)' "
            + "AND application_name = 'lakeworks' AND wait_event_type = 'Lock'",
          in: "postgres") == "t\n"
      }
      #expect(isEnded)
      #expect(await change.value == .unknownOutcome)
      _ = try await blocker.value
      let version = try await store.object(Self.table.id)?.version
      #expect(version == 1)
      let again = try await store.apply(Self.move(1))
      #expect(again == .applied)
    }
  }

  @Test("a lock that is not had in time is refused, and changes nothing")
  func lockTimeout() async throws {
    let shared = try await sharedPostgres.value()
    let name = "locked\(UInt32.random(in: 0 ... .max))"
    let address = try await shared.server.makeDatabase(name)
    try await Self.with(address) { store in
      try await Self.fill(store)
      let blocker = try await Self.block(name, on: shared.server, seconds: 6)
      // Reads do not wait for it.
      let version = try await store.object(Self.table.id)?.version
      #expect(version == 1)
      // The first attempt is given up after four seconds, the second one succeeds.
      let outcome = try await store.apply(Self.move(1))
      #expect(outcome == .applied)
      _ = try await blocker.value
    }
  }

  @Test("tables of a newer release, or changed ones, are left alone")
  func migrations() async throws {
    let known = CatalogMigration.all.map { "\($0.number):\($0.checksum)" }
    #expect(try PostgresMigrating.missing(after: "").count == CatalogMigration.all.count)
    #expect(try PostgresMigrating.missing(after: known.joined(separator: " ")).isEmpty)
    #expect(throws: CatalogStoreError.self) {
      try PostgresMigrating.missing(after: (known + ["99:x"]).joined(separator: " "))
    }
    #expect(throws: CatalogStoreError.self) { try PostgresMigrating.missing(after: "1:x") }
    // Two processes that begin at once make the tables once.
    let shared = try await sharedPostgres.value()
    let address = try await shared.server.makeDatabase("twice\(UInt32.random(in: 0 ... .max))")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<3 { group.addTask { try await Self.with(address) { try await $0.ping() } } }
      try await group.waitForAll()
    }
  }

  @Test("another process hears of events and of new warehouses")
  func following() async throws {
    let shared = try await sharedPostgres.value()
    let address = try await shared.server.makeDatabase("follow\(UInt32.random(in: 0 ... .max))")
    try await CatalogFixture.with(store: .postgresql(address)) { left in
      try await CatalogFixture.with(store: .postgresql(address)) { right in
        let first = try await right.catalog.follow(after: nil)
        try await left.makeNamespace("ns")
        let rung = right.catalog.bell.count
        let second = try await right.catalog.follow(after: first)
        #expect(second > first)
        #expect(right.catalog.bell.count == rung + 1)
        let record = WarehouseRecord(
          "other", id: ObjectID(high: 5, low: 5), location: "file:///tmp/other", storage: .file,
          createdAtMS: 1)
        let event = CatalogEvent(
          id: ObjectID(high: 5, low: 6), .warehouseCreated, atMS: 1, warehouse: "other",
          actor: "ann")
        _ = try await left.catalog.store.apply(
          CatalogChange(in: "other", [.createWarehouse(record)], events: [event]))
        #expect(right.catalog.warehouses["other"] == nil)
        _ = try await right.catalog.follow(after: second)
        #expect(right.catalog.warehouses["other"] != nil)
      }
    }
  }
}
