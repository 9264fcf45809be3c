import Iceberg
import Values

/// What was dropped and is held: taking it back, and letting it go.
extension IcebergCatalog {
  /// Gives a dropped object its name again, or another one.
  func restore(
    _ id: ObjectID, as target: TableIdentifier?, in warehouse: Warehouse, by caller: Caller
  ) async throws -> ObjectRecord {
    guard let record = try await self.store.object(id), let dropped = record.dropped else {
      throw ErrorResponse(.heldObjectMissing(id))
    }
    let identifier = target ?? record.identifier
    try identifier.check()
    try self.require(
      caller, .manage, on: .object(record.identifier), in: warehouse,
      orElse: ErrorResponse(.heldObjectMissing(id)))
    try self.require(
      caller, .write, on: .namespace(identifier.namespace), in: warehouse,
      orElse: .noSuch(identifier.namespace))
    guard !dropped.purges || dropped.purgeAtMS > self.nowMS else {
      throw ErrorResponse(.notFound, "The files of \(record.identifier) are being deleted")
    }
    let outcome = try await self.apply(
      CatalogChange(
        in: warehouse.name, [.restore(id, as: identifier, atMS: self.nowMS)],
        events: [
          self.event(
            record.kind == .table ? .tableRestored : .viewRestored, by: caller, in: warehouse,
            identifier.namespace, identifier.name)
        ]))
    switch outcome {
    case .applied:
      var restored = record
      restored.identifier = identifier
      restored.dropped = nil
      return restored
    case .refused(.nameTaken(_, let taken), _):
      throw ErrorResponse.exists(taken, identifier, for: record.kind)
    case .refused(let refusal, _): throw ErrorResponse(refusal)
    }
  }

  /// Dropped objects whose time is over.
  func due() async throws -> [(warehouse: Warehouse, object: ObjectRecord)] {
    let now = self.nowMS
    var due: [(warehouse: Warehouse, object: ObjectRecord)] = []
    for warehouse in self.warehouses.all {
      var after: ObjectID?
      while true {
        let page = try await self.store.dropped(in: warehouse.name, after: after, limit: 1000)
        due += page.filter { $0.dropped.map { $0.purgeAtMS <= now } ?? false }
          .map { (warehouse, $0) }
        guard page.count == 1000 else { break }
        after = page.last?.id
      }
    }
    return due
  }

  /// What a purge has done.
  struct PurgeReport: Hashable, Sendable {
    var fileCount: Int64 = 0
    var byteCount: Int64 = 0
    /// Files that could not be deleted: the purge is to be tried again.
    var failed: [String] = []
    /// Places outside the table's own that its properties name; nothing there was touched.
    var outside: [String] = []
  }

  /// Deletes the files of a dropped object and forgets it. May be begun anew at any point.
  ///
  /// Everything below the object's own location goes, because nothing of anybody else can be there; what
  /// its metadata names elsewhere stays. `gc.enabled=false` keeps data files. The present metadata file
  /// goes last, so that a purge that was cut off can be understood.
  ///
  /// - Parameter always: also of an object that was dropped without its files.
  func purge(
    _ id: ObjectID, in warehouse: Warehouse, always: Bool = false,
    progress: (PurgeReport) async throws -> Void = { _ in }
  ) async throws -> PurgeReport {
    var report = PurgeReport()
    guard let record = try await self.store.object(id), let dropped = record.dropped else {
      return report
    }
    if dropped.purges || always {
      let plan = try await self.purgePlan(record)
      report.outside = plan.outside
      for folder in plan.folders {
        try await self.clear(folder, sparing: record.metadataLocation, warehouse, &report, progress)
      }
      guard report.failed.isEmpty else { return report }
      report.failed = try await warehouse.storage.delete([record.metadataLocation])
      guard report.failed.isEmpty else { return report }
      try await warehouse.storage.clear(record.location)
    }
    let event = CatalogEvent(
      id: self.newID(), .tablePurged, atMS: self.nowMS, warehouse: warehouse.name,
      namespace: record.identifier.namespace, name: record.identifier.name, actor: "catalog",
      details: ["files": "\(report.fileCount)", "bytes": "\(report.byteCount)"])
    let outcome = try await self.apply(
      CatalogChange(
        in: warehouse.name, [.forget(id)], events: dropped.purges || always ? [event] : []))
    // Another process, or a repeat, may have been faster.
    if case .refused(let refusal, _) = outcome, refusal != .heldObjectMissing(id) {
      throw ErrorResponse(refusal)
    }
    return report
  }

  private func purgePlan(
    _ record: ObjectRecord
  ) async throws -> (folders: [String], outside: [String]) {
    guard record.kind == .table, let document = try await self.store.document(record.id) else {
      return ([record.location], [])
    }
    let properties = try self.metadata(document).properties
    let keepsData = properties["gc.enabled"]?.lowercased() == "false"
    let own = try Location(parsing: record.location)
    var outside: [String] = []
    for name in [MetadataFile.pathProperty, "write.data.path"] {
      guard let path = properties[name], try !Location(parsing: path).isInside(own) else {
        continue
      }
      outside.append(path)
    }
    return ([keepsData ? "\(record.location)/metadata" : record.location], outside)
  }

  /// Deletes the files of a folder, a page at a time.
  private func clear(
    _ folder: String, sparing spared: String, _ warehouse: Warehouse,
    _ report: inout PurgeReport, _ progress: (PurgeReport) async throws -> Void
  ) async throws {
    var after: String?
    while true {
      try Task.checkCancellation()
      let page = try await warehouse.storage.files(below: folder, after: after, limit: 1000)
      guard let last = page.last else { return }
      after = last.location
      let files = page.filter { $0.location != spared }
      let failed = try await warehouse.storage.delete(files.map(\.location))
      report.failed += failed
      report.fileCount += Int64(files.count - failed.count)
      report.byteCount += files.reduce(0) { $0 + $1.byteCount }
      try await progress(report)
    }
  }
}
