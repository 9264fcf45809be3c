/// When a call that failed is made again.
public struct LinkRetry: Sendable, Hashable {
  /// After the first attempt.
  public var retryMax = 3
  public var delayFirst: Duration = .milliseconds(2)
  public var delayMax: Duration = .seconds(1)

  public init() {}
  public init(_ change: (inout LinkRetry) -> Void) { change(&self) }
  public static let never = LinkRetry { $0.retryMax = 0 }

  /// Whether the error allows another attempt. What was surely not done may always be tried again;
  /// what may have been done only when doing it twice is doing it once.
  public static func allows(_ error: LinkError, isIdempotent: Bool) -> Bool {
    switch error.code {
    case .slowDown, .shuttingDown: true
    case .internal, .unreachable: isIdempotent
    default: false
    }
  }

  /// The delay before retry number `attempt`, from 1: doubling, with a jitter of half to either side.
  ///
  /// - Parameter random: 64 random bits.
  public func delay(before attempt: Int, random: UInt64, hint: Duration? = nil) -> Duration {
    precondition(attempt >= 1, "retry \(attempt)")
    var delay = self.delayFirst * Int(1 << min(attempt - 1, 30))
    delay = max(min(delay, self.delayMax), min(hint ?? .zero, self.delayMax))
    let share = Double(random >> 11) / Double(1 << 53)
    return delay * (0.5 + share)
  }
}
