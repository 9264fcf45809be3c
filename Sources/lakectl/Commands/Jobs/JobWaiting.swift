import Admin
import Bytes
import CommandTable
import JSON
import Values

extension Invocation {
  /// Waits until a job is over and answers its record; its end is the exit code.
  ///
  /// Ctrl-C ends the waiting, not the job, and says so. A daemon that goes away and comes back is waited
  /// for: jobs survive it.
  func end(ofJob id: String) async throws(CommandError) -> Outcome {
    let (row, job) = try await self.wait(forJob: id)
    var outcome = Outcome(.record(row))
    outcome.exit = job.exit
    if job.state != .succeeded {
      outcome.notes.append(
        "job \(job.job) \(job.state.rawValue): \(job.error ?? "no reason is given")")
    }
    return outcome
  }

  func wait(forJob id: String) async throws(CommandError) -> (row: Row, job: JobRecord) {
    let console = self.surroundings.console
    console.setLastWords(self.lastWords(id))
    defer { console.setLastWords(nil) }
    var progress = ProgressLines(manner: self.progressManner)
    var hasToldOfLoss = false
    while true {
      // Often enough to see it move, and no longer than there is time.
      let pause: Duration = self.progressManner == .terminal ? .seconds(1) : .seconds(10)
      let left = max(.zero, self.deadline - self.clock.monotonic())
      let input = JobInput(job: id, waitMilliseconds: min(pause, left).milliseconds)
      do throws(CommandError) {
        let margin = Invocation(
          self, deadline: self.clock.monotonic() + min(pause, left) + .seconds(10))
        let answer = try await margin.ask(JobsAPI.show, input)
        let job = try Self.job(answer)
        hasToldOfLoss = false
        let text = progress.text(
          job.progress, now: self.clock.monotonic(), isLast: job.state.isOver)
        if let text { console.writeError(text) }
        if job.state.isOver { return (JobColumns.all.row(answer.item), job) }
        guard self.clock.monotonic() < self.deadline else { throw self.stillRunning(job) }
      } catch {
        guard error.exit == .unavailable, error.code != .noEndpoint,
          self.clock.monotonic() < self.deadline
        else { throw error }
        if !hasToldOfLoss { self.note("\(error.message.visible); still trying") }
        hasToldOfLoss = true
        guard await self.clock.sleep(.seconds(1)) else { throw error }
      }
    }
  }

  static func job(_ answer: Answer) throws(CommandError) -> JobRecord {
    do {
      return try JobRecord(parsing: Array(answer.item.text().utf8).rawBytes)
    } catch {
      throw CommandError(
        .badAnswer, "the record of the job is not understood", why: "\(error)",
        try: ["lakectl version --server"])
    }
  }

  private var progressManner: ProgressLines.Manner {
    if self.values[GlobalFlags.quiet] { return .silent }
    if self.format.isJSON { return .json }
    let isPlain = (self.environment["TERM"] ?? "dumb") == "dumb"
    return self.terminal.isError && !isPlain ? .terminal : .lines
  }

  private func stillRunning(_ job: JobRecord) -> CommandError {
    CommandError(
      .jobStillRunning, "job \(job.job) is still \(job.state.rawValue)",
      why: "--timeout passed; the job goes on", try: ["lakectl job wait \(job.job)"],
      isRetryable: true, changed: nil)
  }

  private func lastWords(_ id: String) -> String {
    let error = CommandError(
      .interrupted, "the waiting was interrupted", why: "job \(id) goes on",
      try: [
        "lakectl job wait \(id.visible.shellQuoted)",
        "lakectl job cancel \(id.visible.shellQuoted)",
      ],
      changed: nil)
    return self.format.isJSON ? error.text() + "\n" : "\n" + error.text(style: .plain)
  }
}

extension JobRecord {
  var progress: ProgressState {
    var state = ProgressState(jobID: self.job, what: self.phase ?? self.what)
    state.doneBytes = self.doneBytes
    state.totalBytes = self.totalBytes
    state.doneCount = self.doneCount
    state.totalCount = self.totalCount
    return state
  }

  /// How waiting for it ends.
  var exit: ExitCode {
    switch self.state {
    case .succeeded: .ok
    case .failed, .cancelled: .failed
    case .queued, .running, .pausing, .paused, .cancelling: .stillRunning
    }
  }
}
