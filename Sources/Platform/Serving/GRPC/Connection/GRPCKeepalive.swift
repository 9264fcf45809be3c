/// When a silent peer is asked whether it is alive.
public struct GRPCKeepalive: Sendable, Hashable {
  /// Silence before a ping.
  public var interval: Duration
  /// What the answer may take; then the connection is given up.
  public var timeout: Duration

  public init(interval: Duration = .seconds(60), timeout: Duration = .seconds(20)) {
    self.interval = interval
    self.timeout = timeout
  }
}
