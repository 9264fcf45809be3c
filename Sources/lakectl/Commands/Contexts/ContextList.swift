import CommandTable

/// `lakectl context list`
enum ContextList {
  static let command = Command(
    name: "list", summary: "list the contexts",
    call: Call(
      effect: .reads, output: .list("Context", ContextColumns.all), needs: .configuration,
      examples: [
        Example(text: "Show what can be operated", line: "lakectl context list"),
        Example(
          text: "Names of the protected ones",
          line: "lakectl context list --filter protected=true -o name"),
      ],
      run: { call async throws(CommandError) in
        .list(call.configuration.contextNames.map { ContextColumns.row($0, call) })
      }))
}

/// `lakectl context show`
enum ContextShow {
  static let name = OptionalArgument<PlainName>(
    "name", "the context; the current one when left out", source: .resources("context"))

  static let command = Command(
    name: "show", summary: "show one context",
    call: Call(
      parameters: [name.parameter], effect: .reads, output: .record("Context", ContextColumns.all),
      needs: .configuration, exits: [.notFound: "there is no such context"],
      examples: [
        Example(text: "Show the current context", line: "lakectl context show"),
        Example(text: "Show another one", line: "lakectl context show prod"),
      ],
      run: { call async throws(CommandError) in
        guard let name = call[name]?.text ?? call.settings.contextName else {
          throw CommandError(
            .contextNotFound, "there is no current context",
            why: "none was chosen with context use, LAKE_CONTEXT or --context",
            try: ["lakectl context list"])
        }
        guard call.configuration.contextNames.contains(name) else {
          throw ContextColumns.notFound(name, call.configuration)
        }
        return .record(ContextColumns.row(name, call))
      }))
}
