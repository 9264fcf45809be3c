import Cluster
import Iceberg
import Identity
import JSON
import Runtime
import Values

/// Maintenance of tables as jobs: durable, begun anew after a crash, one of a kind at a time for a table.
extension CatalogService {
  static let maintenanceKind = "catalog.maintenance"

  func makeMaintenanceKind() -> JobKind {
    JobKind(Self.maintenanceKind) { kind in
      kind.concurrentMax = 2
    } handler: { [self] run in
      try await self.maintain(run)
    }
  }

  private func maintain(_ run: JobRun) async throws -> JobResult {
    guard let catalog = self.catalog, let name = run.parameters["warehouse"]?.string,
      let text = run.parameters["object"]?.string, let id = try? ObjectID(parsing: text),
      let task = run.parameters["task"]?.string.flatMap({ MaintenanceTask(rawValue: $0) })
    else {
      throw JobFailure(
        "catalog.no_object", "the job names no table, or nothing to do for it", isFinal: true)
    }
    guard let warehouse = catalog.warehouses[name] else {
      throw JobFailure("catalog.no_warehouse", "there is no warehouse \(name)", isFinal: true)
    }
    var options = MaintenanceOptions()
    options.olderThanMS = run.parameters["older_than_ms"]?.int64
    options.keepLast = run.parameters["keep_last"]?.int64.map { Int(clamping: $0) }
    let report: MaintenanceReport
    do {
      report = try await catalog.maintain(
        id, task, options, in: warehouse, by: catalog.operatorCaller(run.parameters["by"]?.string)
      ) { report in
        try run.checkCancelled()
        run.report(
          JobProgress(
            phase: task == .compact ? "copying" : "deleting", doneCount: report.fileCount,
            doneBytes: report.byteCount))
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      throw Self.failure(error)
    }
    return try self.result(of: report, run)
  }

  private func result(of report: MaintenanceReport, _ run: JobRun) throws -> JobResult {
    if report.outsideCount > 0 {
      run.log("left alone, outside the table: \(report.outsideCount) files")
    }
    guard report.failed.isEmpty else {
      throw JobFailure(
        "catalog.files_left",
        "\(report.failed.count) files could not be deleted, \(report.failed[0]) among them: "
          + "a sweep of orphans finds them", isFinal: true)
    }
    return JobResult([
      "snapshots_count": .integer(Int64(report.snapshotIDs.count)),
      "refs_count": .integer(Int64(report.references.count)),
      "files_count": .integer(report.fileCount), "freed_bytes": .integer(report.byteCount),
      "written_count": .integer(report.writtenCount),
      "deleted_rows_count": .integer(report.deletedRowCount),
      "manifests_before": .integer(report.manifestsBefore),
      "manifests_after": .integer(report.manifestsAfter),
    ])
  }

  /// What a repeat would not change is final.
  private static func failure(_ error: any Error) -> JobFailure {
    let response = CatalogServer.response(to: error)
    return JobFailure(
      "catalog.maintenance_failed", response.message,
      isFinal: (400..<500).contains(response.status) && response.status != 409)
  }

  /// Gives the id of the job, which may be one that is there already.
  func submitMaintenance(
    _ task: MaintenanceTask, of object: ObjectRecord, _ options: MaintenanceOptions,
    in warehouse: Warehouse, by requester: String
  ) async throws -> String {
    var parameters = JSONObject()
    parameters["warehouse"] = .string(warehouse.name)
    parameters["object"] = .string(object.id.description)
    parameters["task"] = .string(task.rawValue)
    parameters["by"] = .string(requester)
    if let age = options.olderThanMS { parameters["older_than_ms"] = .integer(age) }
    if let count = options.keepLast { parameters["keep_last"] = .integer(Int64(count)) }
    let submitted = try await self.jobs.submit(
      JobRequest(
        Self.maintenanceKind, what: "\(task.words) of \(object.identifier)".cut(to: 400),
        parameters: .object(parameters), joinKey: "\(task.rawValue) \(object.id)",
        requester: requester))
    return submitted.job.id.description
  }
}

extension MaintenanceTask {
  var words: String {
    switch self {
    case .expire: "expire snapshots"
    case .orphans: "remove orphan files"
    case .manifests: "rewrite manifests"
    case .compact: "compact files"
    }
  }
}

extension IcebergCatalog {
  /// Somebody whom the gate of the admin API has let in.
  func operatorCaller(_ name: String?) -> Caller {
    var caller = Caller(
      principal: nil, context: AccessContext(time: self.time.wallNow), deadline: .distantFuture)
    caller.operatorName = name ?? "catalog"
    return caller
  }
}
