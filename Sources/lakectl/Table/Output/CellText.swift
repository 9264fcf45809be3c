private import Values

/// How cells look in tables.
package struct CellText: Sendable {
  /// Raw numbers.
  package var isExact = false
  /// Seconds east of UTC at a moment; nil shows UTC with its `Z`.
  package var localOffset: (@Sendable (Int64) -> Int)?

  package init(isExact: Bool = false, localOffset: (@Sendable (Int64) -> Int)? = nil) {
    self.isExact = isExact
    self.localOffset = localOffset
  }

  /// The text of a cell: never empty, no control characters.
  package func text(_ cell: Cell, of column: Column) -> String {
    switch cell {
    case .null: return "-"
    case .stale(let cell): return self.text(cell, of: column) + "?"
    case .list(let texts) where texts.isEmpty: return "-"
    case .flag(let value): return value ? "yes" : "no"
    case .time(let value):
      return Humanised.time(value, offset: self.localOffset.map { $0(value.seconds) })
    case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self).visible
    case .integer, .real:
      guard !self.isExact, let number = cell.number else { return cell.rawText }
      return Self.humanised(cell, number, column.unit)
    case .text, .list, .document:
      let text = cell.rawText.visible
      return text.isEmpty ? "\"\"" : text
    }
  }

  private static func humanised(_ cell: Cell, _ number: Double, _ unit: Column.Unit) -> String {
    let whole =
      if case .integer(let value) = cell { value } else { Int64(clamping: number) }
    switch unit {
    case .bytes: return Humanised.bytes(whole)
    case .bytesPerSecond: return Humanised.bytes(whole) + "/s"
    case .perSecond: return Humanised.rate(number)
    case .count: return Humanised.count(whole)
    case .ratio: return Humanised.ratio(number)
    case .nanoseconds: return Humanised.duration(nanoseconds: number)
    case .milliseconds: return Humanised.duration(nanoseconds: number * 1e6)
    case .seconds: return Humanised.duration(nanoseconds: number * 1e9)
    case .none, .time:
      if case .real = cell { return Humanised.decimal(number) }
      return cell.rawText
    }
  }
}
