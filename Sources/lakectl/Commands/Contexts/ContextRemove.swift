import CommandTable

/// `lakectl context remove`
enum ContextRemove {
  static let name = Argument<PlainName>("name", "the context", source: .resources("context"))
  static let ifExists = Flag("if-exists", "no error when there is no such context")

  static let command = Command(
    name: "remove", summary: "forget a context",
    call: Call(
      parameters: [name.parameter, ifExists.parameter], effect: .hardToUndo,
      output: .change("Context", [Column(key: "context", isNullable: false)]),
      needs: .configuration, exits: [.notFound: "there is no such context"],
      examples: [
        Example(text: "Forget a cluster that is gone", line: "lakectl context remove old --yes")
      ],
      detail: "The cluster itself is not touched, nor are files that the context names.",
      plan: { call async throws(CommandError) in
        let name = call[name].text
        return Plan(
          action: "remove context \(name)", name: name,
          facts: [("endpoint", call.configuration.value("endpoint", inContext: name)?.text ?? "-")],
          undo: undo(name, call))
      },
      run: { call async throws(CommandError) in try run(call) }))

  static func run(_ call: Invocation) throws(CommandError) -> Outcome {
    let name = call[self.name].text
    var file = call.configuration.user
    if call[self.ifExists], !call.configuration.contextNames.contains(name) {
      return .change(false, ["context": .text(name)])
    }
    try ContextColumns.requireOwn(name, call.configuration)
    file.text.remove(.context(name))
    for key in ["current", "previous"] where file.text.value(key, in: .top) == name {
      file.text.remove(key, in: .top)
    }
    try call.save(file)
    return .change(true, ["context": .text(name)], undo: self.undo(name, call))
  }

  /// The line that describes the context again; nil when it would have to show a secret.
  private static func undo(_ name: String, _ call: Invocation) -> String? {
    let entries = call.configuration.user.text.entries.filter { $0.section == .context(name) }
    guard !entries.contains(where: { $0.key == "token" }) else { return nil }
    let names = Set(ContextFields.parameters.map(\.name) + ["endpoint"])
    let flags = entries.filter { names.contains($0.key) }
      .map { " --\($0.key) \($0.value.visible.shellQuoted)" }
    return flags.isEmpty ? nil : "lakectl context add \(name.visible.shellQuoted)" + flags.joined()
  }
}
