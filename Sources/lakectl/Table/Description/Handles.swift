private import Values

// Typed handles. A handler reads `invocation[ShardMove.rate]` and gets a checked value: it has no
// strings to parse and cannot ask for a flag that is not declared.

/// An argument that must be there.
package struct Argument<Value: ArgumentValue>: Sendable {
  package let parameter: Parameter

  package init(_ name: String, _ summary: String, source: ValueSource? = nil) {
    self.parameter = .make(Value.self, name, .argument(.one), summary, source: source)
  }
}

package struct OptionalArgument<Value: ArgumentValue>: Sendable {
  package let parameter: Parameter

  package init(_ name: String, _ summary: String, source: ValueSource? = nil) {
    self.parameter = .make(Value.self, name, .argument(.optional), summary, source: source)
  }
}

/// The last argument of a command, any number of times.
package struct ListArgument<Value: ArgumentValue>: Sendable {
  package let parameter: Parameter

  package init(_ name: String, _ summary: String, source: ValueSource? = nil) {
    self.parameter = .make(Value.self, name, .argument(.many), summary, source: source)
  }
}

package enum Need: Sendable { case one, optional }

/// A flag with one value.
package struct Option<Value: ArgumentValue>: Sendable {
  package let parameter: Parameter

  package init(
    _ name: String, _ need: Need = .optional, short: Character? = nil,
    default fallback: String? = nil,
    variable: String? = nil, source: ValueSource? = nil, placeholder: String? = nil,
    _ summary: String
  ) {
    var parameter = Parameter.make(
      Value.self, name, .option(isRequired: need == .one, repeats: false), summary, source: source)
    parameter.short = short
    parameter.defaultText = fallback
    parameter.variable = variable
    if let placeholder { parameter.placeholder = placeholder }
    self.parameter = parameter
  }
}

extension Option {
  package init(_ name: String, _ summary: String) { self.init(name, .optional, summary) }
}

extension ListOption {
  package init(_ name: String, _ summary: String) { self.init(name, .optional, summary) }
}

/// A flag with a value that may be repeated; commas are not split.
package struct ListOption<Value: ArgumentValue>: Sendable {
  package let parameter: Parameter

  package init(
    _ name: String, _ need: Need = .optional, short: Character? = nil,
    source: ValueSource? = nil, placeholder: String? = nil, _ summary: String
  ) {
    var parameter = Parameter.make(
      Value.self, name, .option(isRequired: need == .one, repeats: true), summary, source: source)
    parameter.short = short
    if let placeholder { parameter.placeholder = placeholder }
    self.parameter = parameter
  }
}

/// A switch.
package struct Flag: Sendable {
  package let parameter: Parameter

  package init(_ name: String, short: Character? = nil, _ summary: String) {
    self.parameter = Parameter(name: name, short: short, role: .flag, summary: summary) {
      (text) throws(ValueError) in text
    }
  }
}

/// A switch that may be given several times.
package struct Counter: Sendable {
  package let parameter: Parameter

  package init(_ name: String, short: Character, _ summary: String) {
    self.parameter = Parameter(name: name, short: short, role: .counter, summary: summary) {
      (text) throws(ValueError) in text
    }
  }
}

extension Parameter {
  static func make<Value: ArgumentValue>(
    _ type: Value.Type, _ name: String, _ role: Role, _ summary: String, source: ValueSource?
  ) -> Parameter {
    var placeholder = Value.placeholder
    if case .argument = role { placeholder = name.uppercased() }
    return Parameter(
      name: name, role: role, placeholder: placeholder, summary: summary,
      source: source ?? Value.source
    ) { (text) throws(ValueError) in try Value(argument: text) }
  }
}
