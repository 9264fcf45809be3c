import Testing

@testable import Runtime

@Suite("Timer wheel")
struct TimerWheelTests {
  @Test("every timer fires at its tick and in order, whatever the distance")
  func firesInOrder() {
    let deadlines: [UInt64] = [
      1, 2, 63, 64, 65, 127, 128, 4095, 4096, 4097, 8191, 262_143, 262_144, 262_145, 16_777_215,
      16_777_216, 16_777_217, 40_000_000,
    ]
    for start in [0, 1, 62, 63, 64, 4095, 262_100, 16_777_200] as [UInt64] {
      var fired: [UInt64] = []
      var wheel = TimerWheel(tick: start)
      for distance in deadlines.reversed() {
        let entry = TimerWheel.Entry.allocate(capacity: 1)
        let due = start + distance
        entry.initialize(to: TimerEntry { fired.append(due) })
        wheel.insert(entry, at: due)
      }
      while let next = wheel.nextTick() {
        while let entry = wheel.takeDue(until: next) {
          #expect(entry.pointee.deadline == next)
          entry.pointee.action()
        }
      }
      #expect(fired == deadlines.map { start + $0 }, "from tick \(start)")
    }
  }

  @Test("random inserts, removals and steps agree with a sorted list", arguments: 0..<40)
  func agreesWithModel(seed: Int) {
    var random = Steps(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
    var wheel = TimerWheel(tick: random.next() % 100_000)
    var model: [(due: UInt64, entry: TimerWheel.Entry)] = []
    for _ in 0..<2000 {
      switch random.next() % 4 {
      case 0, 1:
        let entry = TimerWheel.Entry.allocate(capacity: 1)
        entry.initialize(to: TimerEntry {})
        let distance = random.next() % (1 << (1 + random.next() % 25))
        wheel.insert(entry, at: wheel.tick + distance)
        model.append((Swift.max(wheel.tick + distance, wheel.tick + 1), entry))
      case 2 where !model.isEmpty:
        let index = Int(random.next() % UInt64(model.count))
        wheel.remove(model[index].entry)
        model.remove(at: index)
      default:
        let target = wheel.tick + random.next() % (1 << (1 + random.next() % 20))
        var fired: Set<UInt64> = []
        while let entry = wheel.takeDue(until: target) {
          fired.insert(UInt64(UInt(bitPattern: entry)))
        }
        let due = model.filter { $0.due <= target }
        #expect(fired == Set(due.map { UInt64(UInt(bitPattern: $0.entry)) }), "seed \(seed)")
        model.removeAll { $0.due <= target }
      }
      #expect(wheel.count == model.count)
      let earliest = model.map(\.due).min()
      if let earliest, let next = wheel.nextTick() {
        #expect(next <= earliest, "the wheel would sleep past a timer, seed \(seed)")
      } else {
        #expect(wheel.nextTick() == nil && earliest == nil)
      }
    }
  }
}

struct Steps {
  var state: UInt64
  mutating func next() -> UInt64 {
    self.state ^= self.state << 13
    self.state ^= self.state >> 7
    self.state ^= self.state << 17
    return self.state
  }
}
