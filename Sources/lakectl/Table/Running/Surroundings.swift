package import Values

/// The world around one run, handed in: a test runs a command without a process.
package struct Surroundings: Sendable {
  package var environment: [String: String]
  package var terminal: TerminalFacts
  package var console: any Console
  package var clock: CommandClock
  package var files: any ContextFiles
  package var client: ClientProvider
  /// Finds the names of things for completion, by kind.
  package var completers: [String: Completer]

  /// Gets the settings of the line being typed: `--context` and `--endpoint` in it count. It keeps to
  /// its own time limit and answers nothing rather than late.
  package typealias Completer = @Sendable (Settings, _ prefix: String) async -> [String]

  package init(
    environment: [String: String], terminal: TerminalFacts, console: any Console,
    clock: CommandClock,
    files: any ContextFiles, client: ClientProvider = .none,
    completers: [String: Completer] = [:]
  ) {
    self.environment = environment
    self.terminal = terminal
    self.console = console
    self.clock = clock
    self.files = files
    self.client = client
    self.completers = completers
  }

  /// Names found in the user's files.
  package static let localCompleters: [String: Completer] = [
    "context": { settings, _ in settings.configuration.contextNames }
  ]

  package var canAsk: Bool {
    self.terminal.isInput && self.terminal.isError
      && (self.environment["LAKE_NO_INPUT"] ?? "").isEmpty
  }

  /// Whether the locale says UTF-8.
  package var isUTF8: Bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"]
    let locale = names.lazy.compactMap { self.environment[$0] }.first { !$0.isEmpty } ?? ""
    let upper = locale.uppercased()
    return upper.contains("UTF-8") || upper.contains("UTF8")
  }
}

/// Which streams are terminals, and how large.
package struct TerminalFacts: Hashable, Sendable {
  package var isInput = false
  package var isOutput = false
  package var isError = false
  package var columns = 80
  package var lines = 24

  package init() {}
}

package struct CommandClock: Sendable {
  package var now: @Sendable () -> WallTime
  package var monotonic: @Sendable () -> MonotonicTime
  /// Seconds east of UTC where the user is.
  package var localOffset: @Sendable (Int64) -> Int
  /// False when waiting makes no sense any more.
  package var sleep: @Sendable (Duration) async -> Bool

  package init(
    now: @escaping @Sendable () -> WallTime,
    monotonic: @escaping @Sendable () -> MonotonicTime,
    localOffset: @escaping @Sendable (Int64) -> Int = { _ in 0 },
    sleep: @escaping @Sendable (Duration) async -> Bool = { _ in false }
  ) {
    self.now = now
    self.monotonic = monotonic
    self.localOffset = localOffset
    self.sleep = sleep
  }
}

/// Standard output, standard error, and the person who answers.
package protocol Console: Sendable {
  /// False when nobody reads any more: the command ends quietly.
  func write(_ text: String) throws(CommandError) -> Bool
  func writeError(_ text: String)
  /// Through this program, to the terminal. False when it cannot be started.
  func page(_ text: String, through pager: [String]) -> Bool
  /// A line that was typed; nil at the end of the input.
  func ask(_ prompt: String) -> String?
  /// The same without showing what is typed.
  func askSecret(_ prompt: String) -> String?
  /// Said to standard error if the command is interrupted from now on; nil: nothing.
  func setLastWords(_ text: String?)
  /// The whole of standard input.
  func readInput(byteCountMax: Int) throws(CommandError) -> [UInt8]
}

/// Where the files of contexts are kept.
package protocol ContextFiles: Sendable {
  func load(environment: [String: String]) throws(CommandError) -> Configuration
  /// Replaces the user's file as a whole, or leaves it as it was.
  func save(_ file: Configuration.File) throws(CommandError)
}
