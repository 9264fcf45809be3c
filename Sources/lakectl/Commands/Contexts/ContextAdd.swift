import CommandTable

/// `lakectl context add`
enum ContextAdd {
  static let name = Argument<PlainName>("name", "the name of the new context")
  static let ifNotExists = Flag(
    "if-not-exists", "no error when there is one with the same settings")

  static let command = Command(
    name: "add", summary: "describe a new cluster",
    call: Call(
      parameters: [name.parameter] + ContextFields.parameters + [ifNotExists.parameter],
      effect: .writes, output: .change("Context", ContextColumns.all), needs: .configuration,
      exits: [.conflict: "there is a context of that name"],
      examples: [
        Example(
          text: "The daemon on this machine",
          line: "lakectl context add local --endpoint http://127.0.0.1:7300"),
        Example(
          text: "A cluster in which writing asks one step more",
          line: "lakectl context add prod --endpoint https://lake.example:7300"
            + " --token-file ~/.secrets/lake --protected true"),
      ],
      detail: """
        The address is that of the global flag --endpoint, and must be given.
        The first context becomes the current one.
        """,
      run: { call async throws(CommandError) in try run(call) }))

  static func run(_ call: Invocation) throws(CommandError) -> Outcome {
    let name = call[self.name].text
    let fields = ContextFields.given(call)
    guard name != "-", fields.contains(where: { $0.key == "endpoint" }) else {
      throw CommandError(
        .missingValue, "context \(name.visible.quoted) needs an address",
        why: name == "-" ? "- stands for the context before" : "--endpoint is missing",
        try: ["lakectl context add \(name.visible.shellQuoted) --endpoint http://127.0.0.1:7300"])
    }
    var file = call.configuration.user
    if file.text.contextNames.contains(name) {
      let differing = fields.filter { file.text.value($0.key, in: .context(name)) != $0.value }
      guard call[self.ifNotExists], differing.isEmpty else {
        throw CommandError(
          .contextExists, "there is a context \(name.visible.quoted)",
          why: differing.isEmpty
            ? "it has these settings already"
            : "it differs in \(differing.map(\.key).joined(separator: ", "))",
          try: [
            "lakectl context show \(name.visible.shellQuoted)",
            "lakectl context set \(name.visible.shellQuoted)"
              + differing.map { " --\($0.key) \($0.value.visible.shellQuoted)" }.joined(),
          ])
      }
      return .change(false, ContextColumns.row(name, call))
    }
    file.text.add(.context(name))
    for (key, value) in fields { file.text.set(key, to: value, in: .context(name)) }
    if file.text.value("current", in: .top) == nil, call.configuration.contextNames.isEmpty {
      file.text.set("current", to: name, in: .top)
    }
    try call.save(file)
    let row = ContextColumns.row(name, call.seeing(file))
    return .change(
      true, row, undo: "lakectl context remove \(name.visible.shellQuoted)")
  }
}

extension Invocation {
  /// The same run, with the user's file as it is now.
  func seeing(_ file: Configuration.File) -> Invocation {
    let configuration = Configuration(user: file, system: self.configuration.system)
    // The settings were good before; a change that is not is found by the next run.
    let settings =
      (try? Settings(self.values, environment: self.environment, configuration: configuration))
      ?? self.settings
    return Invocation(self, settings: settings)
  }
}
