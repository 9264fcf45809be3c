import Configuration
import Values

/// A schema as services declare theirs.
enum Sample {
  enum Level: String, CaseIterable, ConfigurationValue { case debug, info, warning }

  static let port = ConfigurationKey(
    "server", "port", default: 9000, in: 1...65535, needsRestart: true, flag: "--port",
    "The port that is listened on.")
  static let name = ConfigurationKey("server", "name", default: "lake", "The name of the server.")
  static let drain = ConfigurationKey<Duration>(
    "server", "drain_timeout", default: .seconds(10), in: .zero ... .seconds(60),
    "How long running requests may take at the end.")
  static let certificate = ConfigurationKey<String?>(
    "server", "certificate", default: .some(nil), "The TLS certificate.")
  static let password = ConfigurationKey<Secret<String>?>(
    "server", "password", default: .some(nil), "The password of the root user.")
  static let cache = ConfigurationKey(
    "store", "cache_size", default: ByteCount(64 << 20), in: ByteCount(4096)...ByteCount(1 << 40),
    "The block cache.")
  static let rate = ConfigurationKey(
    "store", "rate", default: ByteRate(bytesPerSecond: 1 << 30), "The rate of compaction.")
  static let fill = ConfigurationKey(
    "store", "fill", default: Ratio(0.85), in: Ratio(0.1)...Ratio(1), "When to compact.")
  static let disks = ConfigurationKey<[String]>(
    "store", "disks", default: [], needsRestart: true, "The directories of the disks.")
  static let sync = ConfigurationKey("store", "sync", default: true, "Whether to sync.")
  static let level = ConfigurationKey("log", "level", default: Level.info, "What is logged.")
  static let topics = ConfigurationKey(
    "log", "topic", default: "all", check: { $0.contains(" ") ? "a topic has no blanks" : nil },
    "The topic.")

  static let schema = ConfigurationSchema(
    [
      ConfigurationSection(
        "server", "The server.",
        keys: [
          port.declaration, name.declaration, drain.declaration, certificate.declaration,
          password.declaration,
        ]),
      ConfigurationSection(
        "store", "The store.",
        keys: [
          cache.declaration, rate.declaration, fill.declaration, disks.declaration,
          sync.declaration,
        ]
      ) { configuration in
        configuration[sync] || configuration[fill] < Ratio(0.9)
          ? [] : [ConfigurationConflict(fill.declaration, "must be below 0.9 without sync")]
      },
      ConfigurationSection(
        "log", "The log.", keys: [level.declaration, topics.declaration]),
    ], reservedVariables: ["LAKE_LOG_FILE"])

  static func file(_ text: String, isReadableByOthers: Bool = false) -> ConfigurationSources.File {
    ConfigurationSources.File(
      path: "lake.yaml", content: Array(text.utf8), isReadableByOthers: isReadableByOthers)
  }

  static func load(
    _ text: String? = nil, environment: [String: String] = [:], flags: [(String, String)] = []
  ) throws(ConfigurationError) -> Configuration {
    try self.schema.load(
      ConfigurationSources(
        flags: flags.map { ConfigurationSources.Flag(name: $0.0, value: $0.1) },
        environment: environment, file: text.map { self.file($0) },
        readSecret: { (path) throws(ConfigurationFileError) in
          guard path == "/secrets/password" else {
            throw ConfigurationFileError("cannot read \(path): No such file or directory")
          }
          return "from a file"
        }))
  }

  static func problems(
    _ text: String? = nil, environment: [String: String] = [:], flags: [(String, String)] = []
  ) -> [String] {
    do throws(ConfigurationError) {
      _ = try self.load(text, environment: environment, flags: flags)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }
}
