import CommandTable
import Screen

/// What lies over the screen.
extension Picture {
  mutating func drawOverlay(_ layout: Layout) {
    if case .palette(let palette) = self.state.input {
      self.drawCandidates(palette, above: layout.message.line, in: layout.body)
    }
    switch self.state.overlay {
    case nil: return
    case .help(let scroll):
      self.grid.fill(layout.body)
      self.drawHelp(scroll, in: layout.body)
    case .text(let text):
      self.grid.fill(layout.body)
      self.drawText(text, in: layout.body)
    case .menu(let menu): self.drawMenu(menu, in: layout.body)
    case .dialog(let dialog): self.drawDialog(dialog, in: layout.body)
    }
  }

  // MARK: Palette

  private mutating func drawCandidates(_ palette: Palette, above line: Int, in body: Area) {
    let countMax = min(10, max(0, body.height - 2))
    let count = min(countMax, palette.candidates.count)
    guard count > 0 else { return }
    let first = max(0, min((palette.selected ?? 0) - count + 1, palette.candidates.count - count))
    let area = Area(
      line: line - count - 1, column: 0, width: self.grid.size.width, height: count + 1)
    self.grid.fill(area)
    self.grid.rule(line: 0, in: area)
    let width = min(
      28, palette.candidates.reduce(0) { max($0, TextWidth.of($1.text.visible)) })
    for (index, candidate) in palette.candidates.dropFirst(first).prefix(count).enumerated() {
      let isSelected = palette.selected == first + index
      let place = Area(line: area.line + 1 + index, column: 0, width: area.width, height: 1)
      let name = TextWidth.padded(
        TextWidth.cut(candidate.text.visible, to: width, mark: self.glyphs.cut), to: width,
        right: false)
      let effect = self.effect(of: candidate, after: palette.text)
      self.grid.put(
        "  \(name)  \(candidate.summary.visible)", isSelected ? .selected : .plain, in: place)
      if !effect.isEmpty { self.grid.put(effect + " ", .dim, in: place, isRight: true) }
    }
  }

  private func effect(of candidate: Completion.Candidate, after text: String) -> String {
    var words = text.split(separator: " ").map(String.init)
    if !text.hasSuffix(" "), !words.isEmpty { words.removeLast() }
    let call = self.state.table.descendant(at: words + [candidate.text])?.call
    return call.map { State.words(of: $0.effect) } ?? ""
  }

  // MARK: Help

  private mutating func drawHelp(_ scroll: Int, in body: Area) {
    var lines: [(keys: String, words: String)?] = []
    var titles: [Int: String] = [:]
    func add(_ title: String, _ entries: [(keys: String, words: String)]) {
      guard !entries.isEmpty else { return }
      titles[lines.count] = title
      lines.append(nil)
      lines += entries
    }
    let keys = self.state.screens.map { String($0.key) }.joined(separator: " ")
    add(
      "Keys: \(self.state.screen.title)",
      self.state.pane.definition.choices.map {
        (String($0.key), "\($0.name), applied by the server")
      }
        + [(keys, "screens")])
    for group in KeyBinding.Group.allCases {
      add(
        group.rawValue,
        KeyTable.all.filter { $0.group == group }.map { binding in
          (binding.keys.map(\.words).joined(separator: " "), binding.words)
        })
    }
    let isWide = body.width >= 76
    let frame = body.centred(width: min(76, body.width), height: body.height)
    let inside = self.grid.frame(frame)
    let columns = isWide ? 2 : 1
    let perColumn = isWide ? (lines.count + 1) / 2 : lines.count
    let top = max(0, min(scroll, perColumn - inside.height))
    for column in 0..<columns {
      let width = inside.width / columns
      let start = column * perColumn + top
      let end = min(lines.count, column * perColumn + perColumn)
      guard start < end else { continue }
      for (offset, index) in (start..<end).prefix(inside.height).enumerated() {
        let place = Area(
          line: inside.line + offset, column: inside.column + column * width + 1,
          width: width - 1, height: 1)
        if let title = titles[index] {
          self.grid.put(title, .title, in: place)
        } else if let entry = lines[index] {
          self.grid.put(entry.keys, .accent, column: 1, in: place)
          self.grid.put(entry.words, column: max(12, TextWidth.of(entry.keys) + 3), in: place)
        }
      }
    }
  }

  // MARK: Text

  private mutating func drawText(_ text: TextOverlay, in body: Area) {
    let frame = body.centred(width: body.width - (body.width > 60 ? 4 : 0), height: body.height)
    let inside = self.grid.frame(frame, title: text.title).inset(columns: 1)
    let top = max(0, min(text.scroll, text.lines.count - 1))
    var line = 0
    for content in text.lines.dropFirst(top) {
      guard line < inside.height else { break }
      var rest = content
      // A long line goes on in the next one.
      repeat {
        let part = TextWidth.cut(rest, to: inside.width, mark: "")
        self.grid.put(part, line: line, in: inside)
        rest.unicodeScalars.removeFirst(part.unicodeScalars.count)
        line += 1
        if part.isEmpty { break }
      } while !rest.isEmpty && line < inside.height
    }
    if text.lines.count > inside.height {
      let place = "line \(top + 1) of \(text.lines.count)"
      self.grid.put(
        " \(place) ", .dim, line: frame.height - 1,
        in: Area(
          line: frame.line, column: frame.column, width: frame.width - 2, height: frame.height),
        isRight: true)
    }
  }

  // MARK: Menu

