import CommandTable

/// The row of a context.
enum ContextColumns {
  static let all: [Column] = [
    Column(key: "context", isNullable: false, "the name"),
    Column(key: "current", .flag, priority: 3, isNullable: false, "used when none is named"),
    Column(key: "endpoint", priority: 2, "address of the admin API"),
    Column(key: "protected", .flag, priority: 1, isNullable: false, "writing asks one step more"),
    Column(
      key: "credential", .word(["token_file", "token_command", "token"]), isWide: true,
      "where the token comes from"),
    Column(key: "ca_file", title: "CA", isWide: true),
    Column(key: "certificate_file", title: "CERTIFICATE", isWide: true),
    Column(key: "warehouse", isWide: true), Column(key: "database", isWide: true),
    Column(key: "file", isWide: true, isNullable: false, "the file that describes it"),
  ]

  static func row(_ name: String, _ invocation: Invocation) -> Row {
    let configuration = invocation.configuration
    func text(_ key: String) -> Cell {
      .optional(configuration.value(key, inContext: name)?.text)
    }
    let credentials = ["token-file", "token-command", "token"]
    let credential = credentials.first { configuration.value($0, inContext: name) != nil }
    let isOwn = configuration.user.text.contextNames.contains(name)
    return [
      "context": .text(name), "current": .flag(name == invocation.settings.contextName),
      "endpoint": text("endpoint"),
      "protected": .flag(configuration.value("protected", inContext: name)?.text == "true"),
      "credential": .optional(
        credential.map {
          $0 == "token-file" ? "token_file" : $0 == "token" ? "token" : "token_command"
        }),
      "ca_file": text("ca-file"), "certificate_file": text("certificate-file"),
      "warehouse": text("warehouse"), "database": text("database"),
      "file": .text(isOwn ? configuration.user.path : configuration.system.path),
    ]
  }

  static func notFound(_ name: String, _ configuration: Configuration) -> CommandError {
    let names = configuration.contextNames
    let nearest = Nearest.names(to: name, in: names)
    return CommandError(
      .contextNotFound, "there is no context \(name.visible.quoted)",
      why: names.isEmpty
        ? "no context is configured"
        : "the contexts are \(names.map(\.visible).joined(separator: ", "))",
      try: nearest.map { "lakectl context show \($0.visible.shellQuoted)" }
        + ["lakectl context add \(name.visible.shellQuoted) --endpoint http://127.0.0.1:7300"])
  }

  /// The context must be in the user's own file to be changed there.
  static func requireOwn(_ name: String, _ configuration: Configuration) throws(CommandError) {
    if configuration.user.text.contextNames.contains(name) { return }
    guard configuration.system.text.contextNames.contains(name) else {
      throw self.notFound(name, configuration)
    }
    throw CommandError(
      .contextNotFound, "cannot change context \(name.visible.quoted)",
      why: "it is described in \(configuration.system.path), which lakectl does not write",
      try: ["lakectl context add \(name.visible.shellQuoted) --endpoint URL"])
  }
}
