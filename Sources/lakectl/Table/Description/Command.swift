/// One word of the command line: a group when it has children, a command when it has a call. A word can
/// be both (`shard rebalance` and `shard rebalance pause`).
package struct Command: Sendable {
  package var name: String
  package var summary: String
  /// The heading under which `lakectl` alone lists this group.
  package var heading: Heading?
  /// Prose for the manual page of a group: paragraphs, no markup.
  package var detail: String
  package var children: [Command]
  private var makeCall: (@Sendable () -> Call)?

  package init(
    name: String, summary: String, heading: Heading? = nil, detail: String = "",
    children: [Command] = []
  ) {
    self.name = name
    self.summary = summary
    self.heading = heading
    self.detail = detail
    self.children = children
  }

  /// - Parameter call: made when it is asked for: a start that runs one command makes one of hundreds.
  package init(
    name: String, summary: String, heading: Heading? = nil, detail: String = "",
    children: [Command] = [], call: @autoclosure @escaping @Sendable () -> Call
  ) {
    self.init(
      name: name, summary: summary, heading: heading, detail: detail, children: children)
    self.makeCall = call
  }

  package var call: Call? {
    get { self.makeCall?() }
    set {
      guard let newValue else {
        self.makeCall = nil
        return
      }
      self.makeCall = { newValue }
    }
  }
  package var hasCall: Bool { self.makeCall != nil }

  package enum Heading: String, CaseIterable, Sendable {
    case look, lake, sql, series, objects, access, operate
  }

  package func child(named name: String) -> Command? { self.children.first { $0.name == name } }

  /// The command at `path`, words from below this one.
  package func descendant(at path: [String]) -> Command? {
    var command = self
    for word in path {
      guard let child = command.child(named: word) else { return nil }
      command = child
    }
    return command
  }

  /// Every command with a call and the words that lead to it, in the order of the table.
  package var calls: [(path: [String], command: Command, call: Call)] {
    var found: [(path: [String], command: Command, call: Call)] = []
    self.collect(into: &found, path: [])
    return found
  }

  private func collect(
    into found: inout [(path: [String], command: Command, call: Call)], path: [String]
  ) {
    if let call { found.append((path, self, call)) }
    for child in self.children { child.collect(into: &found, path: path + [child.name]) }
  }
}

/// Everything about one command except its name. Pure data but for `plan` and `run`.
package struct Call: Sendable {
  package typealias Run = @Sendable (Invocation) async throws(CommandError) -> Outcome
  package typealias Planning = @Sendable (Invocation) async throws(CommandError) -> Plan

  package var parameters: [Parameter]
  package var effect: Effect
  package var output: Output
  package var needs: Needs
  package var isJob: Bool
  /// It is about waiting: ten minutes unless `--timeout` says otherwise.
  package var isPatient = false
  /// Flags with which it does more than its effect says.
  package var raises: [(flag: Parameter, effect: Effect)] = []
  /// It needs the cluster with this flag only.
  package var clusterFlag: Parameter?
  /// Exit codes that are special to this command, and when they come.
  package var exits: [ExitCode: String]
  package var examples: [Example]
  package var detail: String
  /// What would happen: shown before an H or X command asks.
  package var plan: Planning?
  package var run: Run

  package init(
    parameters: [Parameter] = [], effect: Effect, output: Output, needs: Needs = .cluster,
    isJob: Bool = false, exits: [ExitCode: String] = [:], examples: [Example], detail: String = "",
    plan: Planning? = nil, run: @escaping Run
  ) {
    self.parameters = parameters
    self.effect = effect
    self.output = output
    self.needs = needs
    self.isJob = isJob
    self.exits = exits
    self.examples = examples
    self.detail = detail
    self.plan = plan
    self.run = run
  }

  /// What a command touches outside itself.
  package enum Needs: String, Sendable {
    /// Neither the network nor the user's files.
    case nothing
    /// The user's configuration; no protected context raises its effect, for it changes no cluster.
    case configuration
    case cluster
  }

  /// With the flags that were given.
  package func effect(with values: ParsedValues) -> Effect {
    self.raises.reduce(self.effect) { values.contains($1.flag) ? max($0, $1.effect) : $0 }
  }

  package func needs(with values: ParsedValues) -> Needs {
    self.clusterFlag.map { values.contains($0) } ?? false ? .cluster : self.needs
  }

  /// With all of its flags.
  package var effectMax: Effect { self.raises.reduce(self.effect) { max($0, $1.effect) } }

  package var arguments: [Parameter] { self.parameters.filter(\.isArgument) }
  package var ownOptions: [Parameter] { self.parameters.filter { !$0.isArgument } }

  /// The options of this command: its own, then the global ones it brings.
  package var options: [Parameter] {
    self.ownOptions + GlobalFlags.all.filter { $0.applies(self) }.map(\.parameter)
  }
}

package struct Example: Sendable {
  package var text: String
  package var line: String

  package init(text: String, line: String) {
    self.text = text
    self.line = line
  }
}
