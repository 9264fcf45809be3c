import CommandTable

enum SettingColumns {
  static let all: [Column] = [
    Column(key: "key", isNullable: false), Column(key: "value", priority: 2, "what holds now"),
    Column(key: "source", priority: 1, isNullable: false, "where the value comes from"),
  ]

  static let wide = all + [Column(key: "description", isWide: true, isNullable: false)]

  static func row(_ key: SettingKey, _ settings: Settings) -> Row {
    let value = settings.value(of: key)
    return [
      "key": .text(key.name), "value": .optional(self.shown(value.text, key)),
      "source": .text(value.origin.text), "description": .text(key.summary),
    ]
  }

  /// Secrets are never printed.
  static func shown(_ text: String?, _ key: SettingKey) -> String? {
    text.map { key.isSecret ? "(hidden)" : $0 }
  }
}

/// `lakectl config list`
enum ConfigList {
  static let command = Command(
    name: "list", summary: "list all settings and where they come from",
    call: Call(
      effect: .reads, output: .list("ConfigKey", SettingColumns.wide), needs: .configuration,
      examples: [
        Example(text: "Show what holds here", line: "lakectl config list"),
        Example(
          text: "What the environment decides",
          line: "lakectl config list --filter source~environment"),
      ],
      run: { call async throws(CommandError) in
        .list(SettingKey.all.map { SettingColumns.row($0, call.settings) })
      }))
}

/// `lakectl config show`
enum ConfigShow {
  static let key = Argument<SettingName>("key", "the setting")

  static let command = Command(
    name: "show", summary: "show one setting",
    call: Call(
      parameters: [key.parameter], effect: .reads,
      output: .record("ConfigKey", SettingColumns.wide), needs: .configuration,
      examples: [Example(text: "The endpoint in use", line: "lakectl config show endpoint")],
      run: { call async throws(CommandError) in
        .record(SettingColumns.row(call[key].key, call.settings))
      }))
}

/// `lakectl config path`
enum ConfigPath {
  static let command = Command(
    name: "path", summary: "show where the files of contexts are",
    call: Call(
      effect: .reads,
      output: .list(
        "ConfigFile",
        [
          Column(key: "path", isNullable: false),
          Column(key: "scope", .word(["user", "system"]), isNullable: false),
          Column(key: "exists", .flag, isNullable: false), Column(key: "mode"),
        ]), needs: .configuration,
      examples: [Example(text: "Open the file", line: "lakectl config path -o name")],
      run: { call async throws(CommandError) in
        let files = [("user", call.configuration.user), ("system", call.configuration.system)]
        return .list(
          files.map { scope, file in
            [
              "path": .text(file.path), "scope": .text(scope), "exists": .flag(file.exists),
              "mode": .optional(file.mode.map { "0" + String($0 & 0o777, radix: 8) }),
            ]
          })
      }))
}
