private import Synchronization

/// Wakes one task that works when told to; signals that come while it works count as one.
final class AsyncSignal: Sendable {
  private struct State {
    var isSet = false
    var isEnding = false
    var isOver = false
    var worker: UnsafeContinuation<Void, Never>?
    var ender: UnsafeContinuation<Void, Never>?
  }
  private let state = Mutex(State())

  func signal() {
    let worker = self.state.withLock { state in
      state.isSet = true
      return state.worker.take()
    }
    worker?.resume()
  }

  /// For the worker: true when there is work, false at the end.
  func wait() async -> Bool {
    while true {
      let (isSet, isEnding, ender) = self.state.withLock {
        state -> (Bool, Bool, UnsafeContinuation<Void, Never>?) in
        defer { state.isSet = false }
        if state.isEnding, !state.isSet {
          state.isOver = true
          return (false, true, state.ender.take())
        }
        return (state.isSet, false, nil)
      }
      ender?.resume()
      if isSet { return true }
      if isEnding { return false }
      await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
        let mustWait = self.state.withLock { state in
          if state.isSet || state.isEnding { return false }
          state.worker = waiter
          return true
        }
        if !mustWait { waiter.resume() }
      }
    }
  }

  /// Lets the worker end what it does, and returns when it has.
  func end() async {
    let worker = self.state.withLock { state in
      state.isEnding = true
      return state.worker.take()
    }
    worker?.resume()
    await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
      let mustWait = self.state.withLock { state in
        if state.isOver { return false }
        state.ender = waiter
        return true
      }
      if !mustWait { waiter.resume() }
    }
  }
}
