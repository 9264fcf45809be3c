/// Finds a member that an object has twice.
extension JSONParser {
  /// Above this, comparing every name with every other costs more than a table.
  private static var pairwiseMax: Int { 12 }

  /// Looks at the object that is about to be closed.
  mutating func hasDuplicate() -> Bool {
    self.openCount <= Self.pairwiseMax ? self.hasDuplicateAmongFew() : self.hasDuplicateAmongMany()
  }

  @inline(__always)
  private func after(_ index: Int) -> Int {
    let entry = TapeEntry(raw: self.tape[index])
    return entry.kind == .array || entry.kind == .object ? entry.low : index &+ 1
  }

  @inline(__always)
  private func sameName(_ left: TapeEntry, _ right: TapeEntry) -> Bool {
    left.high == right.high
      && UnsafeRawBufferPointer(start: self.start + left.low, count: left.high)
        .elementsEqual(UnsafeRawBufferPointer(start: self.start + right.low, count: right.high))
  }

  private mutating func hasDuplicateAmongFew() -> Bool {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.pairwiseMax) { names in
      var index = self.openIndex &+ 1
      for count in 0..<self.openCount {
        let raw = self.tape[index]
        for earlier in 0..<count where names[earlier] &>> 32 == raw &>> 32 {
          let name = TapeEntry(raw: raw)
          if self.sameName(TapeEntry(raw: names[earlier]), name) { return self.duplicate(name) }
        }
        names[count] = raw
        index = self.after(index &+ 1)
      }
      return false
    }
  }

  private mutating func hasDuplicateAmongMany() -> Bool {
    var slotCount = 64
    while slotCount < self.openCount * 2 { slotCount *= 2 }
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: slotCount) { slots in
      slots.initialize(repeating: 0)
      var index = self.openIndex &+ 1
      for _ in 0..<self.openCount {
        let name = TapeEntry(raw: self.tape[index])
        var slot = self.hash(name) & (slotCount &- 1)
        while slots[slot] != 0 {
          if self.sameName(TapeEntry(raw: slots[slot]), name) { return self.duplicate(name) }
          slot = (slot &+ 1) & (slotCount &- 1)
        }
        slots[slot] = name.raw
        index = self.after(index &+ 1)
      }
      return false
    }
  }

  /// Seeded per process, so that nobody can choose names that all fall into one slot.
  private func hash(_ name: TapeEntry) -> Int {
    var hasher = Hasher()
    hasher.combine(
      bytes: UnsafeRawBufferPointer(start: self.start + name.low, count: name.high))
    return hasher.finalize() & Int.max
  }

  private mutating func duplicate(_ name: TapeEntry) -> Bool {
    let bytes = UnsafeRawBufferPointer(start: self.start + name.low, count: name.high)
    let text = String(decoding: bytes.prefix(100), as: UTF8.self)
    return self.fail(
      .duplicateMember, "the object has a second member \(text.debugDescription)",
      at: self.start + name.low - 1)
  }
}
