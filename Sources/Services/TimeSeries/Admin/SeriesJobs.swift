package import Cluster
import Hosting
import Admin
import AdminServing
import JSON
import Protobuf
import Runtime
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// The kinds of jobs that look after time series.
package enum SeriesJob {
  package static let deleteGroup = "series-delete-group"
  package static let merge = "series-merge"
  package static let scrub = "series-scrub"
  package static let retain = "series-retain"
  package static let migrate = "series-migrate"
  package static let place = "series-place"
  package static let rebuild = "series-rebuild-ranking"
  package static let backup = "series-backup"
  package static let verifyBackup = "series-verify-backup"
  package static let deleteBackup = "series-delete-backup"
  package static let restore = "series-restore"

  /// Of a job that is about everything: one that is asked for by a schedule joins one that an operator began.
  package static let joinKeyOfAll = SeriesJobRequest("", "", group: nil).joinKey
}

/// A job of the time series before it is asked for.
struct SeriesJobRequest: Sendable {
  var kind: String
  var what: String
  var group: String?
  var isDataOnly = false
  var place: String?
  var backup: String?
  var groups: [String] = []
  var node: String?
  var ranking: String?

  init(_ kind: String, _ what: String, group: String?) {
    self.kind = kind
    self.what = what
    self.group = group
  }

  private var parameters: JSONValue {
    var object = JSONObject()
    if let group = self.group { object["group"] = .string(group) }
    if let node = self.node { object["node"] = .string(node) }
    if let ranking = self.ranking { object["ranking"] = .string(ranking) }
    if self.isDataOnly { object["data_only"] = true }
    if let place = self.place { object["place"] = .string(place) }
    if let backup = self.backup { object["backup"] = .string(backup) }
    if !self.groups.isEmpty { object["groups"] = .array(self.groups.map { .string($0) }) }
    return .object(object)
  }

  var joinKey: String {
    let named = [self.group, self.place, self.backup, self.node, self.ranking].map { $0 ?? "" }
    return String((named + self.groups).joined(separator: "\n").prefix(120)) + "\n"
  }

  /// As it would be listed.
  var planned: Admin.JobRecord {
    var record = Admin.JobRecord()
    record.kindOfJob = self.kind
    record.what = self.what
    return record
  }

