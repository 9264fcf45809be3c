import Admin
import CommandTable

extension Call {
  /// A command that changes one thing by one call. Its effect is the call's; what is hard to undo is
  /// planned by a dry run of the same call.
  static func changing<Input, Record>(
    _ columns: @escaping @autoclosure @Sendable () -> RecordColumns,
    _ api: AdminCall<Input, AdminChange<Record>>, parameters: [Parameter],
    exits: [ExitCode: String] = [:], examples: [Example],
    detail: String = "", guarded: Bool = false,
    input: @escaping @Sendable (Invocation) throws(CommandError) -> Input
  ) -> Call {
    let effect = Effect(api.route.effect)
    var call = Call(
      parameters: parameters + (guarded ? [Shared.ifMatch.parameter] : []), effect: effect,
      output: api.route.isJob
        ? JobColumns.started(Record.self, by: columns())
        : RecordColumns.change(of: Record.self, columns()),
      isJob: api.route.isJob, exits: exits, examples: examples, detail: detail,
      run: { call async throws(CommandError) in
        let answer = try await call.ask(
          api, try input(call), ifMatch: guarded ? call[Shared.ifMatch]?.text : nil)
        return try await call.changed(answer, columns())
      })
    if effect > .writes {
      call.plan = { call async throws(CommandError) in
        let answer = try await call.ask(
          api, try input(call), isPlan: true, ifMatch: guarded ? call[Shared.ifMatch]?.text : nil)
        return call.plan(answer)
      }
    }
    return call
  }
}

extension Invocation {
  /// The result of a change; when it is a job and `--wait` was given, that of the job.
  func changed(_ answer: Answer, _ columns: RecordColumns) async throws(CommandError) -> Outcome {
    if let job = answer.job, self.values[GlobalFlags.wait], !self.isDryRun {
      var outcome = try await self.end(ofJob: job)
      outcome.output = JobColumns.all.record
      outcome.warnings = answer.warnings + outcome.warnings
      return outcome
    }
    var row = columns.row(answer.item)
    let job = self.isDryRun ? nil : answer.job
    if self.call.isJob, row["job_id"] == .null { row["job_id"] = .optional(job) }
    var outcome = Outcome.change(answer.changed, row, job: job, undo: answer.undo)
    outcome.warnings = answer.warnings
    if self.isDryRun { outcome.planned = answer.plan.map { "\($0.label): \($0.text)" } }
    return outcome
  }

  /// The plan of a dry run, in the words of the command: `delete user ann`.
  func plan(_ answer: Answer) -> Plan {
    let names = self.call.arguments.flatMap { argument in
      self.values.all(argument, as: PlainName.self).map(\.text)
        + self.values.all(argument, as: String.self)
        + self.values.all(argument, as: ObjectName.self).map(\.text)
        + self.values.all(argument, as: SeriesName.self).map(\.text)
    }
    let words = self.path.suffix(1) + self.path.dropLast()
    return Plan(
      action: (words + names).joined(separator: " "),
      name: names.first ?? self.path.joined(separator: " "), facts: answer.plan,
      undo: answer.undo)
  }
}

extension Effect {
  init(_ effect: AdminEffect) {
    switch effect {
    case .reads: self = .reads
    case .writes: self = .writes
    case .hardToUndo: self = .hardToUndo
    case .destroys: self = .destroys
    }
  }
}

/// Flags that several commands have.
enum Shared {
  static let ifMatch = Option<PrintedWord>(
    "if-match", placeholder: "ETAG", "only if it is still in this state")
  static let ifNotExists = Flag("if-not-exists", "an equal one that is there is no error")
  static let ifExists = Flag("if-exists", "one that is not there is no error")
  static let force = ListOption<PlainName>(
    "force", placeholder: "CHECK", "pass over this safety check")
  static let node = Option<PlainName>(
    "node", source: .resources("node"), "only on this node")
  static let description = Option<String>("description", "what it is for")
}
