import CommandTable
package import Screen
import Values

/// The picture of a state. Pure: the same state, size and glyphs make the same grid.
package func render(_ state: State, size: Size, glyphs: Glyphs) -> Grid {
  var picture = Picture(state, size: size, glyphs: glyphs)
  picture.draw()
  return picture.grid
}

/// A picture being drawn.
struct Picture {
  let state: State
  let glyphs: Glyphs
  var grid: Grid

  init(_ state: State, size: Size, glyphs: Glyphs) {
    var state = state
    // A picture may be asked for in another size than the terminal's.
    if state.size != size {
      state.size = size
      state.scrollToSelection()
    }
    self.state = state
    self.glyphs = glyphs
    self.grid = Grid(size, glyphs: glyphs)
  }

  mutating func draw() {
    guard Layout.fits(self.grid.size) else {
      self.drawStatus()
      return
    }
    let layout = Layout(self.state, size: self.grid.size)
    self.drawHeader(layout.header)
    self.drawScreens(layout.screens)
    if let rule = layout.rule { self.grid.rule(line: 0, in: rule) }
    if let tabs = layout.tabs { self.drawTabs(tabs) }
    if let title = layout.title { self.drawTitle(title) }
    for (index, area) in layout.panes { self.draw(pane: index, in: area) }
    if let details = layout.details { self.drawDetails(details) }
    if self.state.freshness != .current {
      self.grid.mark(layout.body, .dim, insteadOf: .plain)
    }
    self.drawHints(layout.hints)
    self.drawMessage(layout.message)
    self.drawOverlay(layout)
  }

  /// One line: the worst state and how many alerts there are.
  private mutating func drawStatus() {
    let alerts = self.alerts
    var worst = Attention.none
    var words = "no data yet"
    if self.state.isOffline {
      (worst, words) = (.critical, "offline")
    } else if let count = alerts.count {
      worst = alerts.worst
      words = worst >= .warning ? (worst == .critical ? "CRITICAL" : "WARNING") : "ok"
      words += ", \(count) alert\(count == 1 ? "" : "s")"
    }
    self.grid.put("\(worst.mark)\(words)", worst.meaning, in: self.grid.area)
  }

  // MARK: Line 1

  var nodes: (up: Int, all: Int)? {
    let header = self.state.options.header
    guard let resource = self.state.resources[header.nodes], resource.fetchedAt != nil else {
      return nil
    }
    let rows = resource.rows
    guard let key = rows.index(of: header.nodeStateKey) else { return (rows.count, rows.count) }
    let up = (0..<rows.count).count { rows[$0, key].rawText == header.upWord }
    return (up, rows.count)
  }

  var alerts: (count: Int?, worst: Attention) {
    let header = self.state.options.header
    guard let resource = self.state.resources[header.alerts], resource.fetchedAt != nil else {
      return (nil, .none)
    }
    let rows = resource.rows
    var count = 0
    var worst = Attention.none
    for row in 0..<rows.count {
      let state = rows[row, header.alertStateKey].rawText
      guard state.isEmpty || state == header.firingWord else { continue }
      count += 1
      worst = max(worst, max(.warning, Attention(word: rows[row, "severity"].rawText)))
    }
    return (count, worst)
  }

  static func age(_ duration: Duration) -> String {
    Humanised.duration(
      nanoseconds: Double(duration.nanosecondsClamped / 1_000_000_000) * 1e9
    ).replacingBlank(of: " s", with: "s")
  }

  var freshnessText: (text: String, meaning: Meaning) {
    switch self.state.freshness {
    case .offline(let age, let next):
      return ("offline \(Self.age(age)), next try \(Self.age(next))", .bad)
    case _ where self.state.isPaused: return ("paused", .warn)
    case .stale(let age): return ("stale \(Self.age(age))", .warn)
    case .current:
      let every = DurationText.text(self.state.interval)
      return (self.state.options.isReplay ? "replay" : "every \(every)", .plain)
    }
  }

