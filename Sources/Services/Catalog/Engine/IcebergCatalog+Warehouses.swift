import Iceberg
import Values

extension IcebergCatalog {
  /// Makes the default warehouse unless it is there, and opens all of them.
  func establish(
    _ name: String, _ place: (location: String, storage: StorageProfile)
  ) async throws {
    let known = try await self.store.warehouses()
    if !known.contains(where: { $0.name == name }) {
      try WarehouseRecord.check(name: name)
      let location = try Location(parsing: place.location)
      let record = WarehouseRecord(
        name, id: self.newID(), location: location.description,
        storage: place.storage,
        createdAtMS: self.nowMS)
      let outcome = try await self.store.apply(
        CatalogChange(in: name, [.createWarehouse(record)]))
      // Another process may have been first.
      if case .refused(let refusal, _) = outcome, refusal != .warehouseExists(name) {
        throw ErrorResponse(refusal)
      }
    }
    try await self.refreshWarehouses()
    for warehouse in self.warehouses.all where warehouse.record.storage.kind == .file {
      try await warehouse.storage.ping()
    }
  }
}
