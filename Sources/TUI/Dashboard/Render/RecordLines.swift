import CommandTable
import JSON
import Screen

/// A row as lines: a title, and its value in full.
struct RecordLines: Sendable {
  struct Line: Sendable {
    var title: String
    var text: String
    var meaning: Meaning
  }

  static let barWidth = 24

  static func make(
    _ row: Row, pane: PaneDefinition, width: Int, glyphs: Glyphs, localOffset: Int? = nil
  ) -> [Line] {
    var pairs: [(column: Column, limits: ScreenColumn.Limits?)] = []
    for column in pane.columns {
      if case .sparkline = column.form { continue }
      if row.cells[column.key] != nil { pairs.append((column.column, column.limits)) }
    }
    let named = Set(pane.columns.map(\.key))
    for key in row.cells.keys.sorted() where !named.contains(key) {
      pairs.append((Column(key: key), nil))
    }
    var lines: [Line] = []
    for (column, limits) in pairs {
      let cell = row[column.key]
      if case .document(let value) = cell, let object = value.object {
        for member in object.members {
          let text = member.value.string ?? member.value.text()
          lines.append(
            Line(
              title: "\(column.title) \(member.name.visible)", text: text.visible, meaning: .plain))
        }
        continue
      }
      lines.append(self.line(cell, column, limits, glyphs, localOffset))
    }
    // What is not known comes last.
    let known = lines.filter { $0.text != "-" } + lines.filter { $0.text == "-" }
    return self.wrapped(known, width: width)
  }

  private static func line(
    _ cell: Cell, _ column: Column, _ limits: ScreenColumn.Limits?, _ glyphs: Glyphs,
    _ localOffset: Int?
  ) -> Line {
    var text = CellText(zone: localOffset).text(cell, of: column)
    var meaning = Meaning.plain
    if case .word = column.kind {
      let attention = Attention(word: cell.rawText)
      text = attention.written(text)
      meaning = attention.meaning
    }
    if let number = cell.number {
      if let limits { meaning = Attention(number, limits).meaning }
      if column.unit == .ratio, (0...1).contains(number) {
        text = Charts.bar(number, width: self.barWidth, glyphs: glyphs) + " " + text
      }
    }
    return Line(title: column.title, text: text, meaning: meaning)
  }

  /// The room for titles.
  static func titleWidth(_ lines: [Line], width: Int) -> Int {
    min(lines.reduce(0) { max($0, TextWidth.of($1.title)) }, max(8, width / 3))
  }

  private static let wrappedCountMax = 12

  private static func wrapped(_ lines: [Line], width: Int) -> [Line] {
    let room = max(8, width - 3 - self.titleWidth(lines, width: width))
    return lines.flatMap { line -> [Line] in
      guard TextWidth.of(line.text) > room else { return [line] }
      var parts: [String] = []
      for part in line.text.wrapped(to: room) {
        var part = part
        while TextWidth.of(part) > room, parts.count < self.wrappedCountMax {
          let start = TextWidth.cut(part, to: room, mark: "")
          guard !start.isEmpty else { break }
          parts.append(start)
          part.unicodeScalars.removeFirst(start.unicodeScalars.count)
        }
        parts.append(part)
      }
      return parts.prefix(self.wrappedCountMax).enumerated().map { index, part in
        Line(title: index == 0 ? line.title : "", text: part, meaning: line.meaning)
      }
    }
  }
}

extension CellText {
  /// - Parameter zone: seconds east of UTC; nil shows UTC.
  init(zone: Int?) {
    self.init()
    if let zone { self.localOffset = { _ in zone } }
  }
}
