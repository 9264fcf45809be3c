import Runtime
package import Values

/// Time that moves when a test says so.
package final class ModelClock: TimeSource {
  private struct Sleeper: Sendable {
    var deadline: MonotonicTime
    var waiter: UnsafeContinuation<Void, Never>
  }

  private struct State: Sendable {
    var now = MonotonicTime(nanoseconds: 1_000_000_000)
    var wallNow: WallTime
    var sleepers: [UInt64: Sleeper] = [:]
    var nextID: UInt64 = 0
  }

  private let state: Guarded<State>

  /// - Parameter start: the calendar's moment to begin at; 2026-01-01 unless said otherwise.
  package init(start: WallTime = WallTime(nanoseconds: 1_767_225_600_000_000_000)) {
    self.state = Guarded(State(wallNow: start))
  }

  package var now: MonotonicTime { self.state.withLock { $0.now } }
  package var wallNow: WallTime { self.state.withLock { $0.wallNow } }
  /// How many tasks sleep on it.
  package var sleeperCount: Int { self.state.withLock { $0.sleepers.count } }

  /// Moves time and wakes everyone whose moment has come.
  package func advance(by duration: Duration) {
    self.state.withLock { state in
      state.now = state.now + duration
      state.wallNow = state.wallNow + duration
      let now = state.now
      for (id, sleeper) in state.sleepers.sorted(by: { $0.key < $1.key })
      where sleeper.deadline <= now {
        state.sleepers[id] = nil
        sleeper.waiter.resume()
      }
    }
  }

  /// Sets the wall clock, as an operator or a time daemon would.
  package func jumpWall(by step: Duration) {
    self.state.withLock { $0.wallNow = $0.wallNow + step }
  }

  package func sleep(until deadline: MonotonicTime) async throws(CancellationError) {
    let id = self.state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { waiter in
        self.state.withLock { state in
          if Task.isCancelled || state.now >= deadline { return waiter.resume() }
          state.sleepers[id] = Sleeper(deadline: deadline, waiter: waiter)
        }
      }
    } onCancel: {
      self.state.withLock { $0.sleepers.removeValue(forKey: id)?.waiter.resume() }
    }
    if Task.isCancelled { throw CancellationError() }
  }
}
