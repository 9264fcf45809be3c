/// Lines of samples. The scale starts at zero; a sample that is missing is a gap.
package enum Charts {
  /// One column for each sample, eight steps.
  package static func sparkline(
    _ values: [Double?], maximum: Double? = nil, glyphs: Glyphs
  ) -> String {
    let top = maximum ?? values.reduce(0) { max($0, $1 ?? 0) }
    var text = ""
    for value in values {
      text.unicodeScalars.append(value.map { glyphs.step($0, of: top) } ?? " ")
    }
    return text
  }

  /// Full cells and one partial step, from the bottom of the area up; a limit is a line of `-`.
  package static func draw(
    _ values: [Double?], limit: Double? = nil, into grid: inout Grid, _ area: Area
  ) {
    guard !area.isEmpty else { return }
    let top = max(values.reduce(0) { max($0, $1 ?? 0) }, limit ?? 0)
    guard top > 0 else { return }
    let glyphs = grid.glyphs
    if let limit {
      let height = Int((limit / top * Double(area.height)).rounded(.up))
      grid.put(
        String(repeating: "-", count: area.width), .warn,
        line: min(area.height - 1, max(0, area.height - height)), in: area)
    }
    for (column, value) in values.suffix(area.width).enumerated() {
      guard let value, value > 0 else { continue }
      let eighths = min(area.height * 8, Int((value / top * Double(area.height * 8)).rounded(.up)))
      let isOver = limit.map { value > $0 } ?? false
      for step in 0..<area.height {
        let left = eighths - step * 8
        guard left > 0 else { break }
        grid.put(
          String(glyphs.steps[min(8, left) - 1]), isOver ? .bad : .accent,
          line: area.height - 1 - step, column: column, in: area)
      }
    }
  }

  /// `[####----]`
  package static func bar(_ ratio: Double, width: Int, glyphs: Glyphs) -> String {
    let room = max(0, width - 2)
    let part = ratio.isFinite ? min(1, max(0, ratio)) : 0
    let full = Int((part * Double(room)).rounded())
    return "[" + String(repeating: String(glyphs.full), count: full)
      + String(repeating: String(glyphs.empty), count: room - full) + "]"
  }
}
