package import CommandTable
package import Values

/// What was typed behind `/`: words, `!word`, and the expressions of `--filter`; here also `key>10`
/// and `key<10`. A row must match all.
package struct ListFilter: Sendable {
  enum Term: Sendable {
    case word([UInt8], isWanted: Bool)
    case expression(RowFilter)
    case limit(key: String, value: Double, isOver: Bool)
  }

  package let text: String
  private var terms: [Term] = []

  package static let textCountMax = 200

  package init(parsing text: String, columns: [Column], now: WallTime) throws(CommandError) {
    self.text = text
    for part in text.split(separator: " ") {
      let part = String(part)
      if let term = try Self.limit(part, columns) {
        self.terms.append(term)
      } else if Self.names(part, columns) {
        self.terms.append(.expression(try RowFilter(parsing: part, columns: columns, now: now)))
      } else if part.hasPrefix("!"), part.utf8.count > 1 {
        self.terms.append(.word(SearchText.pattern(String(part.dropFirst())), isWanted: false))
      } else if part != "!" {
        self.terms.append(.word(SearchText.pattern(part), isWanted: true))
      }
    }
  }

  /// Whether the text begins with a key of the list and an operator: `http://x` is a word.
  private static func names(_ text: String, _ columns: [Column]) -> Bool {
    guard let at = text.firstIndex(where: { $0 == "=" || $0 == "~" || $0 == ":" }) else {
      return false
    }
    return Self.column(String(text[..<at]), columns) != nil
  }

  private static func column(_ name: String, _ columns: [Column]) -> Column? {
    columns.first { $0.key == name || $0.title.lowercased() == name.lowercased() }
  }

  private static func limit(
    _ text: String, _ columns: [Column]
  ) throws(CommandError) -> Term? {
    guard let at = text.firstIndex(where: { $0 == ">" || $0 == "<" }),
      let column = Self.column(String(text[..<at]), columns)
    else { return nil }
    let rest = String(text[text.index(after: at)...])
    var number = Double(rest)
    if number == nil, column.unit == .ratio { number = (try? Ratio(parsing: rest))?.value }
    if number == nil, let bytes = try? ByteCount(parsing: rest) { number = Double(bytes.bytes) }
    guard let number, number.isFinite else {
      throw CommandError(
        .badFilter, "cannot read the filter \(text.visible.shortened.quoted)",
        why: "\(rest.visible.shortened.quoted) is not a number")
    }
    return .limit(key: column.key, value: number, isOver: text[at] == ">")
  }

  /// Whether every row this filter finds was found by the one of that text: words grow at their
  /// end.
  func narrows(_ text: String) -> Bool {
    let before = text.split(separator: " ")
    let now = self.text.split(separator: " ")
    guard !before.isEmpty, before.count <= now.count else { return false }
    for (index, part) in before.enumerated() {
      let isWord = !part.hasPrefix("!") && !part.contains { "=~:<>".contains($0) }
      guard now[index] == part || (isWord && now[index].hasPrefix(part)) else { return false }
      // It was a word and is an expression now: `state` became `state=up`.
      if now[index] != part, now[index].contains(where: { "=~:<>".contains($0) }) { return false }
    }
    return true
  }

  package var isEmpty: Bool { self.terms.isEmpty }

  /// Of `candidates` those that match, in their order.
  package func rows(of set: RowSet, among candidates: [Int32]) -> [Int32] {
    var rows = candidates
    for term in self.terms {
      switch term {
      case .word(let word, let isWanted):
        rows = set.search.rows(rows, with: word, isWanted: isWanted)
      case .expression(let filter):
        guard let key = set.index(of: filter.column.key) else {
          rows = rows.filter { _ in filter.matches(Cell.null) }
          continue
        }
        rows = rows.filter { filter.matches(set[Int($0), key]) }
      case .limit(let key, let value, let isOver):
        guard let key = set.index(of: key) else { return [] }
        rows = rows.filter { row in
          guard let number = set[Int(row), key].number else { return false }
          return isOver ? number > value : number < value
        }
      }
    }
    return rows
  }

  /// The flags that say the same to `lakectl`; words have none.
  package var flags: [String] {
    self.text.split(separator: " ").filter { part in
      part.contains { $0 == "=" || $0 == "~" || $0 == ":" }
    }.map { "--filter \(String($0).shellQuoted)" }
  }
}
