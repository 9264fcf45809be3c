private import Synchronization

/// Lets one change at a time through, in order of arrival; the others wait without a thread.
package final class ChangeGate: Sendable {
  private struct State {
    var isTaken = false
    var waiting: [UnsafeContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  package init() {}

  package func enter() async {
    await withUnsafeContinuation { continuation in
      let isFree = self.state.withLock { state in
        guard state.isTaken else {
          state.isTaken = true
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  /// The next one goes on; called once for each `enter`.
  package func leave() {
    let next = self.state.withLock { state -> UnsafeContinuation<Void, Never>? in
      if state.waiting.isEmpty {
        state.isTaken = false
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume()
  }
}
