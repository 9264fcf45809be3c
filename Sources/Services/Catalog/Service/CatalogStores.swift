import Configuration
import Hosting
import KeyValue
import Postgres
import Runtime
import Values

/// The stores that a configuration may name.
enum CatalogStores {
  static func open(_ host: ServiceHost, folder: String) async throws -> any CatalogStore {
    switch host.configuration[CatalogKeys.store] {
    case .embedded:
      return try await host.pool.run(throwing: { () throws(StoreError) in
        try EmbeddedStore(
          path: "\(folder)/store", pool: host.pool,
          metrics: StoreMetrics(host.metrics, store: "catalog"))
      })
    case .postgresql:
      guard let address = host.configuration[CatalogKeys.postgresAddress] else {
        throw CatalogStoreError(
          .unavailable, "catalog.store=postgresql needs catalog.postgresql_url")
      }
      let options = PostgresOptions(
        address, password: host.configuration[CatalogKeys.postgresPassword]
      ) { $0.connectionsMax = host.configuration[CatalogKeys.postgresConnections] }
      return try await host.pool.run(throwing: { () throws(CatalogStoreError) in
        try PostgresStore(
          options, time: host.group.loops[0], random: host.random, blocking: host.pool,
          metrics: host.metrics)
      })
    }
  }
}
