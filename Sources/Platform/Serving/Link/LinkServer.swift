private import Bytes
public import Link
public import Observability
public import Runtime
private import Synchronization
private import Values

/// Answers the requests of other nodes, on connections that a `Listener` or an `Acceptor` brings.
///
/// A peer must prove the cluster's secret before anything else. Requests of one connection are answered
/// side by side; when `requestMax` are under way in all, or the connection's own limit is reached, the
/// next one is answered `slowDown` at once.
public final class LinkServer: Sendable {
  public struct Options: Sendable {
    /// Requests under way on all connections.
    public var requestMax = 16_384
    public var handshakeTimeout: Duration = .seconds(10)
    /// A connection on which nothing comes and nothing is answered for so long is closed.
    public var idleTimeout: Duration = .seconds(600)
    /// A peer that takes nothing of what is sent for so long is given up.
    public var stallTimeout: Duration = .seconds(30)
    /// Bodies from this size on are compressed when it pays; `.max` for never.
    public var compressedFrom = Int.max
    /// Unsent output above which no further request of the connection is read.
    public var outputByteCountMax = 4 << 20

    public init() {}
    public init(_ change: (inout Options) -> Void) { change(&self) }
  }

  let router: LinkRouter
  let credentials: LinkCredentials
  let random: any RandomSource
  let clock: any TimeSource
  let log: Logger
  let metrics: LinkMetrics
  let options: Options
  private let active = Atomic<Int>(0)
  private let draining = Atomic<Bool>(false)

  public init(
    _ router: LinkRouter, credentials: LinkCredentials, random: any RandomSource,
    clock: any TimeSource, log: Logger = .silent, metrics: LinkMetrics,
    options: Options = Options()
  ) {
    self.router = router
    self.credentials = credentials
    self.random = random
    self.clock = clock
    self.log = log
    self.metrics = metrics
    self.options = options
  }

  /// New requests are answered `shuttingDown` from now on; those under way are finished.
  public func drain() { self.draining.store(true, ordering: .relaxed) }
  public var isDraining: Bool { self.draining.load(ordering: .relaxed) }
  public var activeCount: Int { self.active.load(ordering: .relaxed) }

  /// Serves one connection until it ends: the handler for `Listener.start`.
  public func serve(_ connection: Connection) async {
    self.metrics.serverOpen.increment()
    defer { self.metrics.serverOpen.decrement() }
    let peer: LinkPeer
    do {
      peer = try await self.shakeHands(connection)
    } catch {
      self.log.info(
        "link handshake ended", ["peer": .text("\(connection.peer)"), "why": .describing(error)])
      return
    }
    await ServerSession(self, connection, peer: peer).run()
  }

  /// Serves the connections of an acceptor until it is closed: for networks that are not the machine's.
  public func serve(
    _ acceptor: any Acceptor,
    spawn: @Sendable (@escaping @Sendable () async -> Void) -> Void
  ) async {
    while let connection = try? await acceptor.accept() {
      spawn {
        await self.serve(connection)
        connection.close()
      }
    }
  }

  private func shakeHands(_ connection: Connection) async throws(LinkError) -> LinkPeer {
    let frameMax = LinkHeader.byteCount + 4096
    let deadline = self.clock.now + self.options.handshakeTimeout
    var handshake = LinkServerHandshake(self.credentials, nonce: self.random.bytes(32))
    while true {
      guard
        let frame = try await connection.nextFrame(
          frameByteCountMax: frameMax, deadline: deadline)
      else {
        throw LinkError(.unreachable, "the peer left before its handshake")
      }
      let header = frame.header
      let body = try connection.takeBody(of: frame, frameByteCountMax: frameMax)
      let reply = LinkHeader(
        command: LinkCommand.handshake, requestID: header.requestID, flags: .response)
      do throws(LinkError) {
        guard header.command == LinkCommand.handshake, !header.flags.contains(.response) else {
          throw LinkError(
            .refused, "command \(header.command) comes before the handshake",
            hint: "the first frame is a handshake")
        }
        switch try handshake.received(body.span.bytes) {
        case .open(let peer): return peer
        case .reply(let body): connection.output.append(reply, body: body.span.bytes)
        }
      } catch {
        var refusal = reply
        refusal.flags.insert(.error)
        connection.output.append(refusal, message: error.failure)
        try await connection.flushFrames(deadline: deadline)
        throw error
      }
      try await connection.flushFrames(deadline: deadline)
    }
  }

  /// Takes one of the places for requests; false when there is none.
  func takePlace() -> Bool {
    let now = self.active.add(1, ordering: .relaxed).newValue
    guard now <= self.options.requestMax else {
      self.active.subtract(1, ordering: .relaxed)
      return false
    }
    self.metrics.serverActive.increment()
    return true
  }

  func givePlaceBack() {
    self.active.subtract(1, ordering: .relaxed)
    self.metrics.serverActive.decrement()
  }
}
