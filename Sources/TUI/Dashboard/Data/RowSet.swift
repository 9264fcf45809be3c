package import CommandTable

/// The rows of one answer, kept flat: a hundred thousand of them are three arrays, not a hundred
/// thousand dictionaries.
package struct RowSet: Sendable {
  /// In the order they were first seen.
  package private(set) var keys: [String]
  /// Row by row.
  private(set) var cells: [Cell]
  /// What tells the rows apart.
  package private(set) var names: [String]
  /// The lower-case text of each row, for filters: one buffer, so that looking through it is cheap.
  private(set) var search: SearchText

  /// A row has no more keys than this; others are left out.
  package static let keyCountMax = 64

  package init() {
    self.keys = []
    self.cells = []
    self.names = []
    self.search = SearchText()
  }

  /// - Parameter nameKeys: the cells that make the name of a row; without any its number is.
  package init(_ rows: [Row], keys: [String], nameKeys: [String]) {
    self.init()
    self.keys = Array(keys.prefix(Self.keyCountMax))
    self.cells.reserveCapacity(rows.count * self.keys.count)
    self.names.reserveCapacity(rows.count)
    for row in rows { self.append(self.keys.map { row[$0] }, nameKeys: nameKeys) }
  }

  package init(keys: [String]) {
    self.init()
    self.keys = Array(keys.prefix(Self.keyCountMax))
  }

  package mutating func reserveCapacity(_ count: Int) {
    self.cells.reserveCapacity(count * self.keys.count)
    self.names.reserveCapacity(count)
  }

  /// - Precondition: there is a cell for each key.
  package mutating func append(_ cells: [Cell], nameKeys: [String]) {
    precondition(cells.count == self.keys.count, "\(cells.count) cells, \(self.keys.count) keys")
    var name = ""
    for key in nameKeys {
      guard let at = self.keys.firstIndex(of: key) else { continue }
      let text = cells[at].rawText
      if !name.isEmpty, !text.isEmpty { name += "/" }
      name += text
    }
    if name.isEmpty { name = "#\(self.names.count + 1)" }
    self.names.append(name)
    self.cells.append(contentsOf: cells)
    self.search.append(cells)
  }

  package var count: Int { self.names.count }
  package var isEmpty: Bool { self.names.isEmpty }

  package func index(of key: String) -> Int? { self.keys.firstIndex(of: key) }

  package subscript(row: Int, key: Int) -> Cell { self.cells[row * self.keys.count + key] }

  package subscript(row: Int, key: String) -> Cell {
    self.index(of: key).map { self[row, $0] } ?? .null
  }

  package func row(_ index: Int) -> Row {
    var row = Row()
    for (at, key) in self.keys.enumerated() { row[key] = self[index, at] }
    return row
  }

  package func firstIndex(named name: String) -> Int? { self.names.firstIndex(of: name) }

  /// These rows and those after them, of which the last `countMax` are kept.
  package func appending(_ later: RowSet, countMax: Int) -> RowSet {
    guard !later.isEmpty else { return self }
    var keys = self.keys
    for key in later.keys where !keys.contains(key) { keys.append(key) }
    var joined = RowSet(keys: keys)
    joined.reserveCapacity(min(countMax, self.count + later.count))
    let skipped = max(0, self.count + later.count - countMax)
    for (set, start) in [(self, skipped), (later, max(0, skipped - self.count))] {
      let places = joined.keys.map { set.index(of: $0) }
      for row in min(start, set.count)..<set.count {
        joined.names.append(set.names[row])
        let cells = places.map { place in place.map { set[row, $0] } ?? .null }
        joined.cells.append(contentsOf: cells)
        joined.search.append(cells)
      }
    }
    return joined
  }
}
