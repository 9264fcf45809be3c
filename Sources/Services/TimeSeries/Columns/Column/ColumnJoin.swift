/// Rows of one of several columns or blocks.
public struct RowSpan: Sendable {
  public var source: Int
  public var rows: Range<Int>

  public init(_ source: Int, _ rows: Range<Int>) {
    self.source = source
    self.rows = rows
  }
}

extension Array where Element: BitwiseCopyable {
  /// Elements of several arrays, in the order of `spans`.
  ///
  /// - Parameters:
  ///   - sourceCount: how many arrays the spans name.
  ///   - source: an array by its number; asked for once.
  public init(
    joining spans: [RowSpan], of sourceCount: Int, _ source: (Int) -> [Element]
  ) {
    let count = spans.reduce(0) { $0 + $1.rows.count }
    self.init(unsafeUninitializedCapacity: count) { target, filled in
      filled = count
      guard let start = target.baseAddress else { return }
      // One source after the other: spans are many, and to look an array up for each costs more than to copy it.
      for number in 0..<sourceCount {
        source(number).withUnsafeBufferPointer { values in
          var place = start
          for span in spans {
            if span.source == number {
              precondition(span.rows.upperBound <= values.count, "\(span.rows) of \(values.count)")
              if let from = values.baseAddress {
                place.initialize(from: from + span.rows.lowerBound, count: span.rows.count)
              }
            }
            place += span.rows.count
          }
        }
      }
    }
  }
}

extension Column {
  private static let joinedEntriesMax = 65_536

  /// Rows of several columns of one type, in the order of `spans`.
  ///
  /// Strings of dictionaries get a dictionary again: each entry is looked up once, and a row costs the copy of
  /// a code. When a column has none, or there are too many entries, each row gets an entry of its own.
  public init(joining spans: [RowSpan], of columns: [Column], _ type: ColumnType) {
    self.init(type)
    switch type {
    case .integer, .timestamp:
      self.integers = Array(joining: spans, of: columns.count) { columns[$0].integers }
      self.count = self.integers.count
    case .float:
      self.floats = Array(joining: spans, of: columns.count) { columns[$0].floats }
      self.count = self.floats.count
    case .string, .binary:
      if self.joinCodes(spans, columns) { break }
      fallthrough
    case .strings, .integers:
      for span in spans { self.append(span.rows, of: columns[span.source]) }
      return
    }
    guard columns.contains(where: \.hasNulls) else { return }
    var place = 0
    for span in spans {
      if columns[span.source].hasNulls {
        self.markNulls(of: columns[span.source], span.rows, at: place)
      }
      place += span.rows.count
    }
  }

  /// Makes all but the nulls; false with nothing done when that needs more than codes.
  private mutating func joinCodes(_ spans: [RowSpan], _ columns: [Column]) -> Bool {
    guard columns.allSatisfy({ !$0.codes.isEmpty || $0.nullCount == $0.count }),
      columns.contains(where: { $0.count > 0 })
    else { return false }
    // A merge takes a block in several pieces: only the rows of this one are looked at.
    var wanted: [Range<Int>?] = columns.map { _ in nil }
    for span in spans where !span.rows.isEmpty {
      let known = wanted[span.source] ?? span.rows
      wanted[span.source] =
        min(known.lowerBound, span.rows.lowerBound)..<max(known.upperBound, span.rows.upperBound)
    }
    var table = EntryTable(limit: Self.joinedEntriesMax)
    var codes: [[UInt32]] = []
    for (column, rows) in zip(columns, wanted) {
      let rows = rows ?? 0..<0
      guard let own = table.codes(of: column, rows) else { return false }
      codes.append([UInt32](repeating: 0, count: rows.lowerBound) + own)
    }
    self.codes = Array(joining: spans, of: columns.count) { codes[$0] }
    self.count = self.codes.count
    guard self.count > 0 else { return true }
    self.offsets = table.offsets
    self.bytes = table.bytes
    return true
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
