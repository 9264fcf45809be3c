import CommandTable
import Screen
import Values

/// The filter, the palette, and what lies over the screen.
extension State {
  mutating func type(_ key: Key, into input: Input) -> [DashboardEffect] {
    switch input {
    case .filter(let text, let before):
      self.typeFilter(key, text, before)
      return []
    case .palette(let palette): return self.typePalette(key, palette)
    }
  }

  // MARK: Filter

  private mutating func typeFilter(_ key: Key, _ text: String, _ before: ListFilter?) {
    var text = text
    switch key {
    case .enter:
      self.input = nil
      return
    case .escape:
      self.pane.filter = before
      self.input = nil
      return
    case .up, .down, .pageUp, .pageDown:
      if let binding = KeyTable.binding(of: key) { self.move(binding.command) }
      return
    case .control("u"): text = ""
    default: Self.edit(&text, key, countMax: ListFilter.textCountMax)
    }
    self.input = .filter(text: text, before: before)
    self.setFilter(text)
  }

  static func edit(_ text: inout String, _ key: Key, countMax: Int) {
    switch key {
    case .character(let scalar) where text.unicodeScalars.count < countMax:
      text.unicodeScalars.append(scalar)
    case .backspace, .delete: if !text.isEmpty { text.unicodeScalars.removeLast() }
    default: break
    }
  }

  /// While an expression is half typed, the rows stay as they were and the line says what is
  /// missing.
  mutating func setFilter(_ text: String) {
    guard self.pane.definition.isList else { return }
    guard !text.allSatisfy({ $0 == " " }) else {
      self.pane.filter = nil
      return
    }
    do {
      self.pane.filter = try ListFilter(
        parsing: text, columns: self.pane.definition.columns.map(\.column), now: self.wall)
    } catch {
      self.tell(error.why ?? error.message, .warn)
    }
  }

  // MARK: Overlays

  mutating func press(_ key: Key, on overlay: Overlay) -> [DashboardEffect] {
    switch overlay {
    case .help(let scroll):
      // Any key closes; what moves, moves.
      if let next = self.scrolled(scroll, key) {
        self.overlay = .help(scroll: next)
      } else {
        self.overlay = nil
      }
    case .text(var text):
      if let next = self.scrolled(text.scroll, key) {
        text.scroll = min(next, max(0, text.lines.count - 1))
        self.overlay = .text(text)
      } else if [.escape, .enter, .character("q"), .character("d")].contains(key) {
        self.overlay = nil
      }
    case .menu(let menu): return self.press(key, on: menu)
    case .dialog(let dialog): return self.press(key, on: dialog)
    }
    return []
  }

  private func scrolled(_ scroll: Int, _ key: Key) -> Int? {
    let page = max(1, self.size.height - 8)
    let next: Int
    switch KeyTable.binding(of: key)?.command {
    case .up: next = scroll - 1
    case .down: next = scroll + 1
    case .pageUp: next = scroll - page
    case .pageDown: next = scroll + page
    case .first: next = 0
    case .last: next = TextOverlay.lineCountMax
    default: return nil
    }
    return min(max(0, next), TextOverlay.lineCountMax)
  }

  private mutating func press(_ key: Key, on menu: Menu) -> [DashboardEffect] {
    var menu = menu
    guard !menu.items.isEmpty else {
      self.overlay = nil
      return []
    }
    switch key {
    case .up, .character("k"): menu.selected = max(0, menu.selected - 1)
    case .down, .character("j"): menu.selected = min(menu.items.count - 1, menu.selected + 1)
    case .home, .character("g"): menu.selected = 0
    case .end, .character("G"): menu.selected = menu.items.count - 1
    case .escape, .character("q"):
      self.overlay = nil
      return []
    case .character(" ") where menu.purpose == .columns, .enter where menu.purpose == .columns:
      if key == .enter {
        self.overlay = nil
        return []
      }
      self.toggleColumn(&menu)
    case .enter:
      self.overlay = nil
      return self.choose(menu.items[menu.selected], of: menu)
    default: break
    }
    self.overlay = .menu(menu)
    return []
  }

  private mutating func toggleColumn(_ menu: inout Menu) {
    let value = menu.items[menu.selected].value
    // The first column names the rows.
    guard menu.selected > 0 else {
      self.tell("the first column stays")
      return
    }
    let isOn = !(menu.items[menu.selected].isOn ?? false)
    menu.items[menu.selected].isOn = isOn
    self.pane.chosenColumns[value] = isOn
    self.pane.showsAllColumns = false
  }

  private mutating func choose(_ item: Menu.Item, of menu: Menu) -> [DashboardEffect] {
    switch menu.purpose {
    case .columns: return []
    case .sort:
      guard !item.value.isEmpty else {
        self.pane.sort =
          self.pane.definition.isLog ? ListOrder.Sort(key: "at", isDescending: false) : nil
        return []
      }
      // The same column again turns the order round; numbers begin with the largest.
      let isDescending =
        self.pane.sort?.key == item.value
        ? !(self.pane.sort?.isDescending ?? false)
        : self.pane.definition.columns.first { $0.key == item.value }?.column.isNumber ?? false
      self.pane.sort = ListOrder.Sort(key: item.value, isDescending: isDescending)
      return []
    case .contexts:
      guard item.value != self.context.name else { return [] }
      self.tell("going to \(item.text) ...")
      return [.useContext(item.value)]
    case .actions:
      guard let index = Int(item.value), self.availableActions.indices.contains(index) else {
        return []
      }
      return self.open(self.availableActions[index])
    }
  }

  mutating func contextChanged(_ result: Result<ContextFacts, CommandError>) {
    switch result {
    case .failure(let error): self.tell(error)
    case .success(let facts):
      self.context = facts
      self.resources = [:]
      self.held = [:]
      self.overlay = nil
      self.stacks = self.options.screens.map { [Level($0.level, subject: nil)] }
      self.fetching = Fetching()
      self.fetching.nextAt = self.now
      self.tell("context \(facts.name.visible)\(facts.isProtected ? " (protected)" : "")")
    }
  }
}
