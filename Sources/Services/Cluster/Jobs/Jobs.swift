package import Observability
package import Runtime
import Values

/// The jobs of the cluster: durable, resumed after a crash, run by one node at a time.
///
/// A node takes a job by putting `jobs/runs/ID` with its lease, and everything it then says of the job is
/// said under the condition that this fact still stands: who was overtaken can say nothing more.
package final class Jobs: Sendable {
  package struct Options: Sendable {
    package var lease = LeaseHolder.Options()
    /// How many jobs a node runs at a time.
    package var concurrentMax = 16
    /// Jobs that have not ended; more are refused.
    package var activeMax = 10_000
    /// How long an ended job is listed.
    package var kept = Duration.seconds(7 * 86_400)
    package var sweepInterval = Duration.seconds(600)
    package var progressInterval = Duration.seconds(1)
    package init(_ change: (inout Options) -> Void = { _ in }) { change(&self) }
  }

  /// The node that runs jobs here.
  package let node: String
  let facts: any Facts
  let time: any TimeSource
  let random: any RandomSource
  let options: Options
  let log: Logger
  let kinds: [String: JobKind]
  let active: FactMirror
  let activeJobs: ActiveJobs
  let runs: FactMirror
  private let ids = Guarded(ULIDGenerator())
  private let ended: [JobState: Counter]

  /// - Parameter kinds: those that this node runs; others may be asked for and wait for a node.
  package init(
    _ kinds: [JobKind], node: String, _ facts: any Facts, time: any TimeSource,
    random: any RandomSource, _ options: Options = Options(), metrics: MetricRegistry? = nil,
    log: Logger = .silent
  ) {
    self.node = node
    self.facts = facts
    self.time = time
    self.random = random
    self.options = options
    self.log = log
    self.kinds = Dictionary(kinds.map { ($0.name, $0) }) { first, _ in
      preconditionFailure("the kind of job \(first.name) is registered twice")
    }
    self.active = FactMirror(facts, JobKeys.active, time: time)
    self.activeJobs = ActiveJobs(self.active)
    self.runs = FactMirror(facts, JobKeys.runs, time: time)
    self.ended = Self.makeCounters(metrics)
    if let metrics { self.observe(metrics) }
  }

  /// Runs jobs and removes old ones until the task is cancelled. What runs then is told to end and given
  /// back, so that another node goes on.
  package func run() async throws(CancellationError) {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.active.run() }
      group.addTask { try? await self.runs.run() }
      group.addTask { try? await JobRunner(self).run() }
      group.addTask { try? await self.sweep() }
      await group.waitForAll()
    }
    throw CancellationError()
  }

  // MARK: Asking

  /// Accepts a job durably. An identical one that has not ended is joined: then `isNew` is false.
  package func submit(
    _ request: JobRequest
  ) async throws(ClusterError) -> (job: Job, isNew: Bool) {
    try request.check()
    guard self.active.count < self.options.activeMax else {
      throw ClusterError(
        .tooMany, "\(self.active.count) jobs have not ended; the limit is \(self.options.activeMax)"
      )
    }
    let fresh = self.makeJob(request)
    let (join, value) = (JobKeys.join(request.kind, request.joinKey), Array("\(fresh.id)".utf8))
    while true {
      let outcome = try await self.tried { () throws(FactsError) in
        try await self.facts.commit(
          FactTransaction(
            if: [.isAbsent(join)],
            [
              .put(join, value, lease: nil),
              .put(JobKeys.active(fresh.id), fresh.factValue, lease: nil),
            ]))
      }
      guard case .refused(_, let current?) = outcome else { return (fresh, true) }
      guard let id = try? ULID(parsing: String(decoding: current.value, as: UTF8.self)) else {
        throw ClusterError(.damaged("the fact \(join) is no id of a job"))
      }
      // Ours when the answer of an earlier attempt was lost.
      if id == fresh.id { return (fresh, true) }
      if let fact = try await self.tried({ () throws(FactsError) in
        try await self.facts.get(JobKeys.active(id))
      }) {
        return (try await self.complete(fact), false)
      }
      // It has ended in between; a join that outlives its job would be a broken invariant, and is
      // healed rather than kept.
      _ = try await self.tried { () throws(FactsError) in
        try await self.facts.commit(
          FactTransaction(
            if: [
              .isUnchanged(join, since: current.modifiedAt), .isAbsent(JobKeys.active(id)),
            ], [.delete(join)]))
      }
    }
  }

  private func makeJob(_ request: JobRequest) -> Job {
    let now = self.time.wallNow
    let random = self.random
    let id = self.ids.withLock { ids in
      var bits = RandomBits(random)
      return ids.next(at: now, random: &bits)
    }
    return Job(
      id: id, kind: request.kind, what: request.what, parameters: request.parameters,
      state: .queued, requester: request.requester, requestID: request.requestID, createdAt: now,
      joinKey: request.joinKey)
  }

  /// Repeats what may be repeated when its outcome is not known: the caller's transaction says so.
  func tried<T: Sendable>(
    _ body: () async throws(FactsError) -> T
  ) async throws(ClusterError) -> T {
    var attempts = 0
    while true {
      do throws(FactsError) {
        return try await body()
      } catch {
        attempts += 1
        guard error.code == .unknownOutcome, attempts < 5 else { throw ClusterError(error) }
      }
      try? await self.time.sleep(for: .milliseconds(50))
    }
  }

  // MARK: Metrics

  private static func makeCounters(_ metrics: MetricRegistry?) -> [JobState: Counter] {
    guard let metrics else { return [:] }
    let family = metrics.counters(
      "lake_jobs_ended_total", "Jobs that this node has ended", labels: ["state"])
    return [
      .succeeded: family.with("succeeded"), .failed: family.with("failed"),
      .cancelled: family.with("cancelled"),
    ]
  }

  private func observe(_ metrics: MetricRegistry) {
    let jobs = self.activeJobs
    for state in JobState.allCases where !state.isEnded {
      metrics.observed(
        "lake_jobs", "Jobs of the cluster that have not ended", labels: ["state": state.rawValue]
      ) { Double(jobs.count(state)) }
    }
  }

  func countEnd(_ state: JobState) { self.ended[state]?.add() }
}

/// A random source as the generator that identifiers ask for.
private struct RandomBits: RandomNumberGenerator {
  let source: any RandomSource
  init(_ source: any RandomSource) { self.source = source }
  mutating func next() -> UInt64 { self.source.next() }
}
