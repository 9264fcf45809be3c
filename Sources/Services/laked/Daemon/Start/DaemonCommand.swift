package import Configuration
package import Hosting
private import Values

/// What `laked` was asked to do.
package enum DaemonCommand: Sendable {
  case run(roles: [String], isStandalone: Bool, Configuration)
  case checkFile(String)
  case showConfiguration(Configuration)
  case sampleConfiguration
  case showHelp
  case showVersion

  package static let version = "0.1.0"
  /// The source it was built from, when the build says so.
  static let commit: String? = nil

  /// The command line cannot be understood; the message says how it goes on.
  package struct UsageError: Error, Sendable {
    package var message: String
    package var tries: [String]
  }

  /// Reads a command line, the environment and the file that `--config` names.
  package static func parse(
    _ arguments: [String], environment: [String: String], services: [ServiceDescriptor]
  ) throws -> DaemonCommand {
    let schema = Self.schema(services)
    let (flags, rest) = try schema.takeFlags(from: arguments)
    var words: [String] = []
    var file: String?
    var index = 0
    while index < rest.count {
      let word = rest[index]
      index += 1
      switch word {
      case "-h", "--help", "help": return .showHelp
      case "--version", "version": return .showVersion
      case "--config":
        guard index < rest.count else {
          throw UsageError(message: "--config names no file", tries: [])
        }
        file = rest[index]
        index += 1
      default:
        if word.hasPrefix("--config=") {
          file = String(word.dropFirst("--config=".count))
        } else if word.hasPrefix("-") {
          throw UsageError(
            message: "there is no flag \(word.prefix(60))",
            tries: schema.suggestions(forFlag: String(word.prefix { $0 != "=" })))
        } else {
          words.append(word)
        }
      }
    }
    return try Self.command(words, services) {
      try schema.load(
        ConfigurationSources(
          flags: flags, environment: environment,
          file: try file.map { try ConfigurationFiles.configuration(at: $0) }))
    }
  }

  private static func command(
    _ words: [String], _ services: [ServiceDescriptor], load: () throws -> Configuration
  ) throws -> DaemonCommand {
    let names = services.map(\.name)
    switch words.first {
    case nil: return .showHelp
    case "standalone":
      guard words.count == 1 else { throw Self.surplus(words[1]) }
      let configuration = try load()
      let chosen = configuration[DaemonKeys.services]
      for name in chosen where !names.contains(name) { throw Self.unknownRole(name, names) }
      return .run(
        roles: chosen.isEmpty ? names : names.filter(chosen.contains), isStandalone: true,
        configuration)
    case "run":
      guard words.count > 1 else {
        throw UsageError(
          message: "run names no role",
          tries: ["laked run \(names.first ?? "ROLE")", "laked standalone"])
      }
      return try Self.roles(Array(words.dropFirst()), names, load)
    case "config": return try Self.config(Array(words.dropFirst()), load)
    default: return try Self.roles(words, names, load)
    }
  }

  private static func roles(
    _ words: [String], _ names: [String], _ load: () throws -> Configuration
  ) throws -> DaemonCommand {
    for word in words where !names.contains(word) { throw Self.unknownRole(word, names) }
    return .run(
      roles: names.filter(words.contains), isStandalone: false, try load())
  }

  private static func config(
    _ words: [String], _ load: () throws -> Configuration
  ) throws -> DaemonCommand {
    switch (words.first, words.count) {
    case ("check", 2): return .checkFile(words[1])
    case ("show", 1): return .showConfiguration(try load())
    case ("sample", 1): return .sampleConfiguration
    default:
      throw UsageError(
        message: "config is followed by check FILE, show or sample",
        tries: ["laked config show", "laked config check lake.yaml"])
    }
  }

  private static func surplus(_ word: String) -> UsageError {
    UsageError(
      message: "standalone takes no \(word.prefix(60).debugDescription)",
      tries: ["laked standalone --services \(word.prefix(60))"])
  }

  private static func unknownRole(_ word: String, _ names: [String]) -> UsageError {
    let near = Suggestions.nearest(to: word, in: names + ["standalone", "run", "config"])
    return UsageError(
      message: "there is no service or command \(word.prefix(60).debugDescription)",
      tries: near.isEmpty ? ["laked --help"] : near.map { "laked \($0)" })
  }

  package static func schema(_ services: [ServiceDescriptor]) -> ConfigurationSchema {
    // Several roles may share a section.
    var sections = DaemonKeys.sections
    for section in services.flatMap(\.sections)
    where !sections.contains(where: { $0.name == section.name }) {
      sections.append(section)
    }
    return ConfigurationSchema(sections)
  }

  package static func helpText(_ services: [ServiceDescriptor]) -> String {
    var text = """
      laked: the daemon of Lakeworks

        laked standalone --data DIR        everything in one process
        laked run ROLE…                    some roles of several machines
        laked config show                  values in force, and where they came from
        laked config check FILE            what is wrong with a file
        laked config sample                a file with every key, to start from

      """
    if !services.isEmpty { text += "\nRoles:\n" }
    for service in services {
      text += "  \(service.name.padded(to: 20)) \(service.summary)\n"
    }
    text += """

      Every key of the configuration is a flag too: --admin-port, --log-level, … and a variable:
      LAKE_ADMIN_PORT. A flag wins over the environment, that over the file of --config.

      """
    return text
  }
}

extension String {
  func padded(to count: Int) -> String {
    self + String(repeating: " ", count: max(0, count - self.count))
  }
}
