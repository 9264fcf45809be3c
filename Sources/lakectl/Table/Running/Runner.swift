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
      call.needs == .nothing
      ? Configuration(user: .init(path: ""), system: .init(path: ""))
      : try self.surroundings.files.load(environment: self.environment)
    let settings = try Settings(
      line.values, environment: self.environment, configuration: configuration,
      isTolerant: call.needs == .configuration)
    var context: String?
    if call.needs == .cluster { context = settings.contextName }
    do {
      try self.check(configuration, call, settings, isQuiet: line.values[GlobalFlags.quiet])
      let timeout =
        call.isJob && !line.values.contains(GlobalFlags.timeout.parameter)
          && line.values[GlobalFlags.wait] ? .seconds(600) : settings.timeout
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
      throw error
    }
  }

  /// Files that hold secrets are ours alone; what is only odd is told.
  private func check(
    _ configuration: Configuration, _ call: Call, _ settings: Settings, isQuiet: Bool
  ) throws(CommandError) {
    // These commands tell of the findings themselves, and are the way to repair them.
    guard call.needs == .cluster else { return }
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

  // MARK: How things are shown

  func outputStyle(_ choice: ColorChoice) -> Style {
    Style.decide(
      choice, isTerminal: self.surroundings.terminal.isOutput, environment: self.environment)
  }

  private func errorStyle(_ choice: ColorChoice) -> Style {
    Style.decide(
      choice, isTerminal: self.surroundings.terminal.isError, environment: self.environment)
  }

  private func rendering(
    _ call: Call, _ line: CommandLine, _ settings: Settings
  ) throws(CommandError) -> Rendering {
    let values = line.values
    if values[GlobalFlags.watch], settings.output == .json {
      throw CommandError(
        .conflictingFlags, "--watch does not go with -o json",
        why: "json promises one document; jsonl writes an object for each change",
        try: ["lakectl \(line.path.joined(separator: " ")) --watch -o jsonl"])
    }
    let isUTC = values[GlobalFlags.utc] || settings.text("utc") == "true"
    let isExact = values[GlobalFlags.exact] || settings.text("exact") == "true"
    let terminal = self.surroundings.terminal
    return Rendering(
      format: settings.output,
      selection: try RowSelection(
        values, output: call.output, now: self.surroundings.clock.now()),
      cells: CellText(
        isExact: isExact, localOffset: isUTC ? nil : self.surroundings.clock.localOffset),
      width: terminal.isOutput && !values[GlobalFlags.noTrunc] ? max(1, terminal.columns) : nil,
      hasHeaders: !values[GlobalFlags.noHeaders], style: self.outputStyle(settings.color),
      mark: self.surroundings.isUTF8 ? "…" : "...")
  }

  private func show(
    _ outcome: Outcome, _ invocation: Invocation, _ rendering: Rendering
  ) throws(CommandError) -> ExitCode {
    let rendered = self.rendered(outcome, invocation, rendering)
    if case .page = outcome.body {
      try self.show(
        page: rendered.text, isPagerOff: invocation[GlobalFlags.noPager],
        setting: invocation.settings.text("pager"))
    } else {
      try self.show(
        page: rendered.text, format: rendering.format, isPagerOff: invocation[GlobalFlags.noPager],
        setting: invocation.settings.text("pager"))
    }
    for warning in outcome.warnings {
      self.warn(
        warning, isJSON: invocation.format.isJSON, isQuiet: invocation[GlobalFlags.quiet])
    }
    // What was not done needs no undoing.
    var notes = rendered.notes + (invocation.isDryRun ? [] : outcome.notes)
    if case .change(_, _, let job?) = outcome.body, !invocation[GlobalFlags.wait] {
      notes.append("follow: lakectl job wait \(job)")
    }
    for note in notes { invocation.note(note.visible) }
    if invocation.call.effect != .reads {
      if invocation.isDryRun { invocation.note("dry run: nothing was changed") }
      if invocation.call.needs == .cluster, let note = invocation.settings.contextNote {
        invocation.note(note)
      }
    }
    return outcome.exit
  }

  private func rendered(
    _ outcome: Outcome, _ invocation: Invocation, _ rendering: Rendering
  ) -> Rendering.Rendered {
    guard case .streamed = outcome.body else {
      return rendering.render(outcome, output: invocation.call.output)
    }
    let rows = invocation.rows
    guard rendering.format == .json || rows.count == 0 else {
      let note = "there are more rows; --limit stopped here"
      return .init(text: "", notes: rows.isCut && rendering.format.isForPeople ? [note] : [])
    }
    var whole = outcome
    whole.body = .rows(rows.kept, next: nil)
    var rendering = rendering
    rendering.selection = rendering.selection.onlyColumns
    rendering.isTruncated = rows.isCut
    return rendering.render(whole, output: invocation.call.output)
  }

  private func show(
    page text: String, format: OutputFormat = .table, isPagerOff: Bool, setting: String? = nil
  ) throws(CommandError) {
    guard !text.isEmpty else { return }
    let terminal = self.surroundings.terminal
    let pager = Pager.command(
      for: text, format: format, isOutputTerminal: terminal.isOutput,
      isInputTerminal: terminal.isInput, lines: terminal.lines, isSwitchedOff: isPagerOff,
      setting: setting, environment: self.environment)
    if let pager, self.console.page(text, through: pager) { return }
    _ = try self.console.write(text)
  }

  private func warn(_ warning: Warning, isJSON: Bool, isQuiet: Bool) {
    if isJSON {
      self.console.writeError(warning.line)
    } else if !isQuiet {
      self.console.writeError(warning.text(style: self.errorStyle(.auto)))
    }
  }

  private func report(_ error: CommandError, isJSON: Bool) {
    self.console.writeError(
      isJSON ? error.text() + "\n" : error.text(style: self.errorStyle(.auto)))
  }

  /// Whether errors are for programs, told before the command line is understood. The file of contexts
  /// is asked too: it may say `output = json`.
  private func wantsJSON(_ words: [String]) -> Bool {
    let tokens = CommandLineParser(root: self.root).tokens(of: words)
    for case .flag(let flag) in tokens where flag.label == "--output" || flag.label == "-o" {
      if let value = flag.value { return OutputFormat(rawValue: value)?.isJSON ?? false }
    }
    if let value = self.environment["LAKE_OUTPUT"], !value.isEmpty {
      return OutputFormat(rawValue: value)?.isJSON ?? false
    }
    guard let configuration = try? self.surroundings.files.load(environment: self.environment),
      let settings = try? Settings(
        ParsedValues(), environment: self.environment, configuration: configuration,
        isTolerant: true)
    else { return false }
    return settings.output.isJSON
  }

  // MARK: Asking

  private func confirm(_ invocation: Invocation, _ words: [String]) async throws(CommandError) {
    let call = invocation.call
    guard call.effect != .reads, !invocation.isDryRun else { return }
    let isProtected = call.needs == .cluster && invocation.settings.isProtected
    // What is easy to take back needs no plan unless the context raises it.
    guard
      call.effect > .writes || isProtected || call.plan != nil
        || invocation[GlobalFlags.confirm] != nil
    else { return }
    let name = invocation.values.firstArgument(of: call) ?? invocation.path.joined(separator: " ")
    let plan =
      if let planning = call.plan { try await planning(invocation) } else {
        Plan(action: (invocation.path + [name]).joined(separator: " "), name: name)
      }
    var facts = Danger.Facts(
      effect: call.effect, plan: plan,
      line: (["lakectl"] + words.map(\.visible.shellQuoted)).joined(separator: " "))
    facts.canAsk = self.surroundings.canAsk
    facts.isYes = invocation[GlobalFlags.yes]
    facts.confirmation = invocation[GlobalFlags.confirm]
    facts.isProtected = isProtected
    let decision = Danger.decide(facts)
    if case .run = decision { return }
    let text = plan.text(
      context: call.needs == .cluster ? invocation.settings.contextName : nil,
      isProtected: isProtected)
    // Under JSON, standard error holds JSON lines and nothing else, unless a person is there to answer.
    if !invocation.format.isJSON || facts.canAsk { self.console.writeError(text) }
    var answer: String?
    switch decision {
    case .askYesOrNo: answer = self.console.ask("go on? [y/N] ")
    case .askForName: answer = self.console.ask("type the name to go on: ")
    case .run, .refuse: break
    }
    if var refusal = Danger.judge(answer, to: decision) {
      if invocation.format.isJSON { refusal.details["plan"] = .string(text) }
      throw refusal
    }
  }

  // MARK: Again and again

  private func watch(
    _ invocation: Invocation, _ rendering: Rendering
  ) async throws(CommandError) -> ExitCode {
    let isRepainting =
      self.surroundings.terminal.isOutput && rendering.format.isForPeople
      && (self.environment["TERM"] ?? "dumb") != "dumb"
    let output = invocation.call.output
    var changes = WatchChanges(nameKey: output.nameKey ?? "")
    var rendering = rendering
    repeat {
      var outcome = try await invocation.call.run(invocation)
      if isRepainting {
        let rendered = rendering.render(outcome, output: output)
        let page = (rendered.notes.map { $0 + "\n" } + [rendered.text]).joined()
        guard try self.console.write("\u{1B}[H\u{1B}[2J" + page) else { return .ok }
      } else {
        let changed = changes.update(rendering.selection.apply(to: outcome.rows).rows)
        let rows = changed.filter { $0.kind != .removed }.map(\.row)
        if !rows.isEmpty {
          outcome.body = output.isList ? .rows(rows, next: nil) : .record(rows[0])
          guard try self.console.write(rendering.render(outcome, output: output).text) else {
            return .ok
          }
          rendering.hasHeaders = false
        }
        for change in changed where change.kind == .removed {
          invocation.note("gone: \(change.row[output.nameKey ?? ""].rawText.visible)")
        }
      }
    } while await self.surroundings.clock.sleep(invocation.settings.interval)
    return .ok
  }
}

extension ParsedValues {
  /// The text of the first argument, when it is a name.
  func firstArgument(of call: Call) -> String? {
    guard let first = call.arguments.first else { return nil }
    return self.all(first, as: PlainName.self).first?.text ?? self.all(first, as: String.self).first
  }
}
