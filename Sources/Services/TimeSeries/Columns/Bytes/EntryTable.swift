private import Crypto
private import Glibc

/// The distinct strings of a column, found by hash, without a copy of any.
struct EntryTable {
  private let column: Column
  private let limit: Int
  /// Slot → code + 1; 0 is free.
  private var slots: [UInt32]
  /// Code → the first entry of the column that has these bytes.
  private(set) var entries: [Int] = []
  /// With a dictionary: entry of the column → code + 1, so that each is hashed once.
  private var known: [UInt32]
  private var last: (entry: Int, code: UInt32)?

  init(_ column: Column, limit: Int) {
    self.column = column
    self.limit = limit
    var size = 16
    while size < 2 * min(limit, column.count) { size *= 2 }
    self.slots = [UInt32](repeating: 0, count: size)
    self.known =
      column.codes.isEmpty ? [] : [UInt32](repeating: 0, count: column.offsets.count - 1)
  }

  /// The code of an entry of the column; nil once there are more than the limit.
  mutating func code(of entry: Int) -> UInt32? {
    if !self.known.isEmpty, self.known[entry] > 0 { return self.known[entry] - 1 }
    if let last = self.last, self.isEqual(last.entry, entry) { return last.code }
    let range = self.column.entryRange(entry)
    let hash = self.column.bytes.withUnsafeBytes {
      XXH3.hash64(of: UnsafeRawBufferPointer(rebasing: $0[range]))
    }
    var slot = Int(truncatingIfNeeded: hash) & (self.slots.count - 1)
    while self.slots[slot] != 0 {
      let code = self.slots[slot] - 1
      if self.isEqual(self.entries[Int(code)], entry) { return self.remember(entry, code) }
      slot = (slot + 1) & (self.slots.count - 1)
    }
    guard self.entries.count < self.limit else { return nil }
    self.entries.append(entry)
    self.slots[slot] = UInt32(self.entries.count)
    return self.remember(entry, UInt32(self.entries.count - 1))
  }

  private mutating func remember(_ entry: Int, _ code: UInt32) -> UInt32 {
    self.last = (entry, code)
    if !self.known.isEmpty { self.known[entry] = code + 1 }
    return code
  }

  private func isEqual(_ left: Int, _ right: Int) -> Bool {
    let (a, b) = (self.column.entryRange(left), self.column.entryRange(right))
    guard a.count == b.count else { return false }
    return self.column.bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return true }
      return memcmp(base + a.lowerBound, base + b.lowerBound, a.count) == 0
    }
  }

  /// The codes in the order of their bytes.
  func sorted() -> [UInt32] {
    self.column.bytes.withUnsafeBytes { bytes in
      (0..<UInt32(self.entries.count)).sorted { left, right in
        let (a, b) = (
          self.column.entryRange(self.entries[Int(left)]),
          self.column.entryRange(self.entries[Int(right)])
        )
        guard let base = bytes.baseAddress else { return false }
        let order = memcmp(base + a.lowerBound, base + b.lowerBound, min(a.count, b.count))
        return order != 0 ? order < 0 : a.count < b.count
      }
    }
  }
}
