private import Values

/// Checks the words of one command against its parameters.
struct ArgumentReader {
  let path: [String]
  let call: Call
  let options: [Parameter]
  var values = ParsedValues()

  init(path: [String], call: Call) {
    self.path = path
    self.call = call
    self.options = call.options
  }

  /// - Parameter rest: where the words behind the command's own are.
  mutating func read(_ tokens: [Token], rest: [Int]) throws(CommandError) {
    for case .flag(let flag) in tokens { try self.read(flag) }
    var words: [String] = []
    for index in rest {
      if case .word(let word, _) = tokens[index] { words.append(word) }
    }
    try self.readArguments(words)
    for option in self.options where option.isRequired && !self.values.contains(option) {
      throw self.usageError(
        .missingValue, "--\(option.name) \(option.placeholder) is missing", why: option.summary)
    }
  }

  private mutating func read(_ flag: FlagToken) throws(CommandError) {
    let isLong = flag.label.hasPrefix("--")
    let name = flag.label.drop { $0 == "-" }
    guard
      let option = self.options.first(where: { option in
        isLong ? option.name == name : option.short.map { String($0) == name } ?? false
      })
    else {
      throw CommandLineParser.unknownFlag(flag.label, in: self.options, path: self.path)
    }
    if case .option(_, repeats: false) = option.role, self.values.contains(option) {
      throw self.usageError(
        .repeatedFlag, "--\(option.name) is given twice", why: "it takes one value")
    }
    guard option.takesValue else {
      guard flag.value == nil else {
        throw self.usageError(
          .unexpectedValue, "--\(option.name) takes no value", why: "it is a switch")
      }
      guard option.role == .counter || !self.values.contains(option) else { return }
      self.values.append(true, for: option)
      return
    }
    guard let text = flag.value else {
      throw self.usageError(
        .missingValue, "--\(option.name) needs a value",
        why: flag.wantsValue
          ? "a value that begins with a dash is written --\(option.name)=VALUE"
          : "only the last of combined flags takes one")
    }
    try self.append(text, for: option, label: "--\(option.name)")
  }

  private mutating func readArguments(_ words: [String]) throws(CommandError) {
    var rest = words[...]
    for argument in self.call.arguments {
      if argument.role == .argument(.many) {
        for word in rest { try self.append(word, for: argument, label: argument.placeholder) }
        rest = []
      } else if let word = rest.popFirst() {
        try self.append(word, for: argument, label: argument.placeholder)
      } else if argument.isRequired {
        throw self.usageError(
          .missingValue, "\(argument.placeholder) is missing", why: argument.summary)
      }
    }
    if let extra = rest.first {
      throw self.usageError(
        .unexpectedValue, "there is no place for \(extra.visible.quoted)",
        why: "the command takes \(self.call.arguments.count) argument"
          + (self.call.arguments.count == 1 ? "" : "s"))
    }
  }

  private mutating func append(
    _ text: String, for parameter: Parameter, label: String
  ) throws(CommandError) {
    do {
      self.values.append(try parameter.check(text), for: parameter)
    } catch {
      throw self.usageError(
        .badValue, "\(label) cannot be \(text.visible.shortened.quoted)", why: error.message)
    }
  }

  func usageError(_ code: ErrorCode, _ message: String, why: String) -> CommandError {
    var error = CommandError(code, message, why: why)
    error.usage = self.call.usage(path: self.path)
    error.helpLine = (["lakectl"] + self.path + ["--help"]).joined(separator: " ")
    return error
  }
}

extension Call {
  /// `lakectl shard move SHARD --to NODE [--rate RATE]`
  package func usage(path: [String]) -> String {
    let arguments = self.arguments.map(\.usage)
    let required = self.ownOptions.filter(\.isRequired).map(\.usage)
    let others = self.ownOptions.filter { !$0.isRequired }.map(\.usage)
    return (["lakectl"] + path + arguments + required + others).joined(separator: " ")
  }
}
