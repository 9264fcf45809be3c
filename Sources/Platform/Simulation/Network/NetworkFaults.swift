/// Which faults a simulated network injects, as probabilities, and what its links are like.
///
/// The default loses nothing and delivers after `latency`.
public struct NetworkFaults: Sendable {
  /// One way, and what is added to it at random for each segment.
  public var latency: Duration = .microseconds(100)
  public var jitter: Duration = .zero
  /// How fast a link carries bytes; zero: without limit.
  public var bytesPerSecond = 0
  /// A segment is lost and comes `retransmitDelay` later, with all behind it.
  public var lostSegment = 0.0
  public var retransmitDelay: Duration = .milliseconds(200)
  /// A segment takes `slowLatency` more.
  public var slowSegment = 0.0
  public var slowLatency: Duration = .seconds(1)
  /// The connection is reset instead of delivering a segment: what was under way is lost.
  public var reset = 0.0
  /// A connection attempt gets no answer.
  public var lostConnect = 0.0
  /// The listener is given a second connection for one attempt, which is reset at once.
  public var duplicatedConnect = 0.0
  /// Bytes arrive in pieces of at most this many, cut at random.
  public var segmentBytesMax = 1460
  /// What may be under way and unread in one direction before a sender waits.
  public var windowBytes = 65_536
  /// How long an attempt without an answer takes to fail, when the caller has set no deadline.
  public var connectTimeout: Duration = .seconds(60)
  /// A connection whose bytes have been stuck behind a partition for so long is reset.
  public var stallTimeout: Duration = .seconds(900)

  public init() {}
  public init(_ change: (inout NetworkFaults) -> Void) { change(&self) }

  /// A bad network: everything happens now and then.
  public static let rough = NetworkFaults {
    $0.jitter = .milliseconds(5)
    $0.lostSegment = 0.02
    $0.slowSegment = 0.01
    $0.reset = 0.002
    $0.lostConnect = 0.02
    $0.duplicatedConnect = 0.05
  }
}
