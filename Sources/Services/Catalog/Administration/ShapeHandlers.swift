import Admin
import AdminServing
import Bytes
import Iceberg
import JSON
import Values

/// Tables that are made and whose columns change, and views that are made, changed and renamed.
struct ShapeHandlers: Sendable {
  let tables: TableHandlers

  var catalog: IcebergCatalog { get throws { try self.tables.catalog } }

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogShapeAPI.createTable) { input, context in
      try await catalogWork { try await self.create(input, context) }
    }
    try routes.on(CatalogShapeAPI.alterTable) { input, context in
      try await catalogWork { try await self.alter(input, context) }
    }
    try routes.on(CatalogShapeAPI.createView) { input, context in
      try await catalogWork { try await self.createView(input, context) }
    }
    try routes.on(CatalogShapeAPI.setView) { input, context in
      try await catalogWork { try await self.setView(input, context) }
    }
    try routes.on(CatalogShapeAPI.renameView) { input, context in
      try await catalogWork { try await self.renameView(input, context) }
    }
    try NamespaceTreeHandlers(tables: self.tables).register(in: &routes)
  }

  // MARK: Tables

  private func create(
    _ input: CreateTableInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogObjectRecord> {
    let warehouse = try self.tables.handlers.warehouse(input.warehouse)
    let identifier = try QualifiedName.identifier(input.name)
    let caller = try self.tables.handlers.caller(context)
    guard let schema = try SchemaText.schema(input.schema, input.columns) else {
      throw IcebergError(.badRequest, "the schema or the columns of \(input.name) are missing")
    }
    let request = CreateTableRequest(
      name: identifier.name, schema: schema, location: input.location,
      spec: try SchemaText.spec(input.partition, of: schema),
      properties: Properties(input.properties))
    var record = CatalogObjectRecord()
    record.name = QualifiedName.text(identifier)
    record.kindOfObject = "table"
    if context.isDryRun {
      try await self.catalog.checkCreating(
        request, in: identifier.namespace, of: warehouse, by: caller)
    } else {
      _ = try await self.catalog.createTable(
        request, in: identifier.namespace, of: warehouse, LoadMode(), by: caller)
      record = try await self.tables.record(.table, input.name, input.warehouse, context)
    }
    return AdminChange(
      record, context: context, undo: "lakectl catalog table drop \(record.name)",
      plan: "make table \(record.name)")
  }

  private func alter(
    _ input: AlterTableInput, _ context: AdminContext
  ) async throws -> AdminChange<TableSchemaRecord> {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    try context.check(etag: "\(table.object.version)", of: "table \(input.name)")
    let metadata = try self.catalog.metadata(table.document)
    var edit = try SchemaEdit(metadata)
    try edit.apply(input)
    guard !edit.lines.isEmpty else {
      throw IcebergError(.badRequest, "nothing is said that shall change in \(input.name)")
    }
    let request = CommitTableRequest(
      requirements: [
        .currentSchemaID(metadata.currentSchemaID), .lastAssignedFieldID(metadata.lastColumnID),
      ],
      updates: [.addSchema(edit.schema), .setCurrentSchema(TableUpdate.lastAdded)])
    let next = try self.catalog.next(of: table, metadata, request)
    if !context.isDryRun, next != nil {
      _ = try await self.catalog.commitTable(
        table.entry.identifier, request, in: table.warehouse, by: table.caller)
    }
    let present = try await self.tables.table(input.name, input.warehouse, context)
    var record = TableSchemaRecord(present, try self.catalog.metadata(present.document))
    if context.isDryRun, let next { record = TableSchemaRecord(present, next) }
    let isDone = next != nil && !context.isDryRun
    return AdminChange(record, changed: isDone, plan: context.isDryRun ? edit.lines : [])
  }

  // MARK: Views

  private func createView(
    _ input: ViewInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogViewRecord> {
    let warehouse = try self.tables.handlers.warehouse(input.warehouse)
    let identifier = try QualifiedName.identifier(input.name)
    let caller = try self.tables.handlers.caller(context)
    guard let sql = input.sql, let dialect = input.dialect else {
      throw IcebergError(.badRequest, "the text of \(input.name) or its dialect is missing")
    }
    let version = ViewVersion(
      id: 1, timestampMS: try self.catalog.nowMS, schemaID: 0,
      representations: [ViewRepresentation(sql: sql, dialect: dialect)],
      defaultNamespace: try input.defaultNamespace.map { try QualifiedName.namespace($0).levels }
        ?? identifier.namespace.levels)
    let request = CreateViewRequest(
      name: identifier.name,
      schema: try SchemaText.schema(input.schema, input.columns) ?? Schema(fields: []),
      version: version, properties: Properties(input.properties))
    var record = CatalogViewRecord()
    record.view = QualifiedName.text(identifier)
    record.dialects = [dialect]
    if context.isDryRun {
      _ = try await self.catalog.placeForNew(.view, identifier, in: warehouse, by: caller)
    } else {
      _ = try await self.catalog.createView(
        request, in: identifier.namespace, of: warehouse, by: caller)
      record = try await self.view(input, context)
    }
    return AdminChange(
      record, context: context, undo: "lakectl catalog view drop \(record.view)",
      plan: "make view \(record.view)")
  }

  private func view(
    _ input: ViewInput, _ context: AdminContext
  ) async throws -> CatalogViewRecord {
    try CatalogViewRecord(try await self.tables.table(input.name, input.warehouse, context, .view))
  }

  private func setView(
    _ input: ViewInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogViewRecord> {
    let view = try await self.tables.table(input.name, input.warehouse, context, .view)
    let updates = try self.updates(input, try ViewMetadata(view.document))
    let before = try await self.view(input, context)
    if !context.isDryRun {
      if let isProtected = input.isProtected, isProtected != view.object.isProtected {
        let outcome = try await self.catalog.apply(
          CatalogChange(in: view.warehouse.name, [.protect(view.entry.id, isProtected)]))
        if case .refused(let refusal, _) = outcome { throw ErrorResponse(refusal) }
      }
      if !updates.isEmpty {
        _ = try await self.catalog.replaceView(
          view.entry.identifier, CommitViewRequest(updates: updates), in: view.warehouse,
          by: view.caller)
      }
    }
    let after = try await self.view(input, context)
    return AdminChange(
      after, context: context, changed: context.isDryRun || after != before,
      plan: "change \(input.name)")
  }

  private func updates(_ input: ViewInput, _ metadata: ViewMetadata) throws -> [ViewUpdate] {
    var updates: [ViewUpdate] = []
    if !input.properties.isEmpty { updates.append(.setProperties(Properties(input.properties))) }
    if !input.removals.isEmpty { updates.append(.removeProperties(input.removals)) }
    let schema = try SchemaText.schema(input.schema, input.columns)
    guard input.sql != nil || schema != nil || input.defaultNamespace != nil else { return updates }
    guard var version = metadata.currentVersion else {
      throw IcebergError(.validation, "\(input.name) has no current version")
    }
    if let sql = input.sql {
      guard let dialect = input.dialect ?? version.onlyDialect else {
        throw IcebergError(.badRequest, "it has texts in several dialects: say which one changes")
      }
      version.set(sql, dialect)
    }
    if let schema {
      updates.append(.addSchema(schema))
      version.schemaID = TableUpdate.lastAdded
    }
    if let namespace = input.defaultNamespace {
      version.defaultNamespace = try QualifiedName.namespace(namespace).levels
    }
    version.id = metadata.versions.map(\.id).max().map { $0 + 1 } ?? 1
    version.timestampMS = try self.catalog.nowMS
    return updates + [.addVersion(version), .setCurrentVersion(TableUpdate.lastAdded)]
  }

  private func renameView(
    _ input: RenameObjectInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogObjectRecord> {
    try await self.tables.rename(.view, input, context)
  }
}

extension IcebergCatalog {
  /// What a commit of a table would make of it, or why it would be refused; nil when nothing changes.
  func next(
    of table: TableHandlers.Table, _ metadata: TableMetadata, _ request: CommitTableRequest
  ) throws -> TableMetadata? {
    let locations = LocationRules(table.warehouse, own: table.object.location)
    return try TableMetadata.commit(
      metadata, requirements: request.requirements, updates: request.updates,
      rules: self.rules(locations, in: table.warehouse),
      previousLocation: table.object.metadataLocation)
  }
}

extension TableSchemaRecord {
  fileprivate init(_ table: TableHandlers.Table, _ metadata: TableMetadata) {
    self.init()
    self.table = QualifiedName.text(table.entry.identifier)
    self.schemaID = Int64(metadata.currentSchemaID)
    self.etag = "\(table.object.version)"
    if let schema = metadata.currentSchema {
      self.columnsCount = Int64(schema.fields.count)
      self.schema = (try? JSONValue(parsing: schema.jsonBytes.rawBytes)) ?? .null
    }
  }
}

extension ViewVersion {
  /// The dialect of a version that has no other.
  fileprivate var onlyDialect: String? {
    self.representations.count == 1 ? self.representations[0].dialect : nil
  }

  fileprivate mutating func set(_ sql: String, _ dialect: String) {
    let index = self.representations.firstIndex {
      $0.dialect?.lowercased() == dialect.lowercased()
    }
    if let index {
      self.representations[index].sql = sql
    } else {
      self.representations.append(ViewRepresentation(sql: sql, dialect: dialect))
    }
  }
}

extension Properties {
  init(_ entries: [String: String]) {
    self.init()
    for (name, value) in entries { self[name] = value }
  }
}
