private import CommandTable

/// A picture of the whole screen: a character and a meaning in each cell.
///
/// No control character can be in it, and nothing is ever outside its size: text is cut at the edge
/// of the area it is put into, a wide character takes two cells or becomes a blank, a combining one
/// is left out, and under ASCII glyphs everything that is not ASCII is a question mark.
package struct Grid: Equatable, Sendable {
  package struct Cell: Equatable, Sendable {
    /// Zero in the second cell of a wide character.
    package var character: UInt32
    package var meaning: Meaning

    package static let blank = Cell(character: 0x20, meaning: .plain)
    package var isSecond: Bool { self.character == 0 }
  }

  package let size: Size
  package let glyphs: Glyphs
  /// Line by line.
  package private(set) var cells: [Cell]
  /// Where the terminal shows its cursor.
  package var cursor: Position?

  package init(_ size: Size, glyphs: Glyphs) {
    self.size = size
    self.glyphs = glyphs
    self.cells = Array(repeating: .blank, count: size.width * size.height)
  }

  package var area: Area { Area(self.size) }

  package subscript(line: Int, column: Int) -> Cell {
    self.cells[line * self.size.width + column]
  }

  // MARK: Text

  /// Puts the text at the start of a line of `area`, or at its end, and cuts it there. Returns how
  /// many cells it took.
  @discardableResult
  package mutating func put(
    _ text: String, _ meaning: Meaning = .plain, line: Int = 0, column: Int = 0, in area: Area,
    isRight: Bool = false
  ) -> Int {
    guard line >= 0, line < area.height, column < area.width else { return 0 }
    var start = area.column + max(0, column)
    let end = min(area.end, self.size.width)
    let line = area.line + line
    guard line >= 0, line < self.size.height, start >= 0, start < end else { return 0 }
    var text = text
    let width = TextWidth.of(text)
    if width > end - start {
      text = TextWidth.cut(text, to: end - start, mark: self.glyphs.cut)
    } else if isRight {
      start = end - width
    }
    var at = start
    for scalar in text.unicodeScalars {
      guard at < end else { break }
      at += self.set(scalar, meaning, line: line, column: at, end: end)
    }
    return at - start
  }

  /// The number of cells taken.
  private mutating func set(
    _ scalar: Unicode.Scalar, _ meaning: Meaning, line: Int, column: Int, end: Int
  ) -> Int {
    let index = line * self.size.width + column
    var character = scalar.value
    var width = 1
    if !(0x20..<0x7F).contains(character) {
      width = TextWidth.of(scalar)
      if width == 0 { return 0 }
      if self.glyphs.isASCII || String.isHidden(scalar) { character = 0x3F }
    }
    self.clear(index, column: column)
    guard width == 2, character != 0x3F, column + 1 < end else {
      self.cells[index] = Cell(
        character: width == 2 && character != 0x3F ? 0x20 : character, meaning: meaning)
      if width == 2, column + 1 < end {
        self.clear(index + 1, column: column + 1)
        self.cells[index + 1] = Cell(character: 0x20, meaning: meaning)
        return 2
      }
      return 1
    }
    self.clear(index + 1, column: column + 1)
    self.cells[index] = Cell(character: character, meaning: meaning)
    self.cells[index + 1] = Cell(character: 0, meaning: meaning)
    return 2
  }

  /// Takes what is left of a wide character away when one of its halves is written over.
  private mutating func clear(_ index: Int, column: Int) {
    if self.cells[index].isSecond, column > 0 { self.cells[index - 1].character = 0x20 }
    if column + 1 < self.size.width, self.cells[index + 1].isSecond {
      self.cells[index + 1].character = 0x20
    }
  }

  // MARK: Surfaces

  package mutating func fill(
    _ area: Area, with scalar: Unicode.Scalar = " ", _ meaning: Meaning = .plain
  ) {
    let lines = max(0, area.line)..<max(0, area.line, min(area.bottom, self.size.height))
    let columns = max(0, area.column)..<max(0, area.column, min(area.end, self.size.width))
    for line in lines {
      for column in columns {
        _ = self.set(scalar, meaning, line: line, column: column, end: column + 1)
      }
    }
  }

  /// Gives all cells of the area that mean `old` another meaning.
  package mutating func mark(_ area: Area, _ meaning: Meaning, insteadOf old: Meaning? = nil) {
    for line in max(0, area.line)..<max(0, area.line, min(area.bottom, self.size.height)) {
      for column in max(0, area.column)..<max(0, area.column, min(area.end, self.size.width)) {
        let index = line * self.size.width + column
        if old == nil || self.cells[index].meaning == old { self.cells[index].meaning = meaning }
      }
    }
  }

  /// A frame with an empty inside, its title in the upper edge. Returns the inside.
  @discardableResult
  package mutating func frame(_ area: Area, title: String = "") -> Area {
    guard area.width >= 2, area.height >= 2 else {
      return Area(line: 0, column: 0, width: 0, height: 0)
    }
    self.fill(area)
    let glyphs = self.glyphs
    let edge = String(repeating: String(glyphs.horizontal), count: area.width - 2)
    self.put("\(glyphs.topLeft)\(edge)\(glyphs.topRight)", in: area)
    self.put("\(glyphs.bottomLeft)\(edge)\(glyphs.bottomRight)", line: area.height - 1, in: area)
    for line in 1..<max(1, area.height - 1) {
      self.put("\(glyphs.vertical)", line: line, in: area)
      self.put("\(glyphs.vertical)", line: line, column: area.width - 1, in: area)
    }
    if !title.isEmpty, area.width > 6 {
      let room = Area(line: area.line, column: area.column + 2, width: area.width - 4, height: 1)
      self.put(" \(title) ", .title, in: room)
    }
    return area.inset(columns: 1, lines: 1)
  }

  /// A line across.
  package mutating func rule(line: Int, in area: Area, _ meaning: Meaning = .dim) {
    self.put(
      String(repeating: String(self.glyphs.horizontal), count: area.width), meaning, line: line,
      in: area)
  }
}
