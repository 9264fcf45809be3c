private import Synchronization

/// The promise of a record that was handed over with `appendNoWait`.
public final class JournalTicket: Sendable {
  private enum State {
    case waiting
    case awaited(UnsafeContinuation<Result<JournalPosition, JournalError>, Never>)
    case settled(Result<JournalPosition, JournalError>)
  }
  private let state = Mutex(State.waiting)

  init() {}

  /// The record's position once it is durable; throws when that did not succeed. For one task: a second
  /// one that waits at the same time is a mistake of the caller and traps.
  public func position() async throws(JournalError) -> JournalPosition {
    let result = await withUnsafeContinuation {
      (waiter: UnsafeContinuation<Result<JournalPosition, JournalError>, Never>) in
      let settled: Result<JournalPosition, JournalError>? = self.state.withLock { state in
        switch state {
        case .waiting:
          state = .awaited(waiter)
          return nil
        case .awaited:
          preconditionFailure("two tasks wait for one ticket")
        case .settled(let result):
          return result
        }
      }
      if let settled { waiter.resume(returning: settled) }
    }
    return try result.get()
  }

  /// Whether `position` would answer at once.
  public var isSettled: Bool {
    self.state.withLock { if case .settled = $0 { true } else { false } }
  }

  func settle(_ result: Result<JournalPosition, JournalError>) {
    let waiter: UnsafeContinuation<Result<JournalPosition, JournalError>, Never>? =
      self.state.withLock { state in
        defer { state = .settled(result) }
        if case .awaited(let waiter) = state { return waiter }
        return nil
      }
    waiter?.resume(returning: result)
  }
}
