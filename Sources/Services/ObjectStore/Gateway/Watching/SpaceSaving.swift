/// The names that come most often among any number of them, in fixed room: a name without a counter takes
/// over the smallest one, with its count as what may be of others ("space saving", Metwally 2005).
struct SpaceSaving {
  struct Entry {
    var name: String
    var count: UInt64
    var byteCount: UInt64
    /// Of `count`, what may have been of names before.
    var error: UInt64
  }

  let capacity: Int
  private(set) var entries: [Entry] = []
  private var places: [String: Int] = [:]
  private(set) var total: UInt64 = 0

  init(capacity: Int) {
    precondition(capacity > 0, "\(capacity) counters")
    self.capacity = capacity
  }

  mutating func add(_ name: String, count: UInt64, byteCount: UInt64) {
    self.total += count
    if let place = self.places[name] {
      self.entries[place].count += count
      self.entries[place].byteCount += byteCount
      return
    }
    guard self.entries.count == self.capacity else {
      self.places[name] = self.entries.count
      self.entries.append(Entry(name: name, count: count, byteCount: byteCount, error: 0))
      return
    }
    var least = 0
    for place in self.entries.indices where self.entries[place].count < self.entries[least].count {
      least = place
    }
    let before = self.entries[least]
    self.places[before.name] = nil
    self.places[name] = least
    self.entries[least] = Entry(
      name: name, count: before.count + count, byteCount: byteCount, error: before.count)
  }

  /// Counts half of what was, so that yesterday's names make room.
  mutating func halve() {
    self.total /= 2
    self.places.removeAll(keepingCapacity: true)
    var kept: [Entry] = []
    for var entry in self.entries {
      entry.count /= 2
      entry.byteCount /= 2
      entry.error /= 2
      guard entry.count > 0 else { continue }
      self.places[entry.name] = kept.count
      kept.append(entry)
    }
    self.entries = kept
  }
}
