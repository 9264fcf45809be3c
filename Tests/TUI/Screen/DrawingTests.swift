import Screen
import Testing

@Suite("Tables and charts")
struct DrawingTests {
  static let table = TableDrawing(
    columns: [
      .init(title: "NAME", priority: 9, cutsTo: 8), .init(title: "STATE", priority: 8),
      .init(title: "SIZE", isRight: true, priority: 2, widthMin: 9),
      .init(title: "ROLES", priority: 1, cutsTo: 8),
    ],
    lines: [
      .init(texts: [.init("n1"), .init("up"), .init("1 GiB"), .init("sql,catalog,objects")]),
      .init(
        mark: "!",
        texts: [.init("a-long-name-of-a-node"), .init("DOWN"), .init("-"), .init("sql")],
        isSelected: true),
    ])

  @Test("columns go by priority, then texts are cut; the first column stays")
  func narrow() {
    let widths = [60, 40, 30, 20, 12, 6, 2]
    let shown = widths.map { Self.table.layout(width: $0).shown }
    #expect(shown == [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2], [0, 1], [0], [0], [0]])
    for width in widths {
      let layout = Self.table.layout(width: width)
      #expect(layout.widths.reduce(0, +) + 2 * (layout.widths.count - 1) <= width)
    }
  }

  @Test("rows are drawn with their marks, numbers at the right")
  func drawn() {
    var grid = Grid(Size(width: 36, height: 3), glyphs: .ascii)
    Self.table.draw(into: &grid, grid.area)
    #expect(grid.text(line: 0) == " NAME               STATE       SIZE")
    #expect(grid.text(line: 1) == " n1                 up         1 GiB")
    #expect(grid.text(line: 2) == "!a-long-name-of-a~  DOWN           -")
    #expect(grid[2, 0].meaning == .plain)
    #expect(grid[2, 5].meaning == .selected)
  }

  @Test("a sparkline has a step for everything above zero, and gaps")
  func sparkline() {
    let values: [Double?] = [0, 1, 2, 3, 4, 5, 6, 7, 8, nil, 0.01]
    #expect(Charts.sparkline(values, glyphs: .ascii) == " .:-=+*%# .")
    #expect(Charts.sparkline(values, glyphs: .utf8) == " ▁▂▃▄▅▆▇█ ▁")
    #expect(Charts.sparkline([.nan, -1, .infinity], glyphs: .ascii).count == 3)
  }

  @Test("a chart stacks full cells and one step, and draws its limit")
  func chart() {
    var grid = Grid(Size(width: 5, height: 2), glyphs: .ascii)
    Charts.draw([1, 8, 16, nil, 4], limit: 12, into: &grid, grid.area)
    #expect(grid.text == "--#--\n.## =\n")
    #expect(grid[0, 2].meaning == .bad)
  }

  @Test(
    "a bar is as full as the ratio",
    arguments: [
      (0.0, "[--------]"), (0.5, "[####----]"), (1, "[########]"), (7, "[########]"),
      (-1, "[--------]"), (.nan, "[--------]"),
    ])
  func bar(ratio: Double, text: String) {
    #expect(Charts.bar(ratio, width: 10, glyphs: .ascii) == text)
  }
}
