import Admin
import AdminServing
import Cluster
import Iceberg
import Identity
import JSON
import Runtime
import Values

/// `catalog warehouse`, `catalog namespace` and the events. Who may call was decided by the gate of the
/// admin API.
struct CatalogHandlers: Sendable {
  let service: CatalogService

  var catalog: IcebergCatalog {
    get throws {
      guard let catalog = self.service.catalog else {
        throw AdminError(.unavailable, "catalog.starting", "the catalog is not up yet")
      }
      return catalog
    }
  }

  func warehouse(_ name: String?) throws -> Warehouse {
    let catalog = try self.catalog
    let name = name ?? catalog.options.defaultWarehouse
    guard let warehouse = catalog.warehouses[name] else {
      throw ErrorResponse.noSuchWarehouse(name)
    }
    return warehouse
  }

  /// Whoever the gate has let in acts with the rights of the catalog itself; events name who it was.
  func caller(_ context: AdminContext) throws -> Caller {
    var caller = Caller(
      principal: nil, context: AccessContext(time: try self.catalog.time.wallNow),
      deadline: .distantFuture)
    caller.operatorName = context.principal.name
    return caller
  }

  func register(in routes: inout AdminRoutes) throws {
    try self.registerWarehouses(in: &routes)
    try self.registerNamespaces(in: &routes)
    try routes.on(CatalogAPI.events) { input, context in
      try await catalogWork { try await self.events(input, context) }
    }
    try TableHandlers(handlers: self).register(in: &routes)
  }

  private func events(
    _ input: CatalogEventsInput, _ context: AdminContext
  ) async throws -> AdminList<CatalogEventRecord> {
    let catalog = try self.catalog
    var filter = EventFilter()
    filter.warehouse = input.warehouse
    filter.namespace = try input.namespace.map { try QualifiedName.namespace($0) }
    let wait = Duration.milliseconds(min(max(input.waitMilliseconds, 0), 60_000))
    let since = context.paging.token.flatMap(AdminPaging.decode).flatMap { Int64($0) }
    var after = since ?? input.after ?? input.since
    if since == nil, input.after == nil, input.since == 0, let last = input.last {
      after = max(0, try await catalog.store.lastEvent() - max(0, last))
    }
    let found = try await catalog.events(
      after: after, filter, by: try self.caller(context),
      limit: context.paging.limit, until: catalog.time.now + wait)
    let records = found.events.map(CatalogEventRecord.init)
    let isFull = records.count == context.paging.limit
    return AdminList(records, next: isFull ? AdminPaging.encode("\(found.last)") : nil)
  }

  // MARK: Namespaces

