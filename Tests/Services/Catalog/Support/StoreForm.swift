@testable import Catalog
import Postgres
import Runtime
import TestSupport
import Testing
import Values

/// The forms of the store that pass the same tests.
enum StoreForm: String, CaseIterable, CustomTestStringConvertible, Sendable {
  case embedded, postgresql
  /// Through a pooler that gives every transaction another session.
  case pooled
  var testDescription: String { self.rawValue }
}

/// One PostgreSQL and one pooler for all tests of this process; they end with it.
let sharedPostgres = AsyncOnce {
  let server = try await PostgresServer()
  let pooler = try await server.startPooler()
  return (server: server, pooler: pooler)
}

/// Where a store of some form is.
struct StorePlace: Sendable {
  private let form: StoreForm
  private let path: String

  init(_ form: StoreForm, _ folder: TemporaryDirectory) async throws {
    self.form = form
    switch form {
    case .embedded: self.path = folder.file("store")
    case .postgresql, .pooled:
      let shared = try await sharedPostgres.value()
      let name = "lake\(UInt64.random(in: 0 ... .max))"
      let address = try await shared.server.makeDatabase(name)
      self.path =
        form == .postgresql ? address : shared.server.address(of: name, port: shared.pooler.port)
    }
  }

  /// Runs `body` with the store, opened, and closes it.
  func with(
    _ body: @escaping @Sendable (any CatalogStore) async throws -> Void
  ) async throws {
    let (form, path) = (self.form, self.path)
    try await withLoops { group in
      let pool = BlockingPool(name: "store-test", threads: 2)
      let store: any CatalogStore =
        switch form {
        case .embedded:
          try await pool.run(throwing: { try EmbeddedStore(path: path, pool: pool) })
        case .postgresql, .pooled:
          try await pool.run(throwing: {
            try PostgresStore(
              PostgresOptions(path) { $0.connectionsMax = 6 }, time: group.loops[0],
              random: SystemRandom.shared, blocking: pool)
          })
        }
      do { try await body(store) } catch {
        await store.close()
        throw error
      }
      await store.close()
      try await group.filePool.run { pool.stop() }
    }
  }
}
