import CommandTable
import Screen
import Values

/// Lists, records and charts.
extension Picture {
  mutating func draw(pane index: Int, in area: Area) {
    let pane = self.state.level.panes[index]
    let isFocused = index == self.state.level.focus
    switch pane.definition.kind {
    case .list, .log: self.drawList(pane, in: area, isFocused: isFocused)
    case .record:
      guard let subject = self.state.level.subject else { return }
      self.drawRecord(subject.row, subject.pane, in: area, scroll: pane.scroll)
    case .trend(let charts):
      let rows = pane.request.flatMap { self.state.resources[$0]?.rows } ?? RowSet()
      self.drawTrend(charts, of: rows, pane.definition, in: area)
    case .charts(let charts):
      guard let subject = self.state.level.subject else { return }
      let archive = self.state.request(of: pane).map { self.state.resources[$0]?.rows ?? RowSet() }
      self.drawCharts(charts, of: subject, archive, in: area)
    }
  }

  // MARK: Lists

  private mutating func drawList(_ pane: PaneState, in area: Area, isFocused: Bool) {
    guard let request = pane.request else { return }
    let resource = self.state.resources[request]
    let columns = self.columns(of: pane, width: area.width)
    var drawing = TableDrawing(
      columns: columns.map { self.column($0, pane) }, lines: [])
    drawing.titleMeaning = isFocused ? .title : .dim
    let order = pane.listing.order
    if let resource, !order.isEmpty {
      let top = max(0, min(pane.top, order.count - 1))
      let end = min(order.count, top + max(0, area.height - 1))
      for index in top..<max(top, end) {
        let row = Int(order[index])
        guard row < resource.rows.count else { continue }
        drawing.lines.append(
          self.line(
            row, resource, columns, pane,
            isSelected: isFocused && index == pane.selectedIndex && self.state.overlay == nil))
      }
    }
    drawing.draw(into: &self.grid, area)
    self.drawMore(order.count - drawing.lines.count, below: area)
    guard area.height > 1, order.isEmpty else { return }
    let note = Area(line: area.line + 1, column: area.column, width: area.width, height: 1)
    self.drawNote(pane, resource, in: note)
  }

  /// How many rows are out of sight, in the line between two panes.
  private mutating func drawMore(_ count: Int, below area: Area) {
    guard count > 0, self.state.level.visible.count > 1,
      area.bottom < self.grid.size.height - 2
    else { return }
    let line = Area(line: area.bottom, column: area.column, width: area.width - 1, height: 1)
    self.grid.put("\(count) more", .dim, in: line, isRight: true)
  }

  /// Why a list has no rows.
  private mutating func drawNote(_ pane: PaneState, _ resource: Resource?, in area: Area) {
    if let failure = resource?.failure {
      var text = failure.message.visible
      if let why = failure.why { text += ": \(why.visible)" }
      // The API of a cluster has the paths of its services.
      if failure.code.rawValue == "http.not_found" {
        text = "the service that has this does not run here"
      }
      self.grid.put("!\(text)", .bad, in: area)
    } else if resource?.fetchedAt == nil {
      self.grid.put(" \(self.glyphs.pending)", .dim, in: area)
    } else if pane.filter != nil {
      self.grid.put(" nothing matches; Esc clears the filter", .dim, in: area)
    } else {
      self.grid.put(" no \(pane.definition.title.lowercased())", .dim, in: area)
    }
  }

  /// On a narrow screen name and state.
  private func columns(of pane: PaneState, width: Int) -> [ScreenColumn] {
    let columns = pane.columns
    guard width < Layout.narrow, !pane.showsAllColumns else { return columns }
    if pane.definition.isLog {
      return columns.filter { $0.column.priority >= 7 }
    }
    return columns.enumerated().filter { index, column in
      if index == 0 { return true }
      if case .word = column.column.kind { return true }
      return false
    }.map(\.element)
  }

