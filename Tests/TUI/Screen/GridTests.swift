import Screen
import Testing

@Suite("The grid")
struct GridTests {
  static func grid(_ width: Int, _ height: Int, ascii: Bool = false) -> Grid {
    Grid(Size(width: width, height: height), glyphs: ascii ? .ascii : .utf8)
  }

  @Test(
    "text is cut at the edge of its area, wide characters whole",
    arguments: [
      ("hello", 8, "hello"), ("hello", 4, "hel…"), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"),
      ("日本語", 4, "日…"), ("a日", 2, "a…"), ("e\u{301}a", 5, "ea"), ("\u{1B}[2J", 5, "?[2J"),
    ])
  func cut(text: String, width: Int, expected: String) {
    var grid = Self.grid(10, 1)
    grid.put(text, in: Area(line: 0, column: 0, width: width, height: 1))
    #expect(grid.text(line: 0) == expected)
  }

  @Test("under ASCII glyphs nothing else is in the grid")
  func ascii() {
    var grid = Self.grid(12, 1, ascii: true)
    grid.put("naïve 日本…", in: grid.area)
    #expect(grid.text(line: 0) == "na?ve ? ? ?")
  }

  @Test("a wide character that is written over leaves no half")
  func halves() {
    for column in 0..<4 {
      var grid = Self.grid(4, 1)
      grid.put("日本", in: grid.area)
      grid.put("x", column: column, in: grid.area)
      var before: UInt32 = 0x20
      for at in 0..<4 {
        let cell = grid[0, at]
        if cell.isSecond { #expect(before > 0x7F) }
        before = cell.character
      }
    }
  }

  @Test("nothing is ever outside", arguments: [-3, 0, 2, 9, 100])
  func outside(place: Int) {
    var grid = Self.grid(10, 3)
    let area = Area(line: place, column: place, width: 7, height: 5)
    grid.put("text", line: place, column: place, in: area)
    grid.fill(area, with: "x")
    grid.frame(area, title: "title")
    grid.mark(area, .bad)
    #expect(grid.cells.count == 30)
  }

  @Test("a size is read as it is written", arguments: ["80x24", "1x1", "1000x1000"])
  func sizes(text: String) throws {
    let size = try #require(Size(parsing: text))
    #expect("\(size.width)x\(size.height)" == text)
  }

  @Test(
    "anything else is no size", arguments: ["", "80", "0x1", "80x24x1", "-1x2", "1001x1", "axb"])
  func noSizes(text: String) { #expect(Size(parsing: text) == nil) }

  @Test("parts of an area never lie outside it")
  func areas() {
    let area = Area(line: 2, column: 3, width: 10, height: 4)
    for count in -2...12 {
      let (top, rest) = area.split(top: count)
      #expect(top.height + rest.height == 4 && rest.bottom == 6)
      let (left, right) = area.split(left: count)
      #expect(left.width + right.width == 10 && right.end == 13)
      let middle = area.centred(width: count, height: count)
      #expect(middle.line >= 2 && middle.bottom <= 6 && middle.column >= 3 && middle.end <= 13)
    }
  }
}
