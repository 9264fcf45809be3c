import Bytes
import Runtime

/// How a run begins.
extension JobExecution {
  /// Nil when another node has it, or when there is nothing left to run.
  func claim(
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

  func prepare(_ job: Job, _ fence: FactRevision) async -> JobRun? {
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
}
