/// Which rows of a column have the same value.
public struct ValueNumbers: Sendable {
  /// Of each row, below `count`: the same where the values are, as far as the column's dictionary tells.
  public private(set) var rows: [UInt32]
  public private(set) var count: Int

  /// Rows of a block are mostly sorted so that equal values follow each other: most are compared with the
  /// one before and not hashed.
  public init(_ column: Column) {
    self.rows = []
    self.rows.reserveCapacity(column.count)
    self.count = 0
    switch column.type {
    case .integer, .timestamp: self.number(integers: column.integers)
    case .float: self.number(integers: column.floats.map { Int64(bitPattern: $0.bitPattern) })
    case .string, .binary:
      guard column.codes.isEmpty else {
        self.rows = column.codes
        self.count = column.offsets.count - 1
        break
      }
      var table = EntryTable(limit: .max)
      self.rows = table.codes(of: column) ?? []
      self.count = table.count
    case .strings, .integers: preconditionFailure("lists have no numbers")
    }
    guard column.hasNulls else { return }
    for row in 0..<column.count where column.isNull(row) { self.rows[row] = UInt32(self.count) }
    self.count += 1
  }

  private mutating func number(integers: [Int64]) {
    var known: [Int64: UInt32] = [:]
    var last: (value: Int64, number: UInt32)?
    for value in integers {
      if let last, last.value == value {
        self.rows.append(last.number)
        continue
      }
      let number = known[value] ?? UInt32(known.count)
      known[value] = number
      last = (value, number)
      self.rows.append(number)
    }
    self.count = known.count
  }

  /// Makes rows different that have different numbers in `other`.
  public mutating func split(by other: ValueNumbers) {
    precondition(self.rows.count == other.rows.count, "numbers of other rows")
    var known: [UInt64: UInt32] = [:]
    var last: (pair: UInt64, number: UInt32)?
    for row in self.rows.indices {
      let pair = UInt64(self.rows[row]) << 32 | UInt64(other.rows[row])
      if let last, last.pair == pair {
        self.rows[row] = last.number
        continue
      }
      let number = known[pair] ?? UInt32(known.count)
      known[pair] = number
      last = (pair, number)
      self.rows[row] = number
    }
    self.count = known.count
  }
}
