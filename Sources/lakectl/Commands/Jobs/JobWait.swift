import Admin
import CommandTable

/// `lakectl job wait`
enum JobWait {
  static let job = Argument<PlainName>(
    "job", "the id, or last for the newest of mine", source: .resources("job"))
  static let others = ListArgument<PlainName>(
    "others", "further jobs", source: .resources("job"))

  static let command = Command(
    name: "wait", summary: "wait until jobs are over", call: made)

  private static var made: Call {
    var call = Call(
      parameters: [job.parameter, others.parameter], effect: .reads,
      output: RecordColumns.list(of: JobRecord.self, JobColumns.all),
      exits: [
        .failed: "the job failed or was cancelled", .stillRunning: "--timeout passed first",
        .partlyDone: "some of several jobs failed",
      ],
      examples: [
        Example(text: "Until the newest of mine is over", line: "lakectl job wait last"),
        Example(text: "In a script", line: "lakectl job wait 01J9FZ7K2M --timeout 30m"),
      ],
      detail: """
        Ctrl-C ends the waiting; the job goes on.
        When the daemon goes away, it is waited for: jobs survive a restart.
        """,
      run: { call async throws(CommandError) in try await run(call) })
    call.isPatient = true
    return call
  }

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let names = [call[self.job].text] + call[self.others].map(\.text)
    var rows: [Row] = []
    var failures: [String] = []
    for name in names {
      let (row, job) = try await call.wait(forJob: name)
      rows.append(row)
      guard job.exit != .ok else { continue }
      failures.append("job \(job.job) \(job.state.rawValue): \(job.error ?? "no reason is given")")
    }
    var outcome = Outcome(.rows(rows, next: nil), notes: failures)
    if !failures.isEmpty { outcome.exit = failures.count == names.count ? .failed : .partlyDone }
    return outcome
  }
}
