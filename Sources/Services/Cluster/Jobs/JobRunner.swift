import Runtime
import Values

/// Takes jobs for this node and runs them, under one lease: when that is no longer certain, everything
/// that runs is stopped before anybody else can begin.
final class JobRunner: Sendable {
  private let jobs: Jobs
  private let bell = Bell()
  /// What runs here, with its kind.
  private let running = Guarded<[ULID: String]>([:])

  init(_ jobs: Jobs) { self.jobs = jobs }

  func run() async throws(CancellationError) {
    self.jobs.active.add(self.bell)
    self.jobs.runs.add(self.bell)
    defer {
      self.jobs.active.remove(self.bell)
      self.jobs.runs.remove(self.bell)
    }
    while true {
      let holder = LeaseHolder(self.jobs.facts, time: self.jobs.time, self.jobs.options.lease)
      if let lease = try? await holder.begin() {
        await withTaskGroup(of: Void.self) { group in
          group.addTask { try? await holder.keep() }
          group.addTask { try? await self.schedule(holder, lease) }
          _ = await group.next()
          group.cancelAll()
        }
        await holder.end()
      }
      try await self.jobs.time.sleep(for: .milliseconds(500))
    }
  }

  /// Runs what can be run until the task is cancelled; returns when all of it has ended.
  private func schedule(
    _ holder: LeaseHolder, _ lease: FactLeaseID
  ) async throws(CancellationError) {
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        for (job, fact) in self.jobs.activeJobs.all {
          guard self.isReady(job), self.take(job) else { continue }
          group.addTask {
            await JobExecution(self.jobs, holder, lease).run(job, fact)
            self.running.withLock { $0[job.id] = nil }
            self.bell.ring()
          }
        }
        // Also for jobs that wait for their time; many changes at once are one look.
        let next = self.jobs.time.now + .seconds(1)
        guard (try? await self.bell.wait(until: next, on: self.jobs.time)) != nil else { break }
        guard (try? await self.jobs.time.sleep(for: .milliseconds(20))) != nil else { break }
      }
      group.cancelAll()
    }
    throw CancellationError()
  }

  /// Whether nobody works on it, and it is time.
  private func isReady(_ job: Job) -> Bool {
    guard self.jobs.kinds[job.kind] != nil, self.jobs.runs[JobKeys.run(job.id)] == nil else {
      return false
    }
    switch job.state {
    case .queued: return job.notBefore.map { $0 <= self.jobs.time.wallNow } ?? true
    // Its node has died.
    case .running, .pausing, .cancelling: return true
    case .paused, .cancelled, .succeeded, .failed: return false
    }
  }

  private func take(_ job: Job) -> Bool {
    guard let kind = self.jobs.kinds[job.kind] else { return false }
    return self.running.withLock { running in
      guard running[job.id] == nil, running.count < self.jobs.options.concurrentMax,
        running.values.count(where: { $0 == job.kind }) < kind.concurrentMax
      else { return false }
      running[job.id] = job.kind
      return true
    }
  }
}
