import Admin
import AdminServing
import Bytes
import Iceberg
import JSON
import Values

/// The catalog as a list of pointers that another one can take, and single views.
struct EntryHandlers: Sendable {
  let tables: TableHandlers

  var catalog: IcebergCatalog { get throws { try self.tables.catalog } }

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogContentAPI.entries) { input, context in
      try await catalogWork { try await self.entries(input, context) }
    }
    try routes.on(CatalogContentAPI.activity) { input, context in
      try await catalogWork { try await self.activity(input, context) }
    }
    try routes.on(CatalogContentAPI.importEntry) { input, context in
      try await catalogWork { try await self.take(input, context) }
    }
    try routes.on(CatalogContentAPI.view) { input, context in
      try await catalogWork { try await self.view(input, context) }
    }
  }

  // MARK: Entries

  /// All of a warehouse, or what is below a namespace: parents before what is in them.
  private func entries(
    _ input: CatalogPathInput, _ context: AdminContext
  ) async throws -> AdminList<CatalogEntryRecord> {
    let warehouse = try self.tables.handlers.warehouse(input.warehouse)
    let root = try input.path.map { try QualifiedName.namespace($0) }
    var records: [CatalogEntryRecord] = []
    if let root {
      records += try await self.entries(of: root, in: warehouse)
    } else {
      for namespace in try await self.children(of: nil, in: warehouse) {
        records += try await self.entries(of: namespace, in: warehouse)
      }
    }
    // The token is how many were shown: the list is made anew for each page.
    let start = min(
      records.count, context.paging.token.flatMap(AdminPaging.decode).flatMap { Int($0) } ?? 0)
    let page = records[start...].prefix(context.paging.limit)
    let end = start + page.count
    return AdminList(
      Array(page), next: end < records.count ? AdminPaging.encode("\(end)") : nil)
  }

  private func children(
    of parent: Namespace?, in warehouse: Warehouse
  ) async throws -> [Namespace] {
    try await NamespaceTreeHandlers.children(
      of: parent, in: warehouse.name, of: try self.catalog.store)
  }

  private func entries(
    of namespace: Namespace, in warehouse: Warehouse
  ) async throws -> [CatalogEntryRecord] {
    let store = try self.catalog.store
    guard let record = try await store.namespace(namespace, in: warehouse.name) else { return [] }
    var own = CatalogEntryRecord()
    own.name = QualifiedName.text(namespace)
    own.entry = "namespace"
    var properties = JSONObject()
    for (name, value) in record.properties.sorted { properties[name] = .string(value) }
    own.properties = .object(properties)
    var found = [own]
    for kind in ObjectKind.allCases {
      var last: String?
      while true {
        let page = try await store.objects(
          of: kind, in: namespace, of: warehouse.name, after: last, limit: 1000)
        for object in page {
          var record = CatalogEntryRecord()
          record.name = QualifiedName.text(object.identifier)
          record.entry = kind.word
          record.metadataLocation = object.metadataLocation
          found.append(record)
        }
        last = page.last?.identifier.name
        guard page.count == 1000 else { break }
      }
    }
    for child in try await self.children(of: namespace, in: warehouse) {
      found += try await self.entries(of: child, in: warehouse)
    }
    return found
  }

  /// Tables of a whole warehouse, at most this many: it is asked for again and again.
  private static let activityMax = 10_000

  private func activity(
    _ input: CatalogPathInput, _ context: AdminContext
  ) async throws -> AdminList<TableActivityRecord> {
    let catalog = try self.catalog
    let warehouse = try self.tables.handlers.warehouse(input.warehouse)
    var records: [TableActivityRecord] = []
    var open = [try input.path.map { try QualifiedName.namespace($0) }]
    while let namespace = open.popLast(), records.count < Self.activityMax {
      for child in try await self.children(of: namespace, in: warehouse) { open.append(child) }
      guard let namespace else { continue }
      var last: String?
      while records.count < Self.activityMax {
        let page = try await catalog.store.objects(
          of: .table, in: namespace, of: warehouse.name, after: last, limit: 1000)
        records += page.map {
          TableActivityRecord($0, catalog.activity.of($0.id), in: warehouse.name)
        }
        last = page.last?.identifier.name
        guard page.count == 1000 else { break }
      }
    }
    return context.paging.page(records.sorted { $0.name < $1.name }, by: \.name)
  }

  private func take(
    _ input: CatalogEntryInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogEntryRecord> {
    var record = CatalogEntryRecord()
    record.name = input.name
    record.entry = input.entry
    record.metadataLocation = input.metadataLocation
    let changed: Bool
    switch input.entry {
    case "namespace": changed = try await self.makeNamespace(input, context)
    case "table": changed = try await self.register(.table, input, context)
    case "view": changed = try await self.register(.view, input, context)
    default:
      throw IcebergError(
        .badRequest,
        "\(input.entry.prefix(80).debugDescription) is no namespace, table or view")
    }
    return AdminChange(
      record, context: context, changed: changed, plan: "take \(input.entry) \(input.name)")
  }

  private func makeNamespace(
    _ input: CatalogEntryInput, _ context: AdminContext
  ) async throws -> Bool {
    let warehouse = try self.tables.handlers.warehouse(input.warehouse)
    let namespace = try QualifiedName.namespace(input.name)
    let catalog = try self.catalog
    guard try await catalog.store.namespace(namespace, in: warehouse.name) == nil else {
      return false
    }
    guard !context.isDryRun else { return true }
    var properties = Properties()
    // Its place is that of the warehouse it comes into.
    for (name, value) in input.properties where name != "location" { properties[name] = value }
    _ = try await catalog.createNamespace(
      NamespaceDocument(namespace, properties: properties), in: warehouse,
      by: try self.tables.handlers.caller(context))
    return true
  }

  private func register(
    _ kind: ObjectKind, _ input: CatalogEntryInput, _ context: AdminContext
  ) async throws -> Bool {
    let warehouse = try self.tables.handlers.warehouse(input.warehouse)
    let identifier = try QualifiedName.identifier(input.name)
    let catalog = try self.catalog
    guard let location = input.metadataLocation else {
      throw IcebergError(.badRequest, "metadata_location of \(input.name) is missing")
    }
    if let entry = try await catalog.store.entry(identifier, in: warehouse.name) {
      let present = try await catalog.store.object(entry.id)
      guard entry.kind == kind, present?.metadataLocation == location else {
        throw ErrorResponse.exists(entry.kind, identifier, for: kind)
      }
      return false
    }
    guard !context.isDryRun else {
      _ = try await catalog.readMetadataFile(location, in: warehouse)
      return true
    }
    let request = RegisterRequest(
      name: identifier.name, metadataLocation: location, overwrites: false)
    let caller = try self.tables.handlers.caller(context)
    if kind == .table {
      _ = try await catalog.registerTable(
        request, in: identifier.namespace, of: warehouse, LoadMode(), by: caller)
    } else {
      _ = try await catalog.registerView(
        request, in: identifier.namespace, of: warehouse, by: caller)
    }
    return true
  }

  // MARK: Views

  private func view(
    _ input: CatalogNameInput, _ context: AdminContext
  ) async throws -> AdminItem<CatalogViewRecord> {
    let view = try await self.tables.table(input.name, input.warehouse, context, .view)
    return AdminItem(try CatalogViewRecord(view))
  }
}

