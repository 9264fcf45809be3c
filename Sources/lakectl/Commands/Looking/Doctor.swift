import Admin
import CommandTable
import JSON

/// `lakectl doctor`
enum Doctor {
  static let only = ListOption<PlainName>(
    "only", placeholder: "AREA", "only checks of this area, such as disk")
  static let fix = Flag("fix", "do what is advised, where that is safe")
  static let columns = RecordColumns(CheckRecord.self, ["check", "state", "found", "advice"])

  static let command = Command(
    name: "doctor", summary: "check the cluster and the way to it", heading: .look, call: made)

  private static var made: Call {
    var call = Call(
      parameters: [only.parameter, fix.parameter], effect: .reads,
      output: RecordColumns.list(of: CheckRecord.self, columns),
      exits: [
        .checkFailed: "a check failed", .unavailable: "the cluster cannot be asked",
      ],
      examples: [
        Example(text: "Is all well?", line: "lakectl doctor"),
        Example(text: "Only disks", line: "lakectl doctor --only disk"),
        Example(text: "Repair what is safe to repair", line: "lakectl doctor --fix --yes"),
      ],
      detail: """
        Advice is a command that helps.
        What lakectl itself sees, its files and the way to the cluster, is checked first.
        """,
      run: { call async throws(CommandError) in try await run(call) })
    call.raises = [(fix.parameter, .hardToUndo)]
    call.plan = { call async throws(CommandError) in
      let answer = try await call.ask(HealthAPI.fix, input(call), isPlan: true)
      let fixes = answer.items.filter { $0["fixable"]?.boolean == true }
      return Plan(
        action: "repair what is safe to repair", name: "doctor",
        facts: fixes.map { ($0["check"]?.string ?? "", $0["advice"]?.string ?? "") })
    }
    return call
  }

  private static func input(_ call: Invocation) -> DoctorInput {
    var input = DoctorInput()
    input.only = call[self.only].map(\.text)
    return input
  }

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    var rows: [Row] = []
    let areas = call[self.only].map(\.text)
    if areas.isEmpty || areas.contains("client") { rows.append(Self.files(call)) }
    let answer: Answer
    do throws(CommandError) {
      answer =
        call[self.fix]
        ? try await call.ask(HealthAPI.fix, self.input(call))
        : try await call.ask(HealthAPI.doctor, self.input(call))
    } catch {
      // The way to the cluster is a check like others, and the first to look at.
      guard error.exit == .unavailable || error.exit == .denied, !areas.contains("client"),
        error.code != .outcomeUnknown
      else { throw error }
      rows.append(
        Self.row(
          "client.connection", "fail", error.message, error.tries.first ?? "lakectl context test"))
      return Outcome(.rows(rows, next: nil), exit: error.exit)
    }
    if areas.isEmpty || areas.contains("client") {
      rows.append(Self.row("client.connection", "ok", "the cluster answers", nil))
    }
    rows += answer.items.map(self.columns.row)
    var outcome = Outcome(.rows(rows, next: nil), warnings: answer.warnings)
    if rows.contains(where: { $0["state"] == "fail" }) { outcome.exit = .checkFailed }
    return outcome
  }

  private static func files(_ call: Invocation) -> Row {
    guard let finding = call.configuration.findings.first else {
      return self.row("client.files", "ok", "the files of contexts are in order", nil)
    }
    return self.row(
      "client.files", finding.isError ? "fail" : "warn", finding.message,
      finding.advice.isEmpty ? "lakectl config check" : finding.advice)
  }

  private static func row(
    _ check: String, _ state: String, _ found: String, _ advice: String?
  ) -> Row {
    [
      "check": .text(check), "state": .text(state), "found": .text(found),
      "advice": .optional(advice), "node": "", "took_ms": .real(0), "fixable": false,
    ]
  }
}
