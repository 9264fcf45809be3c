private import Values

/// What must hold for the table as a whole. Empty when all is well.
package enum TableRules {
  /// The verbs that the first word of a summary may be are not listed; it must look like one.
  private static let notVerbs: Set = ["the", "a", "an", "all", "this", "of", "for", "it", "is"]

  package static func problems(
    in root: Command, resourceKinds: Set<String>
  ) -> [String] {
    var problems: [String] = []
    for entry in root.calls {
      let name = entry.path.joined(separator: " ")
      problems +=
        (self.words(entry.command, entry.call) + self.columns(entry.call)
        + self.flags(entry.call) + self.examples(entry.path, entry.call, root)
        + self.sources(entry.call, resourceKinds)).map { "\(name): \($0)" }
    }
    return problems + self.arity(root) + self.names(root)
  }

  private static func words(_ command: Command, _ call: Call) -> [String] {
    var problems: [String] = []
    let first = command.summary.prefix { $0 != " " }
    if command.summary.count >= 60 { problems.append("the summary has 60 characters or more") }
    if first.isEmpty || first.contains(where: { !$0.isLowercase && $0 != "-" })
      || self.notVerbs.contains(String(first))
    {
      problems.append("the summary does not begin with a verb")
    }
    if command.summary.hasSuffix(".") { problems.append("the summary ends with a stop") }
    if call.examples.isEmpty { problems.append("there is no example") }
    if call.effectMax > .writes, call.plan == nil {
      problems.append("an H or X command has no plan")
    }
    let known = Set(ExitCode.all)
    if !call.exits.keys.allSatisfy(known.contains) {
      problems.append("an exit code is not declared")
    }
    return problems
  }

  private static func columns(_ call: Call) -> [String] {
    var problems: [String] = []
    let keys = call.output.columns.map(\.key)
    if Set(keys).count != keys.count { problems.append("two columns have one key") }
    let titles = call.output.columns.map(\.title)
    if Set(titles).count != titles.count { problems.append("two columns have one title") }
    for column in call.output.columns {
      let isSnake = column.key.utf8.allSatisfy {
        $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_")
      }
      if !isSnake || column.key.isEmpty { problems.append("key \(column.key) is not snake_case") }
      if column.isNumber, column.unit == .none, !column.hasUnitElsewhere {
        problems.append("number \(column.key) has no unit in its key")
      }
      if column.kind == .time, column.unit != .time {
        problems.append("time \(column.key) does not end in _at")
      }
      if column.key.hasSuffix("_id") || column.key.hasSuffix("_lsn"), column.isNumber {
        problems.append("identifier \(column.key) is a number")
      }
    }
    if call.output.shape != .document, keys.isEmpty { problems.append("there are no columns") }
    if call.output.columns.first?.isWide ?? false { problems.append("the name is a wide column") }
    return problems
  }

  private static func flags(_ call: Call) -> [String] {
    var problems: [String] = []
    let names = call.options.map(\.name)
    if Set(names).count != names.count { problems.append("two flags have one name") }
    let shorts = call.options.compactMap(\.short)
    if Set(shorts).count != shorts.count { problems.append("two flags have one letter") }
    for option in call.ownOptions {
      if let short = option.short,
        !(short == "t" && option.name == "table" || short == "f" && option.name == "file")
      {
        problems.append("-\(short) is not a letter for --\(option.name)")
      }
      if ["password", "token", "secret", "secret-key"].contains(option.name) {
        problems.append("--\(option.name) takes a secret")
      }
    }
    for option in call.options where option.defaultText != nil {
      do {
        _ = try option.check(option.defaultText ?? "")
      } catch {
        problems.append("the default of --\(option.name): \(error.message)")
      }
    }
    let arguments = call.arguments
    let isOrdered = zip(arguments, arguments.dropFirst()).allSatisfy { before, after in
      before.role == .argument(.one) || (before.role == .argument(.optional) && !after.isRequired)
    }
    if !isOrdered {
      problems.append("an argument that must be there stands after one that need not")
    }
    // Three read as a sentence in `grant explain`; more is for flags.
    if arguments.count > 3 { problems.append("there are more than three arguments") }
    if call.effectMax > .writes, !names.contains("dry-run") {
      problems.append("an H or X command has no --dry-run")
    }
    return problems
  }

  private static func examples(_ path: [String], _ call: Call, _ root: Command) -> [String] {
    call.examples.compactMap { example -> String? in
      guard let words = ExampleLine.words(example.line) else {
        return "example \(example.line) is not a command line"
      }
      do throws(CommandError) {
        let line = try CommandLineParser(root: root).parse(words)
        return line.path == path ? nil : "example \(example.line) is of another command"
      } catch {
        return "example \(example.line): \(error.message)"
      }
    }
  }

  private static func sources(_ call: Call, _ kinds: Set<String>) -> [String] {
    (call.arguments + call.options).compactMap { parameter in
      guard case .resources(let kind) = parameter.source, !kinds.contains(kind) else { return nil }
      return "nothing completes names of kind \(kind)"
    }
  }

  /// Words are told from values before the command is known.
  private static func arity(_ root: Command) -> [String] {
    var takesValue: [String: Bool] = [:]
    var problems: [String] = []
    for option in CommandLineParser.allOptions(of: root) {
      for label in ["--\(option.name)"] + (option.short.map { ["-\($0)"] } ?? []) {
        if takesValue.updateValue(option.takesValue, forKey: label) == !option.takesValue {
          problems.append("\(label) takes a value on some commands only")
        }
      }
    }
    return problems
  }

  private static func names(_ command: Command) -> [String] {
    let names = command.children.map(\.name)
    var problems =
      Set(names).count == names.count ? [] : ["two words under \(command.name) are alike"]
    if names.contains("delete"), names.contains("drop") {
      problems.append("\(command.name) has delete and drop")
    }
    for child in command.children { problems += self.names(child) }
    return problems
  }
}

/// Examples as a shell reads them: quotes, and everything from a pipe on left out.
package enum ExampleLine {
  /// The words after `lakectl`; nil when the line is of another program.
  package static func words(_ line: String) -> [String]? {
    var words: [String] = []
    var word = ""
    var isOpen = false
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word.append(character) }
      } else if character == "\"" || character == "'" {
        quote = character
        isOpen = true
      } else if character == " " {
        if isOpen { words.append(word) }
        word = ""
        isOpen = false
      } else {
        word.append(character)
        isOpen = true
      }
    }
    if isOpen { words.append(word) }
    guard words.first == "lakectl", quote == nil else { return nil }
    return Array(words.dropFirst().prefix { !["|", ">", "&&", "||", ";", "<"].contains($0) })
  }
}
