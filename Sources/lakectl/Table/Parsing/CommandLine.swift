/// A command line that was understood.
package struct CommandLine: Sendable {
  package enum Request: Sendable {
    /// Run the command.
    case run(Call)
    /// `-h`, or a bare `lakectl`: the page of the word.
    case help
    case version
  }

  /// The words that were found in the table, aliases replaced.
  package var path: [String]
  package var command: Command
  package var request: Request
  package var values: ParsedValues

  package static let wordCountMax = 10_000
}

/// What was given on the command line, checked, by parameter.
package struct ParsedValues: Sendable {
  private var values: [String: [any Sendable]] = [:]

  package init() {}

  package mutating func append(_ value: any Sendable, for parameter: Parameter) {
    self.values[parameter.key, default: []].append(value)
  }

  package func contains(_ parameter: Parameter) -> Bool { self.values[parameter.key] != nil }

  package func all<Value>(_ parameter: Parameter, as type: Value.Type) -> [Value] {
    (self.values[parameter.key] ?? []).compactMap { $0 as? Value }
  }

  /// The value given, or the default of the flag.
  package subscript<Value>(_ option: Option<Value>) -> Value? {
    if let value = self.given(option) { return value }
    // Defaults are read by a test over the table.
    return option.parameter.defaultText.flatMap { try? Value(argument: $0) }
  }

  /// The value given on the command line.
  package func given<Value>(_ option: Option<Value>) -> Value? {
    self.all(option.parameter, as: Value.self).first
  }

  package subscript<Value>(_ option: ListOption<Value>) -> [Value] {
    self.all(option.parameter, as: Value.self)
  }

  package subscript<Value>(_ argument: OptionalArgument<Value>) -> Value? {
    self.all(argument.parameter, as: Value.self).first
  }

  package subscript<Value>(_ argument: ListArgument<Value>) -> [Value] {
    self.all(argument.parameter, as: Value.self)
  }

  /// - Precondition: the command declares the argument; the parser has seen to its value.
  package subscript<Value>(_ argument: Argument<Value>) -> Value {
    guard let value = self.all(argument.parameter, as: Value.self).first else {
      preconditionFailure("argument \(argument.parameter.name) is not declared by the command")
    }
    return value
  }

  package subscript(_ flag: Flag) -> Bool { self.contains(flag.parameter) }
  package subscript(_ counter: Counter) -> Int { self.values[counter.parameter.key]?.count ?? 0 }
}
