import Postgres

/// Brings the tables up to date: in order, once, whoever comes first.
struct PostgresMigrating {
  private let pool: PostgresPool

  init(_ pool: PostgresPool) { self.pool = pool }

  /// Blocks.
  func run() throws {
    try self.pool.scripts { run in
      guard try run("SHOW server_encoding") == "UTF8" else {
        throw CatalogStoreError(.unavailable, "the catalog needs a database with encoding UTF8")
      }
      do {
        _ = try run(
          """
          BEGIN;
          SELECT pg_advisory_xact_lock(7081001);
          CREATE SCHEMA IF NOT EXISTS lake_catalog;
          CREATE TABLE IF NOT EXISTS lake_catalog.migrations (
            number int PRIMARY KEY, checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now());
          """)
        let known = try run(
          "SELECT string_agg(number || ':' || checksum, ' ' ORDER BY number) "
            + "FROM lake_catalog.migrations")
        for migration in try Self.missing(after: known ?? "") {
          _ = try run(migration.text)
          _ = try run(
            "INSERT INTO lake_catalog.migrations (number, checksum) "
              + "VALUES (\(migration.number), '\(migration.checksum)')")
        }
        _ = try run("COMMIT")
      } catch {
        _ = try? run("ROLLBACK")
        throw error
      }
    }
  }

  /// What is still to be done; throws when the tables are not of this release's past.
  static func missing(after known: String) throws(CatalogStoreError) -> ArraySlice<CatalogMigration>
  {
    let done = known.split(separator: " ")
    guard done.count <= CatalogMigration.all.count else {
      throw CatalogStoreError(
        .unavailable,
        "the tables are of a newer release: they have \(done.count) migrations, this one knows "
          + "\(CatalogMigration.all.count)")
    }
    for (present, migration) in zip(done, CatalogMigration.all) {
      guard present == "\(migration.number):\(migration.checksum)" else {
        throw CatalogStoreError(
          .unavailable, "migration \(migration.number) of the tables is not that of this release")
      }
    }
    return CatalogMigration.all[done.count...]
  }
}
