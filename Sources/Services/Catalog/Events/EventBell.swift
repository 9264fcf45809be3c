import Synchronization

/// Wakes those who wait for events. What there is to read is in the store: the bell says "look again".
final class EventBell: Sendable {
  private struct State {
    var count: UInt64 = 0
    var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var next: UInt64 = 0
  }

  private let state = Mutex(State())

  /// How often it rang.
  var count: UInt64 { self.state.withLock { $0.count } }

  func ring() {
    let waiting = self.state.withLock { state in
      state.count &+= 1
      let all = Array(state.waiting.values)
      state.waiting = [:]
      return all
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Returns when it has rung since `count`, or the task is cancelled.
  func wait(since count: UInt64) async {
    let ticket = self.state.withLock { state in
      state.next &+= 1
      return state.next
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = self.state.withLock { state in
          if state.count != count || Task.isCancelled { return true }
          state.waiting[ticket] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      self.state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
    }
  }
}