extension TableActivityRecord {
  fileprivate init(_ object: ObjectRecord, _ counts: TableActivity.Counts, in warehouse: String) {
    self.init()
    self.name = QualifiedName.text(object.identifier)
    self.warehouse = warehouse
    self.rowsCount = object.size?.rows
    self.filesCount = object.size?.files
    self.sizeBytes = object.size?.bytes
    self.deleteFilesCount = object.size?.deleteFiles
    self.commitCount = object.version
    self.conflictCount = counts.conflicts
    self.retryCount = counts.retries
    self.snapshotID = object.size?.snapshotID
    self.updatedAt = Timestamp(milliseconds: object.updatedAtMS)
    self.location = object.location
  }
}

extension ViewMetadata {
  init(_ document: StoredDocument) throws {
    self = try document.withBytes { (bytes) throws(JSONError) in
      try ViewMetadata(parsing: bytes, limits: IcebergLimits.metadata)
    }
  }
}

extension CatalogViewRecord {
  init(_ view: TableHandlers.Table) throws {
    self.init()
    let metadata = try ViewMetadata(view.document)
    self.view = QualifiedName.text(view.entry.identifier)
    self.updatedAt = Timestamp(milliseconds: view.object.updatedAtMS)
    self.location = view.object.location
    self.metadataLocation = view.object.metadataLocation
    self.isProtected = view.object.isProtected
    self.versionID = Int64(metadata.currentVersionID)
    var properties = JSONObject()
    for (name, value) in metadata.properties.sorted { properties[name] = .string(value) }
    self.properties = .object(properties)
    if let version = metadata.currentVersion { self.take(version, metadata) }
  }

  private mutating func take(_ version: ViewVersion, _ metadata: ViewMetadata) {
    if !version.defaultNamespace.isEmpty {
      self.defaultNamespace = QualifiedName.text(Namespace(version.defaultNamespace))
    }
    var texts = JSONObject()
    for representation in version.representations {
      guard let text = representation.sql, let dialect = representation.dialect else { continue }
      self.dialects.append(dialect)
      texts[dialect] = .string(text)
    }
    self.texts = .object(texts)
    if let schema = metadata.schemas.first(where: { $0.id == version.schemaID }) {
      self.schema = (try? JSONValue(parsing: schema.jsonBytes.rawBytes)) ?? .null
    }
  }
}
