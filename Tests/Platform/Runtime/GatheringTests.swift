import Testing

@testable import Runtime

@Suite("Gathering answers")
struct GatheringTests {
  /// Whether gathering pays after `turns` of `answers` each, `apart` nanoseconds apart.
  static func isWorthwhile(turns: Int, answers: UInt32, apart: UInt64) -> Bool {
    var gathering = Gathering()
    gathering.isPossible = true
    var now: UInt64 = 1_000_000_000
    gathering.note(0, at: now)
    for _ in 0..<turns {
      now += apart
      gathering.note(answers, at: now)
    }
    return gathering.isWorthwhile
  }

  @Test(
    "a ring gathers only while it is busy",
    arguments: [
      (1000, 5, 50_000, true), (1000, 1, 20_000, true), (1000, 1, 50_000, false),
      (1000, 10, 1_000_000, false), (1000, 0, 10_000, false), (5, 5, 50_000, false),
    ] as [(Int, UInt32, UInt64, Bool)])
  func busyOnly(turns: Int, answers: UInt32, apart: UInt64, expected: Bool) {
    #expect(Self.isWorthwhile(turns: turns, answers: answers, apart: apart) == expected)
  }

  @Test("a pause ends it at once, and a kernel that cannot never begins")
  func ends() {
    var gathering = Gathering()
    gathering.isPossible = true
    var now: UInt64 = 1_000_000_000
    for _ in 0..<1000 {
      now += 50_000
      gathering.note(5, at: now)
    }
    #expect(gathering.isWorthwhile)
    gathering.note(1, at: now + 20_000_000)
    #expect(!gathering.isWorthwhile)
    gathering.isPossible = false
    for _ in 0..<1000 {
      now += 50_000
      gathering.note(5, at: now)
    }
    #expect(!gathering.isWorthwhile)
  }
}
