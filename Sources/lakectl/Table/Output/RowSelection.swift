package import Values

/// What `--filter --exclude --sort --limit --columns` make of the rows.
package struct RowSelection: Sendable {
  package var filters: [RowFilter] = []
  package var excludes: [RowFilter] = []
  package var sortColumn: Column?
  package var isDescending = false
  package var limit: Int?
  /// Those asked for by name; nil for the normal ones.
  package var columns: [Column]?

  package init(
    _ values: ParsedValues, output: Output, now: WallTime
  ) throws(CommandError) {
    for text in values[GlobalFlags.filter] {
      self.filters.append(try RowFilter(parsing: text, columns: output.columns, now: now))
    }
    for text in values[GlobalFlags.exclude] {
      self.excludes.append(try RowFilter(parsing: text, columns: output.columns, now: now))
    }
    self.sortColumn = output.columns.first
    if let text = values[GlobalFlags.sort] {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 1 || parts[1] == "desc" || parts[1] == "asc" else {
        throw CommandError(
          .badValue, "--sort cannot be \(text.visible.shortened.quoted)",
          why: "after the key stands :desc or nothing")
      }
      self.sortColumn = try output.columns.require(named: String(parts[0]), flag: "--sort")
      self.isDescending = parts.count == 2 && parts[1] == "desc"
    }
    self.limit = values[GlobalFlags.limit]
    if let text = values[GlobalFlags.columns] {
      var chosen: [Column] = []
      for name in text.split(separator: ",", omittingEmptySubsequences: false) {
        var column = try output.columns.require(named: String(name), flag: "--columns")
        column.isWide = false
        chosen.append(column)
      }
      self.columns = chosen
    }
  }

  /// The rows left, in their order, and whether the limit cut some off. Rows that compare equal keep
  /// the order they came in.
  package func apply(to rows: [Row]) -> (rows: [Row], isTruncated: Bool) {
    var rows = rows.filter(self.accepts)
    if let sortColumn {
      let key = sortColumn.key
      let sorted = rows.enumerated().sorted { left, right in
        switch Self.order(left.element[key], right.element[key], isDescending: self.isDescending) {
        case 0: left.offset < right.offset
        case let order: order < 0
        }
      }
      rows = sorted.map(\.element)
    }
    guard let limit, rows.count > limit else { return (rows, false) }
    return (Array(rows.prefix(limit)), true)
  }

  /// Below zero when `left` comes first. What is unknown comes last either way.
  static func order(_ left: Cell, _ right: Cell, isDescending: Bool) -> Int {
    switch (left.current == .null, right.current == .null) {
    case (true, true): return 0
    case (true, false): return 1
    case (false, true): return -1
    case (false, false): break
    }
    let order: Int
    if case .integer(let left) = left.current, case .integer(let right) = right.current {
      order = left < right ? -1 : left > right ? 1 : 0
    } else if let left = left.number, let right = right.number {
      order = left < right ? -1 : left > right ? 1 : 0
    } else {
      let (left, right) = (left.rawText, right.rawText)
      order = left < right ? -1 : left > right ? 1 : 0
    }
    return isDescending ? -order : order
  }
}
