private import Crypto
private import Glibc

/// Distinct strings, each with a number, found by hash.
struct EntryTable {
  private let limit: Int
  /// Entry `code` is `bytes[offsets[code]..<offsets[code + 1]]`.
  private(set) var offsets: [UInt32] = [0]
  private(set) var bytes: [UInt8] = []
  /// Slot → code + 1; 0 is free.
  private var slots = [UInt32](repeating: 0, count: 16)
  /// Rows of a column are mostly sorted so that equal values follow each other.
  private var last: UInt32 = 0

  init(limit: Int) { self.limit = limit }

  var count: Int { self.offsets.count - 1 }

  /// The code of a string, which becomes an entry when it is none; nil once there are more than the limit.
  mutating func code(of content: UnsafeRawBufferPointer) -> UInt32? {
    if self.count > 0, self.isEqual(self.last, content) { return self.last }
    var slot = self.slot(of: content)
    while self.slots[slot] != 0 {
      let code = self.slots[slot] - 1
      if self.isEqual(code, content) {
        self.last = code
        return code
      }
      slot = (slot + 1) & (self.slots.count - 1)
    }
    guard self.count < self.limit, self.bytes.count + content.count <= Int(UInt32.max) else {
      return nil
    }
    let code = UInt32(self.count)
    self.bytes.append(contentsOf: content)
    self.offsets.append(UInt32(self.bytes.count))
    self.slots[slot] = code + 1
    self.last = code
    if self.slots.count < 2 * self.count { self.grow() }
    return code
  }

  /// The codes of rows of a column, or of all; nil when there are more entries than the limit.
  mutating func codes(of column: Column, _ rows: Range<Int>? = nil) -> [UInt32]? {
    let rows = rows ?? 0..<column.count
    return column.bytes.withUnsafeBytes { bytes -> [UInt32]? in
      // Of a dictionary each entry that a row has is looked up once.
      let entryCount = column.codes.isEmpty ? 0 : column.offsets.count - 1
      var known = [UInt32](repeating: .max, count: entryCount)
      var codes: [UInt32] = []
      codes.reserveCapacity(rows.count)
      for row in rows {
        let entry = column.entry(row)
        if !known.isEmpty, known[entry] != .max {
          codes.append(known[entry])
          continue
        }
        let content = UnsafeRawBufferPointer(rebasing: bytes[column.entryRange(entry)])
        guard let code = self.code(of: content) else { return nil }
        if !known.isEmpty { known[entry] = code }
        codes.append(code)
      }
      return codes
    }
  }

  private func slot(of content: UnsafeRawBufferPointer) -> Int {
    Int(truncatingIfNeeded: XXH3.hash64(of: content)) & (self.slots.count - 1)
  }

  private mutating func grow() {
    self.slots = [UInt32](repeating: 0, count: self.slots.count * 4)
    for code in 0..<UInt32(self.count) {
      var slot = self.bytes.withUnsafeBytes { bytes in
        self.slot(of: UnsafeRawBufferPointer(rebasing: bytes[self.range(code)]))
      }
      while self.slots[slot] != 0 { slot = (slot + 1) & (self.slots.count - 1) }
      self.slots[slot] = code + 1
    }
  }

  func range(_ code: UInt32) -> Range<Int> {
    Int(self.offsets[Int(code)])..<Int(self.offsets[Int(code) + 1])
  }

  private func isEqual(_ code: UInt32, _ content: UnsafeRawBufferPointer) -> Bool {
    let range = self.range(code)
    guard range.count == content.count else { return false }
    guard let other = content.baseAddress, !range.isEmpty else { return true }
    return self.bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return true }
      return memcmp(base + range.lowerBound, other, range.count) == 0
    }
  }

  /// The codes in the order of their bytes.
  func sorted() -> [UInt32] {
    self.bytes.withUnsafeBytes { bytes in
      (0..<UInt32(self.count)).sorted { left, right in
        let other = UnsafeRawBufferPointer(rebasing: bytes[self.range(right)])
        return UnsafeRawBufferPointer(rebasing: bytes[self.range(left)]).order(to: other) < 0
      }
    }
  }
}
