import CommandTable
import Screen
import Values

/// Moving between rows, panes, screens and things.
extension State {
  /// The lines of a page; the picture knows better, but keys must not wait for one.
  private var pageLineCount: Int { max(1, self.size.height - 8) }

  mutating func move(_ command: KeyCommand) {
    guard self.pane.definition.isList else {
      let step =
        switch command {
        case .up: -1
        case .down: 1
        case .pageUp: -self.pageLineCount
        case .pageDown: self.pageLineCount
        case .first: -10_000
        default: 10_000
        }
      self.pane.scroll = min(max(0, self.pane.scroll + step), 10_000)
      return
    }
    let count = self.pane.listing.order.count
    guard count > 0 else { return }
    let now = self.pane.selectedIndex
    let next =
      switch command {
      case .up: now - 1
      case .down: now + 1
      case .pageUp: now - self.pageLineCount
      case .pageDown: now + self.pageLineCount
      case .first: 0
      default: count - 1
      }
    self.select(index: min(max(0, next), count - 1))
  }

  mutating func select(index: Int) {
    self.pane.selectedIndex = index
    guard let rows = self.resource(of: self.pane)?.rows else { return }
    self.pane.selectedName = self.pane.listing.row(at: index).map { rows.names[$0] }
    if self.pane.definition.isLog {
      self.pane.followsEnd = index == self.pane.listing.order.count - 1
    }
  }

  mutating func toggleMark() {
    guard self.pane.definition.isList, let name = self.pane.selectedName else { return }
    if self.pane.marks.remove(name) == nil { self.pane.marks.insert(name) }
    self.move(.down)
  }

  mutating func changeFocus(by step: Int) {
    let count = self.level.panes.count
    guard count > 1 else {
      self.tell("there is one pane")
      return
    }
    self.level.focus = (self.level.focus + step + count) % count
    if self.resource(of: self.pane) == nil { self.fetching.nextAt = self.now }
  }

  /// The screen itself: what was opened on it is closed. A key always does the same thing.
  mutating func go(to index: Int) {
    self.screenIndex = index
    self.stacks[index].removeSubrange(1...)
    self.fetchAtOnceIfEmpty()
  }

  private mutating func fetchAtOnceIfEmpty() {
    if self.wanted.contains(where: { self.resources[$0]?.fetchedAt == nil }), !self.isOffline {
      self.fetching.nextAt = self.now
    }
  }

  mutating func open() {
    guard let selected = self.selectedRow else { return }
    guard self.pane.definition.isList else {
      self.openRaw()
      return
    }
    switch selected.pane.opens {
    case .nothing: self.tell("there is nothing to open here")
    case .record: self.openRaw()
    case .level(let definition):
      guard self.depth < Self.depthMax else { return }
      let subject = Level.Subject(
        name: selected.name, request: selected.request, pane: selected.pane, row: selected.row)
      self.stacks[self.screenIndex].append(Level(definition, subject: subject))
      self.fetchAtOnceIfEmpty()
    case .screen(let name):
      guard let index = self.screens.firstIndex(where: { $0.name == name }) else { return }
      self.go(to: index)
      self.pane.filter = nil
      self.pane.selectedName = selected.name
      self.pane.listing.key = Listing.Key()
    }
  }

  static let depthMax = 8

  /// One step back: the thing that was opened, or the filter. Never out of the program.
  mutating func goBack() {
    if self.pane.filter != nil {
      self.pane.filter = nil
    } else if !self.pane.marks.isEmpty {
      self.pane.marks = []
    } else if self.depth > 1 {
      self.stacks[self.screenIndex].removeLast()
    } else {
      self.tell("this is the screen; q quits")
    }
  }

  // MARK: Sort and columns

  mutating func reverseSort() {
    guard var sort = self.pane.sort else {
      self.tell("the list is in the order of the server; s chooses a column")
      return
    }
    sort.isDescending.toggle()
    self.pane.sort = sort
  }

