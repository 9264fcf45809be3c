import Admin
import CommandTable
import JSON
import Values

/// `lakectl apply`
enum Apply {
  static let prune = Flag("prune", "remove what is in no document, of the kinds they speak of")

  static let columns: [Column] = [
    Column(key: "name", isNullable: false),
    Column(key: "kind", .word(ApplyDocument.Kind.words), isNullable: false),
    Column(
      key: "action", .word(["create", "update", "unchanged", "delete"]), isNullable: false),
    Column(key: "changes", .list, isNullable: false, "members that are different"),
    Column(key: "error", .text, "why it was not done"),
    Column(key: "place", isWide: true, isNullable: false, "where the document stands"),
  ]

  static let command = Command(
    name: "apply", summary: "create and update things from documents", heading: .operate, call: made
  )

  private static var made: Call {
    var call = Call(
      parameters: [GlobalFlags.file.parameter, prune.parameter], effect: .writes,
      output: .list("ApplyItem", columns),
      exits: [
        .usage: "a document cannot be understood; nothing was sent",
        .partlyDone: "some of several things failed",
      ],
      examples: [
        Example(text: "What would change", line: "lakectl apply -f access/ --dry-run"),
        Example(text: "Make it so", line: "lakectl apply -f access/"),
        Example(
          text: "And nothing else", line: "lakectl apply -f access/ --prune --confirm prune"),
      ],
      detail: """
        Documents are YAML or JSON and have a kind: role, group, user, policy, grant or setting.
        A member that a document does not speak of stays as it is; applying twice changes nothing.
        Documents hold no secrets: passwords and keys have commands of their own.
        """,
      run: { call async throws(CommandError) in try await run(call) })
    call.raises = [(prune.parameter, .destroys)]
    call.plan = { call async throws(CommandError) in try await plan(call) }
    return call
  }

  private static func items(_ call: Invocation) async throws(CommandError) -> [ApplyItem] {
    let documents = try call.documents()
    let state = try await ApplyState.read(Set(documents.map(\.kind)), call)
    var items = ApplyPlan.items(documents, state)
    if call[self.prune] {
      // Whoever applies goes on having an account.
      let answer = try await call.ask(IdentityAPI.whoami, AdminNothing())
      items += ApplyPlan.prune(
        documents, state, keeping: answer.item["user"]?.string ?? "")
    }
    return items
  }

  static func plan(_ call: Invocation) async throws(CommandError) -> Plan {
    guard call[self.prune] || call.settings.isProtected else {
      return Plan(action: "apply documents", name: "apply")
    }
    let items = try await self.items(call)
    var facts: [(label: String, text: String)] = []
    for action in [ApplyItem.Action.create, .update, .delete] {
      let found = items.filter { $0.action == action }
      guard !found.isEmpty else { continue }
      let names = found.prefix(10).map { "\($0.document.kind.rawValue) \($0.document.name)" }
      let more = found.count > 10 ? " and \(found.count - 10) more" : ""
      facts.append((action.rawValue, names.joined(separator: ", ") + more))
    }
    let name = call[self.prune] ? "prune" : "apply"
    return Plan(
      action: call[self.prune] ? "apply documents and remove the rest" : "apply documents",
      name: name, facts: facts,
      matchCount: call[self.prune] ? 1 : items.count { $0.action != .unchanged })
  }

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let items = try await self.items(call)
    var rows: [Row] = []
    var errors: [CommandError] = []
    for item in items {
      var row: Row = [
        "kind": .text(item.document.kind.rawValue), "name": .text(item.document.name),
        "action": .text(item.action.rawValue), "changes": .list(item.changes), "error": .null,
        "place": .text(item.document.place),
      ]
      if !call.isDryRun {
        do throws(CommandError) {
          let each = Invocation(call, deadline: call.clock.monotonic() + call.settings.timeout)
          let part = "\(item.document.kind.rawValue).\(item.document.name)"
          for step in item.steps { try await step(each, part) }
        } catch {
          // Without a connection the rest would fail as well.
          guard error.exit != .unavailable, error.exit != .denied else {
            throw self.stopped(error, after: rows)
          }
          row["error"] = .text(error.message + (error.why.map { ": \($0)" } ?? ""))
          errors.append(error)
        }
      }
      rows.append(row)
    }
    var outcome = Outcome(.rows(rows, next: nil))
    let counts = [ApplyItem.Action.create, .update, .delete].compactMap { action -> String? in
      let count = items.count { $0.action == action }
      return count == 0 ? nil : "\(count) \(action.rawValue)"
    }
    let unchanged = items.count { $0.action == .unchanged }
    outcome.notes = [(counts + ["\(unchanged) unchanged"]).joined(separator: ", ")]
    if call.isDryRun { outcome.planned = outcome.notes }
    if let first = errors.first {
      outcome.notes.append("\(errors.count) of \(items.count - unchanged) failed")
      let isAll = errors.count == items.count - unchanged
      outcome.exit = isAll && errors.allSatisfy { $0.exit == first.exit } ? first.exit : .partlyDone
    }
    return outcome
  }

  /// The end in the middle: what was done before it stays done, and is said.
  private static func stopped(_ error: CommandError, after rows: [Row]) -> CommandError {
    let done = rows.count { $0["action"] != "unchanged" && $0["error"] == .null }
    guard done > 0 else { return error }
    var error = error
    if error.changed != nil { error.changed = true }
    error.why =
      (error.why.map { $0 + "; " } ?? "")
      + "\(done) things were applied before; applying again goes on from there"
    return error
  }
}

/// `lakectl export`
enum Export {
  static let kind = ListOption<ApplyDocument.Kind>("kind", "only things of this kind")

  static let command = Command(
    name: "export", summary: "print what there is as documents for apply", heading: .operate,
    call: Call(
      parameters: [kind.parameter], effect: .reads, output: .document,
      examples: [
        Example(text: "Keep it in a repository", line: "lakectl export > access.yaml"),
        Example(text: "Roles and grants", line: "lakectl export --kind role --kind grant"),
      ],
      detail: """
        Applying what was exported changes nothing.
        What is built in and what is a default is left out, and so is every secret.
        With -o json it is one list, which apply reads as well.
        """,
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let asked = Set(call[self.kind])
    let kinds = asked.isEmpty ? Set(ApplyDocument.Kind.allCases) : asked
    let state = try await ApplyState.read(kinds, call)
    let documents = ApplyDocument.Kind.allCases.flatMap { kind in
      (state.documents[kind] ?? []).sorted { $0.name < $1.name }
    }
    let values = documents.map { document -> JSONValue in
      var members = document.members
      // Who is in a group is said by its users.
      if document.kind == .group, kinds.contains(.user) { members["users"] = nil }
      return .object(members)
    }
    switch call.format {
    case .json: return Outcome(.document(JSONValue.array(values).text(layout: .pretty) + "\n"))
    case .jsonl: return Outcome(.document(values.map { $0.text() + "\n" }.joined()))
    default: return Outcome(.document(values.map { "---\n" + YAMLText.text($0) }.joined()))
    }
  }
}
