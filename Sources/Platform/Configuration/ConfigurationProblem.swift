public import YAML

/// Where a value came from.
public enum ConfigurationOrigin: Hashable, Sendable, CustomStringConvertible {
  case builtIn
  case file(path: String, position: YAMLPosition)
  case environment(variable: String)
  case flag(String)

  public var description: String {
    switch self {
    case .builtIn: "default"
    case .file(let path, let position): "\(path):\(position)"
    case .environment(let variable): "environment \(variable)"
    case .flag(let flag): "flag \(flag)"
    }
  }
}

/// One thing that is wrong with a configuration.
public struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
  public var code: Code
  public var origin: ConfigurationOrigin
  public var message: String
  public var hint: String?

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let unreadable = Code(rawValue: "config.unreadable")
    public static let malformed = Code(rawValue: "config.malformed")
    public static let unknownKey = Code(rawValue: "config.unknown_key")
    public static let badValue = Code(rawValue: "config.bad_value")
    public static let missing = Code(rawValue: "config.missing")
    public static let conflict = Code(rawValue: "config.conflict")
    public static let exposedSecret = Code(rawValue: "config.exposed_secret")
  }

  init(
    _ code: Code, _ message: String, from origin: ConfigurationOrigin, hint: String? = nil
  ) {
    self.code = code
    self.origin = origin
    self.message = message
    self.hint = hint
  }

  /// `lake.yaml:3:7: unknown key "prot" in section "s3" (did you mean "port"?)`.
  public var description: String {
    let place = self.origin == .builtIn ? "" : "\(self.origin): "
    return place + self.message + (self.hint.map { " (\($0))" } ?? "")
  }

  static func didYouMean(_ words: [String]) -> String? {
    guard !words.isEmpty else { return nil }
    return "did you mean " + words.map(\.debugDescription).joined(separator: " or ") + "?"
  }
}

/// Everything that is wrong with a configuration, in the order of the sources.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  public var problems: [ConfigurationProblem]

  public var description: String {
    self.problems.map(\.description).joined(separator: "\n")
  }
}
