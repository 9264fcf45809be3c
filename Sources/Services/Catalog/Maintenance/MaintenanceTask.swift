import Iceberg
import Values

/// What can be done for a table's health.
enum MaintenanceTask: String, CaseIterable, Sendable {
  /// Forgets old snapshots, and deletes the files that only they lead to.
  case expire
  /// Deletes files below the table's location that nothing leads to.
  case orphans
  /// Writes small manifests anew, as fewer large ones.
  case manifests
  /// Copies the rows of small data files into fewer large ones.
  case compact
}

/// How it is to be done, where that differs from what the table's properties say.
struct MaintenanceOptions: Hashable, Sendable {
  var olderThanMS: Int64?
  var keepLast: Int?
  /// Says what would be done.
  var isDryRun = false

  /// Younger files may belong to a commit that is under way.
  static let orphanAgeMinMS: Int64 = 86_400_000
  static let orphanAgeMS: Int64 = 7 * 86_400_000
}

/// What was done, or would be.
struct MaintenanceReport: Hashable, Sendable {
  var snapshotIDs: [Int64] = []
  var references: [String] = []
  /// Files that were deleted, or whose rows are in others now.
  var fileCount: Int64 = 0
  /// Their bytes, as far as they are known.
  var byteCount: Int64 = 0
  /// Rows that were deleted before and are in no file any more.
  var deletedRowCount: Int64 = 0
  /// Data files that were written.
  var writtenCount: Int64 = 0
  var manifestsBefore: Int64 = 0
  var manifestsAfter: Int64 = 0
  /// The first files that were deleted, or would be.
  var paths: [String] = []
  /// Files that could not be deleted: the next sweep of orphans finds them.
  var failed: [String] = []
  /// Files outside the table's location; nothing there was touched.
  var outsideCount: Int64 = 0

  static let pathsMax = 100

  mutating func note(_ files: [String]) {
    self.paths += files.prefix(max(0, Self.pathsMax - self.paths.count))
  }
}

/// A table as maintenance sees it.
struct MaintainedTable {
  var identifier: TableIdentifier
  var state: ObjectState
  var metadata: TableMetadata
  var own: Location

  func isOwn(_ path: String) -> Bool {
    (try? Location(parsing: path).isInside(self.own)) ?? false
  }
}

extension IcebergCatalog {
  /// Does one thing for a table.
  func maintain(
    _ id: ObjectID, _ task: MaintenanceTask, _ options: MaintenanceOptions,
    in warehouse: Warehouse, by caller: Caller,
    progress: (MaintenanceReport) async throws -> Void = { _ in }
  ) async throws -> MaintenanceReport {
    switch task {
    case .expire:
      try await self.expireSnapshots(id, options, in: warehouse, by: caller, progress)
    case .orphans: try await self.removeOrphans(id, options, in: warehouse, by: caller, progress)
    case .manifests: try await self.rewriteManifests(id, options, in: warehouse, by: caller)
    case .compact: try await self.compactFiles(id, options, in: warehouse, by: caller, progress)
    }
  }

  /// Reads a table that may be maintained.
  ///
  /// - Parameter deletes: whether files may go: not with `gc.enabled=false`.
  func maintained(
    _ id: ObjectID, deletes: Bool, in warehouse: Warehouse, by caller: Caller
  ) async throws -> MaintainedTable {
    guard let state = try await self.store.state(id), state.record.dropped == nil,
      state.record.kind == .table
    else { throw ErrorResponse(.notFound, "There is no table \(id)") }
    let identifier = state.record.identifier
    try self.require(
      caller, .manage, on: .object(identifier), in: warehouse, orElse: .noSuch(.table, identifier))
    let metadata = try self.metadata(state.document)
    if deletes, metadata.properties["gc.enabled"]?.lowercased() == "false" {
      throw IcebergError(
        .validation, "gc.enabled=false: no file of \(identifier) is deleted by maintenance")
    }
    guard metadata.encryptionKeys.isEmpty else {
      throw IcebergError(.unsupported, "\(identifier) is encrypted: it is not maintained here")
    }
    return MaintainedTable(
      identifier: identifier, state: state, metadata: metadata,
      own: try Location(parsing: state.record.location))
  }

  /// Deletes files some at a time, and counts them.
  func delete(
    _ files: [StoredFile], in warehouse: Warehouse, _ report: inout MaintenanceReport,
    _ progress: (MaintenanceReport) async throws -> Void
  ) async throws {
    for start in stride(from: 0, to: files.count, by: 500) {
      try Task.checkCancellation()
      let part = files[start..<min(start + 500, files.count)]
      let failed = Set(try await warehouse.storage.delete(part.map(\.location)))
      report.failed += failed.sorted()
      let gone = part.filter { !failed.contains($0.location) }
      report.fileCount += Int64(gone.count)
      report.byteCount += gone.reduce(0) { $0 + $1.byteCount }
      try await progress(report)
    }
  }
}
