import Admin
import AdminServing
import Cluster
import Iceberg
import Values

/// `catalog maintenance schedule` and `catalog table stats`.
struct ScheduleHandlers: Sendable {
  let tables: TableHandlers

  private var service: CatalogService { self.tables.handlers.service }

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogUpkeepAPI.schedules) { input, context in
      try await catalogWork { try await self.list(input, context) }
    }
    try routes.on(CatalogUpkeepAPI.setSchedule) { input, context in
      try await catalogWork { try await self.set(input, context) }
    }
    try routes.on(CatalogUpkeepAPI.deleteSchedule) { input, context in
      try await catalogWork { try await self.delete(input, context) }
    }
    try routes.on(CatalogUpkeepAPI.statistics) { input, context in
      try await catalogWork { try await self.statistics(input, context) }
    }
  }

  // MARK: Schedules

  /// Of all warehouses unless one is named.
  private func list(
    _ input: CatalogPathInput, _ context: AdminContext
  ) async throws -> AdminList<MaintenanceScheduleRecord> {
    let path = try input.path.map { try QualifiedName.parts($0) }
    if let name = input.warehouse { _ = try self.tables.handlers.warehouse(name) }
    var records: [MaintenanceScheduleRecord] = []
    for (schedule, _) in try await self.service.schedules() {
      if let name = input.warehouse, schedule.warehouse != name { continue }
      if let path, !schedule.levels.starts(with: path) { continue }
      records.append(try await self.record(schedule))
    }
    let ordered = records.sorted { $0.order < $1.order }
    return context.paging.page(ordered, by: \.order)
  }

  private func record(
    _ schedule: MaintenanceSchedule
  ) async throws -> MaintenanceScheduleRecord {
    var record = MaintenanceScheduleRecord(schedule)
    if let id = schedule.object {
      // It may have been renamed since, or dropped.
      let object = try await self.tables.catalog.store.object(id)
      if let object, object.dropped == nil {
        record.target = QualifiedName.text(object.identifier)
      } else {
        record.state = "dropped"
      }
    }
    if let text = schedule.lastJob, let found = try? await self.service.lastRun(text) {
      record.state = found.state.rawValue
      record.tablesCount = found.tables
    }
    return record
  }

  /// What the input is about: a table, else a namespace, else the warehouse.
  private func target(
    _ input: MaintenanceScheduleInput, _ context: AdminContext
  ) async throws -> MaintenanceSchedule {
    guard let task = MaintenanceTask(rawValue: input.task) else {
      throw IcebergError(
        .badRequest,
        "\(input.task.prefix(80).debugDescription) is nothing that is done for tables: "
          + MaintenanceTask.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let warehouse = try self.tables.handlers.warehouse(input.warehouse)
    var schedule = MaintenanceSchedule(
      warehouse: warehouse.name, scope: .warehouse, levels: [], task: task, everyMS: 0,
      owner: context.principal.name, nextAtMS: 0)
    guard let name = input.target else { return schedule }
    schedule.levels = try QualifiedName.parts(name)
    let store = try self.tables.catalog.store
    if schedule.levels.count > 1 {
      let entry = try await store.entry(
        try QualifiedName.identifier(name), in: warehouse.name)
      if let entry, entry.kind == .table {
        (schedule.scope, schedule.object) = (.table, entry.id)
        return schedule
      }
    }
    schedule.scope = .namespace
    if try await store.namespace(try QualifiedName.namespace(name), in: warehouse.name) == nil {
      throw ErrorResponse(.notFound, "There is no table or namespace \(name.prefix(200))")
    }
    return schedule
  }

  private func set(
    _ input: MaintenanceScheduleInput, _ context: AdminContext
  ) async throws -> AdminChange<MaintenanceScheduleRecord> {
    var schedule = try await self.target(input, context)
    let present = try await self.service.facts.get(schedule.key)
    let before = present.flatMap { MaintenanceSchedule($0) }
    func milliseconds(_ seconds: Int64) -> Int64 {
      let (value, overflow) = seconds.multipliedReportingOverflow(by: 1000)
      return overflow ? .max / 4 : min(value, .max / 4)
    }
    guard let every = input.everySeconds.map(milliseconds) ?? before?.everyMS,
      every >= MaintenanceSchedule.everyMinMS
    else {
      throw IcebergError(.badRequest, "every_s says how often: 60 seconds at least")
    }
    schedule.everyMS = every
    schedule.olderThanMS = input.olderThanSeconds.map(milliseconds)
    schedule.keepLast = input.keepLast.map { Int(clamping: $0) }
    (schedule.lastAtMS, schedule.lastJob) = (before?.lastAtMS, before?.lastJob)
    let now = try self.tables.catalog.nowMS
    schedule.nextAtMS = max(now, (schedule.lastAtMS ?? now) + every)
    let changed =
      before.map {
        ($0.everyMS, $0.olderThanMS, $0.keepLast)
          != (schedule.everyMS, schedule.olderThanMS, schedule.keepLast)
      } ?? true
    if changed, !context.isDryRun { try await self.put(schedule, over: present) }
    return AdminChange(
      MaintenanceScheduleRecord(changed ? schedule : before ?? schedule), context: context,
      changed: changed, undo: schedule.undo,
      plan: "\(schedule.task.words) of \(schedule.words) every \(every / 1000) s")
  }

  private func put(_ schedule: MaintenanceSchedule, over present: Fact?) async throws {
    if present == nil {
      guard try await self.service.schedules().count < MaintenanceSchedule.countMax else {
        throw IcebergError(
          .badRequest, "there are \(MaintenanceSchedule.countMax) schedules already")
      }
    }
    let condition =
      present.map { FactTransaction.Condition.isUnchanged($0.key, since: $0.modifiedAt) }
      ?? .isAbsent(schedule.key)
    let outcome = try await self.service.facts.put(
      schedule.key, schedule.jsonBytes, if: condition)
    guard case .done = outcome else {
      throw ErrorResponse.conflict("The schedule was changed by somebody else meanwhile")
    }
  }

  private func delete(
    _ input: MaintenanceScheduleInput, _ context: AdminContext
  ) async throws -> AdminChange<MaintenanceScheduleRecord> {
    let target = try await self.target(input, context)
    guard let fact = try await self.service.facts.get(target.key),
      let schedule = MaintenanceSchedule(fact)
    else {
      throw ErrorResponse(
        .notFound, "There is no schedule to \(target.task.words) of \(target.words)")
    }
    if !context.isDryRun {
      _ = try await self.service.facts.delete(fact.key, if: .exists(fact.key))
    }
    return AdminChange(
      MaintenanceScheduleRecord(schedule), context: context,
      plan: "\(schedule.task.words) of \(schedule.words) no more by the clock")
  }

  // MARK: Sizes over time

  /// Newest first. The token is the time of the last one shown.
  private func statistics(
    _ input: TableStatisticsInput, _ context: AdminContext
  ) async throws -> AdminList<TableStatisticsRecord> {
    let table = try await self.tables.table(input.name, input.warehouse, context)
    let catalog = try self.tables.catalog
    var since = Int64.min
    if let seconds = input.sinceSeconds {
      let (age, overflow) = max(0, seconds).multipliedReportingOverflow(by: 1000)
      if !overflow { since = catalog.nowMS - min(age, catalog.nowMS) }
    }
    let before = context.paging.token.flatMap(AdminPaging.decode).flatMap { Int64($0) }
    let points = try await catalog.store.statistics(
      of: table.entry.id, since: since, before: before ?? .max, limit: context.paging.limit)
    let isFull = points.count == context.paging.limit
    return AdminList(
      points.map(TableStatisticsRecord.init),
      next: isFull ? points.last.map { AdminPaging.encode("\($0.atMS)") } : nil)
  }
}

extension MaintenanceSchedule {
  fileprivate var undo: String {
    let name: String =
      switch self.scope {
      case .warehouse: ""
      case .namespace: " \(QualifiedName.text(Namespace(self.levels)))"
      case .table: " \(self.tableName)"
      }
    return "lakectl catalog maintenance schedule delete \(self.task.rawValue)\(name)"
  }
}

extension MaintenanceScheduleRecord {
  init(_ schedule: MaintenanceSchedule) {
    self.init()
    self.target =
      switch schedule.scope {
      case .warehouse: "*"
      case .namespace: QualifiedName.text(Namespace(schedule.levels))
      case .table: schedule.tableName
      }
    self.scope = schedule.scope.rawValue
    self.warehouse = schedule.warehouse
    self.task = schedule.task.rawValue
    self.everySeconds = schedule.everyMS / 1000
    self.olderThanSeconds = schedule.olderThanMS.map { $0 / 1000 }
    self.keepLast = schedule.keepLast.map { Int64($0) }
    self.lastAt = schedule.lastAtMS.map { Timestamp(milliseconds: $0) }
    self.nextAt = Timestamp(milliseconds: schedule.nextAtMS)
    self.lastJob = schedule.lastJob
    self.state = schedule.lastJob == nil ? "waiting" : "unknown"
  }

  var order: String { "\(self.warehouse) \(self.target) \(self.task)" }
}

extension TableStatisticsRecord {
  init(_ point: TablePoint) {
    self.init()
    self.at = Timestamp(milliseconds: point.atMS)
    self.snapshotID = point.size.snapshotID
    self.rowsCount = point.size.rows
    self.filesCount = point.size.files
    self.sizeBytes = point.size.bytes
    self.deleteFilesCount = point.size.deleteFiles
  }
}
