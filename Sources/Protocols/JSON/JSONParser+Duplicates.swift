/// Finds a member that an object has twice.
extension JSONParser {
  /// Above this, comparing every name with every other costs more than a table.
  private static var pairwiseMax: Int { 12 }

  /// Looks at the object that is about to be closed.
  mutating func hasDuplicate() -> Bool {
    guard self.openCount <= Self.pairwiseMax else { return self.hasDuplicateAmongMany() }
    return self.mayHaveDuplicate() && self.hasDuplicateAmongFew()
  }

  /// One bit of 128 for each name: no bit met twice, no duplicate. Measured: comparing the names of
  /// every object pair by pair made parsing of records half as fast as not looking at all.
  @inline(__always)
  private func mayHaveDuplicate() -> Bool {
    var low: UInt64 = 0
    var high: UInt64 = 0
    var index = self.openIndex &+ 1
    for _ in 0..<self.openCount {
      let name = TapeEntry(raw: self.tape[index])
      let word = UInt64(
        littleEndian: UnsafeRawPointer(self.start + name.low).loadUnaligned(as: UInt64.self))
      let kept = name.high >= 8 ? word : word & ((1 &<< UInt64(8 &* name.high)) &- 1)
      let mixed = (kept &+ UInt64(name.high)) &* 0x9E37_79B9_7F4A_7C15
      let bit: UInt64 = 1 &<< (mixed &>> 58)
      if mixed & 1 << 57 == 0 {
        if low & bit != 0 { return true }
        low |= bit
      } else {
        if high & bit != 0 { return true }
        high |= bit
      }
      index = self.after(index &+ 1)
    }
    return false
  }

  @inline(__always)
  private func after(_ index: Int) -> Int {
    let entry = TapeEntry(raw: self.tape[index])
    return entry.kind == .array || entry.kind == .object ? entry.low : index &+ 1
  }

  /// Eight bytes at once: names of one length mostly differ in the first word, and what is read
  /// past the last name is the rest of the text or the padding.
  @inline(__always)
  private func sameName(_ left: TapeEntry, _ right: TapeEntry) -> Bool {
    guard left.high == right.high else { return false }
    var leftText = UnsafeRawPointer(self.start + left.low)
    var rightText = UnsafeRawPointer(self.start + right.low)
    var count = left.high
    while count >= 8 {
      guard leftText.loadUnaligned(as: UInt64.self) == rightText.loadUnaligned(as: UInt64.self)
      else { return false }
      leftText += 8
      rightText += 8
      count &-= 8
    }
    guard count > 0 else { return true }
    let difference =
      UInt64(littleEndian: leftText.loadUnaligned(as: UInt64.self))
      ^ UInt64(littleEndian: rightText.loadUnaligned(as: UInt64.self))
    return difference &<< UInt64(64 &- 8 &* count) == 0
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
