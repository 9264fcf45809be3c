private import Values

/// Reads the words after the program name by the table.
///
/// Flags may stand anywhere, so the words of the command are found first: every flag takes a value on
/// all commands or on none (a test over the table sees to that), which tells words from values.
package struct CommandLineParser {
  package let root: Command

  package init(root: Command) { self.root = root }

  /// Whether a flag takes a value; nil when no command knows it. The command that the first words name is
  /// asked before all others, so that those need not be made.
  func takesValue(_ label: String, near options: [Parameter]) -> Bool? {
    func known(_ options: [Parameter]) -> Bool? {
      options.first {
        "--\($0.name)" == label || $0.short.map { "-\($0)" == label } ?? false
      }?.takesValue
    }
    return known(options) ?? known(Self.allOptions(of: self.root))
  }

  /// Those of all commands, and of the one that the words before the first flag name.
  func nearOptions(_ words: [String]) -> [Parameter] {
    var command = self.root
    var path: [String] = []
    for word in words {
      guard let child = Self.child(word, of: command, path: path) else { break }
      path.append(child.name)
      command = child
    }
    return GlobalFlags.all.map(\.parameter) + (command.call?.ownOptions ?? [])
  }

  static func allOptions(of root: Command) -> [Parameter] {
    GlobalFlags.all.map(\.parameter) + root.calls.flatMap { $0.call.ownOptions }
  }

  package func parse(_ words: [String]) throws(CommandError) -> CommandLine {
    guard words.count <= CommandLine.wordCountMax else {
      throw CommandError(
        .overLimit, "the command line has \(words.count) words",
        why: "at most \(CommandLine.wordCountMax) are taken")
    }
    let tokens = self.tokens(of: words)
    let isHelp = tokens.contains { $0.isSwitch("help", "h") }
    let isVersion = tokens.contains { $0.isSwitch("version", nil) }
    let found = try self.command(in: tokens)
    var line = CommandLine(
      path: found.path, command: found.command, request: .help, values: ParsedValues())
    if isHelp { return line }
    if isVersion {
      line.request = .version
      return line
    }
    guard let call = found.command.call else {
      try self.checkGroup(found, tokens)
      return line
    }
    var reader = ArgumentReader(path: found.path, call: call)
    try reader.read(tokens, rest: found.rest)
    line.request = .run(call)
    line.values = reader.values
    return line
  }

  /// A bare `lakectl` is a request for help; a group without its verb is a mistake.
  private func checkGroup(
    _ found: (path: [String], command: Command, rest: [Int]), _ tokens: [Token]
  ) throws(CommandError) {
    for case .flag(let flag) in tokens where self.takesValue(flag.label, near: []) == nil {
      throw Self.unknownFlag(flag.label, in: GlobalFlags.all.map(\.parameter), path: found.path)
    }
    guard !found.path.isEmpty else { return }
    let verbs = found.command.children.map(\.name)
    var error = CommandError(
      .missingCommand, "lakectl \(found.path.joined(separator: " ")) needs a verb",
      why: "it is a group of \(verbs.count) commands: \(verbs.joined(separator: ", "))")
    error.helpLine = "lakectl \(found.path.joined(separator: " ")) --help"
    throw error
  }

  // MARK: Words

  private func command(
    in tokens: [Token]
  ) throws(CommandError) -> (path: [String], command: Command, rest: [Int]) {
    var path: [String] = []
    var command = self.root
    var rest: [Int] = []
    var isPastCommand = false
    for (index, token) in tokens.enumerated() {
      guard case .word(let word, let isPlain) = token else { continue }
      if !isPastCommand, isPlain, let child = Self.child(word, of: command, path: path) {
        path.append(child.name)
        command = child
        continue
      }
      guard command.hasCall else { throw self.unknownCommand(word, below: command, path) }
      isPastCommand = true
      rest.append(index)
    }
    return (path, command, rest)
  }

  /// The child of that name, or the one an alias stands for.
  static func child(_ word: String, of command: Command, path: [String]) -> Command? {
    if let child = command.child(named: word) { return child }
    switch word {
    case "ls": return command.child(named: "list")
    case "get" where path.last != "object": return command.child(named: "show")
    case "rm": return command.child(named: "delete") ?? command.child(named: "drop")
    case "mk": return command.child(named: "create")
    default: return nil
    }
  }

  private func unknownCommand(
    _ word: String, below command: Command, _ path: [String]
  ) -> CommandError {
    let start = (["lakectl"] + path).joined(separator: " ")
    let nearest = Suggestions.nearest(to: word, in: command.children.map(\.name))
    var error = CommandError(
      .unknownCommand, "\(start) has no command \(word.visible.quoted)",
      try: nearest.map { "\(start) \($0)" })
    error.why = nearest.isEmpty ? "no command has a name like it" : "the nearest names are below"
    error.helpLine = "\(start) --help"
    return error
  }

  static func unknownFlag(_ label: String, in options: [Parameter], path: [String]) -> CommandError
  {
    let start = (["lakectl"] + path).joined(separator: " ")
    let nearest = Suggestions.nearest(to: label, in: options.map { "--\($0.name)" })
    var error = CommandError(.unknownFlag, "\(start) has no flag \(label.visible.quoted)")
    if !nearest.isEmpty { error.why = "did you mean \(nearest.joined(separator: " or "))?" }
    error.helpLine = "\(start) --help"
    return error
  }
}
