internal import HTTP
internal import Values

/// What the hot path asks of the options, as plain numbers: durations are divided once, and nothing here
/// is counted by reference.
struct ServingPlan: Sendable {
  let limits: MessageLimits
  /// Nanoseconds.
  let headerTimeout: UInt64
  let idleTimeout: UInt64
  let writeTimeout: UInt64
  let drainBytes: Int64
  let sendsRequestID: Bool
  let ignoresUnknownExpectations: Bool
  let logsAccess: Bool
  let inputLimit: Int

  init(_ options: HTTPServerOptions) {
    self.limits = options.limits
    self.headerTimeout = Self.nanoseconds(options.headerTimeout)
    self.idleTimeout = Self.nanoseconds(options.idleTimeout)
    self.writeTimeout = Self.nanoseconds(options.writeTimeout)
    self.drainBytes = Int64(options.drainBytes)
    self.sendsRequestID = options.sendsRequestID
    self.ignoresUnknownExpectations = options.ignoresUnknownExpectations
    self.logsAccess = options.accessLog != nil
    self.inputLimit = Swift.max(options.limits.headBytes + 1, 64 << 10)
  }

  /// At most a century, so that adding it to a moment does not overflow.
  private static func nanoseconds(_ timeout: Duration) -> UInt64 {
    precondition(timeout > .zero, "a timeout of \(timeout)")
    return UInt64(Swift.min(timeout.nanosecondsClamped, 3_000_000_000_000_000_000))
  }
}

extension MonotonicTime {
  @inline(__always) func after(_ nanoseconds: UInt64) -> MonotonicTime {
    MonotonicTime(nanoseconds: self.nanoseconds &+ nanoseconds)
  }
}
