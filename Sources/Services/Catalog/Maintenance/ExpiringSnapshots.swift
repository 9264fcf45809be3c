import Iceberg
import Values

extension IcebergCatalog {
  /// Forgets snapshots whose time is over by one commit, then deletes what only they led to.
  ///
  /// A process that ends between the two leaves files that nothing leads to: the sweep of orphans finds
  /// them. A commit that comes meanwhile builds on snapshots that stay, so that it needs none of them.
  func expireSnapshots(
    _ id: ObjectID, _ options: MaintenanceOptions, in warehouse: Warehouse, by caller: Caller,
    _ progress: (MaintenanceReport) async throws -> Void
  ) async throws -> MaintenanceReport {
    let table = try await self.maintained(id, deletes: true, in: warehouse, by: caller)
    var policy = try SnapshotExpiry.Policy(table.metadata.properties)
    if let age = options.olderThanMS { policy.maxSnapshotAgeMS = max(0, age) }
    if let count = options.keepLast { policy.minSnapshotsToKeep = max(1, count) }
    let expiry = SnapshotExpiry(table.metadata, policy, atMS: self.nowMS)
    var report = MaintenanceReport()
    report.snapshotIDs = expiry.snapshotIDs
    report.references = expiry.references
    guard !expiry.isEmpty else { return report }
    if !options.isDryRun {
      try await self.commit(expiry, of: table, in: warehouse, by: caller)
    }
    let gone = Set(expiry.snapshotIDs)
    let files = try await self.files(
      onlyOf: table.metadata.snapshots.filter { gone.contains($0.id) },
      besides: table.metadata.snapshots.filter { !gone.contains($0.id) }, of: table, in: warehouse)
    report.outsideCount = Int64(files.count)
    let own = files.filter { table.isOwn($0.location) }
    report.outsideCount -= Int64(own.count)
    report.note(own.map(\.location))
    if options.isDryRun {
      report.fileCount = Int64(own.count)
      report.byteCount = own.reduce(0) { $0 + $1.byteCount }
    } else {
      try await self.delete(own, in: warehouse, &report, progress)
    }
    return report
  }

  private func commit(
    _ expiry: SnapshotExpiry, of table: MaintainedTable, in warehouse: Warehouse,
    by caller: Caller
  ) async throws {
    var updates = expiry.references.map { TableUpdate.removeSnapshotReference(name: $0) }
    if !expiry.snapshotIDs.isEmpty { updates.append(.removeSnapshots(expiry.snapshotIDs)) }
    let gone = Set(expiry.snapshotIDs)
    for statistics in table.metadata.statistics where gone.contains(statistics.snapshotID) {
      updates.append(.removeStatistics(snapshotID: statistics.snapshotID))
    }
    for statistics in table.metadata.partitionStatistics
    where gone.contains(statistics.snapshotID) {
      updates.append(.removePartitionStatistics(snapshotID: statistics.snapshotID))
    }
    // References that move meanwhile may keep what was to go.
    let requirements = table.metadata.references.sorted.map {
      TableRequirement.reference(name: $0.name, snapshotID: $0.value.snapshotID)
    }
    _ = try await self.commitTable(
      table.identifier, CommitTableRequest(requirements: requirements, updates: updates),
      in: warehouse, by: caller)
  }

  /// What some snapshots lead to, and others do not.
  private func files(
    onlyOf gone: [Snapshot], besides kept: [Snapshot], of table: MaintainedTable,
    in warehouse: Warehouse
  ) async throws -> [StoredFile] {
    let keptManifests = try await self.manifests(of: kept, in: warehouse)
    let keptPaths = Set(keptManifests.map(\.path))
    let goneManifests = try await self.manifests(of: gone, in: warehouse)
      .filter { !keptPaths.contains($0.path) }
    var candidates: [String: Int64] = [:]
    try await self.entries(of: goneManifests, in: warehouse) { entry in
      candidates[entry.file.path] = entry.file.fileSizeInBytes
    }
    if !candidates.isEmpty {
      try await self.entries(of: keptManifests, in: warehouse) { entry in
        if entry.isLive { candidates[entry.file.path] = nil }
      }
    }
    var files = candidates.map { StoredFile(location: $0.key, byteCount: $0.value) }
      .sorted { $0.location.utf8.lexicographicallyPrecedes($1.location.utf8) }
    files += goneManifests.map { StoredFile(location: $0.path, byteCount: $0.length) }
    let lists = Set(kept.compactMap(\.manifestList))
    for list in gone.compactMap(\.manifestList) where !lists.contains(list) {
      files.append(StoredFile(location: list, byteCount: 0))
    }
    let ids = Set(gone.map(\.id))
    for statistics in table.metadata.statistics where ids.contains(statistics.snapshotID) {
      files.append(
        StoredFile(location: statistics.path, byteCount: statistics.fileSizeInBytes))
    }
    for statistics in table.metadata.partitionStatistics
    where ids.contains(statistics.snapshotID) {
      files.append(
        StoredFile(location: statistics.path, byteCount: statistics.fileSizeInBytes))
    }
    return files
  }
}
