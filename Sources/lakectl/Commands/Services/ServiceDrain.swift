import Admin
import CommandTable
import JSON
import Values

/// `lakectl service drain`
enum ServiceDrain {
  static let wait = Flag("wait", "wait until no connection is left")
  private static let parameters = [
    ServiceColumns.service.parameter, Shared.node.parameter, wait.parameter,
  ]

  static let command = Command(
    name: "drain", summary: "finish what runs and refuse what is new", call: made)

  private static var made: Call {
    var call = Call.changing(
      ServiceColumns.all, ClusterAPI.drainService, parameters: parameters,
      exits: [
        .notFound: "there is no such service", .stillRunning: "--timeout passed before zero",
      ],
      examples: [
        Example(text: "Before a restart", line: "lakectl service drain sql --node n2 --yes --wait")
      ],
      detail: "What runs is finished, what is new is refused.",
      input: { call throws(CommandError) in ServiceColumns.input(call) })
    let drain = call.run
    call.run = { call async throws(CommandError) in
      let outcome = try await drain(call)
      guard call[wait], !call.isDryRun else { return outcome }
      return try await waited(call, outcome)
    }
    return call
  }

  /// Until every node that was asked holds no connection of the service.
  private static func waited(
    _ call: Invocation, _ outcome: Outcome
  ) async throws(CommandError) -> Outcome {
    while true {
      let answer = try await call.ask(ClusterAPI.service, ServiceColumns.input(call))
      let open = answer.items.reduce(0) { $0 + ($1["open_connections"]?.int64 ?? 0) }
      if open == 0 {
        var outcome = outcome
        if case .change(let changed, var row, let job) = outcome.body {
          for (key, cell) in answer.items.first.map(ServiceColumns.all.row)?.cells ?? [:] {
            row[key] = cell
          }
          outcome.body = .change(changed, row, job: job)
        }
        return outcome
      }
      guard call.clock.monotonic() < call.deadline,
        await call.clock.sleep(.milliseconds(500))
      else {
        throw CommandError(
          .waitEnded, "\(open) connections of \(call[ServiceColumns.service].text) are still open",
          why: "--timeout passed; the service goes on draining",
          try: ["lakectl service show \(call[ServiceColumns.service].text.visible.shellQuoted)"],
          isRetryable: true, changed: true)
      }
    }
  }
}

/// `lakectl service undrain`
enum ServiceUndrain {
  static let command = Command(
    name: "undrain", summary: "accept requests again",
    call: .changing(
      ServiceColumns.all, ClusterAPI.undrainService,
      parameters: [ServiceColumns.service.parameter, Shared.node.parameter],
      exits: [.notFound: "there is no such service"],
      examples: [Example(text: "All is done", line: "lakectl service undrain sql --node n2")],
      input: { call throws(CommandError) in ServiceColumns.input(call) }))
}

/// `lakectl service stop`
enum ServiceStop {
  static let node = Option<PlainName>(
    "node", .one, source: .resources("node"), "on which node")

  static let command = Command(
    name: "stop", summary: "end the daemon that runs a service",
    call: .changing(
      ServiceColumns.all, ClusterAPI.stop,
      parameters: [ServiceColumns.service.parameter, node.parameter],
      exits: [.notFound: "there is no such service on the node"],
      examples: [
        Example(text: "On one machine", line: "lakectl service stop admin --node n2 --yes")
      ],
      detail: "It ends gracefully; a supervisor may start it again.",
      input: { call throws(CommandError) in
        ServiceInput(service: call[ServiceColumns.service].text, node: call[node]?.text)
      }))
}
