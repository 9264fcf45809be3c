package import Runtime
package import Values

/// Where one task waits for others to ring. A ring while nobody waits is remembered, once.
package final class Bell: Sendable {
  private enum State: Sendable {
    case quiet
    case rung
    case awaited(UnsafeContinuation<Void, Never>)
  }

  private let state = Guarded(State.quiet)

  package init() {}

  package func ring() {
    self.state.withLock { state in
      if case .awaited(let waiter) = state {
        state = .quiet
        waiter.resume()
      } else {
        state = .rung
      }
    }
  }

  /// Returns when it was rung since the last time. Throws at once when the task is cancelled.
  package func wait() async throws(CancellationError) {
    await withTaskCancellationHandler {
      await withUnsafeContinuation { waiter in
        self.state.withLock { state in
          switch state {
          case .rung:
            state = .quiet
            waiter.resume()
          case .quiet:
            // The flag is up before the handler runs, and the handler needs the lock.
            if Task.isCancelled { waiter.resume() } else { state = .awaited(waiter) }
          case .awaited: preconditionFailure("BUG: two tasks wait for one bell")
          }
        }
      }
    } onCancel: {
      self.state.withLock { state in
        guard case .awaited(let waiter) = state else { return }
        state = .quiet
        waiter.resume()
      }
    }
    if Task.isCancelled { throw CancellationError() }
  }

  /// The same, but not beyond `deadline`.
  package func wait(until deadline: MonotonicTime, on time: any TimeSource)
    async
    throws(CancellationError)
  {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.wait() }
      group.addTask { try? await time.sleep(until: deadline) }
      _ = await group.next()
      group.cancelAll()
    }
    if Task.isCancelled { throw CancellationError() }
  }
}
