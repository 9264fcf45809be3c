import Admin
import AdminServing
import Bytes
import Iceberg
import Identity
import Runtime
import Values

/// `catalog warehouse`.
extension CatalogHandlers {
  func registerWarehouses(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogAPI.warehouses) { _, context in
      try await catalogWork {
        let catalog = try self.catalog
        return context.paging.page(
          catalog.warehouses.all.map { self.record($0, catalog) }, by: \.warehouse)
      }
    }
    try routes.on(CatalogAPI.warehouse) { input, _ in
      try await catalogWork {
        AdminItem(self.record(try self.warehouse(input.name), try self.catalog))
      }
    }
    try routes.on(CatalogAPI.createWarehouse) { input, context in
      try await catalogWork { try await self.create(input, context) }
    }
    try routes.on(CatalogAPI.setWarehouse) { input, context in
      try await catalogWork { try await self.set(input, context) }
    }
    try routes.on(CatalogAPI.deleteWarehouse) { input, context in
      try await catalogWork { try await self.delete(input, context) }
    }
  }

  private func record(_ warehouse: Warehouse, _ catalog: IcebergCatalog) -> Admin.WarehouseRecord {
    let stored = warehouse.record
    var record = Admin.WarehouseRecord()
    record.warehouse = stored.name
    record.location = stored.location
    record.state = stored.isActive ? .active : .inactive
    record.storage = stored.storage.kind.rawValue
    record.access = stored.storage.access.rawValue
    record.endpoint = stored.storage.endpoint
    record.formatVersionMax = Int64(stored.formatVersionMax)
    record.softDeleteSeconds = stored.holdSeconds
    record.isProtected = stored.isProtected
    record.isDefault = stored.name == catalog.options.defaultWarehouse
    record.createdAt = Timestamp(milliseconds: stored.createdAtMS)
    record.etag = "\(stored.revision)"
    return record
  }

  private func create(
    _ input: WarehouseInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.WarehouseRecord> {
    let catalog = try self.catalog
    try WarehouseRecord.check(name: input.warehouse)
    if let present = catalog.warehouses[input.warehouse] {
      guard input.ifNotExists else {
        throw ErrorResponse(.warehouseExists(input.warehouse))
      }
      return AdminChange(
        self.record(present, catalog), context: context, changed: false, plan: "")
    }
    var stored = try self.newRecord(input, catalog)
    stored.storage = try await catalog.sealing(input.secretKey, in: stored.storage)
    let warehouse = try catalog.warehouses.opened(stored)
    try self.checkApart(warehouse, catalog)
    try await Self.probe(warehouse, catalog.newID())
    if !context.isDryRun {
      let event = catalog.event(.warehouseCreated, by: try self.caller(context), in: warehouse)
      let outcome = try await catalog.apply(
        CatalogChange(in: stored.name, [.createWarehouse(stored)], events: [event]))
      if case .refused(let refusal, _) = outcome { throw ErrorResponse(refusal) }
      try await catalog.refreshWarehouses()
    }
    return AdminChange(
      self.record(warehouse, catalog), context: context,
      undo: "lakectl catalog warehouse delete \(stored.name)",
      plan: "make warehouse \(stored.name) at \(stored.location)")
  }

  private func newRecord(
    _ input: WarehouseInput, _ catalog: IcebergCatalog
  ) throws -> WarehouseRecord {
    guard let text = input.location else {
      throw IcebergError(.badRequest, "a warehouse has a location")
    }
    let location = try Location(parsing: text)
    var storage = StorageProfile(location.scheme == "file" ? .file : .s3)
    guard ["file", "s3"].contains(location.scheme) else {
      throw IcebergError(
        .validation, "a warehouse lies at file:///… or s3://…, not at \(text.prefix(200))")
    }
    if storage.kind == .s3 {
      storage.access = try Self.access(input.access) ?? .vended
      storage.endpoint = input.endpoint
      storage.region = input.region ?? "local"
      storage.accessKeyID =
        input.accessKey ?? catalog.access.identity?.directory.rootRecord?.keyID
    }
    var record = WarehouseRecord(
      input.warehouse, id: catalog.newID(), location: location.description, storage: storage,
      createdAtMS: catalog.nowMS)
    try Self.apply(input, to: &record)
    return record
  }

  private static func access(_ text: String?) throws(IcebergError) -> StorageProfile.Access? {
    guard let text else { return nil }
    guard let access = StorageProfile.Access(rawValue: text) else {
      throw IcebergError(
        .badRequest, "access is none, vended, shared or signed, not \(text.prefix(40))")
    }
    return access
  }

  private static func apply(
    _ input: WarehouseInput, to record: inout WarehouseRecord
  ) throws(IcebergError) {
    if let seconds = input.softDeleteSeconds {
      guard (0...366 * 86_400).contains(seconds) else {
        throw IcebergError(.badRequest, "dropped tables are held for 0 s to 366 d")
      }
      record.holdSeconds = seconds
    }
    if let version = input.formatVersionMax {
      guard (1...3).contains(version) else {
        throw IcebergError(.badRequest, "the newest Iceberg version is 1, 2 or 3")
      }
      record.formatVersionMax = Int(version)
    }
    if let isActive = input.isActive { record.isActive = isActive }
    if let isProtected = input.isProtected { record.isProtected = isProtected }
  }

  /// Two warehouses never share a place.
  private func checkApart(_ warehouse: Warehouse, _ catalog: IcebergCatalog) throws {
    for other in catalog.warehouses.all where other.location.overlaps(warehouse.location) {
      throw IcebergError(
        .validation, "\(warehouse.location) is, holds or lies in that of warehouse \(other.name)")
    }
  }

  /// Writes, reads and deletes a small file, so that a warehouse that is made works.
  private static func probe(_ warehouse: Warehouse, _ id: ObjectID) async throws {
    let location = "\(warehouse.location)/.lakeworks-probe/\(id)"
    do throws(StorageError) {
      try await warehouse.storage.write([0x6C, 0x61, 0x6B, 0x65], to: location)
      _ = try await warehouse.storage.read(location, limit: 16)
      guard try await warehouse.storage.delete([location]).isEmpty else {
        throw StorageError(.unavailable, "the probe \(location) cannot be deleted")
      }
      try await warehouse.storage.clear("\(warehouse.location)/.lakeworks-probe")
    } catch {
      throw IcebergError(.validation, "the warehouse does not work: \(error)")
    }
  }

  private func set(
    _ input: WarehouseInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.WarehouseRecord> {
    let catalog = try self.catalog
    let warehouse = try self.warehouse(input.warehouse)
    try context.check(etag: "\(warehouse.record.revision)", of: "warehouse \(warehouse.name)")
    var next = warehouse.record
    try Self.apply(input, to: &next)
    if let access = try Self.access(input.access) { next.storage.access = access }
    if let endpoint = input.endpoint { next.storage.endpoint = endpoint }
    if let key = input.accessKey { next.storage.accessKeyID = key }
    next.storage = try await catalog.sealing(input.secretKey, in: next.storage)
    let isChanged = next != warehouse.record
    if isChanged, !context.isDryRun {
      let event = catalog.event(.warehouseUpdated, by: try self.caller(context), in: warehouse)
      let outcome = try await catalog.apply(
        CatalogChange(
          in: next.name, [.replaceWarehouse(next, revision: warehouse.record.revision)],
          events: [event]))
      if case .refused(let refusal, _) = outcome { throw ErrorResponse(refusal) }
      try await catalog.refreshWarehouses()
    }
    return AdminChange(
      self.record(try self.warehouse(next.name), catalog), context: context, changed: isChanged,
      plan: "change warehouse \(next.name)")
  }

  private func delete(
    _ input: NameInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.WarehouseRecord> {
    let catalog = try self.catalog
    let warehouse = try self.warehouse(input.name)
    guard warehouse.name != catalog.options.defaultWarehouse else {
      throw AdminError(
        .conflict, "catalog.default_warehouse", "\(warehouse.name) is the default warehouse",
        why: "the configuration names it", changed: false)
    }
    let record = self.record(warehouse, catalog)
    if !context.isDryRun {
      let event = catalog.event(.warehouseDropped, by: try self.caller(context), in: warehouse)
      let outcome = try await catalog.apply(
        CatalogChange(
          in: warehouse.name, [.dropWarehouse(warehouse.name)], events: [event]))
      if case .refused(let refusal, _) = outcome { throw ErrorResponse(refusal) }
      try await catalog.refreshWarehouses()
    }
    return AdminChange(
      record, context: context, plan: "remove warehouse \(warehouse.name), when it is empty")
  }
}
