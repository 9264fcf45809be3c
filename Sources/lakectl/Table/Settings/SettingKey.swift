package import Values

/// One thing that can be set in the file of contexts.
package struct SettingKey: Sendable {
  package enum Place: Sendable {
    /// Before the first section: about the file as a whole.
    case top
    /// In `[context NAME]`, and for all contexts in `[defaults]`.
    case contextOrDefaults
    /// In `[context NAME]` only.
    case context
  }

  package var name: String
  package var place: Place
  package var summary: String
  package var placeholder: String
  /// The flag or variable that comes before the file.
  package var flag: String?
  package var variable: String?
  package var fallback: String?
  package var source: ValueSource
  /// Holds a secret itself, not the place of one.
  package var isSecret = false
  package var check: @Sendable (String) throws(ValueError) -> any Sendable

  private static func key<Value: ArgumentValue>(
    _ name: String, _ place: Place, _ type: Value.Type, _ summary: String, flag: String? = nil,
    variable: String? = nil, fallback: String? = nil
  ) -> SettingKey {
    SettingKey(
      name: name, place: place, summary: summary, placeholder: Value.placeholder, flag: flag,
      variable: variable, fallback: fallback, source: Value.source
    ) { (text) throws(ValueError) in try Value(argument: text) }
  }

  package static let all: [SettingKey] = [
    key(
      "current", .top, PlainName.self, "the context used when none is named", flag: "context",
      variable: "LAKE_CONTEXT"),
    key("previous", .top, PlainName.self, "the context that \"context use -\" goes back to"),
    key(
      "endpoint", .context, EndpointURL.self, "address of the admin API", flag: "endpoint",
      variable: "LAKE_ENDPOINT"),
    key("ca-file", .context, FilePath.self, "certificates that the server's must lead to"),
    key("certificate-file", .context, FilePath.self, "our certificate, for mutual TLS"),
    key("key-file", .context, FilePath.self, "the private key of our certificate"),
    key(
      "token-file", .context, FilePath.self, "the file that holds the token",
      variable: "LAKE_TOKEN_FILE"),
    key("token-command", .context, String.self, "a command that prints the token"),
    { () -> SettingKey in
      var token = key("token", .context, String.self, "the token itself; the file must be 0600")
      token.isSecret = true
      return token
    }(),
    key(
      "protected", .context, SwitchWord.self, "true: writing asks one step more", fallback: "false"),
    key("warehouse", .contextOrDefaults, PlainName.self, "the warehouse of names without one"),
    key("database", .contextOrDefaults, PlainName.self, "the database of names without one"),
    key(
      "output", .contextOrDefaults, OutputFormat.self, "how results are written", flag: "output",
      variable: "LAKE_OUTPUT", fallback: "table"),
    key(
      "timeout", .contextOrDefaults, Duration.self, "give up after this long", flag: "timeout",
      variable: "LAKE_TIMEOUT", fallback: "30s"),
    key(
      "color", .contextOrDefaults, ColorChoice.self, "when to use colour", flag: "color",
      fallback: "auto"),
    key(
      "interval", .contextOrDefaults, Duration.self, "how often --watch repeats", flag: "interval",
      fallback: "2s"),
    key(
      "pager", .contextOrDefaults, String.self, "shows output longer than the screen; or none",
      variable: "LAKE_PAGER", fallback: "less -FIRX"),
    key(
      "utc", .contextOrDefaults, SwitchWord.self, "true: times in UTC", flag: "utc",
      fallback: "false"),
    key(
      "exact", .contextOrDefaults, SwitchWord.self, "true: raw numbers", flag: "exact",
      fallback: "false"),
  ]

  package static func named(_ name: String) -> SettingKey? { self.all.first { $0.name == name } }
}

package enum SwitchWord: String, WordValue {
  case yes = "true"
  case no = "false"
  package static let placeholder = "true|false"
}

/// The name of a setting, as an argument.
package struct SettingName: ArgumentValue {
  package var key: SettingKey
  package static let placeholder = "KEY"
  package static var source: ValueSource { .words(SettingKey.all.map(\.name)) }

  package init(argument: String) throws(ValueError) {
    guard let key = SettingKey.named(argument) else {
      let nearest = Suggestions.nearest(to: argument, in: SettingKey.all.map(\.name))
      throw ValueError(
        .malformed,
        nearest.isEmpty
          ? "the keys are \(SettingKey.all.map(\.name).joined(separator: ", "))"
          : "did you mean \(nearest.joined(separator: " or "))?")
    }
    self.key = key
  }
}
