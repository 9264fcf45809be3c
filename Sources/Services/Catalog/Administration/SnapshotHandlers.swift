import Admin
import AdminServing
import Iceberg
import JSON
import Values

/// `catalog snapshot` and `catalog ref`.
struct SnapshotHandlers: Sendable {
  let tables: TableHandlers

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogAPI.snapshots) { input, context in
      try await catalogWork { try await self.snapshots(input, context) }
    }
    try routes.on(CatalogAPI.rollback) { input, context in
      try await catalogWork { try await self.rollback(input, context) }
    }
    try routes.on(CatalogAPI.refs) { input, context in
      try await catalogWork { try await self.refs(input, context) }
    }
    try routes.on(CatalogAPI.createRef) { input, context in
      try await catalogWork { try await self.create(input, context) }
    }
    try routes.on(CatalogAPI.deleteRef) { input, context in
      try await catalogWork { try await self.delete(input, context) }
    }
  }

  /// Newest first.
  private func snapshots(
    _ input: CatalogNameInput, _ context: AdminContext
  ) async throws -> AdminList<SnapshotRecord> {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    let metadata = try self.tables.catalog.metadata(table.document)
    let names = Dictionary(grouping: metadata.references.sorted) { $0.value.snapshotID }
    let ordered = metadata.snapshots.sorted { left, right in
      (left.timestampMS, left.sequenceNumber, left.id)
        > (right.timestampMS, right.sequenceNumber, right.id)
    }
    // The token is the last id that was shown.
    let last = context.paging.token.flatMap(AdminPaging.decode).flatMap { Int64($0) }
    let start = last.flatMap { id in ordered.firstIndex { $0.id == id } }.map { $0 + 1 } ?? 0
    let page = ordered[start...].prefix(context.paging.limit)
    let records = page.map {
      SnapshotRecord($0, of: table, refs: (names[$0.id] ?? []).map(\.name))
    }
    let hasMore = start + page.count < ordered.count
    return AdminList(
      records, next: hasMore ? page.last.map { AdminPaging.encode("\($0.id)") } : nil)
  }

  private func rollback(
    _ input: RollbackInput, _ context: AdminContext
  ) async throws -> AdminChange<CatalogObjectRecord> {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    let metadata = try self.tables.catalog.metadata(table.document)
    guard input.snapshotID != nil || input.ref != nil,
      let target = try metadata.snapshot(input.snapshotID, input.ref, of: input.name)?.id
    else { throw IcebergError(.badRequest, "no snapshot of \(input.name) is named") }
    let current = metadata.currentSnapshotID
    let isAncestor = current.map { id in
      metadata.ancestors(of: id).contains { $0.id == target }
    }
    guard isAncestor == true || input.force.contains("not-ancestor") else {
      throw AdminError(
        .conflict, "catalog.not_ancestor",
        "snapshot \(target) is no ancestor of the current one of \(input.name)",
        why: "what the table has now was not made from it",
        try: ["--force not-ancestor passes over this check"], changed: false)
    }
    if !context.isDryRun, current != target {
      try await self.commit(
        [
          .setSnapshotReference(
            name: SnapshotReference.main, SnapshotReference(.branch, at: target))
        ], [.reference(name: SnapshotReference.main, snapshotID: current)], to: table)
    }
    let record = try await self.tables.record(.table, input.name, input.warehouse, context)
    return AdminChange(
      record, context: context, changed: current != target,
      undo: current.map {
        "lakectl catalog snapshot rollback \(input.name) \($0) --force not-ancestor"
      }, plan: "let main of \(input.name) point at snapshot \(target)")
  }

  private func commit(
    _ updates: [TableUpdate], _ requirements: [TableRequirement], to table: TableHandlers.Table
  ) async throws {
    _ = try await self.tables.catalog.commitTable(
      table.entry.identifier,
      CommitTableRequest(requirements: requirements, updates: updates), in: table.warehouse,
      by: table.caller)
  }

  // MARK: Branches and tags

  private func refs(
    _ input: CatalogNameInput, _ context: AdminContext
  ) async throws -> AdminList<TableRefRecord> {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    let metadata = try self.tables.catalog.metadata(table.document)
    return context.paging.page(
      metadata.references.sorted.map { TableRefRecord($0.name, $0.value) }, by: \.ref)
  }

  private func create(
    _ input: TableRefInput, _ context: AdminContext
  ) async throws -> AdminChange<TableRefRecord> {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    let metadata = try self.tables.catalog.metadata(table.document)
    let place = try metadata.snapshot(input.snapshotID, input.atRef, of: input.name)
    guard let id = place?.id else {
      throw IcebergError(.validation, "\(input.name) has no snapshot yet")
    }
    let present = metadata.references[input.ref]
    let reference = SnapshotReference(
      input.isBranch ? .branch : .tag, at: id,
      maxRefAgeMS: input.keepSeconds.map { $0 &* 1000 })
    if !context.isDryRun, present != reference {
      try await self.commit(
        [.setSnapshotReference(name: input.ref, reference)],
        [.reference(name: input.ref, snapshotID: nil)], to: table)
    }
    return AdminChange(
      TableRefRecord(input.ref, reference), context: context, changed: present != reference,
      undo: "lakectl catalog ref delete \(input.name) \(input.ref)",
      plan: "make \(reference.kind.rawValue) \(input.ref) of \(input.name) at \(id)")
  }

  private func delete(
    _ input: TableRefInput, _ context: AdminContext
  ) async throws -> AdminChange<TableRefRecord> {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    guard let present = try self.tables.catalog.metadata(table.document).references[input.ref]
    else {
      throw ErrorResponse(
        .notFound, "\(input.name) has no branch or tag \(input.ref.prefix(200))")
    }
    if !context.isDryRun {
      try await self.commit(
        [.removeSnapshotReference(name: input.ref)],
        [.reference(name: input.ref, snapshotID: present.snapshotID)], to: table)
    }
    let branch = present.kind == .branch ? " --branch" : ""
    return AdminChange(
      TableRefRecord(input.ref, present), context: context,
      undo:
        "lakectl catalog ref create \(input.name) \(input.ref) --at \(present.snapshotID)\(branch)",
      plan: "remove \(present.kind.rawValue) \(input.ref) of \(input.name)")
  }
}