  mutating func openSortMenu() {
    let columns = self.pane.definition.columns.filter { column in
      if case .sparkline = column.form { false } else { true }
    }
    var menu = Menu(
      purpose: .sort, title: "Sort by",
      items: columns.map { column in
        Menu.Item(
          text: column.column.title, detail: self.pane.sort?.key == column.key ? "now" : "",
          value: column.key)
      })
    menu.items.append(Menu.Item(text: "order of the server", detail: "", value: ""))
    menu.selected = menu.items.firstIndex { $0.detail == "now" } ?? 0
    self.overlay = .menu(menu)
  }

  mutating func openColumnMenu() {
    let pane = self.pane
    let menu = Menu(
      purpose: .columns, title: "Columns",
      items: pane.definition.columns.map { column in
        Menu.Item(
          text: column.column.title, detail: "",
          isOn: pane.showsAllColumns || pane.chosenColumns[column.key] ?? !column.column.isWide,
          value: column.key)
      })
    self.overlay = .menu(menu)
  }

  mutating func openContextMenu() {
    let names = self.options.contextNames
    guard !names.isEmpty else {
      self.tell("there is no other context; lakectl context add NAME --endpoint URL")
      return
    }
    var menu = Menu(
      purpose: .contexts, title: "Context",
      items: names.map {
        Menu.Item(text: $0.visible, detail: $0 == self.context.name ? "now" : "", value: $0)
      })
    menu.selected = names.firstIndex(of: self.context.name) ?? 0
    self.overlay = .menu(menu)
  }

  // MARK: Elsewhere

  mutating func openRaw() {
    guard let selected = self.selectedRow else { return }
    let keys = selected.row.cells.keys.sorted()
    let width = keys.map(TextWidth.of).max() ?? 0
    var lines: [String] = []
    for key in keys {
      let text = selected.row[key]
      let value = text.current == .null ? "null" : text.rawText.visible
      lines.append(TextWidth.padded(key.visible, to: width, right: false) + "  " + value)
    }
    self.overlay = .text(TextOverlay(title: selected.name.visible, lines: lines))
  }

  mutating func openLogs() {
    guard let selected = self.selectedRow else { return }
    guard let template = self.pane.definition.logFilter ?? selected.pane.logFilter else {
      self.tell("these rows have no log lines")
      return
    }
    let text = Template.fill(template, { selected.row[$0].rawText })
    self.go(toScreen: StandardScreens.logs, filteredBy: text)
  }

  mutating func openEvents() {
    guard let selected = self.selectedRow else { return }
    let first = selected.pane.nameKeys.first ?? ""
    let text = selected.row[first].rawText
    self.go(toScreen: StandardScreens.events, filteredBy: text.isEmpty ? selected.name : text)
  }

  private mutating func go(toScreen name: String, filteredBy text: String) {
    guard let index = self.screens.firstIndex(where: { $0.name == name }) else {
      self.tell("there is no screen \(name)")
      return
    }
    // Blanks part the words of a filter, and a word is as good as a phrase here.
    let words = text.split(separator: " ").joined(separator: " ")
    guard !words.isEmpty, words != "=" else {
      self.tell("the row has nothing to look for")
      return
    }
    self.go(to: index)
    self.setFilter(String(words.prefix(ListFilter.textCountMax)))
  }

  /// This view as a command line.
  var commandLine: String {
    let pane = self.pane
    let selected = self.selectedRow
    let subject = self.level.subject
    guard
      let template = pane.definition.command
        ?? self.level.panes.compactMap(\.definition.command).first
    else { return "lakectl top --screen \(self.screen.name)" }
    var line =
      "lakectl "
      + Template.shellLine(template) { key in
        (subject?.row[key] ?? selected?.row[key] ?? .null).rawText
      }
    for choice in pane.definition.choices {
      if let word = pane.choices[choice.name] {
        line += " --\(choice.name) \(word.visible.shellQuoted)"
      }
    }
    if pane.definition.isList, !pane.definition.isLog, let sort = pane.sort,
      sort != pane.definition.sort
    {
      line += " --sort \(sort.key)\(sort.isDescending ? ":desc" : "")"
    }
    for flag in pane.filter?.flags ?? [] { line += " " + flag }
    return line
  }
}
