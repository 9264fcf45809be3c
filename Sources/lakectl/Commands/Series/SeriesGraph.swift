import CommandTable
import Values

/// Rows of a query as graphs: a number over time, one for each combination of texts.
struct SeriesGraph {
  private struct Line {
    var label: String
    var points: [(time: Int64, value: Double)] = []
  }

  static let height = 8
  static let graphCountMax = 6
  /// From nothing to a full cell.
  private static let steps = Array(" .:-=+*%#")

  private var lines: [Line] = []
  private let number: String

  /// Throws when there is nothing to draw over time.
  init(_ rows: [Row], _ columns: [Column]) throws(CommandError) {
    guard let time = columns.first(where: { $0.kind == .time }),
      let number = columns.first(where: { $0.isNumber })
    else {
      throw CommandError(
        .badInput, "there is nothing to draw",
        why: "a graph needs a time and a number among the columns",
        try: ["ask for the points of a measure and one field of it"])
    }
    self.number = number.key
    let labels = columns.filter { $0.kind == .text }
    var places: [String: Int] = [:]
    for row in rows {
      guard case .time(let at) = row[time.key], let value = row[number.key].value else { continue }
      let label = labels.map { row[$0.key].rawText.visible }.joined(separator: " ")
      let place = places[label] ?? self.lines.count
      if place == self.lines.count {
        places[label] = place
        self.lines.append(Line(label: label))
      }
      self.lines[place].points.append((at.seconds * 1000 + Int64(at.nanosecond) / 1_000_000, value))
    }
  }

  /// Graphs one below the other; those with the highest values first.
  func text(width: Int) -> String {
    let room = max(10, min(width, 200))
    let times = self.lines.flatMap { $0.points.map(\.time) }
    guard let first = times.min(), let last = times.max() else { return "no points\n" }
    let shown = self.lines.sorted { Self.top($0) > Self.top($1) }.prefix(Self.graphCountMax)
    // Few points stand side by side, without gaps between them.
    let parts = min(room, max(1, self.lines.reduce(0) { max($0, $1.points.count) }))
    let scale = room / parts
    var text = ""
    for line in shown {
      let values = Self.values(line, first, last, parts).flatMap {
        Array(repeating: $0, count: scale)
      }
      let top = values.reduce(0) { max($0, $1 ?? 0) }
      let name = line.label.isEmpty ? self.number : "\(line.label)  \(self.number)"
      text += "\(name)  max \(Self.text(top))\n" + Self.drawn(values, top)
    }
    let (begin, end) = (Self.text(first), Self.text(last))
    let gap = max(1, parts * scale - begin.utf8.count - end.utf8.count)
    text += begin + String(repeating: " ", count: gap) + end + "\n"
    if self.lines.count > shown.count { text += "and \(self.lines.count - shown.count) more\n" }
    return text
  }

  private static func top(_ line: Line) -> Double { line.points.reduce(0) { max($0, $1.value) } }

  /// The mean of each part of the time; nil where there is no point.
  private static func values(
    _ line: Line, _ first: Int64, _ last: Int64, _ count: Int
  ) -> [Double?] {
    var sums = [Double](repeating: 0, count: count)
    var counts = [Int](repeating: 0, count: count)
    // The last point has as much time as the others.
    let span = Double(max(1, last - first)) * Double(count) / Double(max(1, count - 1))
    for point in line.points {
      let part = min(count - 1, Int(Double(point.time - first) / span * Double(count)))
      sums[part] += point.value
      counts[part] += 1
    }
    return zip(sums, counts).map { $1 == 0 ? nil : $0 / Double($1) }
  }

  private static func drawn(_ values: [Double?], _ top: Double) -> String {
    var text = ""
    for line in (0..<self.height).reversed() {
      var cells = ""
      for value in values {
        guard let value, top > 0, value > 0 else {
          cells.append(" ")
          continue
        }
        let eighths = Int((value / top * Double(self.height * 8)).rounded(.up)) - line * 8
        cells.append(self.steps[min(8, max(0, eighths))])
      }
      while cells.last == " " { cells.removeLast() }
      text += cells + "\n"
    }
    return text
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  private static func text(_ milliseconds: Int64) -> String {
    let time = WallTime(nanoseconds: milliseconds * 1_000_000)
    return Timestamp(time).text(fraction: .shortest)
  }
}

extension Cell {
  fileprivate var value: Double? {
    switch self.current {
    case .integer(let value): Double(value)
    case .real(let value): value.isFinite ? value : nil
    default: nil
    }
  }
}
