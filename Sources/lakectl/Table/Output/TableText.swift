/// Aligned columns, one line a row.
package struct TableText: Sendable {
  package var columns: [Column]
  package var cells: CellText
  /// Of the terminal; nil when nothing may be cut or dropped.
  package var width: Int?
  package var hasHeaders = true
  package var style: Style
  /// Of the rows before, by key: rows that come in parts stay aligned as long as they fit.
  package var widthsBefore: [String: Int] = [:]
  /// What stands where text was cut.
  package var mark: String

  package init(
    columns: [Column], cells: CellText, width: Int?, style: Style = .plain, mark: String = "…"
  ) {
    self.columns = columns
    self.cells = cells
    self.width = width
    self.style = style
    self.mark = mark
  }

  package struct Rendered: Sendable {
    package var text: String
    package var hiddenColumns: Int
    package var hasStale: Bool
    package var widths: [String: Int]
  }

  private static let gap = 2
  /// Text is cut to no less than this.
  private static let narrowest = 8

  package func render(_ rows: [Row]) -> Rendered {
    var columns = self.columns
    var texts = rows.map { row in columns.map { self.cells.text(row[$0.key], of: $0) } }
    var widths = columns.indices.map { index in
      max(
        self.widthsBefore[columns[index].key] ?? 0,
        self.hasHeaders ? TextWidth.of(columns[index].title) : 0,
        texts.reduce(0) { max($0, TextWidth.of($1[index])) })
    }
    let dropped = self.drop(&columns, &texts, &widths)
    self.shrink(columns, &widths)
    var lines: [String] = []
    if self.hasHeaders {
      lines.append(self.style.title(self.line(columns.map(\.title), columns, widths, nil)))
    }
    for (row, cells) in zip(rows, texts) { lines.append(self.line(cells, columns, widths, row)) }
    let hasStale = rows.contains { row in
      columns.contains { if case .stale = row[$0.key] { true } else { false } }
    }
    return Rendered(
      text: lines.map { $0 + "\n" }.joined(), hiddenColumns: dropped, hasStale: hasStale,
      widths: Dictionary(zip(columns.map(\.key), widths)) { $1 })
  }

  /// Takes columns out, the least important and rightmost first, until the rest fits with its texts
  /// cut; the first column stays.
  private func drop(
    _ columns: inout [Column], _ texts: inout [[String]], _ widths: inout [Int]
  ) -> Int {
    guard let width else { return 0 }
    var dropped = 0
    func needed() -> Int {
      widths.reduce(0, +) + Self.gap * (widths.count - 1)
    }
    func flexible() -> Int {
      zip(columns, widths).reduce(0) { sum, pair in
        sum + (Self.canBeCut(pair.0) ? max(0, pair.1 - Self.narrowest) : 0)
      }
    }
    while columns.count > 1, needed() - min(flexible(), width / 4) > width {
      // Never empty: there is more than one column.
      let victim = columns.indices.dropFirst().min {
        (columns[$0].priority, -$0) < (columns[$1].priority, -$1)
      }
      guard let victim else { break }
      columns.remove(at: victim)
      widths.remove(at: victim)
      for row in texts.indices { texts[row].remove(at: victim) }
      dropped += 1
    }
    return dropped
  }

  private static func canBeCut(_ column: Column) -> Bool {
    column.kind == .text || column.kind == .list || column.kind == .document
  }

  /// Makes the widest columns of text narrower until the line fits.
  private func shrink(_ columns: [Column], _ widths: inout [Int]) {
    guard let width else { return }
    var excess = widths.reduce(0, +) + Self.gap * (widths.count - 1) - width
    while excess > 0 {
      let widest = columns.indices
        .filter { Self.canBeCut(columns[$0]) && widths[$0] > Self.narrowest }
        .max { widths[$0] < widths[$1] }
      guard let widest else { break }
      widths[widest] -= 1
      excess -= 1
    }
    // Nothing is left to give: the first column ends at the edge.
    if excess > 0, widths.count == 1 { widths[0] = max(1, width) }
  }

  private func line(
    _ cells: [String], _ columns: [Column], _ widths: [Int], _ row: Row?
  ) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      let text = TextWidth.cut(cell, to: widths[index], mark: self.mark)
      var padded = TextWidth.padded(text, to: widths[index], right: columns[index].isNumber)
      let isLast = index == cells.count - 1
      if isLast { while padded.last == " " { padded.removeLast() } }
      if row != nil, case .word = columns[index].kind {
        padded = self.style.state(cell, padded: padded)
      }
      line += padded
      if !isLast { line += String(repeating: " ", count: Self.gap) }
    }
    return line
  }
}