  private func registerNamespaces(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogAPI.namespaces) { input, context in
      try await catalogWork { try await self.namespaces(input, context) }
    }
    try routes.on(CatalogAPI.namespace) { input, context in
      try await catalogWork {
        let warehouse = try self.warehouse(input.warehouse)
        return AdminItem(
          try await self.record(try QualifiedName.namespace(input.name), warehouse))
      }
    }
    try routes.on(CatalogAPI.createNamespace) { input, context in
      try await catalogWork { try await self.create(input, context) }
    }
    try routes.on(CatalogAPI.setNamespace) { input, context in
      try await catalogWork { try await self.set(input, context) }
    }
    try routes.on(CatalogAPI.deleteNamespace) { input, context in
      try await catalogWork { try await self.delete(input, context) }
    }
  }

  private func namespaces(
    _ input: CatalogPathInput, _ context: AdminContext
  ) async throws -> AdminList<Admin.NamespaceRecord> {
    let warehouse = try self.warehouse(input.warehouse)
    let parent = try input.path.map { try QualifiedName.namespace($0) }
    if input.isRecursive { return try await self.allNamespaces(below: parent, warehouse, context) }
    let page = try await self.catalog.listNamespaces(
      below: parent, in: warehouse, by: try self.caller(context),
      after: context.paging.token.flatMap(AdminPaging.decode), limit: context.paging.limit)
    var records: [Admin.NamespaceRecord] = []
    for namespace in page.namespaces {
      records.append(try await self.record(namespace, warehouse))
    }
    return AdminList(records, next: page.next.map(AdminPaging.encode))
  }

  /// The token is the last one shown.
  private func allNamespaces(
    below parent: Namespace?, _ warehouse: Warehouse, _ context: AdminContext
  ) async throws -> AdminList<Admin.NamespaceRecord> {
    if let parent { _ = try await self.record(parent, warehouse) }
    let last = try context.paging.token.flatMap(AdminPaging.decode)
      .map { try QualifiedName.namespace($0) }
    var found: [Namespace] = []
    try await NamespaceTreeHandlers.namespaces(
      below: parent, from: last, in: warehouse.name, of: try self.catalog.store
    ) { namespace in
      if namespace != last { found.append(namespace) }
      return found.count < context.paging.limit
    }
    var records: [Admin.NamespaceRecord] = []
    for namespace in found { records.append(try await self.record(namespace, warehouse)) }
    let isFull = records.count == context.paging.limit
    return AdminList(
      records, next: isFull ? records.last.map { AdminPaging.encode($0.namespace) } : nil)
  }

  func record(
    _ namespace: Namespace, _ warehouse: Warehouse
  ) async throws -> Admin.NamespaceRecord {
    let catalog = try self.catalog
    let stored = try await catalog.record(of: namespace, in: warehouse)
    var record = Admin.NamespaceRecord()
    record.namespace = QualifiedName.text(namespace)
    let counts = try await catalog.store.counts(in: namespace, of: warehouse.name)
    (record.tableCount, record.viewCount) = (counts.tables, counts.views)
    record.owner = stored.properties["owner"]
    record.location = catalog.document(stored, in: warehouse).properties["location"]
    var properties = JSONObject()
    for (name, value) in stored.properties.sorted { properties[name] = .string(value) }
    record.properties = .object(properties)
    record.isProtected = stored.isProtected
    record.createdAt = Timestamp(milliseconds: stored.createdAtMS)
    return record
  }

  private func create(
    _ input: NamespaceInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.NamespaceRecord> {
    let warehouse = try self.warehouse(input.warehouse)
    let namespace = try QualifiedName.namespace(input.name)
    var record = Admin.NamespaceRecord()
    record.namespace = QualifiedName.text(namespace)
    record.owner = input.owner
    if !context.isDryRun {
      var properties = Properties()
      for (name, value) in input.properties { properties[name] = value }
      if let owner = input.owner { properties["owner"] = owner }
      _ = try await self.catalog.createNamespace(
        NamespaceDocument(namespace, properties: properties), in: warehouse,
        by: try self.caller(context))
      record = try await self.record(namespace, warehouse)
    }
    return AdminChange(
      record, context: context, undo: "lakectl catalog namespace delete \(record.namespace)",
      plan: "make namespace \(record.namespace)")
  }

  private func set(
    _ input: NamespaceInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.NamespaceRecord> {
    let warehouse = try self.warehouse(input.warehouse)
    let namespace = try QualifiedName.namespace(input.name)
    let before = try await self.record(namespace, warehouse)
    guard !context.isDryRun else {
      return AdminChange(before, context: context, plan: "change its properties")
    }
    var updates = Properties()
    for (name, value) in input.properties { updates[name] = value }
    if let owner = input.owner { updates["owner"] = owner }
    _ = try await self.catalog.updateProperties(
      of: namespace,
      UpdateNamespacePropertiesRequest(removals: input.removals, updates: updates),
      in: warehouse, by: try self.caller(context))
    let after = try await self.record(namespace, warehouse)
    return AdminChange(
      after, context: context, changed: after != before, plan: "change its properties")
  }

  private func delete(
    _ input: CatalogNameInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.NamespaceRecord> {
    let warehouse = try self.warehouse(input.warehouse)
    let namespace = try QualifiedName.namespace(input.name)
    let record = try await self.record(namespace, warehouse)
    if !context.isDryRun {
      try await self.catalog.dropNamespace(
        namespace, in: warehouse, by: try self.caller(context))
    }
    return AdminChange(
      record, context: context, undo: "lakectl catalog namespace create \(record.namespace)",
      plan: "remove namespace \(record.namespace), when it is empty")
  }
}

extension CatalogEventRecord {
  init(_ event: NumberedEvent) {
    self.init()
    self.sequence = event.number
    self.at = Timestamp(milliseconds: event.event.atMS)
    self.type = event.event.type.rawValue
    self.warehouse = event.event.warehouse
    if let namespace = event.event.namespace {
      self.name =
        event.event.name.map { QualifiedName.text(TableIdentifier(namespace, $0)) }
        ?? QualifiedName.text(namespace)
    }
    self.actor = event.event.actor
    var details = JSONObject()
    for (name, value) in event.event.details.sorted { details[name] = .string(value) }
    self.details = .object(details)
  }
}
