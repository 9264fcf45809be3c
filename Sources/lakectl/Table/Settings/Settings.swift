private import Values

/// What holds for this run. Highest first: flag, environment, context, the user's file, the system's
/// file, built-in default.
package struct Settings: Sendable {
  package enum Origin: Hashable, Sendable {
    case flag(String)
    case environment(String)
    case context(String, file: String)
    case file(String)
    case builtIn
    case unset

    var isFile: Bool {
      switch self {
      case .context, .file: true
      case .flag, .environment, .builtIn, .unset: false
      }
    }

    package var text: String {
      switch self {
      case .flag(let name): "flag --\(name)"
      case .environment(let name): "environment \(name)"
      case .context(let name, let file): "context \(name.visible) in \(file.visible)"
      case .file(let path): path.visible
      case .builtIn: "built-in default"
      case .unset: "not set"
      }
    }
  }

  package struct Value: Hashable, Sendable {
    package var text: String?
    package var origin: Origin
  }

  private var values: [String: Value] = [:]
  package let configuration: Configuration

  /// - Parameter isTolerant: values of the files that cannot be read count as not there: for the
  ///   commands that look for them and repair them.
  package init(
    _ line: ParsedValues, environment: [String: String], configuration: Configuration,
    isTolerant: Bool = false
  ) throws(CommandError) {
    self.configuration = configuration
    let flags = Dictionary(
      uniqueKeysWithValues: GlobalFlags.all.map { ($0.parameter.name, $0.parameter) })
    for key in SettingKey.all {
      var value = Self.resolve(
        key, given: key.flag.flatMap { flags[$0] }.flatMap { Self.text(of: $0, in: line) },
        environment, configuration, context: self.values["current"]?.text)
      if let text = value.text {
        do {
          _ = try key.check(text)
        } catch {
          if isTolerant, value.origin.isFile {
            value = Value(text: key.fallback, origin: key.fallback == nil ? .unset : .builtIn)
            self.values[key.name] = value
            continue
          }
          throw CommandError(
            .badValue, "\(key.name) cannot be \(text.visible.shortened.quoted)",
            why: "\(error.message); it comes from: \(value.origin.text)",
            try: ["lakectl config explain \(key.name)"])
        }
      }
      self.values[key.name] = value
    }
  }

  /// The text of what was given for a flag that is also a setting.
  private static func text(of flag: Parameter, in line: ParsedValues) -> String? {
    guard line.contains(flag) else { return nil }
    switch flag.name {
    case "context": return line.given(GlobalFlags.context)?.text
    case "endpoint": return line.given(GlobalFlags.endpoint)?.text
    case "output": return line.given(GlobalFlags.output)?.rawValue
    case "timeout": return line.given(GlobalFlags.timeout).map { DurationText.text($0) }
    case "interval": return line.given(GlobalFlags.interval).map { DurationText.text($0) }
    case "color": return line.given(GlobalFlags.color)?.rawValue
    default: return "true"
    }
  }

  private static func resolve(
    _ key: SettingKey, given: String?, _ environment: [String: String],
    _ configuration: Configuration, context: String?
  ) -> Value {
    if let given { return Value(text: given, origin: .flag(key.flag ?? key.name)) }
    if let name = key.variable, let text = environment[name], !text.isEmpty {
      return Value(text: text, origin: .environment(name))
    }
    if key.place != .top, let context,
      let (text, file) = configuration.value(key.name, inContext: context)
    {
      return Value(text: text, origin: .context(context, file: file.path))
    }
    if key.place != .context {
      for file in [configuration.user, configuration.system] {
        let section: ContextFileText.Section = key.place == .top ? .top : .defaults
        if let text = file.text.value(key.name, in: section) {
          return Value(text: text, origin: .file(file.path))
        }
      }
    }
    // One context needs no choosing.
    if key.name == "current", configuration.contextNames.count == 1 {
      return Value(text: configuration.contextNames[0], origin: .builtIn)
    }
    guard let fallback = key.fallback else { return Value(text: nil, origin: .unset) }
    return Value(text: fallback, origin: .builtIn)
  }

  package func value(of key: SettingKey) -> Value {
    self.values[key.name] ?? Value(text: nil, origin: .unset)
  }

  package func text(_ name: String) -> String? { self.values[name]?.text }

  /// The value of a key; nil when it is not set. It was checked when the settings were made.
  package func get<T: ArgumentValue>(_ name: String, as type: T.Type = T.self) -> T? {
    self.text(name).flatMap { try? T(argument: $0) }
  }

  /// A file that is named in a file of contexts is looked for beside that file, unless its path is
  /// whole: a folder with both can be moved.
  package func path(_ name: String) -> String? {
    guard let value = self.values[name], let text = value.text else { return nil }
    guard case .context(_, let file) = value.origin, !text.hasPrefix("/"),
      let slash = file.lastIndex(of: "/")
    else { return text }
    return file[...slash] + text
  }

  package var contextName: String? { self.text("current") }
  package var isProtected: Bool { self.text("protected") == "true" }
  package var output: OutputFormat { self.get("output") ?? .table }
  package var timeout: Duration { self.get("timeout") ?? .seconds(30) }
  /// Somebody said how long this command may take; files only say how long calls usually may.
  package var isTimeoutGiven: Bool {
    switch self.values["timeout"]?.origin {
    case .flag, .environment: true
    default: false
    }
  }
  package var interval: Duration { self.get("interval") ?? .seconds(2) }
  package var color: ColorChoice { self.get("color") ?? .auto }

  /// What writes add to their notes, unless there is nothing to confuse.
  package var contextNote: String? {
    guard self.configuration.contextNames.count > 1, let name = self.contextName else { return nil }
    return "(context \(name.visible))"
  }
}
