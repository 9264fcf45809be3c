import Admin
import AdminServing
import Bytes
import Iceberg
import JSON
import Values

/// What is in a table: its history, manifests and files, and whether they agree.
struct ContentHandlers: Sendable {
  let tables: TableHandlers

  var catalog: IcebergCatalog { get throws { try self.tables.catalog } }

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogContentAPI.history) { input, context in
      try await catalogWork { try await self.history(input, context) }
    }
    try routes.on(CatalogContentAPI.snapshot) { input, context in
      try await catalogWork { try await self.snapshot(input, context) }
    }
    try routes.on(CatalogContentAPI.manifests) { input, context in
      try await catalogWork { try await self.manifests(input, context) }
    }
    try routes.on(CatalogContentAPI.files) { input, context in
      try await catalogWork { try await self.files(input, context) }
    }
    try routes.on(CatalogContentAPI.diff) { input, context in
      try await catalogWork { try await self.diff(input, context) }
    }
    try routes.on(CatalogContentAPI.check) { input, context in
      try await catalogWork {
        let table = try await self.tables.table(input.name, input.warehouse, context)
        return context.paging.page(
          try await TableCheck(try self.catalog, table).run(), by: \.check)
      }
    }
    try routes.on(CatalogContentAPI.maintain) { input, context in
      try await catalogWork { try await self.maintain(input, context) }
    }
  }

  // MARK: Snapshots

  private func history(
    _ input: CatalogNameInput, _ context: AdminContext
  ) async throws -> AdminList<SnapshotRecord> {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    let metadata = try self.catalog.metadata(table.document)
    let names = Dictionary(grouping: metadata.references.sorted) { $0.value.snapshotID }
    let log = Array(metadata.snapshotLog.reversed())
    // The token is how many entries were shown.
    let start = min(
      log.count, context.paging.token.flatMap(AdminPaging.decode).flatMap { Int($0) } ?? 0)
    let page = log[start...].prefix(context.paging.limit)
    let records = page.map { entry in
      var record =
        metadata.snapshot(id: entry.snapshotID)
        .map { SnapshotRecord($0, of: table, refs: (names[$0.id] ?? []).map(\.name)) }
        ?? SnapshotRecord()
      record.snapshotID = entry.snapshotID
      record.at = Timestamp(milliseconds: entry.timestampMS)
      return record
    }
    let end = start + page.count
    return AdminList(records, next: end < log.count ? AdminPaging.encode("\(end)") : nil)
  }

  /// A table, and one snapshot of it; nil of a table without any.
  private func place(
    _ input: TableSnapshotInput, _ context: AdminContext
  ) async throws -> (table: TableHandlers.Table, metadata: TableMetadata, snapshot: Snapshot?) {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    let metadata = try self.catalog.metadata(table.document)
    let snapshot = try metadata.snapshot(input.snapshotID, input.ref, of: input.name)
    return (table, metadata, snapshot)
  }

  private func snapshot(
    _ input: TableSnapshotInput, _ context: AdminContext
  ) async throws -> AdminItem<SnapshotRecord> {
    let place = try await self.place(input, context)
    guard let snapshot = place.snapshot else {
      throw ErrorResponse(.notFound, "\(input.name) has no snapshot yet")
    }
    let names = place.metadata.references.sorted.filter { $0.value.snapshotID == snapshot.id }
    var record = SnapshotRecord(snapshot, of: place.table, refs: names.map(\.name))
    record.manifestsCount = Int64(
      try await self.catalog.manifests(of: snapshot, in: place.table.warehouse).count)
    return AdminItem(record)
  }

  private func manifests(
    _ input: TableSnapshotInput, _ context: AdminContext
  ) async throws -> AdminList<TableManifestRecord> {
    let place = try await self.place(input, context)
    guard let snapshot = place.snapshot else { return AdminList([]) }
    let manifests = try await self.catalog.manifests(of: snapshot, in: place.table.warehouse)
    return context.paging.page(
      manifests.map(TableManifestRecord.init).sorted { $0.path < $1.path }, by: \.path)
  }

  private func files(
    _ input: TableSnapshotInput, _ context: AdminContext
  ) async throws -> AdminList<TableFileRecord> {
    let place = try await self.place(input, context)
    guard let snapshot = place.snapshot else { return AdminList([]) }
    let catalog = try self.catalog
    let records = FileRecords(place.metadata, place.metadata.schema(of: snapshot))
    let manifests = try await catalog.manifests(of: snapshot, in: place.table.warehouse)
    try await catalog.read(manifests, in: place.table.warehouse) { bytes, manifest in
      try records.add(bytes, of: manifest)
    }
    return context.paging.page(records.sorted, by: \.path)
  }

  // MARK: Comparing

  private func diff(
    _ input: TableDiffInput, _ context: AdminContext
  ) async throws -> AdminList<TableDiffRecord> {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    let metadata = try self.catalog.metadata(table.document)
    guard let first = try metadata.snapshot(input.fromID, input.fromRef, of: input.name),
      let second = try metadata.snapshot(input.toID, input.toRef, of: input.name)
    else { throw ErrorResponse(.notFound, "\(input.name) has no snapshot yet") }
    let (before, after) = (
      try await self.liveFiles(of: first, table), try await self.liveFiles(of: second, table)
    )
    var records: [TableDiffRecord] = []
    for (change, files, others) in [("removed", before, after), ("added", after, before)] {
      for (path, file) in files where others[path] == nil {
        var record = TableDiffRecord()
        record.path = path
        record.change = change
        record.content = file.word
        record.rowsCount = file.recordCount
        record.sizeBytes = file.contentSizeInBytes ?? file.fileSizeInBytes
        records.append(record)
      }
    }
    return context.paging.page(records.sorted { $0.path < $1.path }, by: \.path)
  }

  /// By path; vectors by path and place.
  private func liveFiles(
    of snapshot: Snapshot, _ table: TableHandlers.Table
  ) async throws -> [String: DataFile] {
    let catalog = try self.catalog
    var files: [String: DataFile] = [:]
    let manifests = try await catalog.manifests(of: snapshot, in: table.warehouse)
    try await catalog.entries(of: manifests, in: table.warehouse) { entry in
      guard entry.isLive else { return }
      let place = entry.file.contentOffset.map { "#\($0)" } ?? ""
      files[entry.file.path + place] = entry.file
    }
    return files
  }

  // MARK: Maintenance

  private func maintain(
    _ input: MaintenanceInput, _ context: AdminContext
  ) async throws -> AdminChange<MaintenanceRecord> {
    guard let task = MaintenanceTask(rawValue: input.task) else {
      throw IcebergError(
        .badRequest,
        "\(input.task.prefix(80).debugDescription) is nothing that is done for tables: "
          + MaintenanceTask.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let table = try await self.tables.table(input.name, input.warehouse, context)
    var options = MaintenanceOptions()
    options.olderThanMS = input.olderThanSeconds.map { $0.multipliedReportingOverflow(by: 1000) }
      .map { $0.overflow ? .max : $0.partialValue }
    options.keepLast = input.keepLast.map { Int(clamping: $0) }
    options.isDryRun = true
    // What it would do is worked out first: what cannot be done is refused here, not by a job.
    let report = try await self.catalog.maintain(
      table.entry.id, task, options, in: table.warehouse, by: table.caller)
    var record = MaintenanceRecord(report)
    record.table = QualifiedName.text(table.entry.identifier)
    record.task = task.rawValue
    if !context.isDryRun {
      record.job = try await self.tables.handlers.service.submitMaintenance(
        task, of: table.object, options, in: table.warehouse, by: table.caller.name)
    }
    return AdminChange(record, context: context, job: record.job, plan: report.words(task))
  }
}

extension TableMetadata {
  /// The snapshot of an id or of a branch or tag; with neither the current one, nil when there is none.
  func snapshot(
    _ id: Int64?, _ ref: String?, of name: String
  ) throws(ErrorResponse) -> Snapshot? {
    guard let ref else {
      guard let id else { return self.currentSnapshot }
      guard let found = self.snapshot(id: id) else {
        throw ErrorResponse(.notFound, "\(name) has no snapshot \(id)")
      }
      return found
    }
    guard let place = self.references[ref], let found = self.snapshot(id: place.snapshotID) else {
      throw ErrorResponse(.notFound, "\(name) has no branch or tag \(ref.prefix(200))")
    }
    return found
  }
}

extension MaintenanceReport {
  func words(_ task: MaintenanceTask) -> String {
    switch task {
    case .expire:
      "forget \(self.snapshotIDs.count) snapshots and \(self.references.count) branches and tags, "
        + "delete \(self.fileCount) files"
    case .orphans: "delete \(self.fileCount) files that nothing leads to"
    case .manifests:
      "write \(self.manifestsBefore) manifests as \(self.manifestsAfter)"
    case .compact: "write \(self.fileCount) data files as \(self.writtenCount)"
    }
  }
}

extension MaintenanceRecord {
  init(_ report: MaintenanceReport) {
    self.init()
    self.snapshotsCount = Int64(report.snapshotIDs.count)
    self.refsCount = Int64(report.references.count)
    self.filesCount = report.fileCount
    self.freedBytes = report.byteCount
    self.writtenCount = report.writtenCount
    self.manifestsBefore = report.manifestsBefore
    self.manifestsAfter = report.manifestsAfter
    self.paths = report.paths
  }
}

extension TableManifestRecord {
  init(_ manifest: ManifestFile) {
    self.init()
    self.path = manifest.path
    self.content = manifest.content == .data ? "data" : "deletes"
    self.sizeBytes = manifest.length
    self.addedFilesCount = manifest.addedFilesCount.map { Int64($0) }
    self.existingFilesCount = manifest.existingFilesCount.map { Int64($0) }
    self.deletedFilesCount = manifest.deletedFilesCount.map { Int64($0) }
    if let added = manifest.addedRowsCount, let existing = manifest.existingRowsCount {
      self.rowsCount = added &+ existing
    }
    self.specID = Int64(manifest.specID)
    self.sequenceNumber = manifest.sequenceNumber
    self.snapshotID = manifest.addedSnapshotID
  }
}

extension DataFile {
  var word: String {
    switch self.content {
    case .data: "data"
    case .positionDeletes: self.isDeletionVector ? "vector" : "position-deletes"
    case .equalityDeletes: "equality-deletes"
    }
  }
}

/// Files of a snapshot as they are shown. Belongs to one request.
private final class FileRecords {
  private let metadata: TableMetadata
  private let index: SchemaIndex?
  private let names: [Int: (name: String, type: PrimitiveType)]
  private var records: [TableFileRecord] = []

  init(_ metadata: TableMetadata, _ schema: Schema?) {
    self.metadata = metadata
    self.index = schema.map { SchemaIndex($0) }
    var names: [Int: (name: String, type: PrimitiveType)] = [:]
    for field in schema?.fields ?? [] {
      if let type = field.type.primitive { names[field.id] = (field.name, type) }
    }
    self.names = names
  }

  var sorted: [TableFileRecord] {
    self.records.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  func add(_ bytes: [UInt8], of manifest: ManifestFile) throws(IcebergError) {
    let spec = self.metadata.partitionSpec(id: manifest.specID)
    let types = self.index.flatMap { index in spec?.resultTypes(in: index) } ?? []
    let reader = ManifestReader(manifest, spec: spec, partitionTypes: types)
    for entry in try reader.entries(bytes.rawBytes) where entry.isLive {
      var record = TableFileRecord()
      record.path = entry.file.path
      record.content = entry.file.word
      record.rowsCount = entry.file.recordCount
      record.sizeBytes = entry.file.contentSizeInBytes ?? entry.file.fileSizeInBytes
      record.format = entry.file.format.rawValue.lowercased()
      record.specID = Int64(entry.file.specID)
      record.sequenceNumber = entry.sequenceNumber
      record.snapshotID = entry.snapshotID
      record.partition = self.partition(entry.file, spec)
      record.lowerBounds = self.bounds(entry.file.lowerBounds)
      record.upperBounds = self.bounds(entry.file.upperBounds)
      self.records.append(record)
    }
  }

  private func partition(_ file: DataFile, _ spec: PartitionSpec?) -> JSONValue {
    guard let spec, !spec.fields.isEmpty else { return .null }
    var object = JSONObject()
    for (field, value) in zip(spec.fields, file.partition.values) {
      object[field.name] = value.map { Self.json($0) } ?? .null
    }
    return .object(object)
  }

  private func bounds(_ bounds: ColumnBounds?) -> JSONValue {
    guard let bounds else { return .null }
    var object = JSONObject()
    for entry in bounds.entries {
      guard let (name, type) = self.names[Int(entry.fieldID)],
        let value = bounds.literal(Int(entry.fieldID), as: type)
      else { continue }
      object[name] = Self.json(value)
    }
    return .object(object)
  }

  private static func json(_ literal: Literal) -> JSONValue {
    (try? JSONValue(parsing: literal.jsonBytes.rawBytes)) ?? .null
  }
}
