import SeriesColumns
import SeriesModel
import SeriesStorage

/// A column by reference: looking at a row of it counts one reference, not one for each of its arrays.
final class AnswerColumn: Sendable {
  let values: Column
  /// The rows of a column of integers without nulls, which most fields are; else empty.
  let integers: [Int64]

  init(_ values: Column) {
    self.values = values
    self.integers = values.type == .integer && !values.hasNulls ? values.integers : []
  }
}

/// Rows in columns, from which an answer is written: what a scan gave, or what was made of it.
struct AnswerBlock: Sendable {
  /// What stands in one place of the rows.
  enum Cell: Sendable {
    case null
    /// The same for all rows of a run: its row of the column, -1 where there is none.
    case series(AnswerColumn, [Int])
    case row(AnswerColumn)
  }

  /// The group of the query that the rows are from.
  var group: Int
  /// Of each run.
  var seriesIDs: [UInt64]
  var versions: [Int64]
  /// The tags of the projection, then the fields.
  var cells: [Cell]

  var count: Int { self.versions.count }

  /// Memory of what belongs to it alone.
  var byteCount: Int {
    self.cells.reduce(64 + self.versions.count * 8 + self.seriesIDs.count * 8) { sum, cell in
      switch cell {
      case .null: sum
      case .series(_, let entries): sum + entries.count * 8
      case .row(let column): sum + column.values.byteCount
      }
    }
  }

  func value(_ cell: Int, run: Int, row: Int) -> SeriesValue {
    self.cells[cell].value(run: run, row: row)
  }

  /// The rows of `rows`; runs keep their numbers.
  func gathering(_ rows: [UInt32]) -> AnswerBlock {
    var block = self
    block.versions = rows.map { self.versions[Int($0)] }
    for (index, cell) in self.cells.enumerated() {
      guard case .row(let column) = cell else { continue }
      block.cells[index] = .row(AnswerColumn(column.values.gathering(rows)))
    }
    return block
  }
}

extension AnswerBlock.Cell {
  func value(run: Int, row: Int) -> SeriesValue {
    switch self {
    case .null: .null
    case .series(let column, let entries):
      entries[run] < 0 ? .null : column.values.value(entries[run])
    case .row(let column): column.values.value(row)
    }
  }

  /// Values of one type, and nulls.
  init(_ values: some Sequence<SeriesValue>) {
    guard let type = values.lazy.compactMap({ ColumnType(of: $0) }).first(where: { _ in true })
    else {
      self = .null
      return
    }
    var column = Column(type)
    for value in values { column.append(value) }
    self = .row(AnswerColumn(column))
  }

  var isPerRow: Bool {
    if case .row = self { true } else { false }
  }
}

extension ColumnType {
  fileprivate init?(of value: SeriesValue) {
    switch value {
    case .null: return nil
    case .string: self = .string
    case .int: self = .integer
    case .float: self = .float
    case .binary: self = .binary
    case .strings: self = .strings
    case .ints: self = .integers
    case .timestamp: self = .timestamp
    }
  }
}

extension AnswerBlock {
  /// Rows of one group, each a run.
  init(_ rows: [ResultRow], group: Int) {
    self.group = group
    self.seriesIDs = rows.map(\.seriesID)
    self.versions = rows.map(\.version)
    self.cells = (rows.first?.values.indices ?? 0..<0).map { place in
      Cell(rows.map { $0.values[place] })
    }
  }
}

extension ScannedBlock {
  func cell(ofTag tag: Int?) -> AnswerBlock.Cell {
    guard let tag else { return .null }
    switch self.scan.place(ofTag: tag) {
    case .series(let place):
      guard let series = self.series else { return .null }
      return .series(AnswerColumn(series.rows.columns[place]), self.entries)
    case .row(let place): return .row(AnswerColumn(self.block.columns[place]))
    }
  }

  func cell(ofField field: Int?) -> AnswerBlock.Cell {
    guard let field, let place = self.scan.fieldPlace[field] else { return .null }
    return .row(AnswerColumn(self.block.columns[place]))
  }

  /// All its rows.
  func answer(group: Int, tags: [Int?], fields: [Int?] = []) -> AnswerBlock {
    AnswerBlock(
      group: group, seriesIDs: self.block.runs.map(\.seriesID), versions: self.block.versions,
      cells: tags.map { self.cell(ofTag: $0) } + fields.map { self.cell(ofField: $0) })
  }
}
