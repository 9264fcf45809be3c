/// Deadlines of one loop: a hierarchical wheel of 4 × 64 slots with ticks of one millisecond.
///
/// Inserting, removing and moving a timer is O(1); finding the next moment of interest is a few bit
/// operations. Timers beyond 4.6 hours sit in the outermost slot and are looked at again from there.
struct TimerWheel: ~Copyable {
  typealias Entry = UnsafeMutablePointer<TimerEntry>

  private static let levels = 4
  private static let width: UInt64 = 64
  private static let span: UInt64 = 1 << 24

  /// The last tick whose timers have fired.
  private(set) var tick: UInt64
  private(set) var count = 0
  private let slots: UnsafeMutablePointer<Entry?>
  /// A bit a slot, a word a level.
  private var occupied: InlineArray<4, UInt64>

  init(tick: UInt64) {
    self.tick = tick
    self.slots = .allocate(capacity: Self.levels * 64)
    self.slots.initialize(repeating: nil, count: Self.levels * 64)
    self.occupied = InlineArray(repeating: 0)
  }

  deinit { self.slots.deallocate() }

  /// Arms `entry` for `deadline`, the tick at which it fires; one that has passed fires at the next.
  mutating func insert(_ entry: Entry, at deadline: UInt64) {
    precondition(entry.pointee.slot < 0, "a timer is armed twice")
    entry.pointee.deadline = Swift.max(deadline, self.tick + 1)
    self.count += 1
    self.place(entry)
  }

  mutating func remove(_ entry: Entry) {
    let slot = Int(entry.pointee.slot)
    guard slot >= 0 else { return }
    self.count -= 1
    let next = entry.pointee.next
    let previous = entry.pointee.previous
    if let previous { previous.pointee.next = next } else { self.slots[slot] = next }
    next?.pointee.previous = previous
    if self.slots[slot] == nil {
      self.occupied[slot >> 6] &= ~(1 << UInt64(slot & 63))
    }
    entry.pointee.slot = -1
    entry.pointee.next = nil
    entry.pointee.previous = nil
  }

  /// The earliest tick at which `advance` may have something to do.
  func nextTick() -> UInt64? {
    guard self.count > 0 else { return nil }
    var best: UInt64?
    for level in 0..<Self.levels where self.occupied[level] != 0 {
      let position = self.tick >> UInt64(level * 6)
      let turn = (position + 1) & 63
      let bits = self.occupied[level]
      let rotated = turn == 0 ? bits : (bits >> turn) | (bits << (64 - turn))
      let distance = UInt64(rotated.trailingZeroBitCount) + 1
      let moment = (position + distance) << UInt64(level * 6)
      best = Swift.min(best ?? .max, moment)
    }
    return best
  }

  /// Moves on towards `target` and takes out the next timer that is due, in order of its tick; nil once
  /// `target` is reached. One at a time, because what a timer does may arm, disarm and free others.
  mutating func takeDue(until target: UInt64) -> Entry? {
    while true {
      if let entry = self.slots[Int(self.tick & 63)] {
        self.remove(entry)
        return entry
      }
      guard let moment = self.nextTick(), moment <= target else {
        self.tick = Swift.max(self.tick, target)
        return nil
      }
      self.tick = moment
      self.cascade()
    }
  }

  /// Spreads the outer slots that begin at the present tick over the levels inside them.
  private mutating func cascade() {
    for level in stride(from: Self.levels - 1, to: 0, by: -1) {
      let shift = UInt64(level * 6)
      guard self.tick & ((1 << shift) - 1) == 0 else { continue }
      let slot = level << 6 | Int((self.tick >> shift) & 63)
      var entry = self.slots[slot]
      self.slots[slot] = nil
      self.occupied[level] &= ~(1 << UInt64(slot & 63))
      while let present = entry {
        entry = present.pointee.next
        present.pointee.next = nil
        present.pointee.previous = nil
        self.place(present)
      }
    }
  }

  private mutating func place(_ entry: Entry) {
    let deadline = entry.pointee.deadline
    let distance = Swift.min(deadline - self.tick, Self.span - 1)
    // Due now: only from a cascade, whose caller looks at this very slot next.
    let level = distance < 64 ? 0 : (63 - distance.leadingZeroBitCount) / 6
    let moment = self.tick + distance
    let slot = level << 6 | Int((moment >> UInt64(level * 6)) & 63)
    entry.pointee.slot = Int32(slot)
    let head = self.slots[slot]
    entry.pointee.next = head
    head?.pointee.previous = entry
    self.slots[slot] = entry
    self.occupied[level] |= 1 << UInt64(slot & 63)
  }
}

/// One timer. It belongs to whoever arms it and stays in place while armed.
struct TimerEntry {
  var next: UnsafeMutablePointer<TimerEntry>?
  var previous: UnsafeMutablePointer<TimerEntry>?
  var deadline: UInt64 = 0
  /// Where it hangs; -1 when it is not armed.
  var slot: Int32 = -1
  /// What happens when it is due; the entry may be armed again from here.
  let action: () -> Void

  init(action: @escaping () -> Void) { self.action = action }
}
