import CommandTable

/// `lakectl config explain`
enum ConfigExplain {
  static let key = Argument<SettingName>("key", "the setting")

  static let command = Command(
    name: "explain", summary: "show every place a setting may come from",
    call: Call(
      parameters: [key.parameter], effect: .reads,
      output: .list(
        "ConfigSource",
        [
          Column(key: "source", isNullable: false),
          Column(key: "where", priority: 1), Column(key: "value", priority: 2),
          Column(key: "wins", .flag, priority: 3, isNullable: false),
        ]), needs: .configuration,
      examples: [
        Example(text: "Why is the output JSON?", line: "lakectl config explain output")
      ],
      detail: "The first place that has a value wins.",
      run: { call async throws(CommandError) in .list(rows(call)) }))

  static func rows(_ call: Invocation) -> [Row] {
    let key = call[self.key].key
    let value = call.settings.value(of: key)
    let configuration = call.configuration
    var places: [(rank: String, place: String?, value: String?)] = []
    if let flag = key.flag {
      var given: String?
      if case .flag = value.origin { given = value.text }
      places.append(("1 flag", "--\(flag)", given))
    }
    if let variable = key.variable {
      let text = call.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
      places.append(("2 environment", variable, text))
    }
    if key.place != .top, let context = call.settings.contextName {
      places.append(
        ("3 context", context, configuration.value(key.name, inContext: context)?.text))
    }
    if key.place != .context {
      let section: ContextFileText.Section = key.place == .top ? .top : .defaults
      for (rank, file) in [
        ("4 user file", configuration.user), ("5 system file", configuration.system),
      ] {
        places.append((rank, file.path, file.text.value(key.name, in: section)))
      }
    }
    places.append(("6 built-in", nil, key.fallback))
    let winner = places.firstIndex { $0.value != nil }
    return places.enumerated().map { index, place in
      [
        "source": .text(place.rank), "where": .optional(place.place),
        "value": .optional(SettingColumns.shown(place.value, key)),
        "wins": .flag(index == winner),
      ]
    }
  }
}
