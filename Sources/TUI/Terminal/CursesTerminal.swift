private import Bytes
private import CNcurses
private import CSystem
package import CommandTable
private import Glibc
package import Screen
private import Synchronization

/// The terminal of this process, through ncurses. It writes only the cells that differ from the
/// last picture, and gives the terminal back on every way out: `close`, the signals that end a
/// program (which arrive as events), and those of a crash (which the C target sees to).
package final class CursesTerminal: Terminal, @unchecked Sendable {
  // Sendable: `wake` touches only the descriptor, which lives as long as this; everything else is
  // called by the one thread that draws.
  private let wakeDescriptor: Int32
  private var shown: Grid?
  private var isOpen = true
  private var isForgotten = false
  package var hasColor: Bool

  /// ncurses has one screen in a process.
  private static let isTaken = Mutex(false)

  /// Takes the terminal on standard input and output.
  ///
  /// - Precondition: there is no other one open.
  package init(hasColor: Bool, escapeDelay milliseconds: Int32 = 25) throws(CommandError) {
    let wasTaken = Self.isTaken.withLock { taken in
      defer { taken = true }
      return taken
    }
    precondition(!wasTaken, "one terminal at a time")
    self.wakeDescriptor = csystem_eventfd()
    self.hasColor = hasColor
    cncurses_watch_signals(self.wakeDescriptor)
    let code = cncurses_open(hasColor ? 1 : 0, milliseconds)
    guard code == 0 else {
      cncurses_unwatch_signals()
      csystem_close(self.wakeDescriptor)
      Self.isTaken.withLock { $0 = false }
      throw Self.refusal(code)
    }
  }

  private static func refusal(_ code: Int32) -> CommandError {
    let type = getenv("TERM").map { String(cString: $0).visible } ?? ""
    let why =
      switch code {
      case CNCURSES_NO_TERMINAL: "standard input and output are no terminal"
      case CNCURSES_UNKNOWN_TERMINAL:
        type.isEmpty
          ? "TERM is not set" : "nothing is known of the terminal type \(type) (TERM)"
      case CNCURSES_NO_CURSOR_MOVEMENT: "the terminal type \(type) cannot move its cursor"
      default: "there is no memory for a screen"
      }
    return CommandError(
      ErrorCode(serverCode: "top.no_terminal", exit: .usage),
      "the dashboard cannot be shown here", why: why,
      try: ["lakectl status --watch", "lakectl top --once --size 80x24"])
  }

  package func begin() { cncurses_guard_thread() }

  package var size: Size {
    var width: Int32 = 0
    var height: Int32 = 0
    _ = cncurses_size(&width, &height)
    return Size(width: Int(width), height: Int(height))
  }

  // MARK: Drawing

  private struct Look {
    var color: Int32
    var attributes: UInt32
  }

  /// The terminal's own colours on its own background: no dark blue, and never red against green
  /// alone.
  private func look(_ meaning: Meaning) -> Look {
    let isColored = self.hasColor && cncurses_has_color() != 0
    switch meaning {
    case .plain: return Look(color: -1, attributes: 0)
    case .title: return Look(color: -1, attributes: UInt32(CNCURSES_BOLD))
    case .dim: return Look(color: -1, attributes: isColored ? UInt32(CNCURSES_DIM) : 0)
    case .accent: return Look(color: 6, attributes: 0)
    case .good: return Look(color: 2, attributes: 0)
    case .warn: return Look(color: 3, attributes: isColored ? 0 : UInt32(CNCURSES_BOLD))
    case .bad:
      let attributes = UInt32(CNCURSES_BOLD) | (isColored ? 0 : UInt32(CNCURSES_UNDERLINE))
      return Look(color: 1, attributes: attributes)
    case .selected: return Look(color: -1, attributes: UInt32(CNCURSES_REVERSE))
    }
  }

  package func draw(_ grid: Grid) {
    guard self.isOpen else { return }
    let before = self.isForgotten || self.shown?.size != grid.size ? nil : self.shown
    self.isForgotten = false
    var run: [UInt32] = []
    for line in 0..<grid.size.height {
      var column = 0
      while column < grid.size.width {
        guard before?[line, column] != grid[line, column] else {
          column += 1
          continue
        }
        column += self.put(grid, line, column, before: before, &run)
      }
    }
    let cursor = grid.cursor
    if let before, before.cells == grid.cells, before.cursor == cursor { return }
    cncurses_flush(Int32(cursor?.line ?? -1), Int32(cursor?.column ?? -1))
    self.shown = grid
  }

  /// Puts the cells from here on that differ, mean the same and are of one width. Returns how many.
  private func put(
    _ grid: Grid, _ line: Int, _ column: Int, before: Grid?, _ run: inout [UInt32]
  ) -> Int {
    let first = grid[line, column]
    // The second half of a wide character is drawn with its first.
    guard !first.isSecond else { return 1 }
    func isWide(_ column: Int) -> Bool {
      column + 1 < grid.size.width && grid[line, column + 1].isSecond
    }
    run.removeAll(keepingCapacity: true)
    var at = column
    if isWide(at) {
      run.append(first.character)
      at += 2
    } else {
      while at < grid.size.width, !isWide(at), before?[line, at] != grid[line, at],
        grid[line, at].meaning == first.meaning, !grid[line, at].isSecond
      {
        run.append(grid[line, at].character)
        at += 1
      }
    }
    let look = self.look(first.meaning)
    let isOneWide = run.count == 1 && at - column == 2
    cncurses_put(
      Int32(line), Int32(column), run, Int32(run.count), isOneWide ? 2 : 1, look.color,
      look.attributes)
    return at - column
  }

  package func forget() {
    self.isForgotten = true
    if self.isOpen { cncurses_forget() }
  }

  // MARK: Waiting

  package func wait(milliseconds: Int) -> [TerminalEvent] {
    var waiting = [
      pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: self.wakeDescriptor, events: Int16(POLLIN), revents: 0),
    ]
    let count = poll(&waiting, 2, Int32(clamping: max(0, milliseconds)))
    var events: [TerminalEvent] = []
    if count > 0, waiting[1].revents != 0 { csystem_eventfd_clear(self.wakeDescriptor) }
    let signals = cncurses_take_signals()
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] where signals & (1 << UInt32(number)) != 0 {
      events.append(.ended(128 + number))
    }
    if signals & (1 << UInt32(SIGTSTP)) != 0 { events.append(.suspended) }
    if signals & (1 << UInt32(SIGWINCH)) != 0 { events.append(.resized(self.size)) }
    let input = Int32(waiting[0].revents)
    if count > 0, input & POLLIN != 0 { events += self.keys() }
    // Without its terminal there is nobody to show anything to.
    if count > 0, input & (POLLHUP | POLLERR | POLLNVAL) != 0, events.isEmpty {
      events.append(.ended(128 + SIGHUP))
    }
    return events.isEmpty ? [.woken] : events
  }

  /// Keys that are there at once, at most so many: a picture is due after a pasted text as well.
  private static let keyCountMax = 256

  private func keys() -> [TerminalEvent] {
    var events: [TerminalEvent] = []
    var value: UInt32 = 0
    while events.count < Self.keyCountMax {
      switch cncurses_read_key(&value) {
      case CNCURSES_NONE: return events
      case CNCURSES_CHARACTER:
        if let scalar = Unicode.Scalar(value), let key = Key(received: scalar) {
          events.append(.key(key))
        }
      case CNCURSES_NAMED: if let key = Self.named(value) { events.append(.key(key)) }
      default: break
      }
    }
    return events
  }

  private static func named(_ value: UInt32) -> Key? {
    switch Int32(value) {
    case CNCURSES_KEY_UP: .up
    case CNCURSES_KEY_DOWN: .down
    case CNCURSES_KEY_LEFT: .left
    case CNCURSES_KEY_RIGHT: .right
    case CNCURSES_KEY_HOME: .home
    case CNCURSES_KEY_END: .end
    case CNCURSES_KEY_PAGE_UP: .pageUp
    case CNCURSES_KEY_PAGE_DOWN: .pageDown
    case CNCURSES_KEY_BACK_TAB: .backTab
    case CNCURSES_KEY_BACKSPACE: .backspace
    case CNCURSES_KEY_DELETE: .delete
    case CNCURSES_KEY_ENTER: .enter
    default: nil
    }
  }

  package func wake() { csystem_eventfd_signal(self.wakeDescriptor) }

  // MARK: Coming and going

  package func suspend() {
    guard self.isOpen else { return }
    cncurses_suspend()
    self.forget()
  }

  package func copy(_ text: String) {
    guard self.isOpen, text.utf8.count <= 4096 else { return }
    let sequence = "\u{1B}]52;c;" + Base64.text(of: Array(text.utf8).rawBytes) + "\u{07}"
    _ = sequence.utf8.withContiguousStorageIfAvailable { bytes in
      Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
    }
  }

  package func close() {
    guard self.isOpen else { return }
    self.isOpen = false
    cncurses_close()
    cncurses_unwatch_signals()
    Self.isTaken.withLock { $0 = false }
  }

  deinit {
    self.close()
    csystem_close(self.wakeDescriptor)
  }
}
