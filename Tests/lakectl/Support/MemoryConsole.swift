package import CommandTable
private import Synchronization

/// Catches what a command prints, and answers for the person.
package final class MemoryConsole: Console {
  private struct State {
    var output = ""
    var errors = ""
    var pages: [[String]] = []
    var answers: [String]
    var prompts: [String] = []
    var writesLeft = Int.max
    var lastWords: [String?] = []
  }

  private let state: Mutex<State>
  private let input: [UInt8]

  package init(answers: [String] = [], input: String = "", writesUntilClosed: Int = .max) {
    var state = State(answers: answers)
    state.writesLeft = writesUntilClosed
    self.state = Mutex(state)
    self.input = Array(input.utf8)
  }

  package var output: String { self.state.withLock { $0.output } }
  package var errors: String { self.state.withLock { $0.errors } }
  package var prompts: [String] { self.state.withLock { $0.prompts } }
  package var pagers: [[String]] { self.state.withLock { $0.pages } }

  package func write(_ text: String) throws(CommandError) -> Bool {
    self.state.withLock { state in
      guard state.writesLeft > 0 else { return false }
      state.writesLeft -= 1
      state.output += text
      return true
    }
  }

  package func writeError(_ text: String) { self.state.withLock { $0.errors += text } }

  package func page(_ text: String, through pager: [String]) -> Bool {
    self.state.withLock { state in
      state.pages.append(pager)
      state.output += text
    }
    return true
  }

  package func ask(_ prompt: String) -> String? {
    self.state.withLock { state in
      state.prompts.append(prompt)
      return state.answers.isEmpty ? nil : state.answers.removeFirst()
    }
  }

  package func askSecret(_ prompt: String) -> String? { self.ask(prompt) }

  package func setLastWords(_ text: String?) { self.state.withLock { $0.lastWords.append(text) } }

  package var lastWords: [String?] { self.state.withLock { $0.lastWords } }

  package func readInput(byteCountMax: Int) throws(CommandError) -> [UInt8] { self.input }
}

/// A file of contexts that is not on a disk.
package final class MemoryContextFiles: ContextFiles {
  private let state: Mutex<(user: String?, mode: UInt32, saves: Int)>
  private let system: String?

  package static let userPath = "/home/ada/.config/lakectl/config"

  package init(user: String? = nil, mode: UInt32 = 0o600, system: String? = nil) {
    self.state = Mutex((user, mode, 0))
    self.system = system
  }

  package var text: String? { self.state.withLock { $0.user } }
  package var saveCount: Int { self.state.withLock { $0.saves } }

  package func load(environment: [String: String]) throws(CommandError) -> Configuration {
    let (user, mode, _) = self.state.withLock { $0 }
    return Configuration(
      user: try Self.file(Self.userPath, user, mode),
      system: try Self.file(Configuration.systemPath, self.system, 0o644))
  }

  private static func file(
    _ path: String, _ text: String?, _ mode: UInt32
  ) throws(CommandError) -> Configuration.File {
    guard let text else { return Configuration.File(path: path) }
    do {
      return Configuration.File(path: path, text: try ContextFileText(parsing: text), mode: mode)
    } catch {
      throw CommandError(
        .configurationSyntax, "cannot use \(path):\(error.line)", why: error.message)
    }
  }

  package func save(_ file: Configuration.File) throws(CommandError) {
    self.state.withLock { state in
      state.user = file.text.text
      state.mode = 0o600
      state.saves += 1
    }
  }
}
