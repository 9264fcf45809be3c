import ObjectExtents
import Testing

@Suite("a map of units")
struct UnitMapTests {
  @Test("gives out runs that never overlap and takes them back, like a list of flags would")
  func againstFlags() {
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for size in [1, 5, 63, 64, 65, 200, 1000] {
      var map = UnitMap(unitCount: size)
      var flags = [Bool](repeating: false, count: size)
      var runs: [(Int, Int)] = []
      for _ in 0..<3000 {
        if random(2) == 0 || runs.isEmpty {
          let count = 1 + random(20)
          guard let start = map.take(count) else {
            #expect(!hasRun(of: count, in: flags))
            continue
          }
          for unit in start..<(start + count) {
            #expect(!flags[unit])
            flags[unit] = true
          }
          runs.append((start, count))
        } else {
          let (start, count) = runs.remove(at: random(runs.count))
          map.giveBack(start, count: count)
          for unit in start..<(start + count) { flags[unit] = false }
        }
        let free = map.freeCount
        #expect(free == flags.count { !$0 })
      }
    }
  }

  private func hasRun(of count: Int, in flags: [Bool]) -> Bool {
    var run = 0
    for flag in flags {
      run = flag ? 0 : run + 1
      if run >= count { return true }
    }
    return false
  }

  @Test("refuses to claim what is in use or outside, and changes nothing then")
  func claiming() {
    var map = UnitMap(unitCount: 100)
    let claims = [
      map.claim(10, count: 5), map.claim(14, count: 2), map.claim(99, count: 2),
      map.claim(-1, count: 1),
    ]
    #expect(claims == [true, false, false, false])
    let before = map.freeCount
    #expect(before == 95)
    map.grow(to: 300)
    let isClaimed = map.claim(250, count: 50)
    let after = map.freeCount
    #expect(isClaimed)
    #expect(after == 245)
  }

  @Test("traps when a free unit is given back")
  func doubleFree() async {
    await #expect(processExitsWith: .failure) {
      var map = UnitMap(unitCount: 10)
      _ = map.take(3)
      map.giveBack(0, count: 3)
      map.giveBack(1, count: 1)
    }
  }
}
