package import Values

/// One argument or flag as the parser, help and completion see it. Made by the typed handles.
package struct Parameter: Sendable {
  package enum Role: Sendable, Equatable {
    case argument(Arity)
    /// A flag with a value.
    case option(isRequired: Bool, repeats: Bool)
    /// A switch.
    case flag
    /// A switch that counts: `-vv`.
    case counter
  }

  package enum Arity: Sendable { case one, optional, many }

  /// Why a text is not a value.
  package typealias Refusal = ValueError

  /// Lower-case words with dashes; flags are written with `--` before it.
  package var name: String
  package var short: Character?
  package var role: Role
  /// What stands for the value in usage lines: `NAME`, `SIZE`.
  package var placeholder: String
  package var summary: String
  package var source: ValueSource
  package var defaultText: String?
  /// The environment variable that stands for the flag.
  package var variable: String?
  package var check: @Sendable (String) throws(Refusal) -> any Sendable

  package init(
    name: String, short: Character? = nil, role: Role, placeholder: String = "",
    summary: String, source: ValueSource = .anything, defaultText: String? = nil,
    variable: String? = nil,
    check: @escaping @Sendable (String) throws(Refusal) -> any Sendable
  ) {
    self.name = name
    self.short = short
    self.role = role
    self.placeholder = placeholder
    self.summary = summary
    self.source = source
    self.defaultText = defaultText
    self.variable = variable
    self.check = check
  }

  package var isArgument: Bool {
    if case .argument = self.role { true } else { false }
  }

  package var takesValue: Bool {
    switch self.role {
    case .argument, .option: true
    case .flag, .counter: false
    }
  }

  package var isRequired: Bool {
    switch self.role {
    case .argument(.one), .option(isRequired: true, _): true
    default: false
    }
  }

  /// Unique among the parameters of a command.
  package var key: String { self.isArgument ? self.name : "--\(self.name)" }

  /// As usage lines write it: `SHARD`, `[NAME]`, `--to NODE`, `[--rate RATE]`.
  package var usage: String {
    switch self.role {
    case .argument(.one): self.placeholder
    case .argument(.optional): "[\(self.placeholder)]"
    case .argument(.many): "[\(self.placeholder)...]"
    case .option(isRequired: true, let repeats):
      "--\(self.name) \(self.placeholder)\(repeats ? "..." : "")"
    case .option(isRequired: false, let repeats):
      "[--\(self.name) \(self.placeholder)]\(repeats ? "..." : "")"
    case .flag, .counter: "[--\(self.name)]"
    }
  }

  /// As lists of flags write it: `-o, --output FORMAT`.
  package var label: String {
    guard !self.isArgument else { return self.placeholder }
    let value = self.takesValue ? " \(self.placeholder)" : ""
    return (self.short.map { "-\($0), " } ?? "    ") + "--\(self.name)\(value)"
  }
}

/// Where completion finds candidates.
package enum ValueSource: Sendable, Equatable {
  case anything
  case words([String])
  case files
  /// Names of things of this kind, asked of the cluster or of the user's files.
  case resources(String)
}
