import Admin
import AdminServing
private import Bytes
import Cluster
import Hosting
import Identity
import JSON
import Runtime
import Security
import Values

/// `key data`: the keys that seal what is stored, and their rotation as a job.
struct DataKeyHandlers: Sendable {
  let identity: IdentityService
  let keys: KeyRing
  let jobs: Jobs
  let clock: EventLoop

  static let kind = "keys.rotate"

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(IdentityAPI.dataKeys) { _, context in
      let records = Set(self.keys.keys.map(\.purpose)).sorted().map(self.record)
      return context.paging.page(records, by: \.key)
    }
    try routes.on(IdentityAPI.rotateDataKeys) { _, context in try await self.rotate(context) }
  }

  private func record(_ purpose: String) -> RotationRecord {
    let versions = self.keys.keys.filter { $0.purpose == purpose }
    var record = RotationRecord()
    record.key = purpose
    record.version = Int64(versions.map(\.version).max() ?? 0)
    record.state = versions.count > 1 ? "rotating" : "current"
    record.versionCount = Int64(versions.count)
    record.createdAt = versions.max { $0.version < $1.version }.map { Timestamp($0.created) }
    return record
  }

  private func rotate(
    _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<JobRecord> {
    let request = JobRequest(
      Self.kind, what: "rotate data keys", parameters: .object(JSONObject()), joinKey: "all",
      requester: context.principal.name, requestID: context.requestID)
    guard !context.isDryRun else {
      var record = JobRecord()
      record.kindOfJob = Self.kind
      record.what = request.what
      let count = self.identity.directory.keys.count
      return AdminChange(
        record, changed: true, context: context,
        plan: "make new data keys, and seal the secrets of \(count) access keys again")
    }
    let (job, isNew) = try await clusterWork {
      try await self.jobs.submit(request)
    }
    var change = AdminChange(
      JobRecord(job, at: self.clock.wallNow), changed: isNew, context: context, plan: "")
    change.job = job.id.description
    return change
  }

  // MARK: The job

  /// Makes the keys once, then seals in steps; a run that follows a crash goes on where it was.
  static func job(_ identity: IdentityService) -> JobKind {
    JobKind(Self.kind) { run in
      do {
        return try await Self.work(run, identity)
      } catch let error as IdentityError {
        throw JobFailure(error.code.rawValue, error.message + (error.why.map { ": \($0)" } ?? ""))
      }
    }
  }

  private static func work(_ run: JobRun, _ identity: IdentityService) async throws -> JobResult {
    let author = Author(run.job.requester, requestID: run.job.requestID ?? "")
    if run.checkpoint == nil {
      let secrets = try await identity.rotateSecretKey()
      let sessions = try await identity.rotateSessionKey()
      try await run.save(checkpoint: Array("rotated".utf8))
      run.log("access key secrets are sealed under version \(secrets) from now on")
      run.log("sessions are signed under version \(sessions) from now on")
    }
    var cursor: String?
    var done: Int64 = 0
    var unreadable = 0
    repeat {
      try run.checkCancelled()
      let step = try await identity.resealSecrets(after: cursor, by: author)
      cursor = step.after
      done += Int64(step.resealedCount)
      unreadable += step.unreadableCount
      run.report(
        JobProgress(
          phase: "seal secrets again", doneCount: done,
          totalCount: done + Int64(step.remainingCount)))
    } while cursor != nil
    let retired = try await identity.retireSecretKeys(by: author)
    run.log("\(done) secrets were sealed again; \(retired.count) old versions are gone")
    if unreadable > 0 { run.log("\(unreadable) secrets could not be read and stay as they were") }
    var result = JSONObject()
    result["resealed_count"] = .integer(done)
    result["unreadable_count"] = .integer(unreadable)
    result["retired_count"] = .integer(retired.count)
    return JobResult(.object(result))
  }
}
