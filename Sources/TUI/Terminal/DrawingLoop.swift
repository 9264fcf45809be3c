private import CSystem
import CommandTable
import Dashboard
private import Glibc
import Screen
import Values

/// The one thread that draws: waits for keys and for what happened elsewhere, reduces, draws, and
/// hands out what is to be done. Nothing it calls blocks but the wait.
final class DrawingLoop {
  private let terminal: any Terminal
  private let mailbox: Mailbox
  private let clock: TopClock
  private let glyphs: Glyphs
  private var state: State
  private var exit: Int32?
  /// Takes what is done elsewhere.
  private let hand: (DashboardEffect) -> Void
  private let toggleColor: () -> Void

  private var isDrawn = false

  init(
    _ state: State, terminal: any Terminal, mailbox: Mailbox, clock: TopClock, glyphs: Glyphs,
    hand: @escaping (DashboardEffect) -> Void, toggleColor: @escaping () -> Void
  ) {
    self.state = state
    self.terminal = terminal
    self.mailbox = mailbox
    self.clock = clock
    self.glyphs = glyphs
    self.hand = hand
    self.toggleColor = toggleColor
  }

  /// Runs until the person leaves or a signal comes, and returns the exit code.
  func run() -> Int32 {
    self.terminal.begin()
    self.take(.resize(self.terminal.size))
    self.take(.tick(self.clock.now(), self.clock.wall()))
    while self.exit == nil {
      self.draw()
      let events = self.terminal.wait(milliseconds: self.waitMilliseconds)
      for event in events { self.take(event) }
      for event in self.mailbox.take() { self.take(event) }
      self.take(.tick(self.clock.now(), self.clock.wall()))
    }
    return self.exit ?? 0
  }

  private var waitMilliseconds: Int {
    let now = self.clock.now()
    let wakesAt = self.state.wakesAt
    guard wakesAt > now else { return 0 }
    return Int(clamping: (wakesAt - now).nanosecondsClamped / 1_000_000 + 1)
  }

  private func take(_ event: TerminalEvent) {
    switch event {
    case .key(let key): self.take(Event.key(key))
    case .resized(let size): self.take(.resize(size))
    case .woken: break
    case .ended(let code): self.exit = self.exit ?? code
    case .suspended: self.suspend()
    }
  }

  private func take(_ event: Event) {
    self.isDrawn = false
    for effect in self.state.reduce(event) { self.carryOut(effect) }
  }

  private func carryOut(_ effect: DashboardEffect) {
    switch effect {
    case .quit: self.exit = self.exit ?? 0
    case .redraw: self.terminal.forget()
    case .suspend: self.suspend()
    case .copy(let text): self.terminal.copy(text)
    case .toggleColor:
      self.toggleColor()
      self.terminal.forget()
    case .dump(let path): self.dump(to: path)
    case .fetch, .plan, .perform, .run, .complete, .useContext, .stepReplay: self.hand(effect)
    }
  }

  private func suspend() {
    self.terminal.suspend()
    self.take(.resize(self.terminal.size))
  }

  private func draw() {
    guard !self.isDrawn else { return }
    self.isDrawn = true
    let start = self.clock.now()
    let grid = render(self.state, size: self.state.size, glyphs: self.glyphs)
    self.terminal.draw(grid)
    self.state.statistics.drawMicroseconds =
      Double((self.clock.now() - start).nanosecondsClamped) / 1e3
    self.state.statistics.memoryBytes = Self.residentBytes()
  }

  private static func residentBytes() -> Int64? {
    guard let file = fopen("/proc/self/statm", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    let text = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Int64(fields[1]) else { return nil }
    return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Writes the picture as text. A file that is there already is not written over.
  private func dump(to path: String) {
    let grid = render(self.state, size: self.state.size, glyphs: self.glyphs)
    let text = grid.text + "\n" + grid.meanings
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      self.take(.dumped(path: path, failure: String(cString: strerror(errno))))
      return
    }
    defer { Glibc.close(descriptor) }
    let bytes = Array(text.utf8)
    let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    self.take(
      .dumped(path: path, failure: isWritten ? nil : String(cString: strerror(errno))))
  }
}