  func submit(
    _ sources: SeriesAdminSources, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<Admin.JobRecord> {
    let request = JobRequest(
      self.kind, what: String(self.what.prefix(100)), parameters: self.parameters,
      joinKey: self.joinKey,
      requester: context.principal.name, requestID: context.requestID)
    let (job, isNew) = try await clusterWork { try await sources.desk.jobs.submit(request) }
    var change = AdminChange(
      Admin.JobRecord(job, at: sources.time.wallNow), changed: isNew, context: context, plan: "")
    change.job = job.id.description
    return change
  }
}

/// What runs the jobs.
package struct SeriesJobs: Sendable {
  private let sources: SeriesAdminSources

  package init(_ sources: SeriesAdminSources) { self.sources = sources }

  package var kinds: [JobKind] {
    [
      JobKind(SeriesJob.deleteGroup) { run in
        try await seriesJob { try await self.deleteGroup(run) }
      },
      JobKind(SeriesJob.merge, { $0.concurrentMax = 1 }) { run in
        try await seriesJob { try await self.merge(run) }
      },
      JobKind(SeriesJob.scrub, { $0.concurrentMax = 1 }) { run in
        try await seriesJob { try await self.scrub(run) }
      },
      JobKind(SeriesJob.retain, { $0.concurrentMax = 1 }) { run in
        try await seriesJob {
          let dropped = try await self.upkeep(run).retain()
          return JobResult(["segments_count": .integer(dropped)])
        }
      },
      JobKind(SeriesJob.rebuild, { $0.concurrentMax = 1 }) { run in
        try await seriesJob { try await self.rebuild(run) }
      },
    ] + BackupJobs(sources: self.sources).kinds + MoveJobs(sources: self.sources).kinds
  }

  private func upkeep(_ run: JobRun) throws -> any SeriesUpkeep {
    try self.sources.upkeep(on: run.parameters["node"]?.string)
  }

  /// The groups that a job is about, those that keep rows.
  private func groups(_ run: JobRun) throws -> [String] {
    if let group = run.parameters["group"]?.string { return [group] }
    return try self.sources.front.registry.current.groups.filter { $0.catalog != .property }
      .compactMap(\.metadata?.name)
  }

  /// The task that deletes a group is kept with the schema; the job begins it and waits for its end.
  private func deleteGroup(_ run: JobRun) async throws -> JobResult {
    let group = run.parameters["group"]?.string ?? ""
    let front = try self.sources.front
    if !front.registry.isDeleting(group), front.registry.current.group(group) != nil {
      let request = DatabaseWire.GroupRegistryServiceDeleteRequest {
        $0.group = group
        $0.force = true
        $0.dataOnly = run.parameters["data_only"]?.boolean ?? false
      }
      _ = try await front.deletions.delete(request)
    }
    while true {
      try run.checkCancelled()
      let task = try await front.deletions.progress(of: group)
      run.report(
        JobProgress(
          phase: "deleting", doneBytes: task.deletedDataSizeBytes,
          totalBytes: task.totalDataSizeBytes))
      switch task.currentPhase {
      case .completed:
        return JobResult(["deleted_bytes": .integer(task.deletedDataSizeBytes)])
      case .failed: throw JobFailure("series.delete_failed", task.message, isFinal: true)
      default: try await run.time.sleep(for: .milliseconds(200))
      }
    }
  }

  private func merge(_ run: JobRun) async throws -> JobResult {
    let upkeep = try self.upkeep(run)
    let groups = try self.groups(run)
    let before = try await Self.count(groups, upkeep)
    for (index, group) in groups.enumerated() {
      try run.checkCancelled()
      Self.report(run, group, index, groups.count)
      try await upkeep.merge(group: group)
    }
    Self.report(run, "", groups.count, groups.count)
    let after = try await Self.count(groups, upkeep)
    return JobResult([
      "parts_before": .integer(before.parts), "parts_after": .integer(after.parts),
      "bytes_before": .integer(before.bytes), "bytes_after": .integer(after.bytes),
    ])
  }

  private func rebuild(_ run: JobRun) async throws -> JobResult {
    let group = run.parameters["group"]?.string ?? ""
    let name = run.parameters["ranking"]?.string ?? ""
    let upkeep = try self.upkeep(run)
    try await upkeep.rebuildRanking(group: group, name: name)
    let reports = try await upkeep.rankings(group: group).filter { $0.name == name }
    return JobResult([
      "window_count": .integer(reports.reduce(0) { $0 + $1.windows }),
      "waiting_count": .integer(reports.reduce(0) { $0 + $1.waiting }),
    ])
  }

  private static func report(_ run: JobRun, _ phase: String, _ done: Int, _ count: Int) {
    run.report(
      JobProgress(phase: phase, doneCount: Int64(done), totalCount: Int64(count)))
  }

  private static func count(
    _ groups: [String], _ upkeep: any SeriesUpkeep
  ) async throws -> (parts: Int64, bytes: Int64) {
    var (parts, bytes) = (Int64(0), Int64(0))
    for group in groups {
      for shard in try await upkeep.shards(group: group) {
        parts += shard.parts
        bytes += shard.bytes
      }
    }
    return (parts, bytes)
  }

  /// Reads every page and compares; damage is told, nothing is changed.
  private func scrub(_ run: JobRun) async throws -> JobResult {
    let upkeep = try self.upkeep(run)
    let groups = try self.groups(run)
    var damaged = 0
    for (index, group) in groups.enumerated() {
      try run.checkCancelled()
      Self.report(run, group, index, groups.count)
      for problem in try await upkeep.scrub(group: group) {
        damaged += 1
        run.log(problem)
      }
    }
    Self.report(run, "", groups.count, groups.count)
    guard damaged == 0 else {
      throw JobFailure(
        "series.damaged", "\(damaged) parts are damaged: the job's log names them", isFinal: true)
    }
    return JobResult(["damaged_count": 0])
  }
}