  private mutating func drawMenu(_ menu: Menu, in body: Area) {
    let texts = menu.items.map { item in
      (item.isOn.map { $0 ? "[x] " : "[ ] " } ?? "") + item.text.visible
    }
    let left = texts.reduce(0) { max($0, TextWidth.of($1)) }
    let right = menu.items.reduce(0) { max($0, TextWidth.of($1.detail)) }
    let width = max(left + right + 7, TextWidth.of(menu.title) + 8)
    let frame = body.centred(width: width, height: min(body.height, menu.items.count + 2))
    let inside = self.grid.frame(frame, title: menu.title.visible)
    let top = max(0, min(menu.selected - inside.height + 1, menu.items.count - inside.height))
    for (offset, index) in (top..<menu.items.count).prefix(inside.height).enumerated() {
      let place = Area(
        line: inside.line + offset, column: inside.column, width: inside.width, height: 1)
      self.grid.put(texts[index], column: 1, in: place)
      let detail = menu.items[index].detail
      if !detail.isEmpty { self.grid.put(detail + " ", .dim, in: place, isRight: true) }
      if index == menu.selected { self.grid.mark(place, .selected) }
    }
  }

  // MARK: Dialog

  private mutating func drawDialog(_ dialog: ActionDialog, in body: Area) {
    let width = min(body.width, 72)
    var lines: [(text: String, meaning: Meaning)] = []
    /// A label, and behind it the text in as many lines as it takes.
    func add(_ text: String, _ meaning: Meaning = .plain, label: String? = nil, room: Int = 0) {
      for (index, part) in text.wrapped(to: max(8, width - 6 - room)).enumerated() {
        let left = index == 0 ? label?.visible ?? "" : ""
        lines.append((TextWidth.padded(left, to: room, right: false) + part, meaning))
      }
    }
    let place =
      "on context \(self.state.context.name.visible)"
      + (self.state.context.isProtected ? " (protected)" : "")
    switch dialog.phase {
    case .planning:
      add(dialog.title.visible, .title)
      add("asking what would happen \(self.glyphs.pending)", .dim)
    case .refused(let error):
      add(error.message.visible, .bad)
      if let why = error.why { add(why.visible, label: "why", room: 5) }
      for text in error.tries { add(text.visible, label: "try", room: 5) }
      add(error.code.rawValue.visible, .dim, label: "code", room: 5)
    case .ready: break
    case .performing:
      add(dialog.title.visible, .title)
      add("working \(self.glyphs.pending)", .dim)
    }
    if let plan = self.plan(of: dialog) {
      add("\(plan.plan.action.visible.capitalised) \(place)", .title)
      lines.append(("", .plain))
      let facts = plan.plan.facts + [("undo", plan.plan.undo ?? "cannot be undone")]
      let label = max(9, facts.reduce(0) { max($0, TextWidth.of($1.label)) }) + 2
      for fact in facts { add(fact.text.visible, label: fact.label, room: label) }
      lines.append(("", .plain))
      add(dialog.shellLines.first ?? "", label: "same as", room: label)
      if dialog.shellLines.count > 1 { add("and \(dialog.shellLines.count - 1) more like it") }
    }
    self.drawDialog(dialog, lines, width: width, in: body)
  }

  private func plan(of dialog: ActionDialog) -> ActionPlan? {
    if case .ready(let plan) = dialog.phase { plan } else { nil }
  }

  private mutating func drawDialog(
    _ dialog: ActionDialog, _ lines: [(text: String, meaning: Meaning)], width: Int, in body: Area
  ) {
    let wantsName = dialog.wantsName
    let foot = wantsName == nil ? 2 : 4
    let frame = body.centred(width: width, height: min(body.height, lines.count + foot + 2))
    let inside = self.grid.frame(frame).inset(columns: 2)
    let (text, buttons) = inside.split(bottom: foot)
    for (index, line) in lines.prefix(text.height).enumerated() {
      self.grid.put(line.text, line.meaning, line: index, in: text)
    }
    if let wantsName {
      let prompt = "Type \(wantsName.visible) to go on: "
      let used = self.grid.put(prompt, .warn, line: 1, in: buttons)
      let typed = self.grid.put(
        dialog.typed.visible, .accent, line: 1, column: used, in: buttons)
      self.grid.cursor = Position(
        line: buttons.line + 1,
        column: min(self.grid.size.width - 1, buttons.column + used + typed))
    }
    guard case .ready = dialog.phase else {
      self.grid.put("[ Close ]", .selected, line: foot - 1, in: buttons)
      return
    }
    // Brackets say where the focus is without colour.
    let cancel = dialog.focus == .cancel ? "[ Cancel ]" : "  Cancel  "
    let title = TextWidth.cut(
      dialog.title.visible.prefixBeforeColon, to: max(8, buttons.width - 16), mark: self.glyphs.cut)
    let go = dialog.focus == .go ? "[ \(title) ]" : "  \(title)  "
    self.grid.put(cancel, dialog.focus == .cancel ? .selected : .plain, line: foot - 1, in: buttons)
    self.grid.put(
      go, dialog.focus == .go ? .selected : dialog.canGo ? .plain : .dim, line: foot - 1,
      column: 14,
      in: buttons)
  }
}

extension String {
  /// `Drain: move its work elsewhere` is a button `Drain`.
  var prefixBeforeColon: String {
    self.split(separator: ":", maxSplits: 1).first.map(String.init) ?? self
  }

  var capitalised: String {
    guard let first = self.unicodeScalars.first, first.isASCII else { return self }
    return String(first).uppercased() + String(self.unicodeScalars.dropFirst())
  }
}