  private func column(_ column: ScreenColumn, _ pane: PaneState) -> TableDrawing.Column {
    var title = column.column.title
    if case .sparkline = column.form, title == "LAST 2 MIN", self.state.window != .twoMinutes {
      title = "LAST \(self.state.window.words)"
    }
    if let sort = pane.sort, sort.key == column.key, !pane.definition.isLog {
      title += sort.isDescending ? " v" : " ^"
    }
    var isText = false
    switch column.column.kind {
    case .text, .list, .document: isText = column.form == .text
    case .word, .integer, .real, .flag, .time: break
    }
    var cutsTo: Int? = isText ? 8 : nil
    if isText, column.column.priority == 9 { cutsTo = 16 }
    return TableDrawing.Column(
      title: title, isRight: column.column.isNumber, priority: column.column.priority,
      widthMin: column.widthMin, cutsTo: cutsTo)
  }

  private func line(
    _ row: Int, _ resource: Resource, _ columns: [ScreenColumn], _ pane: PaneState,
    isSelected: Bool
  ) -> TableDrawing.Line {
    var worst = Attention.none
    let name = resource.rows.names[row]
    let calm = pane.definition.calm
    let isCalm = calm.map { $0.words.contains(resource.rows[row, $0.key].rawText) } ?? false
    // Columns that are not seen count for the mark as well.
    for column in pane.definition.columns where !isCalm {
      worst = max(worst, self.attention(resource.rows[row, column.key], column))
    }
    let texts = columns.map { self.text($0, row: row, resource) }
    let isMarked = pane.marks.contains(name)
    return TableDrawing.Line(
      mark: isMarked ? "*" : worst.mark, markMeaning: isMarked ? .accent : worst.meaning,
      texts: texts, isSelected: isSelected)
  }

  func attention(_ cell: Cell, _ column: ScreenColumn) -> Attention {
    if case .word = column.column.kind { return Attention(word: cell.rawText) }
    if let limits = column.limits, let number = cell.number { return Attention(number, limits) }
    return .none
  }

  private func text(
    _ column: ScreenColumn, row: Int, _ resource: Resource
  ) -> TableDrawing.Text {
    let name = resource.rows.names[row]
    if case .sparkline(let key) = column.form {
      let values = resource.history.values(
        name, key, window: self.state.window.duration, until: self.state.now,
        count: column.widthMin)
      return .init(Charts.sparkline(values, glyphs: self.glyphs), .accent)
    }
    switch resource.cell(column, row: row) {
    case .pending: return .init(self.glyphs.pending, .dim)
    case .known(let cell):
      let attention = self.attention(cell, column)
      var text = self.text(cell, column.column)
      if case .word = column.column.kind { text = attention.written(text) }
      if case .bar = column.form, let number = cell.number {
        text = Charts.bar(number, width: 12, glyphs: self.glyphs) + " " + text
      }
      let meaning: Meaning = cell.current == .null ? .dim : attention.meaning
      return .init(text, meaning)
    }
  }

  /// Times of today are times of day; whole seconds everywhere.
  func text(_ cell: Cell, _ column: Column) -> String {
    let offset = self.state.localOffset
    if case .time(let time) = cell.current {
      let text = Humanised.time(time, offset: offset)
      let today = Humanised.time(Timestamp(self.state.wall), offset: offset)
      guard text.prefix(10) == today.prefix(10) else { return text }
      return String(text.dropFirst(11).prefix(8))
    }
    return CellText(zone: offset).text(cell, of: column)
  }

  // MARK: Records

  mutating func drawRecord(_ row: Row, _ pane: PaneDefinition, in area: Area, scroll: Int) {
    let lines = RecordLines.make(
      row, pane: pane, width: area.width, glyphs: self.glyphs, localOffset: self.state.localOffset)
    let titles = RecordLines.titleWidth(lines, width: area.width)
    let top = max(0, min(scroll, lines.count - area.height))
    for (index, line) in lines.dropFirst(top).prefix(area.height).enumerated() {
      let place = Area(
        line: area.line + index, column: area.column + 1, width: min(titles, area.width - 1),
        height: 1)
      self.grid.put(line.title, .title, in: place)
      self.grid.put(line.text, line.meaning, line: index, column: titles + 3, in: area)
    }
  }

