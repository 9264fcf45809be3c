import Configuration
import Iceberg
import Values

/// What the catalog is configured by.
enum CatalogKeys {
  static let host = ConfigurationKey<String>(
    "catalog", "host", default: "127.0.0.1", needsRestart: true,
    "The address that the Iceberg REST catalog listens on.")
  static let port = ConfigurationKey<Int>(
    "catalog", "port", default: 8181, in: 1...65535, needsRestart: true,
    "The port of the Iceberg REST catalog.")
  static let warehouse = ConfigurationKey<String>(
    "catalog", "warehouse", default: "lake", needsRestart: true,
    check: { name in
      do throws(IcebergError) { try WarehouseRecord.check(name: name) } catch {
        return error.message
      }
      return nil
    }, "The warehouse that answers when a client names none; made at the first start.")
  static let location = ConfigurationKey<String?>(
    "catalog", "location", default: .some(nil), needsRestart: true,
    "Where that warehouse lies when it is made; a folder of the data directory unless given.")
  static let storageEndpoint = ConfigurationKey<String?>(
    "catalog", "s3_endpoint", default: .some(nil), needsRestart: true,
    "The store of a warehouse whose location is s3://BUCKET/PREFIX, such as http://127.0.0.1:9000.")
  static let storageRegion = ConfigurationKey<String>(
    "catalog", "s3_region", default: "local", needsRestart: true, "The region of that store.")
  static let storagePathStyle = ConfigurationKey<Bool>(
    "catalog", "s3_path_style", default: true, needsRestart: true,
    "Buckets of that store stand in the path, not in the host's name.")
  static let storageKey = ConfigurationKey<String?>(
    "catalog", "s3_access_key", default: .some(nil), needsRestart: true,
    "The key that the catalog uses there; the root key unless given.")
  static let storageSecret = ConfigurationKey<Secret<String>?>(
    "catalog", "s3_secret_key", default: .some(nil), needsRestart: true,
    "The secret of that key, when it is not one of this cluster.")
  static let storageAccess = ConfigurationKey<StorageProfile.Access>(
    "catalog", "s3_access", default: .vended, needsRestart: true,
    "What clients get: nothing, vended keys of this cluster, the shared key, or signatures.")
  enum StoreKind: String, CaseIterable, ConfigurationValue, Sendable { case embedded, postgresql }

  static let store = ConfigurationKey<StoreKind>(
    "catalog", "store", default: .embedded, needsRestart: true,
    "Where the catalog keeps what it knows: in the data directory, for one process, or in "
      + "PostgreSQL 15 or newer, for any number of them.")
  static let postgresAddress = ConfigurationKey<String?>(
    "catalog", "postgresql_url", default: .some(nil), needsRestart: true,
    "The database of store=postgresql, such as postgresql://lake@db.internal:5432/lake_catalog.")
  static let postgresPassword = ConfigurationKey<Secret<String>?>(
    "catalog", "postgresql_password", default: .some(nil), needsRestart: true,
    "The password of that account, unless the server asks for none.")
  static let postgresConnections = ConfigurationKey<Int>(
    "catalog", "postgresql_connections", default: 16, in: 1...500, needsRestart: true,
    "Connections of this process to that database.")
  static let formatVersion = ConfigurationKey<Int>(
    "catalog", "format_version", default: 2, in: 1...3,
    "The Iceberg version of tables that are created without saying one.")
  static let implicitParents = ConfigurationKey<Bool>(
    "catalog", "implicit_parents", default: false,
    "Makes the missing parents of a namespace with it.")
  static let namespaceSeparator = ConfigurationKey<String?>(
    "catalog", "namespace_separator", default: .some(nil), needsRestart: true,
    check: { text in
      guard let text else { return nil }
      return (1...8).contains(text.utf8.count) && !text.contains("/") && !text.contains("%")
        ? nil : "one to eight bytes, without / and %"
    },
    "What clients put between the levels of a namespace in a path, such as a dot; no level of a new "
      + "namespace may hold it. The unit separator unless given.")
  static let schemaEvolution = ConfigurationKey<Bool>(
    "catalog", "enforce_schema_evolution", default: true,
    "Refuses schemas that could not read the rows written before.")
  static let verifiesFiles = ConfigurationKey<Bool>(
    "catalog", "verify_metadata_file", default: false,
    "Looks at every load whether the metadata file is there.")
  static let eventRetention = ConfigurationKey<Duration>(
    "catalog", "event_retention", default: .seconds(7 * 86_400),
    in: .seconds(60) ... .seconds(366 * 86_400), "How long events can be read again.")

  static let eventSinks = ConfigurationKey<[String]>(
    "catalog", "event_sinks", default: [], needsRestart: true,
    "Addresses that every event is sent to, as CloudEvents: http://host/path.")

  static let section = ConfigurationSection(
    "catalog", "The Iceberg REST catalog.",
    keys: [
      host.declaration, port.declaration, warehouse.declaration, location.declaration,
      storageEndpoint.declaration, storageRegion.declaration, storagePathStyle.declaration,
      storageKey.declaration, storageSecret.declaration, storageAccess.declaration,
      store.declaration, postgresAddress.declaration, postgresPassword.declaration,
      postgresConnections.declaration,
      formatVersion.declaration, implicitParents.declaration,
      namespaceSeparator.declaration, schemaEvolution.declaration,
      verifiesFiles.declaration, eventRetention.declaration, eventSinks.declaration,
    ])
}
