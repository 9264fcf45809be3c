/// How many cells there are.
package struct Size: Hashable, Sendable {
  package var width: Int
  package var height: Int

  /// A terminal may say anything; pictures are made up to this.
  package static let sideMax = 1000

  package init(width: Int, height: Int) {
    self.width = min(max(0, width), Self.sideMax)
    self.height = min(max(0, height), Self.sideMax)
  }

  /// `80x24`; nil for anything else and for sizes no picture is made of.
  package init?(parsing text: String) {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false)
    guard sides.count == 2, let width = Int(sides[0]), let height = Int(sides[1]),
      (1...Self.sideMax).contains(width), (1...Self.sideMax).contains(height)
    else { return nil }
    self.init(width: width, height: height)
  }
}

package struct Position: Hashable, Sendable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// A rectangle of the screen. Its parts never lie outside it.
package struct Area: Hashable, Sendable {
  package var line: Int
  package var column: Int
  package var width: Int
  package var height: Int

  package init(line: Int, column: Int, width: Int, height: Int) {
    self.line = line
    self.column = column
    self.width = max(0, width)
    self.height = max(0, height)
  }

  package init(_ size: Size) {
    self.init(line: 0, column: 0, width: size.width, height: size.height)
  }

  package var isEmpty: Bool { self.width == 0 || self.height == 0 }
  package var end: Int { self.column + self.width }
  package var bottom: Int { self.line + self.height }

  /// The first `count` lines, and what is below.
  package func split(top count: Int) -> (top: Area, rest: Area) {
    let count = min(max(0, count), self.height)
    return (
      Area(line: self.line, column: self.column, width: self.width, height: count),
      Area(
        line: self.line + count, column: self.column, width: self.width,
        height: self.height - count)
    )
  }

  /// What is above, and the last `count` lines.
  package func split(bottom count: Int) -> (rest: Area, bottom: Area) {
    let (rest, bottom) = self.split(top: self.height - min(max(0, count), self.height))
    return (rest, bottom)
  }

  package func split(left count: Int) -> (left: Area, rest: Area) {
    let count = min(max(0, count), self.width)
    return (
      Area(line: self.line, column: self.column, width: count, height: self.height),
      Area(
        line: self.line, column: self.column + count, width: self.width - count,
        height: self.height)
    )
  }

  package func inset(columns: Int = 0, lines: Int = 0) -> Area {
    Area(
      line: self.line + min(lines, self.height), column: self.column + min(columns, self.width),
      width: self.width - 2 * columns, height: self.height - 2 * lines)
  }

  /// A rectangle of that size in the middle, as large as there is room.
  package func centred(width: Int, height: Int) -> Area {
    let width = min(max(0, width), self.width)
    let height = min(max(0, height), self.height)
    return Area(
      line: self.line + (self.height - height) / 2,
      column: self.column + (self.width - width) / 2, width: width, height: height)
  }
}
