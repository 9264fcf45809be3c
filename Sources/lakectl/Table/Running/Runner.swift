private import JSON
private import Values

/// Runs a command line: parse, settle, ask, do, show. The exit code is all that comes back; the rest
/// went to the console.
package struct Runner: Sendable {
  package let root: Command
  package let surroundings: Surroundings

  package init(root: Command, surroundings: Surroundings) {
    self.root = root
    self.surroundings = surroundings
  }

  var console: any Console { self.surroundings.console }
  var environment: [String: String] { self.surroundings.environment }

  package func run(_ words: [String]) async -> ExitCode {
    if words.first == "__complete" {
      await self.complete(Array(words.dropFirst()))
      return .ok
    }
    do {
      let line = try CommandLineParser(root: self.root).parse(words)
      return try await self.run(line, words)
    } catch {
      self.report(error, isJSON: self.wantsJSON(words))
      return error.exit
    }
  }

  private func run(_ line: CommandLine, _ words: [String]) async throws(CommandError) -> ExitCode {
    switch line.request {
    case .version:
      _ = try self.console.write("lakectl \(Release.version)\n")
      return .ok
    case .help:
      let page = HelpPage(root: self.root, path: line.path)
      try self.show(
        page: page.text(style: self.outputStyle(.auto)), isPagerOff: words.contains("--no-pager"))
      return .ok
    case .run(let call):
      if line.values.given(GlobalFlags.output) == .schema {
        let schema = OutputSchema.schema(of: call.output)
        _ = try self.console.write(schema.text(layout: .pretty) + "\n")
        return .ok
      }
      return try await self.run(call, line, words)
    }
  }

  private func run(
    _ call: Call, _ line: CommandLine, _ words: [String]
  ) async throws(CommandError) -> ExitCode {
    let configuration =
      call.needs(with: line.values) == .nothing
      ? Configuration(user: .init(path: ""), system: .init(path: ""))
      : try self.surroundings.files.load(environment: self.environment)
    let settings = try Settings(
      line.values, environment: self.environment, configuration: configuration,
      isTolerant: call.needs == .configuration)
    var context: String?
    let needs = call.needs(with: line.values)
    if needs == .cluster { context = settings.contextName }
    do {
      if needs == .cluster {
        try self.check(configuration, settings, isQuiet: line.values[GlobalFlags.quiet])
      }
      let isPatient = call.isPatient || line.values[GlobalFlags.wait]
      let timeout =
        isPatient && !settings.isTimeoutGiven ? Duration.seconds(600) : settings.timeout
      let rendering = try self.rendering(call, line, settings)
      let invocation = Invocation(
        path: line.path, call: call, values: line.values, settings: settings,
        surroundings: self.surroundings, root: self.root,
        deadline: self.surroundings.clock.monotonic() + timeout,
        rows: RowSink(rendering, output: call.output, console: self.console))
      try await self.confirm(invocation, words)
      if invocation[GlobalFlags.watch] { return try await self.watch(invocation, rendering) }
      let outcome = try await call.run(invocation)
      return try self.show(outcome, invocation, rendering)
    } catch {
      var error = error
      if error.context == nil { error.context = context }
      if error.requestID == nil { error.requestID = line.values[GlobalFlags.requestID]?.text }
      if error.code == .outcomeUnknown, let id = error.requestID {
        error.tries.insert(Self.repeated(words, requestID: id), at: 0)
      }
      throw error
    }
  }

  /// The same command, made safe to repeat.
  private static func repeated(_ words: [String], requestID: String) -> String {
    let line = (["lakectl"] + words.map(\.visible.shellQuoted)).joined(separator: " ")
    let isThere = words.contains { $0 == "--request-id" || $0.hasPrefix("--request-id=") }
    return isThere ? line : line + " --request-id \(requestID.visible.shellQuoted)"
  }

  /// Files that hold secrets are ours alone; what is only odd is told. Commands about the files tell
  /// of the findings themselves, and are the way to repair them.
  private func check(
    _ configuration: Configuration, _ settings: Settings, isQuiet: Bool
  ) throws(CommandError) {
    for finding in configuration.findings {
      let place = finding.line.map { "\(finding.path):\($0)" } ?? finding.path
      guard finding.isError else {
        self.warn(
          Warning(
            "config.finding",
            place + ": " + finding.message + (finding.advice.isEmpty ? "" : "; \(finding.advice)")),
          isJSON: settings.output.isJSON, isQuiet: isQuiet)
        continue
      }
      throw CommandError(
        finding.advice.isEmpty ? .configurationSyntax : .exposedSecret,
        "cannot use \(place)", why: finding.message,
        try: finding.advice.isEmpty ? ["lakectl config check"] : [finding.advice])
    }
  }
}
