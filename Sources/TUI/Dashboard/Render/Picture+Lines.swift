import CommandTable
import Screen

/// The last two lines: what was said or is being typed, and the keys that apply now.
extension Picture {
  mutating func drawMessage(_ area: Area) {
    switch self.state.input {
    case .filter(let text, _):
      self.drawInput("/", text, note: self.state.message?.text, in: area)
    case .palette(let palette):
      self.drawInput(":", palette.text, note: nil, in: area)
    case nil:
      guard let message = self.state.message else { return }
      self.grid.put(message.text.visible, message.meaning, column: 1, in: area)
    }
  }

  private mutating func drawInput(_ sign: String, _ text: String, note: String?, in area: Area) {
    // The end of a long line is what is being typed.
    var shown = text.visible
    let room = max(1, area.width - 4)
    while TextWidth.of(shown) > room { shown.unicodeScalars.removeFirst() }
    let used = self.grid.put(sign + shown, .accent, column: 1, in: area)
    self.grid.cursor = Position(line: area.line, column: min(area.width - 1, 1 + used))
    if let note, used + 5 < area.width {
      let place = Area(
        line: area.line, column: used + 4, width: area.width - used - 5, height: 1)
      self.grid.put(note.visible, .warn, in: place, isRight: true)
    }
  }

  mutating func drawHints(_ area: Area) {
    var column = 1
    for hint in self.hints {
      let width = TextWidth.of(hint.key) + 1 + TextWidth.of(hint.words)
      guard column + width < area.width else { continue }
      column += self.grid.put(hint.key, .title, column: column, in: area) + 1
      column += self.grid.put(hint.words, .dim, column: column, in: area) + 2
    }
  }

  private var hints: [(key: String, words: String)] {
    switch self.state.input {
    case .filter:
      return [
        ("Enter", "keeps"), ("Esc", "drops"), ("Up Down", "move"),
        ("words !word key=value key~regex key>10", ""),
      ]
    case .palette:
      return [
        ("Tab", "completes"), ("Up Down", "choose"), ("Enter", "runs"), ("Esc", "closes"),
      ]
    case nil: break
    }
    switch self.state.overlay {
    case .help: return [("any key", "closes"), ("j k", "scroll")]
    case .text: return [("Esc", "closes"), ("j k", "scroll"), ("g G", "first, last")]
    case .menu(let menu):
      return menu.purpose == .columns
        ? [("Space", "on or off"), ("Enter", "done"), ("Esc", "closes")]
        : [("Enter", "chooses"), ("Up Down", "move"), ("Esc", "closes")]
    case .dialog: return [("Tab", "next field"), ("Enter", "chooses"), ("Esc", "cancels")]
    case nil: break
    }
    let pane = self.state.pane
    var hints: [(priority: Int, key: String, words: String)] = []
    for binding in KeyTable.all {
      guard let hint = binding.hint, self.state.reasonAgainst(binding) == nil else { continue }
      switch binding.command {
      case .back: if self.state.depth == 1, pane.filter == nil, pane.marks.isEmpty { continue }
      case .nextPane: if self.state.level.panes.count < 2 { continue }
      case .actions: if self.state.availableActions.isEmpty { continue }
      default: break
      }
      hints.append((hint.priority, binding.keys[0].words, hint.text))
    }
    for choice in pane.definition.choices {
      hints.append((14, String(choice.key), choice.name))
    }
    return hints.sorted { $0.priority > $1.priority }.map { ($0.key, $0.words) }
  }
}
