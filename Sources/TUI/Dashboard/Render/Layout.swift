import CommandTable
import Screen

/// Where everything is on a screen of some size. The reducer asks too, to keep the selected row in
/// sight.
struct Layout: Sendable {
  var header: Area
  var screens: Area
  var rule: Area?
  /// What was opened, how many rows, the sort.
  var title: Area?
  var tabs: Area?
  var panes: [(index: Int, area: Area)] = []
  /// The selected row, beside the list.
  var details: Area?
  var message: Area
  var hints: Area
  var body: Area

  /// Below this there is one line of status.
  static let smallest = Size(width: 40, height: 10)
  /// From here on, the selected row is beside the list.
  static let wide = 120
  /// Below this, name and state only.
  static let narrow = 50

  static func fits(_ size: Size) -> Bool {
    size.width >= self.smallest.width && size.height >= self.smallest.height
  }

  init(_ state: State, size: Size) {
    var rest = Area(size)
    (self.header, rest) = rest.split(top: 1)
    (self.screens, rest) = rest.split(top: 1)
    if size.height >= 16 {
      let split = rest.split(top: 1)
      self.rule = split.top
      rest = split.rest
    }
    (rest, self.hints) = rest.split(bottom: 1)
    (rest, self.message) = rest.split(bottom: 1)
    self.body = rest
    let level = state.level
    if level.definition.layout == .tabs {
      let split = rest.split(top: 1)
      self.tabs = split.top
      rest = split.rest
    }
    if state.depth > 1 || level.visible.count == 1 {
      let split = rest.split(top: 1)
      self.title = split.top
      rest = split.rest
    }
    if size.width >= Self.wide, state.depth == 1, level.panes[level.focus].definition.hasDetails,
      level.visible.count <= 2
    {
      let split = rest.split(left: size.width * 60 / 100)
      self.details = split.rest.split(left: 2).rest
      rest = split.left
    }
    self.panes = Self.stack(state, rest)
  }

  // MARK: Panes below each other

  /// Gives each visible pane its lines: two at least, then by weight up to what it can use. What
  /// does not fit is left out, the lightest first, but never the pane in focus.
  private static func stack(_ state: State, _ area: Area) -> [(index: Int, area: Area)] {
    let level = state.level
    var shown = level.visible
    let least = 2
    func needed() -> Int { shown.count * least + max(0, shown.count - 1) }
    while shown.count > 1, needed() > area.height {
      let victim = shown.filter { $0 != level.focus }
        .min { level.panes[$0].definition.weight < level.panes[$1].definition.weight }
      guard let victim else { break }
      shown.removeAll { $0 == victim }
    }
    var heights = [Int: Int]()
    var left = area.height - max(0, shown.count - 1)
    for index in shown {
      heights[index] = min(least, max(0, left))
      left -= heights[index] ?? 0
    }
    let desired = Dictionary(
      uniqueKeysWithValues: shown.map {
        ($0, self.lineCount(of: level.panes[$0], state, width: area.width, alone: shown.count == 1))
      })
    while left > 0 {
      let hungry = shown.filter { heights[$0, default: 0] < desired[$0, default: 0] }
      let next = hungry.min {
        heights[$0, default: 0] * level.panes[$1].definition.weight
          < heights[$1, default: 0] * level.panes[$0].definition.weight
      }
      guard let next else { break }
      heights[next, default: 0] += 1
      left -= 1
    }
    var line = area.line
    return shown.map { index in
      let height = heights[index] ?? 0
      defer { line += height + 1 }
      return (
        index, Area(line: line, column: area.column, width: area.width, height: height)
      )
    }
  }

  /// How many lines a pane can use.
  private static func lineCount(
    of pane: PaneState, _ state: State, width: Int, alone: Bool
  ) -> Int {
    switch pane.definition.kind {
    case .list, .log:
      if alone { return .max }
      return 1 + max(1, pane.listing.order.count)
    case .record:
      guard let subject = pane.subject else { return 1 }
      return RecordLines.make(subject.row, pane: subject.pane, width: width, glyphs: .ascii).count
    case .charts: return 8
    case .trend(let charts): return charts.count
    }
  }

  /// How many rows of a list pane are in sight.
  func rowCount(ofPane index: Int) -> Int {
    self.panes.first { $0.index == index }.map { max(0, $0.area.height - 1) } ?? 0
  }
}

extension State {
  /// Scrolls the visible lists as little as possible so that their selected rows are in sight.
  mutating func scrollToSelection() {
    guard Layout.fits(self.size) else { return }
    let layout = Layout(self, size: self.size)
    for (index, area) in layout.panes where self.level.panes[index].definition.isList {
      let height = max(1, area.height - 1)
      let pane = self.level.panes[index]
      var top = min(pane.top, pane.selectedIndex)
      if pane.selectedIndex >= top + height { top = pane.selectedIndex - height + 1 }
      top = max(0, min(top, pane.listing.order.count - height))
      if top != pane.top { self.level.panes[index].top = top }
    }
  }
}
