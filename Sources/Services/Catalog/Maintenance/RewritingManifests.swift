import Bytes
import Iceberg
import Values

extension IcebergCatalog {
  /// Writes the small manifests of the current snapshot anew, as few as their specs allow, and commits
  /// them as a snapshot that changes no row. Files keep their age, so that deletes apply as before.
  func rewriteManifests(
    _ id: ObjectID, _ options: MaintenanceOptions, in warehouse: Warehouse, by caller: Caller
  ) async throws -> MaintenanceReport {
    for _ in 0..<3 {
      let table = try await self.maintained(id, deletes: false, in: warehouse, by: caller)
      guard let current = table.metadata.currentSnapshot else { return MaintenanceReport() }
      let all = try await self.manifests(of: current, in: warehouse)
      let rewrite = ManifestRewrite(all, table.metadata)
      var report = MaintenanceReport()
      report.manifestsBefore = Int64(all.count)
      report.manifestsAfter = report.manifestsBefore
      guard !rewrite.groups.isEmpty else { return report }
      report.note(rewrite.groups.flatMap { $0.map(\.path) })
      if options.isDryRun {
        report.manifestsAfter = Int64(rewrite.expectedCount)
        return report
      }
      let written = try await self.write(rewrite, after: current, of: table, in: warehouse)
      do {
        try await self.commit(written, after: current, of: table, in: warehouse, by: caller)
        report.manifestsAfter = written.manifestCount
        return report
      } catch let error as ErrorResponse where error.type == .commitFailed {
        _ = try await warehouse.storage.delete(written.paths)
      } catch let error as IcebergError where error.code == .commitFailed {
        _ = try await warehouse.storage.delete(written.paths)
      }
    }
    throw ErrorResponse.conflict("The table was changed again and again meanwhile")
  }

  func commit(
    _ written: WrittenRewrite, after current: Snapshot, of table: MaintainedTable,
    in warehouse: Warehouse, by caller: Caller
  ) async throws {
    let requirements: [TableRequirement] = [
      .uuid(table.state.record.uuid.description),
      .reference(name: SnapshotReference.main, snapshotID: current.id),
    ]
    var main = SnapshotReference(.branch, at: written.snapshot.id)
    if let present = table.metadata.references[SnapshotReference.main] {
      main = present
      main.snapshotID = written.snapshot.id
    }
    _ = try await self.commitTable(
      table.identifier,
      CommitTableRequest(
        requirements: requirements,
        updates: [
          .addSnapshot(written.snapshot),
          .setSnapshotReference(name: SnapshotReference.main, main),
        ]), in: warehouse, by: caller)
  }

  private func write(
    _ rewrite: ManifestRewrite, after current: Snapshot, of table: MaintainedTable,
    in warehouse: Warehouse
  ) async throws -> WrittenRewrite {
    let session = RewriteSession(
      table.metadata, after: current, folder: table.metadataFolder, id: self.newID(),
      atMS: self.nowMS)
    for group in rewrite.groups {
      var entries: [ManifestEntry] = []
      try await self.read(group, in: warehouse) { bytes, manifest in
        entries += try session.liveEntries(bytes, of: manifest)
      }
      for (path, bytes) in try session.manifests(of: entries, specID: group[0].specID) {
        try await self.store(bytes, at: path, in: warehouse)
      }
    }
    let (path, bytes) = try session.finish(keeping: rewrite.kept, replaced: rewrite.replacedCount)
    try await self.store(bytes, at: path, in: warehouse)
    return try session.written()
  }

  func store(
    _ bytes: [UInt8], at location: String, in warehouse: Warehouse
  ) async throws {
    do throws(StorageError) {
      try await warehouse.storage.write(bytes, to: location)
    } catch {
      throw ErrorResponse.unavailable("The storage does not take \(location): \(error.message)")
    }
  }
}

extension MaintainedTable {
  var metadataFolder: String {
    MetadataFile.directory(location: self.metadata.location, properties: self.metadata.properties)
  }
}

/// Which manifests are worth writing anew: of each spec those below the target, when there are several.
struct ManifestRewrite {
  private(set) var groups: [[ManifestFile]] = []
  private(set) var kept: [ManifestFile] = []
  let targetBytes: Int64

  init(_ manifests: [ManifestFile], _ metadata: TableMetadata) {
    let target = metadata.properties["commit.manifest.target-size-bytes"].flatMap { Int64($0) }
    self.targetBytes = max(1 << 16, target ?? 8 << 20)
    let small = manifests.filter { $0.content == .data && $0.length < self.targetBytes }
    let bySpec = Dictionary(grouping: small) { $0.specID }
    for (_, group) in bySpec.sorted(by: { $0.key < $1.key }) where group.count > 1 {
      // In the order in which they came: neighbours in time stay neighbours.
      let ordered = group.sorted { ($0.sequenceNumber, $0.path) < ($1.sequenceNumber, $1.path) }
      let bytes = group.reduce(0) { $0 + $1.length }
      if bytes / self.targetBytes + 1 < Int64(group.count) { self.groups.append(ordered) }
    }
    let replaced = Set(self.groups.flatMap { $0.map(\.path) })
    self.kept = manifests.filter { !replaced.contains($0.path) }
  }

  var replacedCount: Int { self.groups.reduce(0) { $0 + $1.count } }
  var expectedCount: Int {
    self.kept.count
      + self.groups.reduce(0) { sum, group in
        sum + Int(group.reduce(0) { $0 + $1.length } / self.targetBytes) + 1
      }
  }
}

/// A rewrite that is stored and not yet committed.
struct WrittenRewrite {
  var snapshot: Snapshot
  var manifestCount: Int64
  var paths: [String]
}
