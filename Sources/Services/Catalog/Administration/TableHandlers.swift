import Admin
import AdminServing
import Cluster
import Iceberg
import JSON
import Values

/// `catalog table`, `catalog view` and `catalog deleted`.
struct TableHandlers: Sendable {
  let handlers: CatalogHandlers

  var catalog: IcebergCatalog { get throws { try self.handlers.catalog } }

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogAPI.tables) { input, context in
      try await catalogWork { try await self.list(.table, input, context) }
    }
    try routes.on(CatalogAPI.views) { input, context in
      try await catalogWork { try await self.list(.view, input, context) }
    }
    try routes.on(CatalogAPI.table) { input, context in
      try await catalogWork {
        AdminItem(try await self.record(.table, input.name, input.warehouse, context))
      }
    }
    try routes.on(CatalogAPI.metadata) { input, context in
      try await catalogWork {
        let table = try await self.table(input.name, input.warehouse, context)
        return AdminDocument(
          try table.document.withBytes { (bytes) throws(JSONError) in
            try JSONValue(parsing: bytes, limits: IcebergLimits.metadata)
          })
      }
    }
    try routes.on(CatalogAPI.dropped) { input, context in
      try await catalogWork { try await self.dropped(input, context) }
    }
    try self.registerChanges(in: &routes)
    try SnapshotHandlers(tables: self).register(in: &routes)
    try ContentHandlers(tables: self).register(in: &routes)
    try EntryHandlers(tables: self).register(in: &routes)
    try ShapeHandlers(tables: self).register(in: &routes)
    try ScheduleHandlers(tables: self).register(in: &routes)
  }

  private func registerChanges(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogAPI.registerTable) { input, context in
      try await catalogWork { try await self.register(input, context) }
    }
    try routes.on(CatalogAPI.renameTable) { input, context in
      try await catalogWork { try await self.rename(.table, input, context) }
    }
    try routes.on(CatalogAPI.setTable) { input, context in
      try await catalogWork { try await self.set(input, context) }
    }
    try routes.on(CatalogAPI.dropTable) { input, context in
      try await catalogWork { try await self.drop(.table, input, context) }
    }
    try routes.on(CatalogAPI.dropView) { input, context in
      try await catalogWork { try await self.drop(.view, input, context) }
    }
    try routes.on(CatalogAPI.undropTable) { input, context in
      try await catalogWork { try await self.restore(input, context) }
    }
    try routes.on(CatalogAPI.purgeTable) { input, context in
      try await catalogWork { try await self.purge(input, context) }
    }
  }

  // MARK: Looking

  /// A table as its handlers need it.
  struct Table {
    var warehouse: Warehouse
    var entry: ObjectEntry
    var object: ObjectRecord
    var document: StoredDocument
    var caller: Caller
  }

  func table(
    _ name: String, _ warehouse: String?, _ context: AdminContext, _ kind: ObjectKind = .table
  ) async throws -> Table {
    let catalog = try self.catalog
    let place = try self.handlers.warehouse(warehouse)
    let identifier = try QualifiedName.identifier(name)
    let caller = try self.handlers.caller(context)
    let entry = try await catalog.entry(kind, identifier, in: place, .read, by: caller)
    guard let object = try await catalog.store.object(entry.id) else {
      throw ErrorResponse.noSuch(kind, identifier)
    }
    return Table(
      warehouse: place, entry: entry, object: object,
      document: try await catalog.document(of: entry), caller: caller)
  }

  func record(
    _ kind: ObjectKind, _ name: String, _ warehouse: String?, _ context: AdminContext
  ) async throws -> CatalogObjectRecord {
    let table = try await self.table(name, warehouse, context, kind)
    var record = CatalogObjectRecord(table.object)
    if kind == .table {
      let metadata = try self.catalog.metadata(table.document)
      record.formatVersion = Int64(metadata.formatVersion)
      record.schemaID = Int64(metadata.currentSchemaID)
      record.snapshotID = metadata.currentSnapshotID
    }
    return record
  }

  private func list(
    _ kind: ObjectKind, _ input: CatalogPathInput, _ context: AdminContext
  ) async throws -> AdminList<CatalogObjectRecord> {
    if input.isRecursive { return try await self.listAll(kind, input, context) }
    guard let path = input.path else {
      throw IcebergError(
        .badRequest, "the namespace is missing whose \(kind.word)s are to be listed")
    }
    let catalog = try self.catalog
    let page = try await catalog.list(
      kind, in: try QualifiedName.namespace(path),
      of: try self.handlers.warehouse(input.warehouse),
      by: try self.handlers.caller(context),
      after: context.paging.token.flatMap(AdminPaging.decode), limit: context.paging.limit)
    let warehouse = try self.handlers.warehouse(input.warehouse).name
    var records: [CatalogObjectRecord] = []
    for identifier in page.identifiers {
      // One that went meanwhile is left out.
      guard let entry = try await catalog.store.entry(identifier, in: warehouse),
        let object = try await catalog.store.object(entry.id)
      else { continue }
      records.append(CatalogObjectRecord(object))
    }
    return AdminList(records, next: page.next.map(AdminPaging.encode))
  }

  /// Those of a namespace and of all below it, or of the whole warehouse. The token is the last name shown.
  private func listAll(
    _ kind: ObjectKind, _ input: CatalogPathInput, _ context: AdminContext
  ) async throws -> AdminList<CatalogObjectRecord> {
    let store = try self.catalog.store
    let warehouse = try self.handlers.warehouse(input.warehouse).name
    let root = try input.path.map { try QualifiedName.namespace($0) }
    let last = try context.paging.token.flatMap(AdminPaging.decode)
      .map { try QualifiedName.identifier($0) }
    let limit = context.paging.limit
    var records: [CatalogObjectRecord] = []
    func take(_ namespace: Namespace) async throws -> Bool {
      let after = last?.namespace == namespace ? last?.name : nil
      records += try await store.objects(
        of: kind, in: namespace, of: warehouse, after: after, limit: limit - records.count
      ).map(CatalogObjectRecord.init)
      return records.count < limit
    }
    if let root {
      _ = try await self.handlers.record(root, try self.handlers.warehouse(input.warehouse))
      if last == nil || last?.namespace == root { _ = try await take(root) }
    }
    if records.count < limit {
      try await NamespaceTreeHandlers.namespaces(
        below: root, from: last?.namespace == root ? nil : last?.namespace, in: warehouse,
        of: store, take)
    }
    let isFull = records.count == limit
    return AdminList(records, next: isFull ? records.last.map { AdminPaging.encode($0.name) } : nil)
  }

  private func dropped(
    _ input: CatalogPathInput, _ context: AdminContext
  ) async throws -> AdminList<CatalogObjectRecord> {
    let warehouse = try self.handlers.warehouse(input.warehouse)
    let namespace = try input.path.map { try QualifiedName.namespace($0) }
    let after = context.paging.token.flatMap(AdminPaging.decode)
      .flatMap { try? ObjectID(parsing: $0) }
    let page = try await self.catalog.store.dropped(
      in: warehouse.name, after: after, limit: context.paging.limit)
    let records = page.filter { namespace == nil || $0.identifier.namespace == namespace }
      .map(CatalogObjectRecord.init)
    let isFull = page.count == context.paging.limit
    return AdminList(
      records, next: isFull ? page.last.map { AdminPaging.encode($0.id.description) } : nil)
  }

  // MARK: Changing

  private func register(
    _ input: RegisterTableInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogObjectRecord> {
    let identifier = try QualifiedName.identifier(input.name)
    let warehouse = try self.handlers.warehouse(input.warehouse)
    var record = CatalogObjectRecord()
    record.name = QualifiedName.text(identifier)
    record.kindOfObject = "table"
    if context.isDryRun {
      _ = try await self.catalog.readMetadataFile(input.metadata, in: warehouse)
    } else {
      _ = try await self.catalog.registerTable(
        RegisterRequest(
          name: identifier.name, metadataLocation: input.metadata, overwrites: input.overwrites),
        in: identifier.namespace, of: warehouse, LoadMode(), by: try self.handlers.caller(context))
      record = try await self.record(.table, input.name, input.warehouse, context)
    }
    return AdminChange(
      record, context: context, undo: "lakectl catalog table drop \(record.name)",
      plan: "take \(input.metadata) for table \(record.name)")
  }

  func rename(
    _ kind: ObjectKind, _ input: RenameObjectInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogObjectRecord> {
    let table = try await self.table(input.name, input.warehouse, context, kind)
    let target = try QualifiedName.identifier(input.to)
    var object = table.object
    object.identifier = target
    if !context.isDryRun {
      try await self.catalog.rename(
        kind, table.entry.identifier, to: target, in: table.warehouse, by: table.caller)
    }
    return AdminChange(
      CatalogObjectRecord(object), context: context, changed: target != table.entry.identifier,
      undo: "lakectl catalog \(kind.word) rename \(input.to) \(input.name)",
      plan: "rename \(input.name) to \(input.to)")
  }

  private func set(
    _ input: TableChangeInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogObjectRecord> {
    let table = try await self.table(input.name, input.warehouse, context)
    try context.check(etag: "\(table.object.version)", of: "table \(input.name)")
    var updates: [TableUpdate] = []
    var properties = Properties()
    for (name, value) in input.properties { properties[name] = value }
    if !properties.isEmpty { updates.append(.setProperties(properties)) }
    if !input.removals.isEmpty { updates.append(.removeProperties(input.removals)) }
    if !context.isDryRun {
      if let isProtected = input.isProtected, isProtected != table.object.isProtected {
        let outcome = try await self.catalog.apply(
          CatalogChange(in: table.warehouse.name, [.protect(table.entry.id, isProtected)]))
        if case .refused(let refusal, _) = outcome { throw ErrorResponse(refusal) }
      }
      _ = try await self.catalog.commitTable(
        table.entry.identifier, CommitTableRequest(requirements: [], updates: updates),
        in: table.warehouse, by: table.caller)
    }
    let after = try await self.record(.table, input.name, input.warehouse, context)
    return AdminChange(
      after, context: context,
      changed: context.isDryRun || after.etag != "\(table.object.version)"
        || after.isProtected != table.object.isProtected, plan: "change \(input.name)")
  }

  private func drop(
    _ kind: ObjectKind, _ input: CatalogNameInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogObjectRecord> {
    let table = try await self.table(input.name, input.warehouse, context, kind)
    let hold = table.warehouse.record.holdSeconds
    if !context.isDryRun {
      try await self.catalog.drop(
        kind, table.entry.identifier, purges: input.purges, in: table.warehouse,
        by: table.caller)
    }
    let record =
      try await self.catalog.store.object(table.entry.id).map(CatalogObjectRecord.init)
      ?? CatalogObjectRecord(table.object)
    let words =
      hold > 0
      ? "it is held for \(DurationText.text(.seconds(hold)))"
      : "it is not held: only its metadata file \(table.object.metadataLocation) brings it back"
    return AdminChange(
      record, context: context,
      undo: hold > 0
        ? "lakectl catalog table undrop \(table.entry.id)"
        : kind == .table && !input.purges
          ? "lakectl catalog table register \(input.name) --metadata "
            + table.object.metadataLocation : nil,
      plan: "drop \(input.name); \(words)")
  }

  private func restore(
    _ input: RestoreInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogObjectRecord> {
    let warehouse = try self.handlers.warehouse(input.warehouse)
    let object = try await self.held(input.name, in: warehouse)
    let target = try input.newName.map { try QualifiedName.identifier($0) }
    var record = CatalogObjectRecord(object)
    if !context.isDryRun {
      record = CatalogObjectRecord(
        try await self.catalog.restore(
          object.id, as: target, in: warehouse, by: try self.handlers.caller(context)))
    }
    return AdminChange(
      record, context: context, undo: "lakectl catalog table drop \(record.name)",
      plan: "take \(record.name) back")
  }

  /// The dropped object of an id, or the one of that name that was dropped last.
  private func held(_ name: String, in warehouse: Warehouse) async throws -> ObjectRecord {
    let catalog = try self.catalog
    if let id = try? ObjectID(parsing: name), let object = try await catalog.store.object(id),
      object.dropped != nil
    {
      return object
    }
    let identifier = try QualifiedName.identifier(name)
    var found: ObjectRecord?
    var after: ObjectID?
    while true {
      let page = try await catalog.store.dropped(in: warehouse.name, after: after, limit: 1000)
      for object in page where object.identifier == identifier {
        if (found?.dropped?.atMS ?? .min) < (object.dropped?.atMS ?? 0) { found = object }
      }
      guard page.count == 1000 else { break }
      after = page.last?.id
    }
    guard let found else {
      throw ErrorResponse(.notFound, "No dropped table or view \(identifier) is held")
    }
    return found
  }

  private func purge(
    _ input: CatalogNameInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogObjectRecord> {
    let warehouse = try self.handlers.warehouse(input.warehouse)
    let catalog = try self.catalog
    let caller = try self.handlers.caller(context)
    var object: ObjectRecord
    if let table = try? await self.table(input.name, input.warehouse, context) {
      object = table.object
      if !context.isDryRun {
        try await catalog.drop(
          .table, table.entry.identifier, purges: true, holds: false, in: warehouse, by: caller)
      }
    } else {
      object = try await self.held(input.name, in: warehouse)
    }
    var job: String?
    if !context.isDryRun {
      job = try await self.handlers.service.submitPurge(
        of: object, in: warehouse, always: true, by: caller.name)
    }
    var record = CatalogObjectRecord(object)
    record.job = job
    return AdminChange(
      record, context: context, job: job, plan: "delete \(record.name) and all of its files")
  }
}

extension CatalogObjectRecord {
  init(_ object: ObjectRecord) {
    self.init()
    self.name = QualifiedName.text(object.identifier)
    self.kindOfObject = object.kind.word
    self.object = object.id.description
    self.rowsCount = object.size?.rows
    self.filesCount = object.size?.files
    self.sizeBytes = object.size?.bytes
    self.deleteFilesCount = object.size?.deleteFiles
    self.snapshotID = object.size?.snapshotID
    self.updatedAt = Timestamp(milliseconds: object.updatedAtMS)
    self.createdAt = Timestamp(milliseconds: object.createdAtMS)
    self.location = object.location
    self.metadataLocation = object.metadataLocation
    self.uuid = object.uuid.description
    self.isProtected = object.isProtected
    self.droppedAt = object.dropped.map { Timestamp(milliseconds: $0.atMS) }
    self.purgeAt = object.dropped.map { Timestamp(milliseconds: $0.purgeAtMS) }
    self.etag = "\(object.version)"
  }
}
