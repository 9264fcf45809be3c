import Glibc

/// A shell in a terminal of tmux: its own server, no configuration, a fixed size. Every look at the
/// screen asks until a deadline and shows the screen when it gives up.
public final class TmuxSession {
  private let directory = TemporaryDirectory("tmux")
  private var socket: String { self.directory.file("s") }

  /// Ten where the machine is ours; it is often shared.
  static let secondsMax = 30

  /// What was not as it had to be.
  struct Unexpected: Error, CustomStringConvertible {
    var description: String
  }

  public init(width: Int = 80, height: Int = 24) async throws {
    // The server lives as long as its session; it gets nothing of ours but what it needs.
    try await runProgram([
      "env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(self.directory.path)",
      "LC_ALL=C.UTF-8", "SWIFT_BACKTRACE=enable=no", "tmux", "-S", self.socket, "-f", "/dev/null",
      "new-session", "-d", "-x", "\(width)", "-y", "\(height)",
      "PS1='sh> ' exec bash --norc --noprofile",
    ])
    try await self.expect("sh>")
  }

  deinit {
    // Ends the server of this socket and no other.
    let program = try? Program(["tmux", "-S", self.socket, "kill-server"])
    var isOver = program == nil
    while !isOver {
      isOver = program?.poll() != nil
      usleep(2000)
    }
  }

  @discardableResult
  public func tmux(_ arguments: String...) async throws -> String {
    try await runProgram(["tmux", "-S", self.socket] + arguments)
  }

  /// Types a line into the shell.
  public func type(_ line: String) async throws {
    try await self.tmux("send-keys", "-l", line)
    try await self.tmux("send-keys", "Enter")
  }

  /// Presses keys by their names in tmux: `Enter`, `C-z`, `7`.
  public func press(_ keys: String...) async throws {
    for key in keys { try await self.tmux("send-keys", key) }
  }

  /// Starts a program; its process id goes to a file. `code N` is printed when it has ended.
  public func start(_ command: String, environment: String = "") async throws {
    try await self.type(
      "clear; \(environment) sh -c 'echo $$ > \(self.directory.path)/pid; exec \(command)'; "
        + "echo code $?")
  }

  public var processID: Int32? {
    guard let file = fopen(self.directory.file("pid"), "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 32)
    guard fgets(&line, 32, file) != nil else { return nil }
    return Int32(atoi(line))
  }

  public func screen(withAttributes: Bool = false) async throws -> String {
    withAttributes
      ? try await self.tmux("capture-pane", "-p", "-e") : try await self.tmux("capture-pane", "-p")
  }

  /// Waits until the text is on the screen, or is gone from it.
  public func expect(_ text: String, isThere: Bool = true) async throws {
    let found = try await eventually(within: .seconds(Self.secondsMax)) {
      try await self.screen().contains(text) == isThere
    }
    guard !found else { return }
    let screen = try await self.screen()
    throw Unexpected(
      description: "\(isThere ? "not" : "still") on the screen: \(text)\n\(screen)")
  }

  /// The shell is back, shows what is typed, and reads lines.
  public func expectRestored() async throws {
    try await self.type(
      "stty -a | tr ' ;' '\\n\\n' | grep -x -e icanon -e echo -e opost | tr '\\n' ,")
    try await self.expect("icanon,echo,")
    try await self.type("echo back$((40+2))")
    try await self.expect("back42")
    // The other screen of the terminal was left.
    let state = try await self.tmux("display", "-p", "#{alternate_on} #{cursor_flag}")
    guard state == "0 1\n" else {
      throw Unexpected(description: "alternate screen and cursor: \(state)")
    }
  }

  /// How many bytes the program writes while `body` runs.
  public func output(while body: () async throws -> Void) async throws -> Int {
    let path = self.directory.file("output")
    try await self.tmux("pipe-pane", "-O", "cat >> \(path)")
    try await body()
    try await self.tmux("pipe-pane")
    var status = stat()
    guard stat(path, &status) == 0 else { return 0 }
    return Int(status.st_size)
  }
}
