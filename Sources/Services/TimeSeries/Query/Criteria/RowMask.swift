/// One bit a row: which rows of a block a condition holds for.
package struct RowMask: Sendable, Hashable {
  package let count: Int
  private(set) var words: [UInt64]

  package init(count: Int, all: Bool) {
    self.count = count
    self.words = [UInt64](repeating: all ? ~0 : 0, count: (count + 63) >> 6)
    if all { self.trim() }
  }

  /// A bit for each row from `body`.
  @inline(__always)
  init(count: Int, _ body: (Int) -> Bool) {
    self.count = count
    self.words = [UInt64](repeating: 0, count: (count + 63) >> 6)
    for word in self.words.indices {
      var bits: UInt64 = 0
      let start = word << 6
      for bit in 0..<min(64, count - start) where body(start + bit) { bits |= 1 << UInt64(bit) }
      self.words[word] = bits
    }
  }

  private mutating func trim() {
    let rest = self.count & 63
    if rest != 0, !self.words.isEmpty {
      self.words[self.words.count - 1] &= (1 << UInt64(rest)) - 1
    }
  }

  @inline(__always) package subscript(row: Int) -> Bool {
    get { self.words[row >> 6] >> UInt64(row & 63) & 1 != 0 }
    set {
      if newValue {
        self.words[row >> 6] |= 1 << UInt64(row & 63)
      } else {
        self.words[row >> 6] &= ~(1 << UInt64(row & 63))
      }
    }
  }

  mutating func set(_ rows: Range<Int>) { for row in rows { self[row] = true } }

  mutating func formIntersection(_ other: RowMask) {
    for index in self.words.indices { self.words[index] &= other.words[index] }
  }

  mutating func formUnion(_ other: RowMask) {
    for index in self.words.indices { self.words[index] |= other.words[index] }
  }

  mutating func invert() {
    for index in self.words.indices { self.words[index] = ~self.words[index] }
    self.trim()
  }

  package var isEmpty: Bool { self.words.allSatisfy { $0 == 0 } }
  package var trueCount: Int { self.words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Calls `body` with each row that is set, ascending.
  @inline(__always)
  package func forEach<E: Error>(_ body: (Int) throws(E) -> Void) throws(E) {
    for (index, word) in self.words.enumerated() {
      var bits = word
      while bits != 0 {
        try body(index << 6 + bits.trailingZeroBitCount)
        bits &= bits - 1
      }
    }
  }

  package var rows: [UInt32] {
    var rows: [UInt32] = []
    rows.reserveCapacity(self.trueCount)
    self.forEach { rows.append(UInt32($0)) }
    return rows
  }
}
