import CommandTable

/// `lakectl context use`
enum ContextUse {
  static let name = Argument<PlainName>(
    "name", "the context; - for the one before", source: .resources("context"))

  static let command = Command(
    name: "use", summary: "make a context the current one",
    call: Call(
      parameters: [name.parameter], effect: .writes,
      output: .change(
        "Context",
        [
          Column(key: "context", isNullable: false), Column(key: "previous", priority: 1),
        ]), needs: .configuration,
      exits: [.notFound: "there is no such context, or none before it"],
      examples: [
        Example(text: "Work on prod from now on", line: "lakectl context use prod"),
        Example(text: "Go back to the one before", line: "lakectl context use -"),
      ],
      detail: "LAKE_CONTEXT and --context come before what is chosen here.",
      run: { call async throws(CommandError) in try run(call) }))

  static func run(_ call: Invocation) throws(CommandError) -> Outcome {
    var file = call.configuration.user
    let before = file.text.value("current", in: .top)
    var name = call[self.name].text
    if name == "-" {
      guard let previous = file.text.value("previous", in: .top) else {
        throw CommandError(
          .noPreviousContext, "there is no context to go back to",
          why: "context use has changed nothing yet", try: ["lakectl context list"])
      }
      name = previous
    }
    guard call.configuration.contextNames.contains(name) else {
      throw ContextColumns.notFound(name, call.configuration)
    }
    let changed = before != name
    if changed {
      file.text.set("current", to: name, in: .top)
      if let before { file.text.set("previous", to: before, in: .top) }
      try call.save(file)
    }
    if let given = call.environment["LAKE_CONTEXT"], !given.isEmpty, given != name {
      call.note("LAKE_CONTEXT=\(given.visible) still comes before it")
    }
    return .change(
      changed, ["context": .text(name), "previous": .optional(before)],
      undo: before == nil ? nil : "lakectl context use -")
  }
}

extension Invocation {
  /// Writes the user's file, unless this is a dry run.
  func save(_ file: Configuration.File) throws(CommandError) {
    guard !self.isDryRun else { return }
    try self.surroundings.files.save(file)
  }
}
