private import CSystem
internal import Values

/// How a client connects, how long it waits and how often it tries.
public struct HTTPClientOptions: Sendable {
  /// Connections to one host and to all of them; further requests wait for one.
  public var connectionsPerHostMax = 32
  public var connectionsMax = 256
  /// Requests that may be under way or wait; above, they are refused.
  public var requestsMax = 10_000
  public var connectTimeout = Duration.seconds(5)
  /// From the call to the last byte of the answer, all attempts together. A request may have its own.
  public var totalTimeout = Duration.seconds(60)
  /// Below this rate for `lowSpeedTime` a transfer is given up.
  public var lowSpeedBytes = 1
  public var lowSpeedTime = Duration.seconds(30)
  /// What of an answer may wait in memory before its server is made to wait.
  public var bufferBytesMax = 256 << 10
  public var headBytesMax = 64 << 10
  public var retries = RetryPolicy()
  /// Redirects that are followed, of GET and HEAD only; 0: they are answers like others.
  public var redirectsMax = 0
  public var userAgent = "lakeworks"
  /// Over TLS, when the server can.
  public var allowsHTTP2 = false
  public var tls = TLS()
  /// The proxy of the environment; off, so that a daemon goes where it is told.
  public var usesEnvironmentProxy = false

  public struct TLS: Sendable {
    /// Off only to look at a machine of one's own.
    public var verifiesPeer = true
    /// PEM of the authorities that are trusted; nil: those of the system.
    public var authoritiesPath: String?
    /// PEM of our own certificate and key, for mutual TLS.
    public var certificatePath: String?
    public var keyPath: String?
    public init() {}
  }

  public init() {}
  public init(_ change: (inout HTTPClientOptions) -> Void) { change(&self) }
}

/// When a request is sent again: when it cannot have arrived; when it is idempotent and the connection
/// broke; when the server says 429 or 503 (and 502 or 504 to an idempotent one).
public struct RetryPolicy: Sendable {
  /// Attempts, the first included.
  public var attemptsMax = 4
  /// Before the second attempt at most this, then twice as much each time; the wait is drawn evenly
  /// between nothing and that, so that many clients do not come back together.
  public var backoff = Duration.milliseconds(100)
  public var backoffMax = Duration.seconds(10)
  /// A longer Retry-After is not waited for.
  public var retryAfterMax = Duration.seconds(30)

  public init() {}
  public init(_ change: (inout RetryPolicy) -> Void) { change(&self) }
  public static let never = RetryPolicy { $0.attemptsMax = 1 }

  /// How long to wait before attempt `number` (2 is the first repetition).
  func delay(before number: Int, random: UInt64) -> Duration {
    let doublings = Swift.min(number - 2, 30)
    let ceiling = Swift.min(self.backoff * (1 << doublings), self.backoffMax).nanosecondsClamped
    guard ceiling > 0 else { return .zero }
    return .nanoseconds(Int64(random % UInt64(ceiling)))
  }
}

/// Whether and when one attempt is followed by another.
struct RetryPlan {
  var policy: RetryPolicy
  var attempt: Int
  /// Of all attempts, on the monotonic clock.
  var deadline: UInt64
  var random: UInt64

  /// When to try again; nil: this was the last attempt, or the wait would be too long.
  func moment(retryAfter seconds: Int64?) -> UInt64? {
    guard self.attempt < self.policy.attemptsMax else { return nil }
    var wait = self.policy.delay(before: self.attempt + 1, random: self.random)
    if let seconds, seconds >= 0 {
      let asked = Duration.seconds(Swift.min(seconds, 86_400))
      guard asked <= self.policy.retryAfterMax else { return nil }
      wait = Swift.max(wait, asked)
    }
    let moment = csystem_monotonic_ns() &+ UInt64(clamping: wait.nanosecondsClamped)
    return moment < self.deadline ? moment : nil
  }
}
