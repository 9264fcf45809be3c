import Admin
import AdminServing
import Hosting
import ObjectModel
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
