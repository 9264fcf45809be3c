/// Which units of a file or an arena are in use: one bit a unit, runs of units given out next-fit.
///
/// The search begins where the last one ended, so that what is written one after the other lies one
/// after the other. A run never crosses what is in use, and giving back what is free traps: two owners
/// of one unit would be silent corruption.
public struct UnitMap: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of `words`.
  private var words: UnsafeMutablePointer<UInt64>
  private var wordCount: Int
  public private(set) var unitCount: Int
  public private(set) var freeCount: Int
  private var cursor = 0

  /// All units free.
  public init(unitCount: Int) {
    precondition(unitCount >= 0, "\(unitCount) units")
    self.unitCount = unitCount
    self.freeCount = unitCount
    self.wordCount = max(1, (unitCount + 63) / 64)
    self.words = .allocate(capacity: self.wordCount)
    self.words.initialize(repeating: 0, count: self.wordCount)
  }

  deinit { self.words.deallocate() }

  public var usedCount: Int { self.unitCount - self.freeCount }

  /// Takes `count` units in a row and answers the first; nil when there is no such run.
  public mutating func take(_ count: Int) -> Int? {
    precondition(count > 0, "a run of \(count) units")
    guard count <= self.freeCount else { return nil }
    var start = self.firstRun(of: count, in: self.cursor..<self.unitCount)
    if start == nil {
      // A run may begin before the cursor and end behind it.
      let end = min(self.unitCount, self.cursor + count - 1)
      start = self.firstRun(of: count, in: 0..<end)
    }
    guard let start else { return nil }
    self.set(start..<(start + count), to: true)
    self.freeCount -= count
    self.cursor = start + count == self.unitCount ? 0 : start + count
    return start
  }

  /// Marks units that are known to be in use. False, with nothing changed, when one of them is already,
  /// or lies outside: whoever reads such an index has a damaged one.
  public mutating func claim(_ start: Int, count: Int) -> Bool {
    guard start >= 0, count > 0, start <= self.unitCount - count else { return false }
    for unit in start..<(start + count) where self.isUsed(unit) { return false }
    self.set(start..<(start + count), to: true)
    self.freeCount -= count
    return true
  }

  public mutating func giveBack(_ start: Int, count: Int) {
    precondition(
      start >= 0 && count > 0 && start <= self.unitCount - count,
      "units \(start) + \(count) of \(self.unitCount) given back")
    for unit in start..<(start + count) {
      precondition(self.isUsed(unit), "unit \(unit) is given back and is free")
    }
    self.set(start..<(start + count), to: false)
    self.freeCount += count
  }

  /// Adds free units at the end.
  public mutating func grow(to unitCount: Int) {
    guard unitCount > self.unitCount else { return }
    let wanted = (unitCount + 63) / 64
    if wanted > self.wordCount {
      let capacity = max(wanted, self.wordCount * 2)
      let moved = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
      moved.initialize(repeating: 0, count: capacity)
      moved.update(from: self.words, count: self.wordCount)
      self.words.deallocate()
      self.words = moved
      self.wordCount = capacity
    }
    self.freeCount += unitCount - self.unitCount
    self.unitCount = unitCount
  }

  public borrowing func isUsed(_ unit: Int) -> Bool {
    precondition(unit >= 0 && unit < self.unitCount, "unit \(unit) of \(self.unitCount)")
    return self.words[unit >> 6] >> UInt64(unit & 63) & 1 == 1
  }

  /// Goes over the words: a full or an empty one is one step.
  private func firstRun(of count: Int, in range: Range<Int>) -> Int? {
    var position = range.lowerBound
    var run = 0
    while position < range.upperBound {
      let bit = position & 63
      let word = self.words[position >> 6] >> UInt64(bit)
      let isFree = word & 1 == 0
      let same = isFree ? word.trailingZeroBitCount : (~word).trailingZeroBitCount
      let step = min(same, 64 - bit, range.upperBound - position)
      position += step
      run = isFree ? run + step : 0
      if run >= count { return position - run }
    }
    return nil
  }

  private mutating func set(_ range: Range<Int>, to isUsed: Bool) {
    for unit in range {
      let bit: UInt64 = 1 << UInt64(unit & 63)
      if isUsed { self.words[unit >> 6] |= bit } else { self.words[unit >> 6] &= ~bit }
    }
  }
}
