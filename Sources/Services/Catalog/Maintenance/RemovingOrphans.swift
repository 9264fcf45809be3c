import Iceberg
import Values

extension IcebergCatalog {
  /// Deletes files below the table's own location that are old and that nothing leads to: of writers that
  /// died, of commits that failed. Young ones may belong to a commit that is under way.
  func removeOrphans(
    _ id: ObjectID, _ options: MaintenanceOptions, in warehouse: Warehouse, by caller: Caller,
    _ progress: (MaintenanceReport) async throws -> Void
  ) async throws -> MaintenanceReport {
    let age = options.olderThanMS ?? MaintenanceOptions.orphanAgeMS
    guard age >= MaintenanceOptions.orphanAgeMinMS else {
      throw IcebergError(
        .validation, "files younger than a day are not orphans: their commit may be under way")
    }
    let before = self.nowMS - age
    var table = try await self.maintained(id, deletes: true, in: warehouse, by: caller)
    var orphans = try await self.oldFiles(below: table.state.record.location, before, warehouse)
    // An old file may have been added by a commit that came while files were listed.
    for _ in 0..<3 where !orphans.isEmpty {
      let version = table.state.record.version
      let known = try await self.allFiles(
        of: table.metadata, at: table.state.record.metadataLocation, in: warehouse)
      orphans.removeAll { known.contains($0.location) }
      table = try await self.maintained(id, deletes: true, in: warehouse, by: caller)
      if table.state.record.version == version {
        return try await self.finish(orphans, options, in: warehouse, progress)
      }
    }
    guard orphans.isEmpty else {
      throw ErrorResponse.conflict("The table was changed again and again while it was swept")
    }
    return MaintenanceReport()
  }

  private func finish(
    _ orphans: [StoredFile], _ options: MaintenanceOptions, in warehouse: Warehouse,
    _ progress: (MaintenanceReport) async throws -> Void
  ) async throws -> MaintenanceReport {
    var report = MaintenanceReport()
    report.note(orphans.map(\.location))
    if options.isDryRun {
      report.fileCount = Int64(orphans.count)
      report.byteCount = orphans.reduce(0) { $0 + $1.byteCount }
    } else {
      try await self.delete(orphans, in: warehouse, &report, progress)
    }
    return report
  }

  private func oldFiles(
    below location: String, _ before: Int64, _ warehouse: Warehouse
  ) async throws -> [StoredFile] {
    var found: [StoredFile] = []
    var after: String?
    while true {
      try Task.checkCancellation()
      let page = try await warehouse.storage.files(below: location, after: after, limit: 1000)
      // One whose age nobody knows stays.
      found += page.filter { $0.modifiedAtMS.map { $0 < before } ?? false }
      guard let last = page.last else { return found }
      after = last.location
    }
  }
}
