package import CommandTable
private import Synchronization
package import Values

/// A command run in this process: words in; output, errors and exit code out.
package struct CommandRun: Sendable {
  package var environment: [String: String] = ["LANG": "C.UTF-8", "TERM": "xterm"]
  package var terminal = TerminalFacts()
  package var files: MemoryContextFiles
  package var answers: [String] = []
  package var input = ""
  package var client = ClientProvider.none
  /// How often a watch repeats before it is interrupted.
  package var repeats = 0
  package var writesUntilClosed = Int.max
  package var root: Command
  package var completers = Surroundings.localCompleters

  package init(root: Command, config: String? = nil, mode: UInt32 = 0o600) {
    self.root = root
    self.files = MemoryContextFiles(user: config, mode: mode)
  }

  package struct Result: Sendable {
    package var exit: ExitCode
    package var output: String
    package var errors: String
    package var prompts: [String]
    package var pagers: [[String]]
  }

  /// 2026-11-20T14:03:21Z
  package static let now = WallTime(nanoseconds: 1_795_183_401_000_000_000)

  package func run(_ words: [String]) async -> Result {
    let console = MemoryConsole(
      answers: self.answers, input: self.input, writesUntilClosed: self.writesUntilClosed)
    let left = Counted(self.repeats)
    let clock = CommandClock(
      now: { Self.now }, monotonic: { MonotonicTime(nanoseconds: 1_000_000_000) },
      localOffset: { _ in 3600 }, sleep: { _ in left.take() })
    let surroundings = Surroundings(
      environment: self.environment, terminal: self.terminal, console: console, clock: clock,
      files: self.files, client: self.client, completers: self.completers)
    let exit = await Runner(root: self.root, surroundings: surroundings).run(words)
    return Result(
      exit: exit, output: console.output, errors: console.errors, prompts: console.prompts,
      pagers: console.pagers)
  }

  /// The words as a person types them, blanks between; quotes as in a shell.
  package func run(_ line: String) async -> Result {
    await self.run(ExampleLine.words("lakectl " + line) ?? [])
  }
}

final class Counted: Sendable {
  private let left: Mutex<Int>
  init(_ count: Int) { self.left = Mutex(count) }
  func take() -> Bool {
    self.left.withLock { left in
      left -= 1
      return left >= 0
    }
  }
}
