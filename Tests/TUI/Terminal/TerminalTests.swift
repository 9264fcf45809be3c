import Glibc
import TestSupport
import Testing

/// The dashboard on a real terminal.
@Suite("In a terminal", .serialized)
struct TerminalTests {
  @Test("starts, drills down, filters, and leaves the terminal as it was")
  func session() async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm --live")
    try await tmux.expect("6/6 nodes up")
    try await tmux.expect("~replication  n6    BEHIND")
    try await tmux.press("7", "j", "j", "j", "Enter")
    try await tmux.expect("Nodes > n4")
    try await tmux.expect("MEMORY, 2 MIN")
    try await tmux.press("Escape")
    try await tmux.expect("6 of 6 shown")
    try await tmux.press("/", "n", "3")
    try await tmux.expect("1 of 6 shown")
    try await tmux.press("Enter", "8")
    try await tmux.expect("12 of 12 shown")
    try await tmux.press("PageDown", "Enter")
    try await tmux.expect("Jobs > ")
    try await tmux.press("?")
    try await tmux.expect("Everything else")
    try await tmux.press("Down", "x", "q")
    try await tmux.expect("code 0")
    try await tmux.expectRestored()
  }

  @Test("a new size is drawn at once, and nothing is lost")
  func resize() async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm --live")
    try await tmux.press("7")
    try await tmux.expect("6 of 6 shown")
    try await tmux.press("j", "j")
    for (width, height, text) in [
      (120, 40, "│  n3"), (40, 10, " n3    up"), (30, 4, "CRITICAL, 2 alerts"),
      (80, 24, "LOOP P99"),
    ] {
      try await tmux.tmux("resize-window", "-x", "\(width)", "-y", "\(height)")
      try await tmux.expect(text)
      let lines = try await tmux.screen().split(separator: "\n")
      #expect(lines.count <= height)
    }
    try await tmux.press("Enter")
    try await tmux.expect("Nodes > n3")
    try await tmux.press("C-c")
    try await tmux.expect("code 0")
    try await tmux.expectRestored()
  }

  @Test("Ctrl-Z gives the terminal back, fg takes it again")
  func suspend() async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm --live")
    try await tmux.expect("nodes up")
    try await tmux.press("8", "C-z")
    try await tmux.expect("Stopped")
    try await tmux.expectRestored()
    try await tmux.type("fg")
    try await tmux.expect("12 of 12 shown")
    try await tmux.press("7")
    try await tmux.expect("6 of 6 shown")
    // The same from outside.
    let id = try #require(tmux.processID)
    kill(id, SIGTSTP)
    try await tmux.expect("Stopped")
    try await tmux.type("fg")
    try await tmux.expect("6 of 6 shown")
    try await tmux.press("q")
    try await tmux.expect("left with 0")
    try await tmux.expectRestored()
  }

  @Test(
    "a signal that ends it leaves the terminal as it was",
    arguments: [(SIGTERM, 143), (SIGINT, 130), (SIGHUP, 143), (SIGQUIT, 143)] as [(Int32, Int32)])
  func signals(number: Int32, code: Int32) async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm --live")
    try await tmux.expect("nodes up")
    kill(try #require(tmux.processID), number)
    try await tmux.expect("code \(code)")
    try await tmux.expectRestored()
  }

  @Test(
    "a crash leaves the terminal as it was, and takes its course",
    arguments: [
      ("trap", 128 + SIGILL), ("abort", 128 + SIGABRT), ("overflow", 128 + SIGSEGV),
      ("\(SIGSEGV)", 128 + SIGSEGV), ("\(SIGBUS)", 128 + SIGBUS), ("\(SIGFPE)", 128 + SIGFPE),
      ("\(SIGTRAP)", 128 + SIGTRAP), ("\(SIGILL)", 128 + SIGILL),
    ])
  func crash(how: String, code: Int32) async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm --live --crash \(how)", environment: "ulimit -c 0;")
    try await tmux.expect("nodes up")
    try await tmux.press("I")
    try await tmux.expect("code \(code)")
    try await tmux.expectRestored()
  }

  @Test("a crash of the thread that draws does the same")
  func crashedDrawing() async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm --live", environment: "ulimit -c 0;")
    try await tmux.expect("nodes up")
    kill(try #require(tmux.processID), SIGABRT)
    try await tmux.expect("code \(128 + SIGABRT)")
    try await tmux.expectRestored()
  }

  @Test(
    "works on terminals of all kinds",
    arguments: ["xterm", "xterm-256color", "screen", "tmux-256color", "linux", "vt100"])
  func kinds(type: String) async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm --live", environment: "TERM=\(type)")
    try await tmux.expect("6/6 nodes up")
    try await tmux.press("7", "Down", "Down", "Enter")
    try await tmux.expect("Nodes > n3")
    try await tmux.press("Escape", "q")
    try await tmux.expect("code 0")
    try await tmux.expectRestored()
  }

  @Test("without UTF-8 everything is ASCII")
  func ascii() async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("hostile --live", environment: "LC_ALL=C")
    try await tmux.expect("6/6 nodes up")
    let screen = try await tmux.screen()
    #expect(screen.utf8.allSatisfy { $0 < 0x80 }, "\(screen)")
    try await tmux.press("q")
    try await tmux.expect("code 0")
  }

  @Test("names of the cluster do not move the cursor")
  func hostile() async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("hostile --live")
    try await tmux.expect("n1\\x1b[31m\\x07")
    try await tmux.press("9")
    try await tmux.expect("Logs  ")
    // The picture comes in pieces: the last line is drawn last.
    let isWhole = try await eventually {
      let lines = try await tmux.screen().split(separator: "\n")
      return lines.first?.contains("nodes up") == true && lines.count > 20
    }
    #expect(isWhole)
    try await tmux.press("q")
    try await tmux.expect("code 0")
  }

  @Test("NO_COLOR leaves bold, reverse and underline")
  func noColor() async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm --live", environment: "NO_COLOR=1")
    try await tmux.expect("6/6 nodes up")
    let plain = try await tmux.screen(withAttributes: true)
    for color in 30...37 { #expect(!plain.contains("\u{1B}[\(color)m")) }
    #expect(plain.contains("\u{1B}[7m"))
    try await tmux.press(":", "t", "h", "e", "m", "e", "Enter", "q")
    try await tmux.expect("code 0")
  }

  @Test(
    "a terminal that cannot move its cursor is told what to do instead",
    arguments: ["dumb", "nothing-like-it"])
  func dumb(type: String) async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm", environment: "TERM=\(type)")
    try await tmux.expect("lakectl status --watch")
    try await tmux.expect("code 2")
    try await tmux.expectRestored()
  }

  @Test("an unchanged picture costs its clock, under 200 bytes a refresh")
  func quiet() async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("calm --live --screen settings")
    try await tmux.expect("jobs.kept")
    try await tmux.press("p")
    try await tmux.expect("paused")
    func clock() async throws -> String {
      let line = try await tmux.screen().split(separator: "\n").first ?? ""
      return String(line.suffix(12))
    }
    var seconds = 0
    let bytes = try await tmux.output {
      var last = try await clock()
      let isDone = try await eventually(within: .seconds(10)) {
        let now = try await clock()
        if now != last { seconds += 1 }
        last = now
        return seconds >= 4
      }
      #expect(isDone)
    }
    #expect(bytes < 100 * (seconds + 1), "\(bytes) bytes in \(seconds) seconds")
    try await tmux.press("q")
    try await tmux.expect("code 0")
  }

  @Test("a long list answers keys")
  func large() async throws {
    let tmux = try await TmuxSession()
    try await tmux.replay("large --live --screen jobs")
    let isThere = try await eventually(within: .seconds(60)) {
      try await tmux.screen().contains("20000 of 20000 shown")
    }
    #expect(isThere)
    try await tmux.press("/", "o", "r", "d", "e", "r", "s", "_", "7", "7", "Enter")
    try await tmux.expect("/orders_77")
    try await tmux.press("G", "Enter")
    try await tmux.expect("Jobs > job/")
    try await tmux.press("q")
    try await tmux.expect("code 0")
    try await tmux.expectRestored()
  }
}
