import Admin
import AdminServing
import Cluster
import Hosting
import JSON
import Runtime
import Values

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
