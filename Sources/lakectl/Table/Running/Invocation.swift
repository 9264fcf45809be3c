package import Values

/// One run of one command: what a handler sees.
package struct Invocation: Sendable {
  package let path: [String]
  package let call: Call
  package let values: ParsedValues
  package let settings: Settings
  package let surroundings: Surroundings
  /// The table, for commands about commands.
  package let root: Command
  /// When the command gives up.
  package let deadline: MonotonicTime
  /// Takes rows while the command runs; the outcome is `.streamed` then.
  package let rows: RowSink

  init(
    path: [String], call: Call, values: ParsedValues, settings: Settings,
    surroundings: Surroundings, root: Command, deadline: MonotonicTime, rows: RowSink
  ) {
    self.path = path
    self.call = call
    self.values = values
    self.settings = settings
    self.surroundings = surroundings
    self.root = root
    self.deadline = deadline
    self.rows = rows
  }

  /// The same run under other settings.
  package init(_ invocation: Invocation, settings: Settings) {
    self.init(
      path: invocation.path, call: invocation.call, values: invocation.values, settings: settings,
      surroundings: invocation.surroundings, root: invocation.root, deadline: invocation.deadline,
      rows: invocation.rows)
  }

  /// The same run with another time limit.
  package init(_ invocation: Invocation, deadline: MonotonicTime) {
    self.init(
      path: invocation.path, call: invocation.call, values: invocation.values,
      settings: invocation.settings, surroundings: invocation.surroundings, root: invocation.root,
      deadline: deadline, rows: invocation.rows)
  }

  package var environment: [String: String] { self.surroundings.environment }
  package var terminal: TerminalFacts { self.surroundings.terminal }
  package var clock: CommandClock { self.surroundings.clock }
  package var configuration: Configuration { self.settings.configuration }
  /// Nothing may be changed: say what would be.
  package var isDryRun: Bool { self.values[GlobalFlags.dryRun] }
  package var requestID: String? { self.values[GlobalFlags.requestID]?.text }
  package var format: OutputFormat { self.settings.output }

  /// The way to the cluster.
  package func client() async throws(CommandError) -> any AdminClient {
    try await self.surroundings.client.make(self.settings, self.trace)
  }

  /// Where `-v` goes.
  private var trace: ClientTrace {
    let console = self.surroundings.console
    let isJSON = self.format.isJSON
    return ClientTrace(level: self.values[GlobalFlags.verbose]) { text in
      console.writeError(isJSON ? ClientTrace.line(text) : text.visible + "\n")
    }
  }

  package subscript<Value>(_ option: Option<Value>) -> Value? { self.values[option] }
  package subscript<Value>(_ option: ListOption<Value>) -> [Value] { self.values[option] }
  package subscript<Value>(_ argument: Argument<Value>) -> Value { self.values[argument] }
  package subscript<Value>(_ argument: OptionalArgument<Value>) -> Value? { self.values[argument] }
  package subscript<Value>(_ argument: ListArgument<Value>) -> [Value] { self.values[argument] }
  package subscript(_ flag: Flag) -> Bool { self.values[flag] }

  /// A note for people: nothing under `--quiet` or JSON.
  package func note(_ text: String) {
    guard !self.values[GlobalFlags.quiet], !self.format.isJSON else { return }
    self.surroundings.console.writeError(text + "\n")
  }
}
