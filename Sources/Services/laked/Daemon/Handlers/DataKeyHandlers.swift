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

  /// Writes down which keys it goes on from, makes the next ones, then seals in steps; a run that
  /// follows a crash makes none that are there already.
  static func job(_ identity: IdentityService, _ keys: KeyRing) -> JobKind {
    JobKind(Self.kind) { run in
      do {
        try await Self.rotate(run, keys)
        return try await Self.sealAgain(run, identity)
      } catch let error as SecurityError {
        throw JobFailure(error.code.rawValue, error.message)
      } catch let error as IdentityError {
        throw JobFailure(error.code.rawValue, error.message + (error.why.map { ": \($0)" } ?? ""))
      }
    }
  }

  /// A new version of every key but Link's, whose version both ends of a connection must have.
  private static func rotate(_ run: JobRun, _ keys: KeyRing) async throws {
    for (purpose, former) in try await self.formerVersions(run, keys) {
      let key = try await keys.rotate(purpose, after: former)
      run.log("\(purpose) seals under version \(key.version) from now on")
    }
  }

  /// Those of the job's first run, which are durable before any key is made.
  private static func formerVersions(
    _ run: JobRun, _ keys: KeyRing
  ) async throws -> [(purpose: String, version: UInt32)] {
    guard let saved = run.checkpoint else {
      try await keys.reload()
      let purposes = Set(keys.keys.map(\.purpose)).subtracting([LinkDesk.purpose]).sorted()
      let versions = purposes.compactMap { purpose in
        keys.sealingKey(for: purpose).map { (purpose: purpose, version: $0.version) }
      }
      let lines = versions.map { "\($0.purpose) \($0.version)\n" }
      try await run.save(checkpoint: Array(lines.joined().utf8))
      return versions
    }
    return try String(decoding: saved, as: UTF8.self).split(separator: "\n").map { line in
      let words = line.split(separator: " ")
      guard words.count == 2, let version = UInt32(words[1]) else {
        throw JobFailure("checkpoint_damaged", "the job's checkpoint has the line '\(line)'")
      }
      return (String(words[0]), version)
    }
  }

  /// The secrets of access keys go under the newest version, and the older ones are destroyed. What other
  /// purposes have sealed names its version, which stays.
  private static func sealAgain(
    _ run: JobRun, _ identity: IdentityService
  ) async throws -> JobResult {
    let author = Author(run.job.requester, requestID: run.job.requestID ?? "")
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
