import JSON
import Observability
import Runtime
import Values

/// One run of one job: it is claimed, its handler runs, and what came of it is said, all under one fence.
struct JobExecution: Sendable {
  let jobs: Jobs
  let holder: LeaseHolder
  let lease: FactLeaseID

  init(_ jobs: Jobs, _ holder: LeaseHolder, _ lease: FactLeaseID) {
    self.jobs = jobs
    self.holder = holder
    self.lease = lease
  }

  /// How a handler ended.
  enum Ending: Sendable {
    case result(JobResult)
    case failure(JobFailure)
    /// It stopped because it was told to, or because the process ends.
    case stopped
  }

  func run(_ job: Job, _ fact: Fact) async {
    guard let kind = self.jobs.kinds[job.kind] else { return }
    guard let claim = await self.claim(job, fact, kind) else {
      // What we see may be old: a moment later it is not.
      try? await self.jobs.time.sleep(for: .milliseconds(250))
      return
    }
    guard let run = await self.prepare(claim.job, claim.fence) else { return }
    self.jobs.log.info("job begins", ["job": .text("\(job.id)"), "what": .text(job.what)])
    let ending = await self.handle(run, kind)
    let execution = self
    await uncancelled { await execution.finish(run, ending, kind) }
  }

  // MARK: Running

  private func handle(_ run: JobRun, _ kind: JobKind) async -> Ending {
    await withTaskGroup(of: Ending?.self) { group in
      group.addTask { await self.call(kind, run) }
      group.addTask {
        try? await self.waitForWish(run.job.id)
        return nil
      }
      group.addTask {
        try? await self.keepReporting(run)
        return nil
      }
      var ending: Ending?
      while ending == nil, let next = await group.next() {
        // Any other that ends first stops the handler.
        group.cancelAll()
        ending = next
      }
      return ending ?? .stopped
    }
  }

  private func call(_ kind: JobKind, _ run: JobRun) async -> Ending {
    do {
      let result = try await kind.handler(run)
      guard result.value.text().utf8.count <= JobResult.byteCountMax else {
        return .failure(
          JobFailure("job.result_too_large", "the result is over its limit", isFinal: true))
      }
      return .result(result)
    } catch let failure as JobFailure {
      return .failure(failure)
    } catch {
      if run.isCancelled { return .stopped }
      return .failure(JobFailure("job.failed", "\(error)"))
    }
  }

  /// Returns when the job is to be stopped, or is no longer there.
  private func waitForWish(_ id: ULID) async throws(CancellationError) {
    let bell = Bell()
    self.jobs.active.add(bell)
    defer { self.jobs.active.remove(bell) }
    while true {
      // The view may still show the job as it was before it was claimed.
      if let fact = self.jobs.active[JobKeys.active(id)], let job = try? Job(fact: fact) {
        if job.state == .cancelling || job.state == .pausing { return }
      }
      try await bell.wait()
    }
  }

  /// Returns when the run is no longer ours.
  private func keepReporting(_ run: JobRun) async throws(CancellationError) {
    while true {
      try await self.jobs.time.sleep(for: self.jobs.options.progressInterval)
      // Without an answer the next time will do.
      if let isOurs = try? await run.flush(), !isOurs { return }
    }
  }
}
