internal import Values

/// The keys of one part of the system, and the rules between them.
public struct ConfigurationSection: Sendable {
  public let name: String
  public let summary: String
  public let keys: [KeyDeclaration]
  /// Looks at values that are right one by one: a certificate without its key, two equal ports.
  let check: @Sendable (Configuration) -> [ConfigurationConflict]

  /// - Precondition: the keys are of this section.
  public init(
    _ name: String, _ summary: String, keys: [KeyDeclaration],
    check: @escaping @Sendable (Configuration) -> [ConfigurationConflict] = { _ in [] }
  ) {
    for key in keys { precondition(key.section == name, "\(key.path) in section \(name)") }
    self.name = name
    self.summary = summary
    self.keys = keys
    self.check = check
  }
}

/// A value that does not go together with another one.
public struct ConfigurationConflict: Sendable {
  let path: String
  let message: String

  /// Blames the value of `key`: the problem names the place it came from.
  public init(_ key: KeyDeclaration, _ message: String) {
    self.path = key.path
    self.message = message
  }
}

/// All keys a program knows.
public struct ConfigurationSchema: Sendable {
  public let sections: [ConfigurationSection]
  public let keys: [KeyDeclaration]
  let keyByPath: [String: KeyDeclaration]
  /// Variables that begin like a section's and are something else.
  let reservedVariables: Set<String>

  /// - Precondition: sections, variables and flags are there once.
  public init(_ sections: [ConfigurationSection], reservedVariables: Set<String> = []) {
    self.sections = sections
    self.keys = sections.flatMap(\.keys)
    self.reservedVariables = reservedVariables
    self.keyByPath = Dictionary(
      self.keys.map { ($0.path, $0) },
      uniquingKeysWith: { first, _ in preconditionFailure("\(first.path) is declared twice") })
    var names: Set<String> = []
    for section in sections { precondition(names.insert(section.name).inserted, section.name) }
    for key in self.keys {
      var spellings = [key.variable, key.flag]
      if key.isSecret { spellings += [key.fileVariable, key.fileFlag] }
      for spelling in spellings {
        precondition(names.insert(spelling).inserted, "\(spelling) means two keys")
      }
    }
  }

  func section(named name: String) -> ConfigurationSection? {
    self.sections.first { $0.name == name }
  }

  /// For an unknown flag of the command line.
  public func suggestions(forFlag flag: String) -> [String] {
    Suggestions.nearest(to: flag, in: self.keys.map { $0.isSecret ? $0.fileFlag : $0.flag })
  }

  /// A file with every key, commented out at its default, for people to start from.
  public func sampleFile() -> String {
    var text = ""
    for section in self.sections where !section.keys.isEmpty {
      text += text.isEmpty ? "" : "\n"
      text += "# \(section.summary)\n\(section.name):\n"
      for key in section.keys {
        let range = key.rangeText.map { ", \($0)" } ?? ""
        let restart = key.needsRestart ? " Needs a restart." : ""
        text += "  # \(key.summary) (\(key.expectation)\(range))\(restart)\n"
        let name = key.isSecret ? key.fileName : key.name
        text += "  # \(name): \(key.isSecret ? "PATH" : Self.scalar(key.defaultText))\n"
      }
    }
    return text
  }

  private static func scalar(_ text: String?) -> String {
    guard let text else { return "" }
    return text.isEmpty ? "\"\"" : text
  }
}
