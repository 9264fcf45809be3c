import Runtime
package import Values

/// Cancelling, pausing and resuming, from any node. What is so already is fine: then `changed` is false.
extension Jobs {
  package func cancel(_ id: ULID) async throws(ClusterError) -> (job: Job, changed: Bool) {
    try await self.steer(id, "cancelled") { state in
      switch state {
      case .queued, .paused: .cancelled
      case .running, .pausing: .cancelling
      case .cancelling, .cancelled: state
      case .succeeded, .failed: nil
      }
    }
  }

  package func pause(_ id: ULID) async throws(ClusterError) -> (job: Job, changed: Bool) {
    try await self.steer(id, "paused") { state in
      switch state {
      case .queued: .paused
      case .running: .pausing
      case .pausing, .paused: state
      case .cancelling, .cancelled, .succeeded, .failed: nil
      }
    }
  }

  package func resume(_ id: ULID) async throws(ClusterError) -> (job: Job, changed: Bool) {
    try await self.steer(id, "resumed") { state in
      switch state {
      case .paused: .queued
      // The handler has been told to stop: it begins again from its checkpoint.
      case .pausing: .running
      case .queued, .running: state
      case .cancelling, .cancelled, .succeeded, .failed: nil
      }
    }
  }

  /// - Parameter next: the state that follows; the same when there is nothing to do, nil when it cannot.
  private func steer(
    _ id: ULID, _ verb: String, _ next: (JobState) -> JobState?
  ) async throws(ClusterError) -> (job: Job, changed: Bool) {
    while true {
      let fact = try await clustered { () throws(FactsError) in
        try await self.facts.get(JobKeys.active(id))
      }
      guard let fact else {
        let job = try await self.show(id)
        if job.state.isEnded, next(job.state) == job.state { return (job, false) }
        if !job.state.isEnded { continue }
        throw ClusterError(
          .conflict, "the job \(id) cannot be \(verb): it has ended and \(job.state.rawValue)")
      }
      var job = try await self.complete(fact)
      guard let state = next(job.state) else {
        throw ClusterError(
          .conflict, "the job \(id) cannot be \(verb): it is \(job.state.rawValue)")
      }
      if state == job.state { return (job, false) }
      job.state = state
      job.notBefore = nil
      let conditions: [FactTransaction.Condition] = [
        .isUnchanged(fact.key, since: fact.modifiedAt)
      ]
      let changes = self.changes(to: &job)
      let outcome: FactOutcome
      do throws(FactsError) {
        outcome = try await self.facts.commit(FactTransaction(if: conditions, changes))
      } catch {
        // Looked at again: it is so already, or it is done now.
        guard error.code == .unknownOutcome else { throw ClusterError(error) }
        continue
      }
      if outcome.revision != nil {
        if job.state.isEnded { self.countEnd(job.state) }
        return (job, true)
      }
    }
  }

  /// What brings the facts of a job to its state. An ended one moves, and lets go of its join key.
  func changes(to job: inout Job) -> [FactTransaction.Change] {
    guard job.state.isEnded else {
      return [.put(JobKeys.active(job.id), job.factValue, lease: nil)]
    }
    job.endedAt = self.time.wallNow
    job.notBefore = nil
    return [
      .put(JobKeys.ended(job.id), job.factValue, lease: nil), .delete(JobKeys.active(job.id)),
      .delete(JobKeys.join(job.kind, job.joinKey)), .delete(JobKeys.progress(job.id)),
      .delete(JobKeys.checkpoint(job.id)),
    ]
  }

  // MARK: Sweeping

  /// Removes jobs that ended long ago, now and then, until the task is cancelled.
  func sweep() async throws(CancellationError) {
    while true {
      try? await self.sweepOnce()
      try await self.time.sleep(for: self.options.sweepInterval)
    }
  }

  func sweepOnce() async throws(FactsError) {
    var after: FactKey?
    repeat {
      let page = try await self.facts.list(JobKeys.ended, after: after, limit: 1000)
      after = page.hasMore ? page.facts.last?.key : nil
      for fact in page.facts {
        guard let job = try? Job(fact: fact), let ended = job.endedAt,
          ended + self.options.kept <= self.time.wallNow
        else { continue }
        // Another node may have done so: then there is nothing left to delete.
        _ = try await self.facts.commit(
          FactTransaction([.delete(fact.key), .delete(JobKeys.log(job.id))]))
      }
    } while after != nil
  }
}
