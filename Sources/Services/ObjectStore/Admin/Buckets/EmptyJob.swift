import Admin
import AdminServing
import Cluster
import Hosting
import JSON
import ObjectModel
import Runtime
import Values

/// Removing all of a bucket or of a prefix: a job, whatever is there.
struct EmptyJob: Sendable {
  let sources: ObjectAdminSources

  func start(
    _ input: BucketPrefixInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.JobRecord> {
    let bucket = try await self.sources.bucket(input.bucket)
    let place = input.prefix.isEmpty ? input.bucket : "\(input.bucket)/\(input.prefix)"
    let request = ObjectJobRequest(
      kind: ObjectJob.empty, what: "remove everything in \(place)", bucket: input.bucket,
      prefix: input.prefix.isEmpty ? nil : input.prefix)
    guard context.isDryRun else { return try await request.submit(self.sources, context) }
    var change = AdminChange(
      request.planned, changed: true, context: context, plan: "remove everything in \(place)")
    let sums = try await objectWork {
      try await self.sources.namespace.usage(
        self.sources.call(bucket), prefix: Array(input.prefix.utf8), depth: 0, limit: 0)
    }.total
    change.plan = [
      AdminPlanLine("objects", "\(sums.objects), \(ByteCount(Int64(clamping: sums.bytes)))")
    ]
    if sums.versions > 0 {
      change.plan.append(
        AdminPlanLine(
          "versions", "\(sums.versions), \(ByteCount(Int64(clamping: sums.versionBytes)))"))
    }
    change.plan.append(AdminPlanLine("locked", "objects under retention or legal hold stay"))
    return change
  }
}

/// A job of the object store before it is asked for.
struct ObjectJobRequest: Sendable {
  var kind: String
  var what: String
  var bucket: String?
  var prefix: String?
  var volume: String?
  var disk: String?
  var with: String?

  private var parameters: JSONValue {
    var object = JSONObject()
    if let bucket = self.bucket { object["bucket"] = .string(bucket) }
    if let prefix = self.prefix { object["prefix"] = .string(prefix) }
    if let volume = self.volume { object["volume"] = .string(volume) }
    if let disk = self.disk { object["disk"] = .string(disk) }
    if let with = self.with { object["with"] = .string(with) }
    return .object(object)
  }

  /// As it would be listed.
  var planned: Admin.JobRecord {
    var record = Admin.JobRecord()
    record.kindOfJob = self.kind
    record.what = self.what
    return record
  }

  func submit(
    _ sources: ObjectAdminSources, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<Admin.JobRecord> {
    let key = [self.bucket, self.prefix, self.volume ?? self.disk].map { $0 ?? "" }.joined(
      separator: "\n")
    // A prefix may be longer than the key of a job: then jobs of one bucket are one at a time.
    let joinKey = key.utf8.count <= JobRequest.joinKeyByteCountMax ? key : self.bucket ?? "all"
    let request = JobRequest(
      self.kind, what: String(self.what.prefix(100)), parameters: self.parameters,
      joinKey: "all\n" + joinKey.prefix(400), requester: context.principal.name,
      requestID: context.requestID)
    let (job, isNew) = try await clusterWork { try await sources.desk.jobs.submit(request) }
    var change = AdminChange(
      Admin.JobRecord(job, at: sources.time.wallNow), changed: isNew, context: context, plan: "")
    change.job = job.id.description
    return change
  }
}
