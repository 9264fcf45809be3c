public import Link
public import Observability
public import Runtime
private import Synchronization
private import Values

/// Calls to one node: connections of each loop to the peer, many calls in flight on each, retries, and a
/// circuit breaker over all.
///
/// Used from any loop; a call stays on the loop it was made on. Its owner closes it: until then it keeps
/// itself and its connections alive.
public final class LinkClient: LinkChannel {
  public struct Options: Sendable {
    /// To the peer, from each loop.
    public var connectionMax = 2
    public var connectTimeout: Duration = .seconds(5)
    /// A peer that takes nothing of what is sent for so long is given up.
    public var stallTimeout: Duration = .seconds(30)
    /// How exactly deadlines are kept.
    public var deadlineStep: Duration = .milliseconds(10)
    public var retry = LinkRetry()
    public var breaker = CircuitBreaker()
    /// Bodies from this size on are compressed when it pays; `.max` for never.
    public var compressedFrom = Int.max
    /// TLS with our certificate and a check of theirs, for this name.
    public var tls: TLSContext?
    public var tlsName: String?

    public init() {}
    public init(_ change: (inout Options) -> Void) { change(&self) }
  }

  /// How tasks of their own are started: `EventLoop.spawn`, or a simulation's.
  public typealias Spawn = @Sendable (@escaping @Sendable () async -> Void) -> Void

  public let peer: SocketAddress
  let network: any Network
  let credentials: LinkCredentials
  let random: any RandomSource
  let clock: any TimeSource
  let log: Logger
  let metrics: LinkMetrics
  let options: Options
  private let spawn: Spawn?
  private let lanes = Guarded<[Int: ClientLane]>([:])
  private let closed = Atomic<Bool>(false)
  private let breaker: Guarded<CircuitBreaker>

  /// - Parameter spawn: nil on event loops; a simulation hands in its own.
  public init(
    to peer: SocketAddress, through network: any Network, credentials: LinkCredentials,
    random: any RandomSource, clock: any TimeSource, log: Logger = .silent,
    metrics: LinkMetrics, options: Options = Options(), spawn: Spawn? = nil
  ) {
    self.peer = peer
    self.network = network
    self.credentials = credentials
    self.random = random
    self.clock = clock
    self.log = log
    self.metrics = metrics
    self.options = options
    self.spawn = spawn
    self.breaker = Guarded(options.breaker)
  }

  /// Tried again as `LinkRetry` allows, until the request's deadline.
  public func call(_ request: LinkRequest) async throws(LinkError) -> LinkReply {
    let start = self.clock.now
    defer { self.metrics.clientSeconds.record(from: start, to: self.clock.now) }
    return try await self.attempts(request) { connection, attempt throws(LinkError) in
      try await connection.call(request, retryCount: UInt8(clamping: attempt))
    }
  }

  /// Only the beginning is tried again: parts that were handed out cannot be taken back.
  public func stream(_ request: LinkRequest) async throws(LinkError) -> LinkReplyStream {
    try await self.attempts(request) { connection, attempt throws(LinkError) in
      try await connection.stream(request, retryCount: UInt8(clamping: attempt))
    }
  }

  private func attempts<R>(
    _ request: LinkRequest, _ body: (ClientConnection, Int) async throws(LinkError) -> R
  ) async throws(LinkError) -> R {
    var attempt = 0
    while true {
      guard self.breaker.withLock({ $0.admits(now: self.clock.now) }) else {
        self.ended(.circuitOpen)
        throw LinkError(
          .circuitOpen, "\(self.peer) failed several times in a row and is not tried for a while")
      }
      // What was never sent was not done.
      var isSent = false
      do throws(LinkError) {
        let connection = try await self.lane().connection(until: request.deadline)
        isSent = true
        let result = try await body(connection, attempt)
        self.breaker.withLock { $0.succeeded() }
        self.metrics.clientDone.add()
        return result
      } catch {
        self.learn(from: error)
        guard attempt < self.options.retry.retryMax,
          LinkRetry.allows(error, isIdempotent: request.isIdempotent || !isSent)
        else {
          self.ended(error.code)
          throw error
        }
        attempt += 1
        try await self.pause(before: attempt, after: error, request)
      }
    }
  }

  private func pause(
    before attempt: Int, after error: LinkError, _ request: LinkRequest
  ) async throws(LinkError) {
    let delay = self.options.retry.delay(
      before: attempt, random: self.random.next(), hint: error.retryAfter)
    guard self.clock.now + delay < request.deadline else {
      self.ended(error.code)
      throw error
    }
    self.metrics.clientRetries.add()
    do {
      try await self.clock.sleep(for: delay)
    } catch {
      self.ended(.cancelled)
      throw LinkError(.cancelled, "the call was cancelled between two attempts")
    }
  }

  private func ended(_ code: LinkError.Code) {
    self.metrics.clientCalls.with("\(code)").add()
  }

  /// What an error says about the peer.
  private func learn(from error: LinkError) {
    let now = self.clock.now
    self.breaker.withLock { breaker in
      switch error.code {
      case .unreachable, .deadlineExceeded, .internal, .malformed: breaker.failed(now: now)
      case .cancelled: breaker.abandoned(now: now)
      default: breaker.succeeded()
      }
    }
  }

  public var breakerState: CircuitBreaker.State { self.breaker.withLock { $0.state } }

  /// The part of the client that belongs to the calling loop.
  private func lane() throws(LinkError) -> ClientLane {
    guard !self.closed.load(ordering: .relaxed) else {
      throw LinkError(.unreachable, "the link to \(self.peer) was closed")
    }
    let loop = EventLoop.current
    let number = loop?.index ?? -1
    return self.lanes.withLock { lanes in
      if let lane = lanes[number] { return lane }
      let spawn: Spawn
      if let given = self.spawn {
        spawn = given
      } else if let loop {
        spawn = { loop.spawn($0) }
      } else {
        preconditionFailure("BUG: a link is used off an event loop")
      }
      let lane = ClientLane(self, spawn: spawn)
      lanes[number] = lane
      return lane
    }
  }

  /// Ends all connections; calls under way fail with `unreachable`.
  public func close() {
    self.closed.store(true, ordering: .relaxed)
    let lanes = self.lanes.withLock { lanes in
      defer { lanes = [:] }
      return Array(lanes.values)
    }
    for lane in lanes { lane.spawn { lane.close() } }
  }
}
