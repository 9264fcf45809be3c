/// Who may still be reading what was removed: extents come back only after every read that began before
/// the removal has ended.
struct ReadEpochs: Sendable {
  private var current = 0
  private var readers = [0, 0]
  private var waiting: [[Extent]] = [[], []]

  /// Removed, and not yet given back.
  var waitingUnits: Int {
    (self.waiting[0] + self.waiting[1]).reduce(0) { $0 + Int($1.units) }
  }

  /// Answers the ticket to leave with.
  mutating func enter() -> Int {
    self.readers[self.current] += 1
    return self.current
  }

  /// Answers extents that nobody reads any more.
  mutating func leave(_ ticket: Int) -> [Extent] {
    self.readers[ticket] -= 1
    return self.advance()
  }

  mutating func retire(_ extents: [Extent]) -> [Extent] {
    self.waiting[self.current] += extents
    return self.advance()
  }

  /// When the older epoch has no reader left, what was removed in it is free, and the next one begins.
  private mutating func advance() -> [Extent] {
    var free: [Extent] = []
    // Twice at most: with no reader at all everything is free.
    for _ in 0..<2 where self.readers[1 - self.current] == 0 {
      free += self.waiting[1 - self.current]
      self.waiting[1 - self.current] = []
      guard !self.waiting[self.current].isEmpty else { break }
      self.current = 1 - self.current
    }
    return free
  }
}
