import Bytes
import JSON
import Observability
import Runtime
import Values

/// One run of one job: it is claimed, its handler runs, and what came of it is said, all under one fence.
struct JobExecution: Sendable {
  private let jobs: Jobs
  private let holder: LeaseHolder
  private let lease: FactLeaseID

  init(_ jobs: Jobs, _ holder: LeaseHolder, _ lease: FactLeaseID) {
    self.jobs = jobs
    self.holder = holder
    self.lease = lease
  }

  /// How a handler ended.
  private enum Ending: Sendable {
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

  // MARK: Claiming

  /// Nil when another node has it, or when there is nothing left to run.
  private func claim(
    _ job: Job, _ fact: Fact, _ kind: JobKind
  ) async -> (job: Job, fence: FactRevision)? {
    var job = job
    let run = JobKeys.run(job.id)
    let conditions: [FactTransaction.Condition] = [
      .isUnchanged(fact.key, since: fact.modifiedAt), .isAbsent(run),
    ]
    if let state = self.stateWithoutRun(of: &job, kind) {
      job.state = state
      let changes = self.jobs.changes(to: &job)
      let outcome = try? await self.jobs.facts.commit(FactTransaction(if: conditions, changes))
      if outcome?.revision != nil, state.isEnded { self.jobs.countEnd(state) }
      return nil
    }
    job.state = .running
    job.node = self.jobs.node
    job.attempts += 1
    job.notBefore = nil
    job.startedAt = job.startedAt ?? self.jobs.time.wallNow
    // Tells our own claim from that of a namesake when the answer is lost.
    var mark = ByteWriter(capacity: 32)
    mark.append(littleEndian: self.jobs.random.next())
    mark.append(self.jobs.node)
    let value = mark.bytes.array
    do throws(FactsError) {
      let outcome = try await self.jobs.facts.commit(
        FactTransaction(
          if: conditions,
          [.put(fact.key, job.factValue, lease: nil), .put(run, value, lease: self.lease)]))
      return outcome.revision.map { (job, $0) }
    } catch {
      guard error.code == .unknownOutcome, let found = try? await self.jobs.facts.get(run),
        found.value == value
      else { return nil }
      return (job, found.createdAt)
    }
  }

  /// The state of a job whose node has died and that needs no further run.
  private func stateWithoutRun(of job: inout Job, _ kind: JobKind) -> JobState? {
    switch job.state {
    case .cancelling: return .cancelled
    case .pausing: return .paused
    case .running where job.attempts >= kind.attemptsMax:
      job.failure = JobFailure(
        "job.lost",
        "the node \(job.node ?? "") ended while it ran the job, which was attempt \(job.attempts) "
          + "of \(kind.attemptsMax)")
      return .failed
    case .queued, .running, .paused, .cancelled, .succeeded, .failed: return nil
    }
  }

  private func prepare(_ job: Job, _ fence: FactRevision) async -> JobRun? {
    while self.holder.current != nil {
      do throws(FactsError) {
        let checkpoint = try await self.jobs.facts.get(JobKeys.checkpoint(job.id))?.value
        let log = try await self.jobs.facts.get(JobKeys.log(job.id)).map {
          (fact) throws(FactsError) in try JobLog(fact: fact)
        }
        var job = job
        if let progress = try await self.jobs.facts.get(JobKeys.progress(job.id)) {
          job.progress = try JobProgress(fact: progress)
        }
        return JobRun(
          job, checkpoint: checkpoint, log: log ?? JobLog(), fence: fence, self.jobs.facts,
          self.jobs.time, self.holder)
      } catch {
        guard (try? await self.jobs.time.sleep(for: .milliseconds(200))) != nil else { return nil }
      }
    }
    return nil
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

  // MARK: Ending

  /// Says what came of the run, for as long as it is certain that the run is ours.
  private func finish(_ run: JobRun, _ ending: Ending, _ kind: JobKind) async {
    let (id, key) = (run.job.id, JobKeys.run(run.job.id))
    _ = try? await run.flush()
    while self.holder.current != nil {
      do throws(FactsError) {
        guard let fact = try await self.jobs.facts.get(JobKeys.active(id)) else { return }
        var job = try Job(fact: fact)
        let report = run.report.withLock { $0 }
        job.progress = report.progress
        self.conclude(&job, ending, kind)
        let changes = self.jobs.changes(to: &job)
        let outcome = try await self.jobs.facts.commit(
          FactTransaction(
            if: [run.condition, .isUnchanged(fact.key, since: fact.modifiedAt)],
            changes + [.delete(key)]))
        switch outcome {
        case .done:
          if job.state.isEnded { self.jobs.countEnd(job.state) }
          self.jobs.log.info(
            "job ends", ["job": .text("\(id)"), "state": .text(job.state.rawValue)])
          return
        case .refused(run.condition, current: _): return
        // Somebody steered it meanwhile: look again.
        case .refused: continue
        }
      } catch {
        // An answer that was lost: the job is no longer there, or the fence no longer ours.
        try? await self.jobs.time.sleep(for: .milliseconds(200))
      }
    }
  }

  private func conclude(_ job: inout Job, _ ending: Ending, _ kind: JobKind) {
    switch ending {
    case .result(let result):
      job.state = .succeeded
      job.result = result.value
      job.failure = nil
    case .stopped: self.concludeStopped(&job)
    case .failure(var failure):
      failure.message = String(
        decoding: failure.message.utf8.prefix(JobFailure.messageByteCountMax), as: UTF8.self)
      job.failure = failure
      if failure.isFinal || job.attempts >= kind.attemptsMax {
        job.state = .failed
      } else if job.state == .cancelling {
        job.state = .cancelled
      } else {
        job.state = job.state == .pausing ? .paused : .queued
        job.notBefore = self.jobs.time.wallNow + kind.pause(after: job.attempts)
      }
    }
  }

  /// It did not fail: the attempt does not count.
  private func concludeStopped(_ job: inout Job) {
    switch job.state {
    case .cancelling: job.state = .cancelled
    case .pausing:
      job.state = .paused
      job.attempts -= 1
    case .queued, .running, .paused, .cancelled, .succeeded, .failed:
      job.state = .queued
      job.attempts -= 1
    }
  }
}
