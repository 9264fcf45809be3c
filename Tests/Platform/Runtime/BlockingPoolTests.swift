import Runtime
import Synchronization
import Testing

@Suite struct BlockingPoolTests {
  private final class Token: Sendable {
    let live: Counter
    init(_ live: Counter) {
      self.live = live
      live.value.add(1, ordering: .sequentiallyConsistent)
    }
    deinit { self.live.value.subtract(1, ordering: .sequentiallyConsistent) }
  }

  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }

  /// Its own frame: what it holds is gone when it returns.
  @inline(never)
  private func useToken(_ pool: BlockingPool, _ live: Counter) async throws {
    let token = Token(live)
    let isHeld = try await pool.run { token.live === live }
    #expect(isHeld)
  }

  @Test("what work holds is let go of before its caller goes on")
  func letsGo() async throws {
    let pool = BlockingPool(name: "test-errand", threads: 2)
    defer { pool.retire() }
    let live = Counter()
    for round in 0..<20_000 {
      try await self.useToken(pool, live)
      let count = live.value.load(ordering: .sequentiallyConsistent)
      try #require(count == 0, "round \(round): \(count) are held")
    }
  }
}
