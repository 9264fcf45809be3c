/// What `--watch` prints without a terminal: the rows that changed since the last time.
package struct WatchChanges: Sendable {
  private let nameKey: String
  private var last: [String: Row]?

  package init(nameKey: String) { self.nameKey = nameKey }

  package struct Change: Sendable, Equatable {
    package enum Kind: String, Sendable { case added, changed, removed }
    package var kind: Kind
    package var row: Row
  }

  /// All rows the first time. Rows are told apart by their names.
  package mutating func update(_ rows: [Row]) -> [Change] {
    var now: [String: Row] = [:]
    var changes: [Change] = []
    for row in rows {
      let name = row[self.nameKey].rawText
      now[name] = row
      guard let before = self.last?[name] else {
        changes.append(Change(kind: .added, row: row))
        continue
      }
      if before != row { changes.append(Change(kind: .changed, row: row)) }
    }
    let gone = (self.last ?? [:]).filter { now[$0.key] == nil }
    for (_, row) in gone.sorted(by: { $0.key < $1.key }) {
      changes.append(Change(kind: .removed, row: row))
    }
    self.last = now
    return changes
  }
}
