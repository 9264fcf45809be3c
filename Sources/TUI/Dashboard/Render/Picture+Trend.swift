import CommandTable
import Screen
import Values

/// Numbers that rows with a time have had, a line each.
extension Picture {
  mutating func drawTrend(
    _ charts: [PaneDefinition.Chart], of rows: RowSet, _ pane: PaneDefinition, in area: Area
  ) {
    let titles = 10
    let numbers = 12
    for (index, chart) in charts.prefix(area.height).enumerated() {
      self.grid.put(chart.title, .title, line: index, column: 1, in: area)
      let room = max(1, area.width - titles - numbers - 3)
      let values = rows.trend(chart.key, count: room)
      guard let last = values.last ?? nil else {
        self.grid.put(String(self.glyphs.pending), .dim, line: index, column: titles, in: area)
        continue
      }
      let known = pane.columns.first { $0.key == chart.key }?.column
      let column = known ?? Column(key: chart.key, .real)
      self.grid.put(
        TextWidth.padded(self.text(.real(last), column), to: numbers - 1, right: true), .plain,
        line: index, column: titles, in: area)
      self.grid.put(
        Charts.sparkline(values, glyphs: self.glyphs), .accent, line: index,
        column: titles + numbers, in: area)
    }
  }
}

extension RowSet {
  /// What a key was from the oldest row to the newest, in `count` steps of equal time; between two rows it
  /// is what it was.
  package func trend(_ key: String, count: Int) -> [Double?] {
    var values = [Double?](repeating: nil, count: max(0, count))
    guard count > 0, let time = self.index(of: "at"), let place = self.index(of: key) else {
      return values
    }
    var points: [(at: Int64, value: Double)] = []
    for row in 0..<self.count {
      guard let value = self[row, place].number,
        let moment = try? WallTime(Timestamp(parsing: self[row, time].rawText))
      else { continue }
      points.append((moment.nanoseconds, value))
    }
    points.sort { $0.at < $1.at }
    guard let first = points.first, let last = points.last else { return values }
    let step = max(1, (last.at - first.at) / Int64(count))
    for point in points {
      values[min(count - 1, Int(clamping: (point.at - first.at) / step))] = point.value
    }
    for part in 1..<max(1, count) where values[part] == nil { values[part] = values[part - 1] }
    return values
  }
}
