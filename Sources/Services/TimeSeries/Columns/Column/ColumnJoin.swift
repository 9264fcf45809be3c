/// Makes one column of rows of several.
///
/// Strings of dictionaries get a dictionary again: each entry is looked up once, and a row costs the copy of
/// a code. When a column without a dictionary comes, or there are too many entries, each row has an entry of
/// its own from there on.
struct ColumnJoin {
  private static let entryCountMax = 65_536

  private var column: Column
  /// The entries that the codes of `column` stand for; nil when it has no dictionary (any more).
  private var table: EntryTable?
  /// Of each source: of each entry of its dictionary its code + 1, once it was looked up.
  private var known: [[UInt32]]

  init(_ type: ColumnType, rowCount: Int, sourceCount: Int) {
    self.column = Column(type)
    self.known = Array(repeating: [], count: type.isBytes ? sourceCount : 0)
    switch type {
    case .integer, .timestamp: self.column.integers.reserveCapacity(rowCount)
    case .float: self.column.floats.reserveCapacity(rowCount)
    case .string, .binary: self.table = EntryTable(limit: Self.entryCountMax)
    case .strings, .integers: self.column.lists.reserveCapacity(rowCount + 1)
    }
  }

  /// - Parameter source: the number of `other`: the same for the same column.
  mutating func append(_ rows: Range<Int>, of other: Column, _ source: Int) {
    guard !rows.isEmpty else { return }
    if self.table != nil {
      if self.appendCodes(rows, of: other, source) { return }
      self.giveUp()
    }
    self.column.append(rows, of: other)
  }

  private mutating func appendCodes(_ rows: Range<Int>, of other: Column, _ source: Int) -> Bool {
    let count = self.column.codes.count
    if other.nullCount == other.count {
      guard let code = self.table?.code(of: UnsafeRawBufferPointer(start: nil, count: 0)) else {
        return false
      }
      self.column.codes.append(contentsOf: repeatElement(code, count: rows.count))
    } else {
      guard !other.codes.isEmpty,
        self.table?.append(
          codesOf: rows, in: other, known: &self.known[source], to: &self.column.codes) ?? false
      else {
        self.column.codes.removeLast(self.column.codes.count - count)
        return false
      }
    }
    self.column.appendNulls(rows, of: other)
    self.column.count += rows.count
    return true
  }

  private mutating func giveUp() {
    self.takeEntries()
    self.column.undictionary()
  }

  private mutating func takeEntries() {
    defer { self.table = nil }
    guard let table = self.table, self.column.count > 0 else { return }
    self.column.offsets = table.offsets
    self.column.bytes = table.bytes
  }

  consuming func finish() -> Column {
    self.takeEntries()
    return self.column
  }
}

extension Column {
  /// Rows of several columns of one type, in the order of `spans`.
  public init(joining spans: [RowSpan], of columns: [Column], _ type: ColumnType) {
    var join = ColumnJoin(
      type, rowCount: spans.reduce(0) { $0 + $1.rows.count }, sourceCount: columns.count)
    for span in spans { join.append(span.rows, of: columns[span.source], span.source) }
    self = join.finish()
  }

  /// All rows of several columns of one type.
  public init(joining columns: [Column], _ type: ColumnType) {
    if let first = columns.first, columns.count == 1 {
      self = first
      return
    }
    self.init(
      joining: columns.enumerated().map { RowSpan($0.offset, 0..<$0.element.count) }, of: columns,
      type)
  }

  /// The same rows, with a dictionary when strings repeat themselves enough to be worth one.
  public func withDictionary() -> Column {
    guard self.type.isBytes, self.codes.isEmpty, self.count >= 32, !self.seemsDistinct else {
      return self
    }
    var table = EntryTable(limit: min(4096, self.count / 4))
    guard let codes = table.codes(of: self) else { return self }
    var column = self
    column.codes = codes
    column.offsets = table.offsets
    column.bytes = table.bytes
    return column
  }

  /// Whether of some rows nearly all differ, so that there is no use in looking at all.
  private var seemsDistinct: Bool {
    let sample = 256
    guard self.count >= 4 * sample else { return false }
    var table = EntryTable(limit: sample)
    for row in stride(from: 0, to: self.count, by: self.count / sample) {
      guard self.withBytes(row, { table.code(of: $0) }) != nil else { return true }
    }
    return table.count > sample * 15 / 16
  }
}

/// Rows of one of several columns or blocks.
public struct RowSpan: Sendable {
  public var source: Int
  public var rows: Range<Int>

  public init(_ source: Int, _ rows: Range<Int>) {
    self.source = source
    self.rows = rows
  }
}
