import Admin
import CommandTable
import Values

/// `lakectl service reload`
enum ServiceReload {
  static let columns = RecordColumns(
    ReloadRecord.self, ["service", "node", "changed_keys", "restart_needed"])

  static let command = Command(
    name: "reload", summary: "read the configuration again",
    call: Call(
      parameters: [ServiceColumns.service.parameter, Shared.node.parameter], effect: .writes,
      output: RecordColumns.list(of: ReloadRecord.self, columns),
      exits: [.notFound: "there is no such service", .usage: "the configuration is refused"],
      examples: [Example(text: "After an edit", line: "lakectl service reload admin")],
      detail: "A configuration with a mistake is refused as a whole, and the old one kept.",
      run: { call async throws(CommandError) in
        let answer = try await call.ask(ClusterAPI.reload, ServiceColumns.input(call))
        return Outcome(
          .rows(answer.items.map(columns.row), next: nil), warnings: answer.warnings)
      }))
}

/// `lakectl service log-level`
enum ServiceLogLevel {
  static let columns = RecordColumns(LogLevelRecord.self, ["service", "node", "level", "until_at"])
  static let level = Argument<LogLevelWord>("level", "what is logged: this and worse")
  static let duration = Option<Duration>("for", default: "15m", "it goes back after this time")

  static let command = Command(
    name: "log-level", summary: "change what is logged, for a while",
    call: Call(
      parameters: [
        ServiceColumns.service.parameter, level.parameter, duration.parameter,
        Shared.node.parameter,
      ], effect: .writes, output: RecordColumns.list(of: LogLevelRecord.self, columns),
      exits: [.notFound: "there is no such service"],
      examples: [
        Example(
          text: "Look closely for five minutes",
          line: "lakectl service log-level cluster debug --for 5m")
      ],
      detail: "It goes back by itself. The service \"all\" stands for every component.",
      run: { call async throws(CommandError) in
        var input = LogLevelInput()
        input.service = call[ServiceColumns.service].text
        input.level = call[level].rawValue
        input.node = call[Shared.node]?.text
        input.forMilliseconds = (call[duration] ?? .seconds(900)).milliseconds
        let answer = try await call.ask(ClusterAPI.logLevel, input)
        return Outcome(
          .rows(answer.items.map(columns.row), next: nil), warnings: answer.warnings)
      }))
}

enum LogLevelWord: String, WordValue {
  case trace, debug, info, notice, warning, error
  static let placeholder = "LEVEL"
}
