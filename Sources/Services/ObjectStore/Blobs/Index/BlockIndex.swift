/// Every block of a store by its address: a table with open addressing, in memory of its own.
///
/// An entry stays in its slot until the table grows, so that a checkpoint can copy the table piece by
/// piece while it changes.
struct BlockIndex: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of `slots`.
  private var slots: UnsafeMutablePointer<BlockEntry>
  private(set) var capacity: Int
  private(set) var count = 0
  /// Slots that were ever used: present ones and removed ones.
  private var used = 0
  /// Counts how often the table was made anew: whoever copies it piece by piece begins again.
  private(set) var generation = 0

  init(capacity: Int = 1024) {
    precondition(capacity.nonzeroBitCount == 1, "a capacity of \(capacity)")
    self.capacity = capacity
    self.slots = .allocate(capacity: capacity)
    self.slots.initialize(repeating: BlockEntry(), count: capacity)
  }

  deinit { self.slots.deallocate() }

  func find(_ key: BlockEntry) -> BlockEntry? {
    let slot = self.slot(of: key)
    return slot < 0 ? nil : self.slots[slot]
  }

  private func slot(of key: BlockEntry) -> Int {
    var slot = Int(truncatingIfNeeded: key.hash) & (self.capacity - 1)
    while self.slots[slot].state != BlockEntry.empty {
      if self.slots[slot].state == BlockEntry.present, self.slots[slot].isKey(of: key) {
        return slot
      }
      slot = (slot + 1) & (self.capacity - 1)
    }
    return -1
  }

  /// Puts an entry in, over the one with its address.
  mutating func insert(_ entry: BlockEntry) {
    let found = self.slot(of: entry)
    if found >= 0 {
      self.slots[found] = entry
      return
    }
    if (self.used + 1) * 10 > self.capacity * 7 { self.grow() }
    var slot = Int(truncatingIfNeeded: entry.hash) & (self.capacity - 1)
    while self.slots[slot].state == BlockEntry.present { slot = (slot + 1) & (self.capacity - 1) }
    if self.slots[slot].state == BlockEntry.empty { self.used += 1 }
    self.slots[slot] = entry
    self.count += 1
  }

  @discardableResult
  mutating func remove(_ key: BlockEntry) -> BlockEntry? {
    let slot = self.slot(of: key)
    guard slot >= 0 else { return nil }
    let entry = self.slots[slot]
    self.slots[slot] = BlockEntry()
    self.slots[slot].state = BlockEntry.removed
    self.count -= 1
    return entry
  }

  /// The present entries among `range` of the slots.
  func entries(in range: Range<Int>) -> [BlockEntry] {
    var entries: [BlockEntry] = []
    for slot in range.clamped(to: 0..<self.capacity)
    where self.slots[slot].state == BlockEntry.present {
      entries.append(self.slots[slot])
    }
    return entries
  }

  private mutating func grow() {
    let old = self.slots
    let oldCapacity = self.capacity
    // Many removed ones: the same size will do.
    if self.count * 10 > self.capacity * 4 { self.capacity *= 2 }
    self.slots = .allocate(capacity: self.capacity)
    self.slots.initialize(repeating: BlockEntry(), count: self.capacity)
    self.used = self.count
    self.generation += 1
    for slot in 0..<oldCapacity where old[slot].state == BlockEntry.present {
      var target = Int(truncatingIfNeeded: old[slot].hash) & (self.capacity - 1)
      while self.slots[target].state != BlockEntry.empty {
        target = (target + 1) & (self.capacity - 1)
      }
      self.slots[target] = old[slot]
    }
    old.deallocate()
  }
}
