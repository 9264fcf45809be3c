import Cluster
import Iceberg
import Identity
import JSON
import Observability
import Runtime
import Values

/// Schedules of maintenance: who leads asks for a job when one is due; the job goes through the tables.
extension CatalogService {
  static let scheduleKind = "catalog.schedule"
  /// How often the clock is looked at.
  private static let schedulePause = Duration.seconds(2)

  func schedules() async throws -> [(schedule: MaintenanceSchedule, fact: Fact)] {
    try await self.facts.listAll(MaintenanceSchedule.prefix).facts.compactMap { fact in
      MaintenanceSchedule(fact).map { ($0, fact) }
    }
  }

  /// Campaigns and looks at the clock until the task is cancelled.
  func runSchedules(_ catalog: IcebergCatalog) async {
    let election = Election(
      "catalog/scheduler", candidate: self.node, self.facts, time: catalog.time,
      random: catalog.random, log: self.log)
    try? await election.run { leadership in
      while leadership.isHeld {
        do {
          try await self.submitDue(atMS: catalog.nowMS, while: leadership)
        } catch let error as CancellationError {
          throw error
        } catch {
          self.log.warning("schedules were not looked at", ["error": .describing(error)])
        }
        try await catalog.time.sleep(for: Self.schedulePause)
      }
    }
  }

  /// Asks for the jobs of schedules that are due; how many.
  @discardableResult
  func submitDue(atMS now: Int64, while leadership: Leadership? = nil) async throws -> Int {
    var count = 0
    for (schedule, fact) in try await self.schedules() where schedule.nextAtMS <= now {
      try Task.checkCancellation()
      var parameters = JSONObject()
      parameters["schedule"] = .string(fact.key.text)
      let what = "\(schedule.task.words) of \(schedule.words)".cut(to: 400)
      // One that still runs is joined.
      let submitted = try await self.jobs.submit(
        JobRequest(
          Self.scheduleKind, what: what, parameters: .object(parameters), joinKey: fact.key.text,
          requester: schedule.owner))
      let next = schedule.ran(atMS: now, job: submitted.job.id.description)
      // Whoever has changed it meanwhile has the last word.
      var conditions = [FactTransaction.Condition.isUnchanged(fact.key, since: fact.modifiedAt)]
      if let leadership { conditions.append(leadership.condition) }
      _ = try await self.facts.commit(
        FactTransaction(if: conditions, [.put(fact.key, next.jsonBytes, lease: nil)]))
      count += 1
    }
    return count
  }

  /// What became of a job, and how many tables it has done.
  func lastRun(_ text: String) async throws -> (state: JobState, tables: Int64?) {
    let job = try await self.jobs.show(try ULID(parsing: text))
    return (job.state, job.result?["tables_count"]?.int64)
  }

  // MARK: The job

  func makeScheduleKind() -> JobKind {
    JobKind(Self.scheduleKind) { kind in
      kind.concurrentMax = 2
    } handler: { [self] run in
      try await self.runSchedule(run)
    }
  }

  private func runSchedule(_ run: JobRun) async throws -> JobResult {
    guard let catalog = self.catalog, let key = run.parameters["schedule"]?.string else {
      throw JobFailure("catalog.no_schedule", "the job names no schedule", isFinal: true)
    }
    let all = try await self.schedules()
    guard let schedule = all.first(where: { $0.fact.key.text == key })?.schedule else {
      throw JobFailure("catalog.no_schedule", "the schedule was removed", isFinal: true)
    }
    guard let warehouse = catalog.warehouses[schedule.warehouse] else {
      throw JobFailure(
        "catalog.no_warehouse", "there is no warehouse \(schedule.warehouse)", isFinal: true)
    }
    var tally = ScheduleTally()
    let tables = try await catalog.tables(
      of: schedule, besides: all.map(\.schedule), in: warehouse)
    for table in tables {
      try run.checkCancelled()
      run.report(
        JobProgress(
          phase: "\(table.identifier)".cut(to: 200), doneCount: tally.tableCount,
          totalCount: Int64(tables.count), doneBytes: tally.byteCount))
      do {
        let report = try await catalog.maintain(
          table.id, schedule.task, schedule.options, in: warehouse,
          by: catalog.operatorCaller(schedule.owner)
        ) { _ in try run.checkCancelled() }
        tally.add(report)
      } catch let error as CancellationError {
        throw error
      } catch {
        // The others are done all the same.
        tally.failedCount += 1
        let reason = CatalogServer.response(to: error).message
        if tally.failedCount <= 100 { run.log("\(table.identifier): \(reason)") }
      }
    }
    return tally.result
  }
}

private struct ScheduleTally {
  var tableCount: Int64 = 0
  var failedCount: Int64 = 0
  var snapshotCount: Int64 = 0
  var fileCount: Int64 = 0
  var byteCount: Int64 = 0
  var writtenCount: Int64 = 0

  mutating func add(_ report: MaintenanceReport) {
    self.tableCount += 1
    self.snapshotCount += Int64(report.snapshotIDs.count)
    self.fileCount += report.fileCount
    self.byteCount += report.byteCount
    self.writtenCount += report.writtenCount
  }

  var result: JobResult {
    JobResult([
      "tables_count": .integer(self.tableCount), "failed_count": .integer(self.failedCount),
      "snapshots_count": .integer(self.snapshotCount), "files_count": .integer(self.fileCount),
      "freed_bytes": .integer(self.byteCount), "written_count": .integer(self.writtenCount),
    ])
  }
}

extension MaintenanceSchedule {
  /// What it is for.
  var words: String {
    switch self.scope {
    case .warehouse: "warehouse \(self.warehouse)"
    case .namespace: "all tables of \(QualifiedName.text(Namespace(self.levels)))"
    case .table: self.tableName
    }
  }

  var tableName: String {
    QualifiedName.text(
      TableIdentifier(Namespace(Array(self.levels.dropLast())), self.levels.last ?? ""))
  }
}

extension IcebergCatalog {
  /// The tables that a schedule is for: those without a nearer one for the same task.
  func tables(
    of schedule: MaintenanceSchedule, besides all: [MaintenanceSchedule], in warehouse: Warehouse
  ) async throws -> [ObjectRecord] {
    if let id = schedule.object {
      let object = try await self.store.object(id)
      return object.map { $0.dropped == nil ? [$0] : [] } ?? []
    }
    let others = all.filter {
      $0.task == schedule.task && $0.warehouse == schedule.warehouse && $0.key != schedule.key
    }
    let nearer = Set(
      others.filter { $0.scope == .namespace && $0.levels.count > schedule.levels.count }
        .map(\.levels))
    let own = Set(others.compactMap(\.object))
    var found: [ObjectRecord] = []
    var open = [schedule.namespace]
    while let namespace = open.popLast() {
      for child in try await NamespaceTreeHandlers.children(
        of: namespace, in: warehouse.name, of: self.store)
      where !nearer.contains(child.levels) { open.append(child) }
      guard let namespace else { continue }
      var last: String?
      while true {
        let page = try await self.store.objects(
          of: .table, in: namespace, of: warehouse.name, after: last, limit: 1000)
        found += page.filter { !own.contains($0.id) }
        last = page.last?.identifier.name
        guard page.count == 1000 else { break }
      }
    }
    return found
  }
}