  /// The selected row beside its list, with the lines of its numbers below.
  mutating func drawDetails(_ area: Area) {
    guard let selected = self.state.selectedRow else { return }
    for line in 0..<area.height {
      self.grid.put(
        String(self.glyphs.vertical), .dim,
        in: Area(line: area.line + line, column: area.column - 2, width: 1, height: 1))
    }
    self.grid.put(selected.name.visible, .title, column: 1, in: area)
    let followed = selected.pane.columns.filter(\.isFollowed)
    let charts = min(followed.count, max(0, area.height / 3))
    let (record, lines) = area.split(top: 2).rest.split(bottom: charts == 0 ? 0 : charts + 1)
    self.drawRecord(selected.row, selected.pane, in: record, scroll: 0)
    guard let history = self.state.resources[selected.request]?.history else { return }
    for (index, column) in followed.prefix(charts).enumerated() {
      let title = TextWidth.padded(
        TextWidth.cut(column.column.title, to: 12, mark: self.glyphs.cut), to: 12, right: false)
      self.grid.put(title, .title, line: index + 1, column: 1, in: lines)
      let values = history.values(
        selected.name, column.key, window: self.state.window.duration, until: self.state.now,
        count: max(1, lines.width - 16))
      self.grid.put(
        Charts.sparkline(values, glyphs: self.glyphs), .accent, line: index + 1, column: 15,
        in: lines)
    }
  }

  // MARK: Charts

  /// `archive` holds windows that are longer than what was seen from here.
  private func chartValues(
    _ key: String, of subject: Level.Subject, _ archive: RowSet?, count: Int
  ) -> [Double?] {
    let window = self.state.window.duration
    if let archive {
      return archive.values(key, window: window, until: self.state.wall, count: count)
    }
    let history = self.state.resources[subject.request]?.history ?? History()
    return history.values(subject.name, key, window: window, until: self.state.now, count: count)
  }

  mutating func drawCharts(
    _ charts: [PaneDefinition.Chart], of subject: Level.Subject, _ archive: RowSet?, in area: Area
  ) {
    let (pane, row) = (subject.pane, subject.row)
    let least = 22
    let gap = 3
    let room = max(1, (area.width - 1 + gap) / (least + gap))
    // Charts without a number are not there when others have some.
    let alive = charts.filter { chart in
      self.chartValues(chart.key, of: subject, archive, count: 120).contains { $0 != nil }
    }
    let shown = Array((alive.isEmpty ? Array(charts.prefix(1)) : alive).prefix(room))
    guard !shown.isEmpty, area.height > 0 else { return }
    let width = (area.width - 1 + gap) / shown.count - gap
    for (index, chart) in shown.enumerated() {
      let place = Area(
        line: area.line, column: area.column + 1 + index * (width + gap), width: width,
        height: area.height)
      let values = self.chartValues(chart.key, of: subject, archive, count: max(1, width))
      let column =
        pane.columns.first { $0.key == chart.key }?.column ?? Column(key: chart.key, .real)
      let top = values.reduce(nil as Double?) { most, value in
        value.map { max(most ?? $0, $0) } ?? most
      }
      let limit = chart.limitKey.flatMap { row[$0].number }
      var title = "\(chart.title), \(self.state.window.words)"
      title += top.map { "  max \(self.text(.real($0), column))" } ?? "  \(self.glyphs.pending)"
      if let limit { title += "  limit \(self.text(.real(limit), column))" }
      self.grid.put(title, .title, in: place)
      let below = place.split(top: 1).rest
      if below.height <= 2 {
        self.grid.put(Charts.sparkline(values, glyphs: self.glyphs), .accent, in: below)
      } else {
        Charts.draw(values, limit: limit, into: &self.grid, below)
      }
    }
  }
}
