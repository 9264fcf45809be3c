import Admin
import AdminServing
import Cluster
import Hosting
import JSON
import Runtime
import Values

/// `job`.
struct JobHandlers: Sendable {
  let jobs: Jobs
  let clock: EventLoop

  static let waitMax = Duration.seconds(60)

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(JobsAPI.list) { input, context in try await self.list(input, context) }
    try routes.on(JobsAPI.show) { input, context in try await self.show(input, context) }
    try routes.on(JobsAPI.logs) { input, context in try await self.logs(input, context) }
    try routes.on(JobsAPI.cancel) { input, context in
      try await self.steer(input, context, plan: "cancel", undo: nil) { id throws(ClusterError) in
        try await self.jobs.cancel(id)
      }
    }
    try routes.on(JobsAPI.pause) { input, context in
      try await self.steer(input, context, plan: "pause", undo: "resume") {
        id throws(ClusterError) in
        try await self.jobs.pause(id)
      }
    }
    try routes.on(JobsAPI.resume) { input, context in
      try await self.steer(input, context, plan: "resume", undo: "pause") {
        id throws(ClusterError) in
        try await self.jobs.resume(id)
      }
    }
  }

  static let activeStates = Set(Cluster.JobState.allCases.filter { !$0.isEnded })

  /// Jobs that have not ended, for `status`.
  static func active(_ jobs: Jobs, at now: WallTime) async throws(AdminError) -> [JobRecord] {
    try await clusterWork {
      try await jobs.list(JobFilter { $0.states = Self.activeStates }, limit: 20).jobs
        .map { JobRecord($0, at: now) }
    }
  }

  private func list(
    _ input: JobsInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminList<JobRecord> {
    var filter = JobFilter()
    if let word = input.state {
      if word == "active" {
        filter.states = Self.activeStates
      } else if let state = Cluster.JobState(rawValue: word) {
        filter.states = [state]
      } else {
        throw AdminError(
          .badRequest, "request.bad_value",
          "there is no state \(word.prefix(40).debugDescription) of a job",
          why: "there are active, "
            + Cluster.JobState.allCases.map(\.rawValue).joined(separator: ", "))
      }
    }
    filter.kind = input.kindOfJob
    filter.requester = input.actor
    let after = context.paging.token.flatMap(AdminPaging.decode).flatMap {
      try? ULID(parsing: $0)
    }
    let wanted = filter
    let page = try await clusterWork {
      try await self.jobs.list(wanted, after: after, limit: context.paging.limit)
    }
    let now = self.clock.wallNow
    return AdminList(
      page.jobs.map { JobRecord($0, at: now) },
      next: page.next.map { AdminPaging.encode($0.description) })
  }

  /// The id that was given, or that of the caller's newest job.
  private func identifier(
    _ text: String, _ context: AdminContext
  ) async throws(AdminError) -> ULID {
    guard text == "last" else {
      do throws(ValueError) { return try ULID(parsing: text) } catch {
        throw AdminError(
          .notFound, "cluster.not_found", "there is no job \(text.prefix(60).debugDescription)",
          why: error.message, try: ["lakectl job list"])
      }
    }
    let name = context.principal.name
    let newest: ULID?
    do throws(ClusterError) { newest = try await self.newest(of: name) } catch {
      throw AdminError(error)
    }
    guard let newest else {
      throw AdminError(
        .notFound, "cluster.not_found", "there is no job of \(name)", try: ["lakectl job list"])
    }
    return newest
  }

  private func newest(of name: String) async throws(ClusterError) -> ULID? {
    var newest: ULID?
    var after: ULID?
    repeat {
      let page = try await self.jobs.list(JobFilter { $0.requester = name }, after: after)
      newest = page.jobs.last?.id ?? newest
      after = page.next
    } while after != nil
    return newest
  }

  private func show(
    _ input: JobInput, _ context: AdminContext
  ) async throws -> AdminItem<JobRecord> {
    let id = try await self.identifier(input.job, context)
    let job: Job
    if input.waitMilliseconds > 0 {
      let patience = min(Self.waitMax, .milliseconds(input.waitMilliseconds))
      do { job = try await self.jobs.wait(for: id, until: self.clock.now + patience) } catch {
        guard let error = error as? ClusterError else { throw error }
        throw AdminError(error)
      }
    } else {
      job = try await clusterWork { try await self.jobs.show(id) }
    }
    return AdminItem(JobRecord(job, at: self.clock.wallNow))
  }

  private func logs(
    _ input: JobLogInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminList<JobLogRecord> {
    let id = try await self.identifier(input.job, context)
    let lines: [JobLogLine]
    do throws(ClusterError) {
      lines = try await self.jobs.lines(of: id, after: Int(clamping: input.after))
    } catch {
      throw AdminError(error)
    }
    return AdminList(
      lines.prefix(context.paging.limit).map { line in
        var record = JobLogRecord()
        record.line = Int64(line.number)
        record.at = Timestamp(line.at)
        record.message = line.text
        return record
      })
  }

  private func steer(
    _ input: JobChangeInput, _ context: AdminContext, plan: String, undo: String?,
    _ body: (ULID) async throws(ClusterError) -> (job: Job, changed: Bool)
  ) async throws(AdminError) -> AdminChange<JobRecord> {
    let id = try await self.identifier(input.job, context)
    guard !context.isDryRun else {
      let job = try await clusterWork { try await self.jobs.show(id) }
      return AdminChange(
        JobRecord(job, at: self.clock.wallNow), changed: !job.state.isEnded, context: context,
        plan: "\(plan) job \(id): \(job.what)")
    }
    let (job, changed) = try await clusterWork { try await body(id) }
    return AdminChange(
      JobRecord(job, at: self.clock.wallNow), changed: changed, context: context,
      undo: undo.map { "lakectl job \($0) \(id)" }, plan: "")
  }
}
