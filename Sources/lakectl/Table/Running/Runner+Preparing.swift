private import Values

/// Command lines for a caller that asks the person by itself: what would happen first, then the doing.
extension Runner {
  package struct Prepared: Sendable {
    package let invocation: Invocation

    /// The plan of the command, or one that says only what it is.
    package func plan() async throws(CommandError) -> Plan {
      let call = self.invocation.call
      if let planning = call.plan { return try await planning(self.invocation) }
      let name =
        self.invocation.values.firstArgument(of: call)
        ?? self.invocation.path.joined(separator: " ")
      return Plan(action: (self.invocation.path + [name]).joined(separator: " "), name: name)
    }

    /// Runs without asking: the caller has.
    package func run() async throws(CommandError) -> Outcome {
      try await self.invocation.call.run(self.invocation)
    }
  }

  /// Understands and checks a command line that runs a command.
  package func prepare(_ words: [String]) throws(CommandError) -> Prepared {
    let line = try CommandLineParser(root: self.root).parse(words)
    guard case .run(let call) = line.request else {
      throw CommandError(
        .missingCommand, "lakectl \(line.path.joined(separator: " ")) runs no command")
    }
    let configuration =
      call.needs == .nothing
      ? Configuration(user: .init(path: ""), system: .init(path: ""))
      : try self.surroundings.files.load(environment: self.environment)
    let settings = try Settings(
      line.values, environment: self.environment, configuration: configuration,
      isTolerant: call.needs == .configuration)
    let rendering = try self.rendering(call, line, settings)
    return Prepared(
      invocation: Invocation(
        path: line.path, call: call, values: line.values, settings: settings,
        surroundings: self.surroundings, root: self.root,
        deadline: self.surroundings.clock.monotonic() + settings.timeout,
        rows: RowSink(rendering, output: call.output, console: self.console)))
  }
}
