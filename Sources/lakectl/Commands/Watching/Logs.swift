import Admin
import CommandTable
import JSON
import Values

/// `lakectl logs`
enum Logs {
  static let service = Option<PlainName>(
    "service", source: .resources("service"), placeholder: "SERVICE",
    "only this component and what is below it")
  static let level = Option<LogLevelWord>("level", "this level and worse")
  static let since = Option<Moment>("since", "not older than this: a time, or 15m")
  static let grep = Option<Expression>("grep", "only messages that match")
  static let follow = Flag("follow", "go on as they come")

  static let columns = RecordColumns(
    LogLineRecord.self, ["at", "node", "service", "level", "message"],
    titles: ["request_id": "REQUEST", "sequence_id": "SEQUENCE"])

  static let command = Command(
    name: "logs", summary: "show log lines of all nodes, merged by time", heading: .look,
    call: Call(
      parameters: [
        service.parameter, Shared.node.parameter, level.parameter, since.parameter,
        grep.parameter, follow.parameter,
      ], effect: .reads, output: RecordColumns.list(of: LogLineRecord.self, columns),
      examples: [
        Example(text: "What happens now", line: "lakectl logs --follow"),
        Example(
          text: "What went wrong in the last hour",
          line: "lakectl logs --level warning --since 1h"),
        Example(
          text: "One request on its way",
          line: "lakectl logs --since 10m --filter request_id=01J9G2M8QX"),
      ],
      detail: """
        Following survives a lost connection; lines that were missed are told of in a warning.
        Lines come in the order of their time, whatever --sort says.
        """,
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let isFollowing = call[self.follow]
    if isFollowing { try call.requireLines(flag: "--follow") }
    var input = LogsInput()
    input.service = call[self.service]?.text
    input.node = call[Shared.node]?.text
    input.level = call[self.level]?.rawValue
    input.since = call[self.since]?.timestamp(call.clock)
    let pattern = call[self.grep]?.pattern
    return try await call.follow(isFollowing) { (round) throws(CommandError) in
      let answer = try await round.ask(
        LogsAPI.logs, input, paging: AdminPaging(limit: AdminPaging.limitMax))
      let next = answer.next
      let isCaughtUp =
        answer.items.count < AdminPaging.limitMax || next == nil || next == input.cursor
      input.cursor = next ?? input.cursor
      // From now on it answers when there is something.
      if isFollowing { input.waitMilliseconds = Following.wait.milliseconds }
      let lines = answer.items.filter { line in
        pattern.map { $0.isFound(in: line["message"]?.string ?? "") } ?? true
      }
      return Following.Round(
        rows: lines.map(self.columns.row), warnings: answer.warnings, isCaughtUp: isCaughtUp,
        hasWaited: isFollowing && input.cursor != nil)
    }
  }

  struct Expression: ArgumentValue {
    var pattern: Pattern
    static let placeholder = "REGEX"
    init(argument: String) throws(ValueError) { self.pattern = try Pattern(argument) }
  }
}
