import Bytes
import Columnar
import Iceberg
import Values

extension IcebergCatalog {
  /// Copies the rows of small files into larger ones and commits that as a snapshot that changes no row.
  ///
  /// The commit requires the branch to be where it was read: a delete that came meanwhile would not apply
  /// to the new files, which are younger than it.
  func compactFiles(
    _ id: ObjectID, _ options: MaintenanceOptions, in warehouse: Warehouse, by caller: Caller,
    _ progress: (MaintenanceReport) async throws -> Void
  ) async throws -> MaintenanceReport {
    guard let compactor = self.compactor else {
      throw IcebergError(.unsupported, "this catalog has no column engine to compact files with")
    }
    for _ in 0..<3 {
      let table = try await self.maintained(id, deletes: false, in: warehouse, by: caller)
      guard let current = table.metadata.currentSnapshot else { return MaintenanceReport() }
      let plan = try await self.compactionPlan(table, in: warehouse)
      var report = MaintenanceReport()
      report.fileCount = Int64(plan.files.count)
      report.byteCount = plan.files.reduce(0) { $0 + $1.fileSizeInBytes }
      report.writtenCount = Int64(plan.groups.count)
      report.note(plan.files.map(\.path))
      if options.isDryRun || plan.groups.isEmpty { return report }
      let session = RewriteSession(
        table.metadata, after: current, folder: table.metadataFolder, id: self.newID(),
        atMS: self.nowMS)
      let work = Compaction(plan: plan, session: session, compactor: compactor)
      report = MaintenanceReport()
      try await self.write(work, of: table, in: warehouse, &report, progress)
      guard session.hasChanges else { return report }
      let written = try await self.finish(session, after: current, of: table, in: warehouse)
      do {
        try await self.commit(written, after: current, of: table, in: warehouse, by: caller)
        return report
      } catch let error as ErrorResponse where error.type == .commitFailed {
        _ = try await warehouse.storage.delete(written.paths)
      } catch let error as IcebergError where error.code == .commitFailed {
        _ = try await warehouse.storage.delete(written.paths)
      }
    }
    throw ErrorResponse.conflict("The table was changed again and again meanwhile")
  }

  private func compactionPlan(
    _ table: MaintainedTable, in warehouse: Warehouse
  ) async throws -> CompactionPlan {
    guard let schema = table.metadata.currentSchema, let current = table.metadata.currentSnapshot
    else { throw IcebergError(.validation, "the table has no schema") }
    let planner = try ScanPlanner(metadata: table.metadata, schema: schema)
    let selection = try planner.select(try await self.manifests(of: current, in: warehouse))
    var deletes = DeleteFileIndex()
    try await self.read(selection.deletes, in: warehouse) { bytes, manifest in
      try planner.read(bytes.rawBytes, of: manifest, into: &deletes)
    }
    var plan = ScanPlan()
    let found = deletes
    try await self.read(selection.data, in: warehouse) { bytes, manifest in
      try planner.plan(bytes.rawBytes, of: manifest, deletes: found, into: &plan)
    }
    return try CompactionPlan(table.metadata, schema, plan)
  }

