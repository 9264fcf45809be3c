public import Values

/// Whether a peer that keeps failing is tried: closed, open for a while, then one probe.
///
///     closed ──(failures in a row)──▶ open ──(time)──▶ probing ──(success)──▶ closed
///                                      ▲                  └──(failure)──▶ open
public struct CircuitBreaker: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    case closed(failures: Int)
    case open(until: MonotonicTime)
    /// Exactly one call is on its way; all others are refused until it ends.
    case probing
  }

  public private(set) var state = State.closed(failures: 0)
  public let failureMax: Int
  public let openFor: Duration

  public init(failureMax: Int = 3, openFor: Duration = .seconds(30)) {
    precondition(failureMax > 0, "\(failureMax) failures")
    self.failureMax = failureMax
    self.openFor = openFor
  }

  /// Whether a call may be made now; its end must be told by `succeeded` or `failed`.
  public mutating func admits(now: MonotonicTime) -> Bool {
    switch self.state {
    case .closed: return true
    case .open(let until) where now >= until:
      self.state = .probing
      return true
    case .open, .probing: return false
    }
  }

  public mutating func succeeded() { self.state = .closed(failures: 0) }

  public mutating func failed(now: MonotonicTime) {
    switch self.state {
    case .closed(let failures) where failures + 1 < self.failureMax:
      self.state = .closed(failures: failures + 1)
    case .closed, .probing: self.state = .open(until: now + self.openFor)
    // A call that began before the circuit opened.
    case .open: break
    }
  }

  /// The call ended without saying anything about the peer: it was cancelled.
  public mutating func abandoned(now: MonotonicTime) {
    if case .probing = self.state { self.state = .open(until: now) }
  }
}
