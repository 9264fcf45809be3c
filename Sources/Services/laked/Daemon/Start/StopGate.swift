import Runtime
import Synchronization

/// Asks the daemon to end, once; whoever waits goes on.
package final class StopGate: Sendable {
  private struct State {
    var isRequested = false
    var waiters: [UnsafeContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  package init() {}

  package var isRequested: Bool { self.state.withLock { $0.isRequested } }

  /// - Returns: whether this was the first time.
  @discardableResult
  package func request() -> Bool {
    let waiters: [UnsafeContinuation<Void, Never>]? = self.state.withLock { state in
      guard !state.isRequested else { return nil }
      state.isRequested = true
      defer { state.waiters = [] }
      return state.waiters
    }
    guard let waiters else { return false }
    for waiter in waiters { waiter.resume() }
    return true
  }

  /// Waits until it is requested. Cancelling does not end the wait: the end of a daemon is always asked for.
  package func wait() async {
    await withUnsafeContinuation { waiter in
      let isRequested = self.state.withLock { state in
        if !state.isRequested { state.waiters.append(waiter) }
        return state.isRequested
      }
      if isRequested { waiter.resume() }
    }
  }
}