extension SnapshotRecord {
  init(_ snapshot: Snapshot, of table: TableHandlers.Table, refs: [String]) {
    self.init()
    self.table = QualifiedName.text(table.entry.identifier)
    self.warehouse = table.warehouse.name
    func number(_ name: String) -> Int64? { snapshot.summary?[name].flatMap { Int64($0) } }
    self.snapshotID = snapshot.id
    self.at = Timestamp(milliseconds: snapshot.timestampMS)
    self.operation = snapshot.summary?.operation.rawValue ?? ""
    self.refs = refs
    self.addedRowsCount = number("added-records")
    self.addedFilesCount = number("added-data-files")
    self.deletedRowsCount = number("deleted-records")
    self.sizeBytes = number("total-files-size")
    self.rowsCount = number("total-records")
    self.filesCount = number("total-data-files")
    self.parentID = snapshot.parentID
    self.schemaID = snapshot.schemaID.map { Int64($0) }
    self.manifestList = snapshot.manifestList
    var summary = JSONObject()
    for entry in snapshot.summary?.entries ?? [] { summary[entry.name] = .string(entry.value) }
    self.summary = .object(summary)
  }
}

extension TableRefRecord {
  init(_ name: String, _ reference: SnapshotReference) {
    self.init()
    self.ref = name
    self.type = reference.kind.rawValue
    self.snapshotID = reference.snapshotID
    self.keepSeconds = reference.maxRefAgeMS.map { $0 / 1000 }
  }
}
