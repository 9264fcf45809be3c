internal import YAML

extension ConfigurationSchema {
  /// The values of all keys, or everything that is wrong with the sources: the caller prints it and
  /// goes no further. Values of a weaker source are checked too, even where a stronger one wins.
  public func load(
    _ sources: ConfigurationSources
  ) throws(ConfigurationError) -> Configuration {
    var loader = ConfigurationLoader(schema: self, sources: sources)
    loader.readFile()
    loader.readEnvironment()
    loader.readFlags()
    var configuration = Configuration(schema: self, entries: loader.entries)
    for key in self.keys where configuration.entries[key.path] == nil {
      if let value = key.defaultValue {
        configuration.entries[key.path] = Configuration.Entry(value: value, origin: .builtIn)
      } else if !loader.failed.contains(key.path) {
        loader.problems.append(
          ConfigurationProblem(
            .missing, "\(key.path) must be set: \(key.expectation)", from: .builtIn,
            hint: "\(key.isSecret ? key.fileFlag : key.flag), \(key.variable) or the file"))
      }
    }
    guard loader.problems.isEmpty else { throw ConfigurationError(problems: loader.problems) }
    let conflicts = self.sections.flatMap { $0.check(configuration) }
    guard conflicts.isEmpty else {
      throw ConfigurationError(
        problems: conflicts.map { conflict in
          ConfigurationProblem(
            .conflict, "\(conflict.path): \(conflict.message)",
            from: configuration.entries[conflict.path]?.origin ?? .builtIn)
        })
    }
    return configuration
  }

  /// `config check FILE`: the file alone. Keys that must be set may come from elsewhere.
  public func check(_ file: ConfigurationSources.File) -> [ConfigurationProblem] {
    do throws(ConfigurationError) {
      _ = try self.load(ConfigurationSources(file: file))
      return []
    } catch {
      return error.problems.filter { $0.code != .missing }
    }
  }

  /// Takes the flags of keys out of a command line and leaves the rest in its order. `--name value`
  /// and `--name=value` are read; `--` ends flags and stays.
  public func takeFlags(
    from arguments: [String]
  ) throws(ConfigurationError) -> (flags: [ConfigurationSources.Flag], rest: [String]) {
    var known: Set<String> = []
    for key in self.keys {
      known.insert(key.flag)
      if key.isSecret { known.insert(key.fileFlag) }
    }
    var flags: [ConfigurationSources.Flag] = []
    var rest: [String] = []
    var problems: [ConfigurationProblem] = []
    var index = 0
    while index < arguments.count, arguments[index] != "--" {
      let argument = arguments[index]
      index += 1
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts.first ?? "")
      guard known.contains(name) else {
        rest.append(argument)
        continue
      }
      if parts.count == 2 {
        flags.append(ConfigurationSources.Flag(name: name, value: String(parts[1])))
      } else if index < arguments.count, arguments[index] != "--" {
        flags.append(ConfigurationSources.Flag(name: name, value: arguments[index]))
        index += 1
      } else {
        problems.append(
          ConfigurationProblem(.badValue, "a value is missing", from: .flag(name)))
      }
    }
    rest += arguments[index...]
    guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    return (flags, rest)
  }
}
