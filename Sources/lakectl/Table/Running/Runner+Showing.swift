private import JSON
private import Values

/// How results, warnings and errors reach the streams.
extension Runner {
  func outputStyle(_ choice: ColorChoice) -> Style {
    Style.decide(
      choice, isTerminal: self.surroundings.terminal.isOutput, environment: self.environment)
  }

  func errorStyle(_ choice: ColorChoice) -> Style {
    Style.decide(
      choice, isTerminal: self.surroundings.terminal.isError, environment: self.environment)
  }

  func rendering(
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

  func show(
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
    if case .change(_, _, let job?) = outcome.body, !invocation[GlobalFlags.wait],
      !invocation.isDryRun
    {
      notes.append("follow: lakectl job wait \(job)")
    }
    for note in notes { invocation.note(note.visible) }
    for line in outcome.planned { self.tellPlan(line, isJSON: invocation.format.isJSON) }
    if invocation.call.effect(with: invocation.values) != .reads {
      if invocation.isDryRun { invocation.note("dry run: nothing was changed") }
      if invocation.call.needs == .cluster, let note = invocation.settings.contextNote {
        invocation.note(note)
      }
    }
    return outcome.exit
  }

  /// The plan is what a dry run is for: it is told under `--quiet` too.
  private func tellPlan(_ line: String, isJSON: Bool) {
    guard isJSON else { return self.console.writeError(line.visible + "\n") }
    var object = JSONObjectText()
    object.add("type", "plan")
    object.add("message", line)
    self.console.writeError(object.line)
  }

  func rendered(
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

  func show(
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

  func warn(_ warning: Warning, isJSON: Bool, isQuiet: Bool) {
    if isJSON {
      self.console.writeError(warning.line)
    } else if !isQuiet {
      self.console.writeError(warning.text(style: self.errorStyle(.auto)))
    }
  }

  func report(_ error: CommandError, isJSON: Bool) {
    self.console.writeError(
      isJSON ? error.text() + "\n" : error.text(style: self.errorStyle(.auto)))
  }

  /// Whether errors are for programs, told before the command line is understood. The file of contexts
  /// is asked too: it may say `output = json`.
  func wantsJSON(_ words: [String]) -> Bool {
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
}
