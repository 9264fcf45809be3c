import Admin
import CommandTable
import JSON

/// `lakectl context test`
enum ContextTest {
  static let name = OptionalArgument<PlainName>(
    "name", "the context; the current one when left out", source: .resources("context"))

  static let command = Command(
    name: "test", summary: "try the way to a cluster, step by step",
    call: Call(
      parameters: [name.parameter], effect: .reads,
      output: .list(
        "ContextStep",
        [
          Column(key: "step", .word(steps.map(\.name)), isNullable: false),
          Column(key: "state", .word(["ok", "fail", "skipped"]), priority: 2, isNullable: false),
          Column(key: "found", isNullable: false), Column(key: "advice"),
        ]), exits: [.checkFailed: "a step failed"],
      examples: [
        Example(text: "Why does it not answer?", line: "lakectl context test"),
        Example(text: "Another one", line: "lakectl context test prod"),
      ],
      detail:
        "The steps are name, connect, TLS, login and version; what follows a failure is skipped.",
      run: { call async throws(CommandError) in try await run(call) }))

  private enum Step: Int { case name, connect, tls, login, version }
  private static let steps: [(step: Step, name: String)] = [
    (.name, "name"), (.connect, "connect"), (.tls, "tls"), (.login, "login"),
    (.version, "version"),
  ]

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    var call = call
    if let name = call[self.name]?.text {
      guard call.configuration.contextNames.contains(name) else {
        throw ContextColumns.notFound(name, call.configuration)
      }
      var environment = call.environment
      environment["LAKE_CONTEXT"] = name
      environment["LAKE_ENDPOINT"] = nil
      call = Invocation(
        call,
        settings: try Settings(
          ParsedValues(), environment: environment, configuration: call.configuration))
    }
    guard let endpoint = call.settings.text("endpoint") else {
      throw ClientProvider.noEndpoint(call.settings)
    }
    var failure: (step: Step, error: CommandError)?
    var daemon: String?
    do throws(CommandError) {
      _ = try await call.ask(IdentityAPI.whoami, AdminNothing())
      let answer = try await call.ask(HealthAPI.version, AdminNothing())
      daemon = answer.items.first?["version"]?.string
    } catch {
      failure = (Self.step(of: error), error)
    }
    var rows: [Row] = []
    for (step, name) in self.steps {
      if let (failed, error) = failure, step.rawValue >= failed.rawValue {
        let isIt = step == failed
        rows.append([
          "step": .text(name), "state": isIt ? "fail" : "skipped",
          "found": .text(
            isIt ? error.message + (error.why.map { ": \($0)" } ?? "") : "a step before it failed"),
          "advice": isIt ? .optional(Self.advice(error)) : .null,
        ])
        continue
      }
      rows.append([
        "step": .text(name), "state": "ok", "found": .text(Self.found(step, endpoint, daemon)),
        "advice": .null,
      ])
    }
    var outcome = Outcome(.streamed)
    _ = try call.rows.emit(rows)
    if let daemon, let warning = Version.skew(ours: Release.version, theirs: daemon) {
      outcome.warnings = [warning]
    }
    if failure != nil { outcome.exit = .checkFailed }
    return outcome
  }

  private static func step(of error: CommandError) -> Step {
    if error.code == .tlsFailed { return .tls }
    if error.code == .unreachable, (error.why ?? "").contains("name of the host") { return .name }
    if error.exit == .denied { return .login }
    if error.exit == .unavailable { return .connect }
    return .version
  }

  private static func advice(_ error: CommandError) -> String? {
    error.tries.first { $0 != "lakectl context test" }
  }

  private static func found(_ step: Step, _ endpoint: String, _ daemon: String?) -> String {
    switch step {
    case .name: endpoint
    case .connect: "it accepts connections"
    case .tls: endpoint.hasPrefix("https://") ? "it is trusted" : "not in use"
    case .login: "the credential is accepted"
    case .version: "laked \(daemon ?? "of an unknown version")"
    }
  }
}
