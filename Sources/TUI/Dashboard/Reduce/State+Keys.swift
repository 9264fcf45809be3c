import CommandTable
import Screen
import Values

/// Keys, from the outside in: the line being typed, what lies over the screen, the pane, the table.
extension State {
  mutating func press(_ key: Key) -> [DashboardEffect] {
    // These mean the same whatever is open.
    switch key {
    case .control("c"): return [.quit]
    case .control("l"): return [.redraw]
    case .control("z"): return [.suspend]
    default: break
    }
    self.message = nil
    if let input = self.input { return self.type(key, into: input) }
    if let overlay = self.overlay { return self.press(key, on: overlay) }
    if case .character(let scalar) = key {
      if let index = self.screens.firstIndex(where: { $0.key == scalar }) {
        self.go(to: index)
        return []
      }
      if let choice = self.pane.definition.choices.first(where: { $0.key == scalar }) {
        self.choose(choice)
        return []
      }
    }
    guard let binding = KeyTable.binding(of: key) else {
      self.tell("\(key.words) does nothing here; ? shows the keys")
      return []
    }
    if let reason = self.reasonAgainst(binding) {
      self.tell("\(key.words) (\(binding.words)): \(reason)")
      return []
    }
    return self.carryOut(binding.command)
  }

  /// Why a key does not apply here; nil when it does.
  func reasonAgainst(_ binding: KeyBinding) -> String? {
    switch binding.need {
    case .always: break
    case .list:
      if !self.pane.definition.isList, !Self.scrolls.contains(binding.command) {
        return "this pane is no list"
      }
    case .row:
      if self.selectedRow == nil { return "no row is selected" }
    }
    if case .actions = binding.command { return self.reasonAgainstActions }
    return nil
  }

  private static let scrolls: Set<KeyCommand> = [.up, .down, .pageUp, .pageDown, .first, .last]

  var reasonAgainstActions: String? {
    if self.options.isReadOnly { return "actions are off: started with --read-only" }
    if self.options.isReplay { return "actions are off: this is a recording" }
    if self.isOffline { return "actions are off while offline" }
    return nil
  }

  private mutating func carryOut(_ command: KeyCommand) -> [DashboardEffect] {
    switch command {
    case .up, .down, .pageUp, .pageDown, .first, .last: self.move(command)
    case .open: self.open()
    case .back: self.goBack()
    case .nextPane: self.changeFocus(by: 1)
    case .previousPane: self.changeFocus(by: -1)
    case .filter:
      self.input = .filter(text: self.pane.filter?.text ?? "", before: self.pane.filter)
    case .sort: self.openSortMenu()
    case .reverseSort: self.reverseSort()
    case .chooseColumns: self.openColumnMenu()
    case .allColumns: self.pane.showsAllColumns.toggle()
    case .scrollLeft: self.pane.columnOffset = max(0, self.pane.columnOffset - 1)
    case .scrollRight:
      let last = max(0, self.pane.definition.columns.count - 2)
      self.pane.columnOffset = min(last, self.pane.columnOffset + 1)
    case .mark: self.toggleMark()
    case .unmark: self.pane.marks = []
    case .pause: self.togglePause()
    case .refresh: self.fetching.nextAt = self.now
    case .faster: self.changeInterval(faster: true)
    case .slower: self.changeInterval(faster: false)
    case .window: self.changeWindow()
    case .lookBack:
      if self.options.isReplay { return [.stepReplay] }
      self.tell("v steps through a recording: lakectl top --replay FILE")
    case .raw: self.openRaw()
    case .logs: self.openLogs()
    case .events: self.openEvents()
    case .actions: return self.openActions()
    case .commandLine: self.tell(self.commandLine)
    case .palette: self.openPalette("")
    case .contexts: self.openContextMenu()
    case .copy: return self.copyName()
    case .help: self.overlay = .help(scroll: 0)
    case .quit, .interrupt: return [.quit]
    case .redraw: return [.redraw]
    case .suspend: return [.suspend]
    }
    return []
  }

  private mutating func copyName() -> [DashboardEffect] {
    guard let name = self.selectedRow?.name else { return [] }
    self.tell(name.visible)
    return self.options.hasClipboard ? [.copy(name)] : []
  }

  private mutating func togglePause() {
    self.isPaused.toggle()
    guard !self.isPaused else { return }
    let held = self.held
    self.held = [:]
    for part in held.values { self.apply(part, at: self.now) }
  }

  private static let intervals: [Duration] = [
    .milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(10), .seconds(30),
    .seconds(60),
  ]

  private mutating func changeInterval(faster: Bool) {
    let next =
      faster
      ? Self.intervals.last { $0 < self.interval } : Self.intervals.first { $0 > self.interval }
    guard let next else {
      self.tell(faster ? "twice a second is the fastest" : "once a minute is the slowest")
      return
    }
    self.interval = next
    self.fetching.nextAt = min(self.fetching.nextAt, self.now + next)
  }

  private mutating func changeWindow() {
    self.window = self.window.next
    if self.window.archived != nil { self.fetching.nextAt = self.now }
    self.tell("charts show the last \(self.window.words.lowercased())")
  }

  /// Goes through the words of a choice of the server, and back to all.
  private mutating func choose(_ choice: PaneDefinition.Choice) {
    var words: [String]
    switch choice.words {
    case .fixed(let fixed): words = fixed
    case .found(let key):
      var found: Set<String> = []
      if let rows = self.resource(of: self.pane)?.rows, let place = rows.index(of: key) {
        for row in 0..<rows.count where found.count < 100 {
          let text = rows[row, place].rawText
          if !text.isEmpty { found.insert(text) }
        }
      }
      if let current = self.pane.choices[choice.name] { found.insert(current) }
      words = found.sorted()
    }
    let current = self.pane.choices[choice.name].flatMap { words.firstIndex(of: $0) }
    let next = current.map { $0 + 1 } ?? 0
    self.pane.choices[choice.name] = next < words.count ? words[next] : nil
    self.fetching.nextAt = self.now
    self.tell(
      "\(choice.name): \(next < words.count ? words[next].visible : "all")")
  }
}
