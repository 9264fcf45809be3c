import CommandTable
import Values

enum SettingChange {
  static let columns: [Column] = [
    Column(key: "key", isNullable: false), Column(key: "value"), Column(key: "previous"),
  ]

  /// Settings of a context are changed by `context set`.
  static func section(_ key: SettingKey) throws(CommandError) -> ContextFileText.Section {
    switch key.place {
    case .top: return .top
    case .contextOrDefaults: return .defaults
    case .context:
      throw CommandError(
        .badValue, "\(key.name) is a setting of contexts",
        why: "it has no value for all of them",
        try: key.isSecret
          ? ["lakectl context set NAME --token-file FILE"]
          : ["lakectl context set NAME --\(key.name) \(key.placeholder)"])
    }
  }
}

/// `lakectl config set`
enum ConfigSet {
  static let key = Argument<SettingName>("key", "the setting")
  static let value = Argument<String>("value", "what it shall be")

  static let command = Command(
    name: "set", summary: "set a default for all contexts",
    call: Call(
      parameters: [key.parameter, value.parameter], effect: .writes,
      output: .change("ConfigKey", SettingChange.columns), needs: .configuration,
      examples: [Example(text: "Times in UTC from now on", line: "lakectl config set utc true")],
      run: { call async throws(CommandError) in try run(call) }))

  static func run(_ call: Invocation) throws(CommandError) -> Outcome {
    let key = call[self.key].key
    let value = call[self.value]
    let section = try SettingChange.section(key)
    do {
      _ = try key.check(value)
    } catch {
      throw CommandError(
        .badValue, "\(key.name) cannot be \(value.visible.shortened.quoted)", why: error.message)
    }
    if key.name == "current", !call.configuration.contextNames.contains(value) {
      throw ContextColumns.notFound(value, call.configuration)
    }
    var file = call.configuration.user
    let previous = file.text.value(key.name, in: section)
    if previous != value {
      file.text.set(key.name, to: value, in: section)
      try call.save(file)
    }
    let undo =
      previous.map { "lakectl config set \(key.name) \($0.visible.shellQuoted)" }
      ?? "lakectl config unset \(key.name)"
    return .change(
      previous != value,
      ["key": .text(key.name), "value": .text(value), "previous": .optional(previous)], undo: undo)
  }
}

/// `lakectl config unset`
enum ConfigUnset {
  static let key = Argument<SettingName>("key", "the setting")

  static let command = Command(
    name: "unset", summary: "take a default back",
    call: Call(
      parameters: [key.parameter], effect: .writes,
      output: .change("ConfigKey", SettingChange.columns), needs: .configuration,
      examples: [Example(text: "Times as on this machine", line: "lakectl config unset utc")],
      run: { call async throws(CommandError) in
        let key = call[key].key
        let section = try SettingChange.section(key)
        var file = call.configuration.user
        let previous = file.text.value(key.name, in: section)
        if file.text.remove(key.name, in: section) { try call.save(file) }
        return .change(
          previous != nil,
          ["key": .text(key.name), "value": .null, "previous": .optional(previous)],
          undo: previous.map { "lakectl config set \(key.name) \($0.visible.shellQuoted)" })
      }))
}
