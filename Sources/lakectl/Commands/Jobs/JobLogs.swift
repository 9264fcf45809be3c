import Admin
import CommandTable
import JSON
import Values

/// `lakectl job logs`
enum JobLogs {
  static let follow = Flag("follow", "go on until the job is over")
  static let columns = RecordColumns(JobLogRecord.self, ["at", "message"])

  static let command = Command(
    name: "logs", summary: "show what a job said",
    call: Call(
      parameters: [JobArgument.one.parameter, follow.parameter], effect: .reads,
      output: RecordColumns.list(of: JobLogRecord.self, columns),
      exits: [.notFound: "there is no such job"],
      examples: [Example(text: "As it happens", line: "lakectl job logs last --follow")],
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    if call[self.follow] { try call.requireLines(flag: "--follow") }
    var input = JobLogInput()
    input.job = call[JobArgument.one].text
    while true {
      // The state is asked first: lines said before the end are then all there.
      let round = Invocation(call, deadline: call.clock.monotonic() + call.settings.timeout)
      var isOver = true
      if call[self.follow] {
        let state = try Invocation.job(
          try await round.ask(JobsAPI.show, JobInput(job: input.job)))
        input.job = state.job
        isOver = state.state.isOver
      }
      while true {
        let answer = try await round.ask(
          JobsAPI.logs, input, paging: AdminPaging(limit: AdminPaging.limitMax))
        guard let last = answer.items.last?["line"]?.int64, last > input.after else { break }
        input.after = last
        guard try call.rows.emit(answer.items.map(self.columns.row)) else {
          return Outcome(.streamed)
        }
      }
      guard !isOver, await call.clock.sleep(call.settings.interval) else {
        return Outcome(.streamed)
      }
    }
  }
}
