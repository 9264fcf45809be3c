private import Bytes
private import Synchronization
public import Values

/// Accepts on every loop of a group and runs a handler in one task per connection.
///
/// Over TCP each loop has a socket of its own at the shared port, and a connection stays on the loop that
/// accepted it. When `connectionsMax` are open, or as many as one address may have, a further one gets
/// `overLimit` and is closed.
public final class Listener: Sendable {
  public let address: SocketAddress
  private let lanes: [Lane]
  private let shared: Shared

  public struct Options: Sendable {
    public var name = "listener"
    public var connectionsMax = 16_384
    /// From one address; nil: as many as there may be at all.
    public var connectionsPerAddressMax: Int?
    public var backlog: Int32 = 4096
    public var tls: TLSContext?
    /// How long a client may take for its TLS handshake.
    public var handshakeTimeout: Duration = .seconds(10)
    /// Sent before a connection over the limit is closed: the protocol's words for "try later".
    public var overLimit: [UInt8] = []

    public init(_ change: (inout Options) -> Void = { _ in }) { change(&self) }
  }

  /// Counts over all loops.
  fileprivate final class Shared: Sendable {
    let open = Atomic<Int>(0)
    let accepted = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    /// By address; kept only when each has a limit.
    private let perAddress = Mutex<[String: Int]>([:])
    let options: Options
    let handler: @Sendable (Connection) async -> Void

    init(_ options: Options, _ handler: @escaping @Sendable (Connection) async -> Void) {
      self.options = options
      self.handler = handler
    }

    /// Whose connections are counted; nil when nobody's are. Asked while the connection is open.
    func address(of connection: Connection) -> String? {
      guard self.options.connectionsPerAddressMax != nil, case .ip(let host, _) = connection.peer
      else { return nil }
      return host
    }

    /// Counts a connection; false when it is one too many. Counted in either case.
    func enter(_ address: String?) -> Bool {
      let open = self.open.add(1, ordering: .relaxed).newValue
      guard let address, let max = self.options.connectionsPerAddressMax else {
        return open <= self.options.connectionsMax
      }
      let ofAddress = self.perAddress.withLock { counts in
        counts[address, default: 0] += 1
        return counts[address, default: 0]
      }
      return open <= self.options.connectionsMax && ofAddress <= max
    }

    func leave(_ address: String?) {
      if let address {
        self.perAddress.withLock { counts in
          let left = counts[address, default: 0] - 1
          counts[address] = left > 0 ? left : nil
        }
      }
      self.open.subtract(1, ordering: .relaxed)
    }
  }

  public static func start(
    _ group: EventLoopGroup, at address: SocketAddress, _ options: Options = Options(),
    handler: @escaping @Sendable (Connection) async -> Void
  ) async throws(IOFailure) -> Listener {
    let shared = Shared(options, handler)
    var lanes: [Lane] = []
    var bound = address
    for loop in group.loops {
      // A Unix socket has one file, so one loop accepts for it.
      if case .unix = address, !lanes.isEmpty { break }
      var listen = ListenOptions()
      listen.backlog = options.backlog
      listen.sharesPort = group.loops.count > 1
      do {
        let acceptor = try SystemAcceptor(listeningAt: bound, listen, on: loop)
        bound = acceptor.address
        lanes.append(Lane(loop: loop, acceptor: acceptor, shared: shared))
      } catch {
        for lane in lanes { lane.acceptor.close() }
        throw error
      }
    }
    for lane in lanes { lane.loop.spawn { await lane.run() } }
    return Listener(address: bound, lanes: lanes, shared: shared)
  }

  private init(address: SocketAddress, lanes: [Lane], shared: Shared) {
    self.address = address
    self.lanes = lanes
    self.shared = shared
  }

  public var name: String { self.shared.options.name }
  public var connectionCount: Int { self.shared.open.load(ordering: .relaxed) }
  public var acceptedCount: Int { self.shared.accepted.load(ordering: .relaxed) }
  public var refusedCount: Int { self.shared.refused.load(ordering: .relaxed) }

  /// Stops accepting, ends connections that wait for a request, lets the others finish until `deadline`
  /// and aborts those that do not. Called on a loop.
  public func drain(until deadline: MonotonicTime) async {
    guard let loop = EventLoop.current else {
      preconditionFailure("BUG: a listener is drained off an event loop")
    }
    for lane in self.lanes {
      lane.acceptor.close()
      lane.loop.execute { lane.drain() }
    }
    while !self.lanes.allSatisfy({ $0.acceptor.isReleased.load(ordering: .acquiring) }) {
      try? await loop.sleep(for: .milliseconds(1))
    }
    while self.connectionCount > 0, loop.now < deadline {
      try? await loop.sleep(for: .milliseconds(10))
    }
    for lane in self.lanes { lane.loop.execute { lane.abortAll() } }
    while self.connectionCount > 0 { try? await loop.sleep(for: .milliseconds(5)) }
  }

  /// The part of a listener that lives on one loop.
  fileprivate final class Lane: @unchecked Sendable {
    // Sendable: `connections` belongs to the loop.
    let loop: EventLoop
    let acceptor: SystemAcceptor
    private let shared: Shared
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isDraining = false

    init(loop: EventLoop, acceptor: SystemAcceptor, shared: Shared) {
      self.loop = loop
      self.acceptor = acceptor
      self.shared = shared
    }

    func run() async {
      while true {
        do {
          let connection = try await self.acceptor.accept()
          await self.begin(connection)
        } catch {
          if error.isCancelled { return }
          // No descriptors or no memory left: those who are served finish first.
          try? await self.loop.sleep(for: .milliseconds(50))
        }
      }
    }

    private func begin(_ connection: Connection) async {
      let address = self.shared.address(of: connection)
      guard self.shared.enter(address) else {
        self.shared.refused.add(1, ordering: .relaxed)
        connection.output.append(self.shared.options.overLimit)
        connection.deadline = self.loop.now + .milliseconds(100)
        try? await connection.flush()
        connection.close()
        self.shared.leave(address)
        return
      }
      self.shared.accepted.add(1, ordering: .relaxed)
      self.connections[ObjectIdentifier(connection)] = connection
      connection.isDraining = self.isDraining
      self.loop.spawn { await self.serve(connection, address) }
    }

    private func serve(_ connection: Connection, _ address: String?) async {
      if await self.startTLS(connection) { await self.shared.handler(connection) }
      await connection.transport.finish()
      connection.close()
      self.connections[ObjectIdentifier(connection)] = nil
      self.shared.leave(address)
    }

    private func startTLS(_ connection: Connection) async -> Bool {
      guard let context = self.shared.options.tls else { return true }
      connection.deadline = self.loop.now + self.shared.options.handshakeTimeout
      do {
        try await connection.startTLS(context)
        connection.deadline = .distantFuture
        return true
      } catch {
        return false
      }
    }

    func drain() {
      self.isDraining = true
      for connection in self.connections.values {
        connection.isDraining = true
        if connection.isBetweenRequests { connection.endInput() }
      }
    }

    func abortAll() {
      for connection in self.connections.values { connection.abort() }
    }
  }
}