  private mutating func drawHeader(_ area: Area) {
    let name = self.state.context.name.isEmpty ? "-" : self.state.context.name.visible
    let nodes = self.nodes
    let alerts = self.alerts
    let freshness = self.freshnessText
    let clock = self.clock
    let alertText =
      alerts.count.map { $0 == 0 ? "no alerts" : "\($0) alert\($0 == 1 ? "" : "s")" } ?? "- alerts"
    // What is more important stays when there is little room.
    var fields: [(place: Int, text: String, meaning: Meaning, priority: Int)] = [
      (0, name, self.state.context.isProtected ? .selected : .title, 3),
      (
        20, nodes.map { "\($0.up)/\($0.all) nodes up" } ?? "- nodes up",
        nodes.map { $0.up < $0.all ? .bad : .plain } ?? .dim, 2
      ),
      (44, alertText, alerts.worst.meaning, 4),
      (61, freshness.text, freshness.meaning, freshness.meaning == .plain ? 1 : 5),
    ]
    let room = area.width - 2
    func needed() -> Int {
      fields.reduce(0) { $0 + TextWidth.of($1.text) } + 2 * (fields.count - 1)
    }
    while fields.count > 1, needed() > room {
      if let victim = fields.indices.min(by: { fields[$0].priority < fields[$1].priority }) {
        fields.remove(at: victim)
      }
    }
    var column = 1
    var left = needed()
    for field in fields {
      let width = TextWidth.of(field.text)
      // At its place where there is room for everything behind it, else close to the one before.
      let latest = area.width - 1 - left
      let start = max(column, min(1 + area.width * field.place / 100, latest))
      self.grid.put(field.text, field.meaning, column: start, in: area)
      column = start + width + 2
      left -= width + 2
    }
    if column + clock.utf8.count + 1 <= area.width {
      let place = Area(line: area.line, column: column, width: area.width - column - 1, height: 1)
      self.grid.put(clock, .plain, in: place, isRight: true)
    }
  }

  private var clock: String {
    let wall = Timestamp(self.state.wall)
    let text = Humanised.time(wall, offset: self.state.localOffset)
    let time = text.split(separator: " ").last.map(String.init) ?? text
    return time.hasSuffix("Z") ? time.dropLast() + " UTC" : time
  }

  // MARK: Line 2

  private mutating func drawScreens(_ area: Area) {
    let screens = self.state.screens
    var texts = screens.map { "\($0.key) \($0.title)" }
    func needed() -> Int { texts.reduce(0) { $0 + TextWidth.of($1) + 1 } }
    // Those at the end keep their key when there is no room for their words.
    for index in screens.indices.reversed() where needed() > area.width - 1 {
      if index != self.state.screenIndex { texts[index] = String(screens[index].key) }
    }
    var column = 1
    for (index, text) in texts.enumerated() {
      let isHere = index == self.state.screenIndex
      column += self.grid.put(text, isHere ? .selected : .dim, column: column, in: area) + 1
    }
  }

  // MARK: Above the panes

  private mutating func drawTabs(_ area: Area) {
    var column = 1
    for (index, pane) in self.state.level.panes.enumerated() {
      let isHere = index == self.state.level.focus
      let title = isHere ? "[\(pane.definition.title)]" : " \(pane.definition.title) "
      column += self.grid.put(title, isHere ? .title : .dim, column: column, in: area) + 1
    }
  }

  /// `Shards > orders        8 of 8 shown    sort: load v`
  private mutating func drawTitle(_ area: Area) {
    var words = [self.state.screen.title]
    for level in self.state.stacks[self.state.screenIndex].dropFirst() {
      if let subject = level.subject {
        words.append(subject.name.visible + (subject.isGone ? " (gone)" : ""))
      }
    }
    let pane = self.state.pane
    var parts: [String] = []
    if pane.definition.isList, let resource = self.state.resource(of: pane) {
      let count = resource.rows.count
      let shown = pane.listing.order.count
      parts.append(
        "\(shown) of \(count)\(resource.isTruncated ? " and more" : "") shown")
    }
    for choice in pane.definition.choices {
      if let word = pane.choices[choice.name] { parts.append("\(choice.name): \(word.visible)") }
    }
    if let filter = pane.filter { parts.append("/\(filter.text.visible)") }
    if !pane.marks.isEmpty { parts.append("\(pane.marks.count) marked") }
    if let sort = pane.sort, !pane.definition.isLog,
      let column = pane.definition.columns.first(where: { $0.key == sort.key })
    {
      parts.append("sort: \(column.column.title.lowercased()) \(sort.isDescending ? "v" : "^")")
    }
    let right = parts.joined(separator: "   ")
    let room = max(8, area.width - 4 - TextWidth.of(right))
    let left = TextWidth.cut(words.joined(separator: " > "), to: room, mark: self.glyphs.cut)
    let used = self.grid.put(left, .title, column: 1, in: area)
    if used + 3 < area.width {
      let place = Area(
        line: area.line, column: area.column + used + 3, width: area.width - used - 4, height: 1)
      self.grid.put(right, .plain, in: place, isRight: true)
    }
  }
}

extension String {
  /// `14 s` is `14s` in a line of words.
  func replacingBlank(of ending: String, with other: String) -> String {
    self.hasSuffix(ending) ? self.dropLast(ending.count) + other : self
  }
}
