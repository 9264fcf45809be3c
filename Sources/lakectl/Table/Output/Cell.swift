package import JSON
package import Values

/// One value of a row, raw: formats decide how it looks.
package enum Cell: Hashable, Sendable {
  /// Not known.
  case null
  case text(String)
  /// Text that is not UTF-8.
  case bytes([UInt8])
  case integer(Int64)
  case real(Double)
  case flag(Bool)
  case time(Timestamp)
  case list([String])
  case document(JSONValue)
  /// A number or text too old to trust; shown with `?`.
  indirect case stale(Cell)

  package static func optional(_ text: String?) -> Cell { text.map { .text($0) } ?? .null }

  package var current: Cell {
    if case .stale(let cell) = self { cell } else { self }
  }
}

extension Cell: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
  package init(stringLiteral value: String) { self = .text(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// One thing of the result. Keys that are not set are unknown.
package struct Row: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  package var cells: [String: Cell]

  package init(_ cells: [String: Cell] = [:]) { self.cells = cells }

  package init(dictionaryLiteral elements: (String, Cell)...) {
    self.cells = Dictionary(elements) { _, last in last }
  }

  package subscript(key: String) -> Cell {
    get { self.cells[key] ?? .null }
    set { self.cells[key] = newValue }
  }
}

extension Cell {
  /// As `csv`, `tsv`, `name` and filters see it: nothing for what is unknown.
  package var rawText: String {
    switch self {
    case .null: ""
    case .text(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer(let value): String(value)
    case .real(let value): Int64(exactly: value).map { String($0) } ?? value.description
    case .flag(let value): value ? "true" : "false"
    case .time(let value): value.description
    case .list(let texts): texts.joined(separator: ",")
    case .document(let value): value.text()
    case .stale(let cell): cell.rawText
    }
  }

  /// For comparing with limits and for sorting numbers.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    case .flag(let value): value ? 1 : 0
    case .time(let value): Double(value.seconds) + Double(value.nanosecond) / 1e9
    case .stale(let cell): cell.number
    default: nil
    }
  }
}
