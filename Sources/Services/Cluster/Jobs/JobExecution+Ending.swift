import Observability
import Runtime
import Values

/// How a run ends.
extension JobExecution {
  /// Says what came of the run, for as long as it is certain that the run is ours.
  func finish(_ run: JobRun, _ ending: Ending, _ kind: JobKind) async {
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
