import CommandTable

/// `lakectl context set`
enum ContextSet {
  static let name = Argument<PlainName>("name", "the context", source: .resources("context"))

  static let command = Command(
    name: "set", summary: "change what a context says",
    call: Call(
      parameters: [name.parameter] + ContextFields.parameters, effect: .writes,
      output: .change("Context", ContextColumns.all), needs: .configuration,
      exits: [.notFound: "there is no such context"],
      examples: [
        Example(text: "Protect production", line: "lakectl context set prod --protected true")
      ],
      detail: "The global flag --endpoint sets the address; what is not named stays as it is.",
      run: { call async throws(CommandError) in try run(call) }))

  static func run(_ call: Invocation) throws(CommandError) -> Outcome {
    let name = call[self.name].text
    try ContextColumns.requireOwn(name, call.configuration)
    let fields = ContextFields.given(call)
    guard !fields.isEmpty else {
      throw CommandError(
        .missingValue, "nothing to set in context \(name.visible.quoted)",
        why: "no flag says what", try: ["lakectl context set --help"])
    }
    var file = call.configuration.user
    var undo = ""
    for (key, value) in fields {
      let before = file.text.value(key, in: .context(name))
      guard before != value else { continue }
      if let before { undo += " --\(key) \(before.visible.shellQuoted)" }
      file.text.set(key, to: value, in: .context(name))
    }
    let changed = file.text != call.configuration.user.text
    if changed { try call.save(file) }
    return .change(
      changed, ContextColumns.row(name, call.seeing(file)),
      undo: undo.isEmpty ? nil : "lakectl context set \(name.visible.shellQuoted)\(undo)")
  }
}

/// `lakectl context rename`
enum ContextRename {
  static let name = Argument<PlainName>("name", "the context", source: .resources("context"))
  static let new = Argument<PlainName>("new-name", "its new name")

  static let command = Command(
    name: "rename", summary: "give a context another name",
    call: Call(
      parameters: [name.parameter, new.parameter], effect: .writes,
      output: .change(
        "Context", [Column(key: "context", isNullable: false), Column(key: "previous")]),
      needs: .configuration,
      exits: [.notFound: "there is no such context", .conflict: "the new name is taken"],
      examples: [Example(text: "Say what it is", line: "lakectl context rename local laptop")],
      run: { call async throws(CommandError) in try run(call) }))

  static func run(_ call: Invocation) throws(CommandError) -> Outcome {
    let name = call[self.name].text
    let new = call[self.new].text
    try ContextColumns.requireOwn(name, call.configuration)
    let row: Row = ["context": .text(new), "previous": .text(name)]
    guard name != new else { return .change(false, row) }
    guard new != "-", !call.configuration.contextNames.contains(new) else {
      throw CommandError(
        .contextExists, "cannot rename context \(name.visible.quoted) to \(new.visible.quoted)",
        why: new == "-" ? "- stands for the context before" : "there is a context of that name",
        try: ["lakectl context show \(new.visible.shellQuoted)"])
    }
    var file = call.configuration.user
    file.text.rename(.context(name), to: .context(new))
    for key in ["current", "previous"] where file.text.value(key, in: .top) == name {
      file.text.set(key, to: new, in: .top)
    }
    try call.save(file)
    return .change(
      true, row,
      undo: "lakectl context rename \(new.visible.shellQuoted) \(name.visible.shellQuoted)")
  }
}
