package import JSON
package import Runtime
import Values

/// A job in the hands of its handler.
package final class JobRun: Sendable {
  package static let checkpointByteCountMax = 256 << 10

  /// What is written about the run from time to time.
  struct Report: Sendable {
    var progress: JobProgress
    var log: JobLog
    var isProgressNew = false
    var isLogNew = false
  }

  package let job: Job
  /// What the last run has saved; nil for a fresh start.
  package let checkpoint: [UInt8]?
  /// Grows with every run of the job.
  package let fence: FactRevision
  private let facts: any Facts
  /// Handlers wait on it too.
  package let time: any TimeSource
  private let holder: LeaseHolder
  let report: Guarded<Report>

  init(
    _ job: Job, checkpoint: [UInt8]?, log: JobLog, fence: FactRevision, _ facts: any Facts,
    _ time: any TimeSource, _ holder: LeaseHolder
  ) {
    self.job = job
    self.checkpoint = checkpoint
    self.fence = fence
    self.facts = facts
    self.time = time
    self.holder = holder
    self.report = Guarded(Report(progress: job.progress, log: log))
  }

  package var parameters: JSONValue { self.job.parameters }
  /// 1 for the first.
  package var attempt: Int { self.job.attempts }

  /// Holds exactly while this run does: a part of every transaction that the handler makes.
  package var condition: FactTransaction.Condition {
    .isHeld(JobKeys.run(self.job.id), since: self.fence)
  }

  /// Whether the handler is to end. False is no promise that it may go on: see `condition`.
  package var isCancelled: Bool { Task.isCancelled || self.holder.current == nil }

  package func checkCancelled() throws(CancellationError) {
    if self.isCancelled { throw CancellationError() }
  }

  /// Tells how far it is. It is kept about once a second.
  package func report(_ progress: JobProgress) {
    var progress = progress
    progress.phase = String(
      decoding: progress.phase.utf8.prefix(JobProgress.phaseByteCountMax), as: UTF8.self)
    self.report.withLock { report in
      guard report.progress != progress else { return }
      report.progress = progress
      report.isProgressNew = true
    }
  }

  /// Adds a line for people. The last five hundred are kept.
  package func log(_ line: String) {
    let now = self.time.wallNow
    self.report.withLock { report in
      report.log.append(line, at: now)
      report.isLogNew = true
    }
  }

  /// Keeps what the next run begins with. Durable when it returns; throws `CancellationError` when
  /// somebody else runs the job.
  ///
  /// - Precondition: at most `checkpointByteCountMax` bytes.
  package func save(checkpoint: [UInt8]) async throws {
    precondition(
      checkpoint.count <= Self.checkpointByteCountMax, "a checkpoint of \(checkpoint.count) bytes")
    while true {
      try self.checkCancelled()
      var isSaved: Bool?
      do throws(FactsError) {
        isSaved =
          try await self.facts.put(
            JobKeys.checkpoint(self.job.id), checkpoint, if: self.condition
          ).revision != nil
      } catch {
        // Saved once or twice is the same; without an answer the run ends with its lease.
        switch error.code {
        case .unavailable, .unknownOutcome, .overloaded: break
        default: throw error
        }
      }
      if let isSaved {
        guard isSaved else { throw CancellationError() }
        return
      }
      try await self.time.sleep(for: .milliseconds(200))
    }
  }

  /// Writes what is new of progress and log. False when the run is no longer ours.
  func flush() async throws(FactsError) -> Bool {
    let report = self.report.withLock { report in
      let taken = report
      report.isProgressNew = false
      report.isLogNew = false
      return taken
    }
    var changes: [FactTransaction.Change] = []
    if report.isProgressNew {
      changes.append(
        .put(JobKeys.progress(self.job.id), report.progress.factValue, lease: nil))
    }
    if report.isLogNew {
      changes.append(.put(JobKeys.log(self.job.id), report.log.factValue, lease: nil))
    }
    guard !changes.isEmpty else { return true }
    do throws(FactsError) {
      return try await self.facts.commit(FactTransaction(if: [self.condition], changes)).revision
        != nil
    } catch {
      self.report.withLock { latest in
        latest.isProgressNew = latest.isProgressNew || report.isProgressNew
        latest.isLogNew = latest.isLogNew || report.isLogNew
      }
      throw error
    }
  }
}
