import Cluster
import Configuration
import Hosting
import JSON
import ObjectAdmin
import ObjectControl
import ObjectGateway
import ObjectModel
import Runtime
import Values

/// Jobs on whole buckets: emptying them, and what their lifecycle rules ask for.
struct BucketJobs: Sendable {
  private let host: ServiceHost
  private let roles: ObjectRoles
  private let control: FactsControl

  init(_ host: ServiceHost, _ roles: ObjectRoles, _ control: FactsControl) {
    self.host = host
    self.roles = roles
    self.control = control
  }

  var kinds: [JobKind] {
    [
      JobKind(ObjectJob.empty) { run in try await objectWork { try await self.empty(run) } },
      JobKind(ObjectJob.lifecycle, { $0.concurrentMax = 1 }) { run in
        try await objectWork { try await self.sweep(run) }
      },
    ]
  }

  private func namespace() throws -> any Namespace {
    guard let namespace = self.roles.anyNamespace(self.host) else {
      throw JobFailure("object.no_namespace", "the namespace is not on this node, or not yet up")
    }
    return namespace
  }

  private func empty(_ run: JobRun) async throws -> JobResult {
    guard let name = run.text("bucket") else {
      throw JobFailure("job.parameters", "bucket is missing", isFinal: true)
    }
    guard let bucket = try await self.control.bucket(name) else {
      throw JobFailure("bucket.not_found", "there is no bucket \(name)", isFinal: true)
    }
    let emptying = BucketEmptying(
      bucket: bucket, prefix: Array((run.text("prefix") ?? "").utf8),
      namespace: try self.namespace(), isDryRun: run.isDryRun)
    let report = try await emptying.run { report in
      try run.checkCancelled()
      run.report(
        JobProgress(
          phase: "removing", doneCount: report.versions + report.uploads,
          doneBytes: report.bytes))
    }
    if report.locked > 0 { run.log("\(report.locked) versions are locked and stay") }
    return JobResult(
      [
        "object_count": report.versions, "freed_bytes": report.bytes,
        "upload_count": report.uploads, "locked_count": report.locked,
      ], isDryRun: run.isDryRun)
  }

  private func sweep(_ run: JobRun) async throws -> JobResult {
    let namespace = try self.namespace()
    let daySeconds = self.host.configuration[ObjectKeys.lifecycleDay].components.seconds
    var total = SweepReport()
    var after = ""
    var count: Int64 = 0
    while true {
      let page = try await self.control.allBuckets(prefix: "", after: after, limit: 1000)
      for bucket in page.buckets {
        try run.checkCancelled()
        if let only = run.text("bucket"), only != bucket.name { continue }
        let sweep = LifecycleSweep(
          bucket, namespace: namespace,
          milliseconds: UInt64(clamping: run.time.wallNow.nanoseconds / 1_000_000),
          daySeconds: daySeconds, isDryRun: run.isDryRun)
        guard let report = try await sweep?.run() else { continue }
        total.add(report)
        count += 1
        run.report(JobProgress(phase: bucket.name, doneCount: count))
      }
      guard page.isTruncated, let last = page.buckets.last else { break }
      after = last.name
    }
    return JobResult(
      [
        "bucket_count": count, "expired_count": Int64(total.expired),
        "version_count": Int64(total.versionsRemoved),
        "marker_count": Int64(total.markersRemoved),
        "upload_count": Int64(total.uploadsAborted), "skipped_count": Int64(total.skipped),
      ], isDryRun: run.isDryRun)
  }

  /// Asks for the lifecycle job once a day, as long a day as rules count in. Nodes that ask at the same
  /// time ask for the same job.
  func askDaily() async throws {
    let time = self.host.group.loops[0]
    let day = self.host.configuration[ObjectKeys.lifecycleDay]
    var asked: Int64?
    while true {
      try await time.sleep(for: min(day, .seconds(3600)))
      let number = time.wallNow.nanoseconds / (day.components.seconds * 1_000_000_000)
      guard number != asked, try await self.hasRules() else { continue }
      let request = JobRequest(
        ObjectJob.lifecycle, what: "what lifecycle rules ask for",
        parameters: .object(JSONObject()), joinKey: "day-\(number)",
        requester: "system:object-control")
      guard (try? await self.host.desk.jobs.submit(request)) != nil else { continue }
      asked = number
    }
  }

  private func hasRules() async throws -> Bool {
    let page = try? await self.control.allBuckets(prefix: "", after: "", limit: .max)
    return page?.buckets.contains { $0.documents[.lifecycle] != nil } ?? false
  }
}

extension SweepReport {
  mutating func add(_ other: SweepReport) {
    self.expired += other.expired
    self.versionsRemoved += other.versionsRemoved
    self.markersRemoved += other.markersRemoved
    self.uploadsAborted += other.uploadsAborted
    self.skipped += other.skipped
  }
}
