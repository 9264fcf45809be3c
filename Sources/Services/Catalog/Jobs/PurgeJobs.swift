import Cluster
import Iceberg
import JSON
import Observability
import Runtime
import Synchronization
import Values

/// Purges as jobs: durable, resumed after a crash, one at a time for an object, with progress.
extension CatalogService {
  static let purgeKind = "catalog.purge"

  func makePurgeKind() -> JobKind {
    JobKind(Self.purgeKind) { kind in
      kind.concurrentMax = 2
    } handler: { [self] run in
      try await self.purge(run)
    }
  }

  private func purge(_ run: JobRun) async throws -> JobResult {
    guard let catalog = self.catalog, let name = run.parameters["warehouse"]?.string,
      let text = run.parameters["object"]?.string, let id = try? ObjectID(parsing: text)
    else {
      throw JobFailure("catalog.no_object", "the job names no object of a catalog", isFinal: true)
    }
    guard let warehouse = catalog.warehouses[name] else {
      throw JobFailure("catalog.no_warehouse", "there is no warehouse \(name)", isFinal: true)
    }
    let always = run.parameters["always"]?.boolean ?? false
    let report = try await catalog.purge(id, in: warehouse, always: always) { report in
      try run.checkCancelled()
      run.report(
        JobProgress(
          phase: "deleting", doneCount: report.fileCount, doneBytes: report.byteCount))
    }
    for place in report.outside { run.log("left alone, outside the table: \(place)") }
    guard report.failed.isEmpty else {
      throw JobFailure(
        "catalog.files_left",
        "\(report.failed.count) files could not be deleted, \(report.failed[0]) among them")
    }
    return JobResult([
      "files_count": .integer(report.fileCount), "freed_bytes": .integer(report.byteCount),
    ])
  }

  /// Asks for a purge of everything whose time is over, until the task is cancelled.
  func runSweep(_ catalog: IcebergCatalog) async {
    while true {
      let rung = catalog.dropBell.count
      do {
        for (warehouse, object) in try await catalog.due() {
          _ = try await self.submitPurge(of: object, in: warehouse)
        }
      } catch {
        self.log.warning("dropped tables were not looked through", ["error": .describing(error)])
      }
      guard await Self.pause(catalog, since: rung) else { return }
    }
  }

  func submitPurge(
    of object: ObjectRecord, in warehouse: Warehouse, always: Bool = false,
    by requester: String = "catalog"
  ) async throws -> (job: Job, isNew: Bool) {
    try await self.jobs.submit(
      JobRequest(
        Self.purgeKind, what: "delete the files of \(object.identifier)".cut(to: 400),
        parameters: [
          "warehouse": .string(warehouse.name), "object": .string(object.id.description),
          "always": .boolean(always),
        ], joinKey: object.id.description, requester: requester))
  }

  /// Waits a minute, or until something is dropped; false when the task is cancelled.
  private static func pause(_ catalog: IcebergCatalog, since rung: UInt64) async -> Bool {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await catalog.time.sleep(for: .seconds(60)) }
      group.addTask { await catalog.dropBell.wait(since: rung) }
      _ = await group.next()
      group.cancelAll()
    }
    return !Task.isCancelled
  }
}

extension String {
  /// At most that many bytes, whole characters.
  func cut(to byteCount: Int) -> String {
    guard self.utf8.count > byteCount else { return self }
    var text = self
    while text.utf8.count > byteCount { text.removeLast() }
    return text
  }
}
