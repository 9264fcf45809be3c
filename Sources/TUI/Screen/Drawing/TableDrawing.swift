private import CommandTable

/// The lines of a list on the screen: a column of marks at the left, columns of texts after it.
///
/// Columns that do not fit are dropped, the least important and rightmost first; then texts are
/// cut. The first column stays.
package struct TableDrawing: Sendable {
  package struct Column: Sendable {
    package var title: String
    package var isRight: Bool
    package var priority: Int
    /// Narrower texts than this get blanks, so that a column does not move with its numbers.
    package var widthMin: Int
    /// Text may be cut, to this many cells at least; nil when it may not.
    package var cutsTo: Int?

    package init(
      title: String, isRight: Bool = false, priority: Int = 0, widthMin: Int = 0,
      cutsTo: Int? = nil
    ) {
      self.title = title
      self.isRight = isRight
      self.priority = priority
      self.widthMin = widthMin
      self.cutsTo = cutsTo
    }
  }

  package struct Text: Sendable {
    package var text: String
    package var meaning: Meaning

    package init(_ text: String, _ meaning: Meaning = .plain) {
      self.text = text
      self.meaning = meaning
    }
  }

  package struct Line: Sendable {
    package var mark: Unicode.Scalar
    package var markMeaning: Meaning
    package var texts: [Text]
    package var isSelected: Bool

    package init(
      mark: Unicode.Scalar = " ", markMeaning: Meaning = .plain, texts: [Text],
      isSelected: Bool = false
    ) {
      self.mark = mark
      self.markMeaning = markMeaning
      self.texts = texts
      self.isSelected = isSelected
    }
  }

  package var columns: [Column]
  package var lines: [Line]
  package var hasTitles = true
  package var titleMeaning: Meaning = .title

  package static let gap = 2

  package init(columns: [Column], lines: [Line]) {
    self.columns = columns
    self.lines = lines
  }

  /// Which columns are drawn in that width, and how wide they are.
  package func layout(width: Int) -> (shown: [Int], widths: [Int]) {
    var shown = Array(self.columns.indices)
    var widths = shown.map { index in
      self.lines.reduce(max(self.columns[index].widthMin, TextWidth.of(self.columns[index].title)))
      { max($0, index < $1.texts.count ? TextWidth.of($1.texts[index].text) : 0) }
    }
    func needed() -> Int { widths.reduce(0, +) + Self.gap * max(0, widths.count - 1) }
    func spare() -> Int {
      zip(shown, widths).reduce(0) { sum, pair in
        sum + (self.columns[pair.0].cutsTo.map { max(0, pair.1 - $0) } ?? 0)
      }
    }
    while shown.count > 1, needed() - spare() > width {
      let victim = shown.indices.dropFirst().min {
        (self.columns[shown[$0]].priority, -$0) < (self.columns[shown[$1]].priority, -$1)
      }
      guard let victim else { break }
      shown.remove(at: victim)
      widths.remove(at: victim)
    }
    var excess = needed() - width
    while excess > 0 {
      let widest = shown.indices
        .filter { widths[$0] > (self.columns[shown[$0]].cutsTo ?? .max) }
        .max { widths[$0] < widths[$1] }
      guard let widest else { break }
      widths[widest] -= 1
      excess -= 1
    }
    if excess > 0, widths.count == 1 { widths[0] = max(1, width) }
    return (shown, widths)
  }

  /// Draws into the area and returns the indices of the columns that are there.
  @discardableResult
  package func draw(into grid: inout Grid, _ area: Area) -> [Int] {
    guard area.width > 1, area.height > 0 else { return [] }
    let (shown, widths) = self.layout(width: area.width - 1)
    var line = 0
    if self.hasTitles {
      var column = 1
      for (index, width) in zip(shown, widths) {
        let place = Area(
          line: area.line, column: area.column + column,
          width: min(width, area.width - column), height: 1)
        grid.put(
          self.columns[index].title, self.titleMeaning, in: place,
          isRight: self.columns[index].isRight)
        column += width + Self.gap
      }
      line = 1
    }
    for row in self.lines.prefix(max(0, area.height - line)) {
      let whole = Area(line: area.line + line, column: area.column, width: area.width, height: 1)
      grid.put(String(row.mark), row.markMeaning, in: whole)
      var column = 1
      for (index, width) in zip(shown, widths) where index < row.texts.count {
        let text = row.texts[index]
        let place = Area(
          line: whole.line, column: area.column + column,
          width: min(width, area.width - column), height: 1)
        grid.put(text.text, text.meaning, in: place, isRight: self.columns[index].isRight)
        column += width + Self.gap
      }
      if row.isSelected {
        grid.mark(
          Area(line: whole.line, column: area.column + 1, width: area.width - 1, height: 1),
          .selected)
      }
      line += 1
    }
    return shown
  }
}
