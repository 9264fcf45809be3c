import Iceberg

/// Access to files of S3 stores.
extension IcebergCatalog {
  func objectAccess(
    to location: String, _ identifier: TableIdentifier, in warehouse: Warehouse,
    _ mode: LoadMode, by caller: Caller
  ) async throws -> StorageAccess {
    StorageAccess()
  }
}