  /// Writes the new data files, a group at a time.
  private func write(
    _ work: Compaction, of table: MaintainedTable, in warehouse: Warehouse,
    _ report: inout MaintenanceReport, _ progress: (MaintenanceReport) async throws -> Void
  ) async throws {
    let folder = table.metadata.properties["write.data.path"] ?? "\(table.metadata.location)/data"
    for (number, group) in work.plan.groups.enumerated() {
      try Task.checkCancellation()
      var inputs: [FileCompactor.Input] = []
      for task in group { inputs.append(try await self.input(task, work.plan, in: warehouse)) }
      let name = "\(work.session.id)-\(number)"
      let needed = try work.session.identitySources(specID: group[0].file.specID)
      let output = try await work.compactor.compact(
        inputs, work.plan.columns, needed: needed, keepsRowIDs: work.plan.keepsRowIDs, name: name)
      // Files that have no ids of columns, or lack one, stay as they are.
      guard let output else { continue }
      if let file = output.file {
        let path = "\(folder)/compacted-\(name).parquet"
        try await self.store(output.bytes, at: path, in: warehouse)
        work.session.replace(
          group.map(\.file),
          with: DataFile(file, at: path, like: group[0].file, work.plan.columns))
        report.writtenCount += 1
      } else {
        work.session.remove(group.map(\.file))
      }
      report.fileCount += Int64(group.count)
      report.byteCount += group.reduce(0) { $0 + $1.file.fileSizeInBytes }
      report.deletedRowCount += output.deletedCount
      try await progress(report)
    }
    let gone = work.session.removedPaths
    let applied = work.plan.appliedDeletes(replacing: gone)
    work.session.remove(applied)
    report.fileCount += Int64(applied.count)
  }

  /// A data file with the deletes that apply to it.
  private func input(
    _ task: FileScanTask, _ plan: CompactionPlan, in warehouse: Warehouse
  ) async throws -> FileCompactor.Input {
    var input = FileCompactor.Input(
      bytes: try await self.stored(task.file.path, in: warehouse), path: task.file.path,
      recordCount: task.file.recordCount)
    input.firstRowID = task.file.firstRowID
    input.sequenceNumber = task.sequenceNumber
    for place in task.deletePositions {
      let delete = plan.scan.deleteFiles[place]
      let bytes = try await self.stored(delete.path, in: warehouse)
      if delete.isDeletionVector {
        input.deletes.append(.positions(try Self.positions(of: delete, bytes)))
      } else if delete.content == .positionDeletes {
        input.deletes.append(.rows(bytes))
      } else {
        input.deletes.append(.values(bytes, ids: delete.equalityIDs ?? []))
      }
    }
    return input
  }

  /// The positions of a vector, a line each.
  private static func positions(
    of delete: DataFile, _ bytes: [UInt8]
  ) throws(IcebergError) -> [UInt8] {
    guard let offset = delete.contentOffset, let size = delete.contentSizeInBytes, offset >= 0,
      size >= 0, size <= Int64(bytes.count), offset <= Int64(bytes.count) - size
    else {
      throw IcebergError(.corrupted, "the deletion vector in \(delete.path) is not in the file")
    }
    let vector = try DeletionVector(
      blob: bytes.rawBytes.extracting(Int(offset)..<Int(offset + size)))
    var lines = ByteWriter(capacity: Int(clamping: vector.count) * 8)
    vector.forEach { position in
      lines.append("\(position)\n")
      return true
    }
    return lines.bytes.array
  }

  /// Writes the manifests: one for the new files of each spec, and those anew whose files went.
  private func finish(
    _ session: RewriteSession, after current: Snapshot, of table: MaintainedTable,
    in warehouse: Warehouse
  ) async throws -> WrittenRewrite {
    for (path, bytes) in try session.addedManifests() {
      try await self.store(bytes, at: path, in: warehouse)
    }
    var kept: [ManifestFile] = []
    var replaced = 0
    for manifest in try await self.manifests(of: current, in: warehouse) {
      guard manifest.content == .data || session.removesDeletes else {
        kept.append(manifest)
        continue
      }
      let bytes = try await self.stored(manifest.path, in: warehouse)
      guard let entries = try session.entriesWithout(bytes, of: manifest) else {
        kept.append(manifest)
        continue
      }
      replaced += 1
      for (path, bytes) in try session.manifests(
        of: entries, specID: manifest.specID, content: manifest.content)
      {
        try await self.store(bytes, at: path, in: warehouse)
      }
    }
    let (path, bytes) = try session.finish(keeping: kept, replaced: replaced)
    try await self.store(bytes, at: path, in: warehouse)
    return try session.written()
  }
}

/// What one compaction works with.
private struct Compaction {
  var plan: CompactionPlan
  var session: RewriteSession
  var compactor: FileCompactor
}
