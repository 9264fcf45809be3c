private import Bytes
private import Crypto
package import Link
package import LinkServing
package import Observability
package import Runtime
package import Security
private import Synchronization
package import Values

/// Links between the daemons of a cluster: one door for everything that this process answers to others,
/// and the ways to them.
///
/// A service says in its `init` what it answers (`offer`), and in `start` opens the door; the first that
/// does opens it for all. Both sides prove the cluster's secret, which follows from a key of the shared
/// ring, so that nobody has to be given one; with certificates they speak TLS, each checking the other's.
///
/// Without shared facts no other daemon could know of this one: `isShared` is false, and there is no door.
package final class LinkDesk: Sendable {
  package struct Options: Sendable {
    package var host = "127.0.0.1"
    package var port: UInt16 = 7301
    package var isPortGiven = false
    /// How others reach the door, when that is not where it listens.
    package var advertised: String?
    /// PEM files: with them links speak TLS 1.3.
    package var certificate: String?
    package var key: String?
    package var authorities: String?
    package init() {}
    package init(_ change: (inout Options) -> Void) { change(&self) }
  }

  package typealias Offer = @Sendable (inout LinkRouter) -> Void

  private struct Way: Sendable {
    var address: String
    var stamp: UInt64
    var client: LinkClient
  }

  private struct State: Sendable {
    var offers: [Offer] = []
    var credentials: LinkCredentials?
    var server: LinkServer?
    var listener: Listener?
    var ways: [String: Way] = [:]
  }

  /// The facts are shared: other daemons know of this one.
  package let isShared: Bool
  private let options: Options
  private let keys: KeyRing
  private let identity: LinkIdentity
  private let doors: Doors
  private let group: EventLoopGroup
  private let log: Logger
  private let metrics: LinkMetrics
  private let serverTLS: TLSContext?
  private let clientTLS: TLSContext?
  private let state = Mutex(State())

  /// Pages of names with their records are the largest frames.
  private static let frameByteCountMax = 32 << 20
  /// Of its key in the ring.
  package static let purpose = "link"

  package init(
    _ options: Options, isShared: Bool, keys: KeyRing, identity: LinkIdentity, doors: Doors,
    group: EventLoopGroup, metrics: MetricRegistry, log: Logger
  ) throws(TLSFailure) {
    self.isShared = isShared
    self.options = options
    self.keys = keys
    self.identity = identity
    self.doors = doors
    self.group = group
    self.log = log
    self.metrics = LinkMetrics(metrics)
    if let certificate = options.certificate, let key = options.key {
      var server = TLSContext.Settings.server(
        certificate: certificate, key: key, clientAuthorities: options.authorities)
      server.requiresTLS13 = true
      self.serverTLS = try TLSContext(server)
      var client = TLSContext.Settings.client(authorities: options.authorities)
      client.certificatePath = certificate
      client.keyPath = key
      client.requiresTLS13 = true
      self.clientTLS = try TLSContext(client)
    } else {
      self.serverTLS = nil
      self.clientTLS = nil
    }
  }

  // MARK: The door

  /// Adds commands to what is answered.
  ///
  /// - Precondition: the door is not open yet.
  package func offer(_ add: @escaping Offer) {
    self.state.withLock { state in
      precondition(state.listener == nil, "BUG: commands are offered when the door is open")
      state.offers.append(add)
    }
  }

  /// Opens the door, unless it is open. Answers how others reach it.
  package func open() async throws -> String {
    try await self.prepare()
    if let listener = self.state.withLock({ $0.listener }) { return self.address(of: listener) }
    let (offers, credentials) = self.state.withLock { ($0.offers, $0.credentials) }
    guard let credentials else { preconditionFailure("BUG: a door without credentials") }
    guard self.options.advertised != nil || !["0.0.0.0", "::"].contains(self.options.host) else {
      throw HostingError(
        .configuration, "others cannot reach the link at \(self.options.host)",
        hint: "give link.advertised_address: the address of this machine and the port")
    }
    var router = LinkRouter()
    for offer in offers { offer(&router) }
    let server = LinkServer(
      router, credentials: credentials, random: SystemRandom.shared, clock: self.group.loops[0],
      log: self.log, metrics: self.metrics)
    let door = Doors.Door(
      name: "link", scheme: nil, host: self.options.host, port: self.options.port,
      isPortGiven: self.options.isPortGiven)
    let listener = try await self.doors.open(door) { (address) throws(IOFailure) in
      try await Listener.start(
        self.group, at: address,
        Listener.Options { options in
          options.name = "link"
          options.tls = self.serverTLS
        }
      ) { await server.serve($0) }
    }
    self.state.withLock { state in
      state.server = server
      state.listener = listener
    }
    return self.address(of: listener)
  }

  private func address(of listener: Listener) -> String {
    self.options.advertised ?? "\(listener.address)"
  }

  /// Has the secret at hand; needed before `channel`.
  package func prepare() async throws {
    guard self.state.withLock({ $0.credentials == nil }) else { return }
    let key = try await self.keys.makeKey(for: Self.purpose)
    let secret = key.derived(for: "link handshake").withBytes { $0.array }
    let credentials = LinkCredentials(
      identity: self.identity, secret: secret,
      limits: LinkLimits { $0.frameByteCountMax = Self.frameByteCountMax })
    self.state.withLock { $0.credentials = credentials }
  }

  /// Ends the door: what is under way is finished until `deadline`.
  package func close(until deadline: MonotonicTime) async {
    let (server, listener, ways) = self.state.withLock { state in
      defer { state.ways = [:] }
      return (state.server, state.listener, Array(state.ways.values))
    }
    server?.drain()
    await listener?.drain(until: deadline)
    for way in ways { way.client.close() }
  }

  // MARK: Ways to others

  /// The way to a peer: the same until its address or its stamp is another one. Before `prepare` or
  /// `open` has returned it leads nowhere.
  package func channel(
    to peer: String, at address: String, stamp: UInt64 = 0,
    _ change: (inout LinkClient.Options) -> Void = { _ in }
  ) -> any LinkChannel {
    guard let place = SocketAddress(link: address) else {
      return NoChannel("\(address.debugDescription) is no address with a port")
    }
    return self.state.withLock { state in
      if let way = state.ways[peer] {
        if way.address == address, way.stamp == stamp { return way.client }
        way.client.close()
      }
      guard let credentials = state.credentials else {
        return NoChannel("links are not open yet")
      }
      var options = LinkClient.Options(change)
      options.tls = self.clientTLS
      if case .ip(let host, _) = place { options.tlsName = host }
      let client = LinkClient(
        to: place, through: self.group.network, credentials: credentials,
        random: SystemRandom.shared, clock: self.group.loops[0], log: self.log,
        metrics: self.metrics, options: options)
      state.ways[peer] = Way(address: address, stamp: stamp, client: client)
      return client
    }
  }
}

/// What leads nowhere.
private final class NoChannel: LinkChannel {
  private let why: String
  init(_ why: String) { self.why = why }

  private var error: LinkError { LinkError(.unreachable, self.why) }
  func call(_ request: LinkRequest) async throws(LinkError) -> LinkReply { throw self.error }
  func stream(_ request: LinkRequest) async throws(LinkError) -> LinkReplyStream {
    throw self.error
  }
}

extension SocketAddress {
  /// `127.0.0.1:7301`, `[::1]:7301`.
  init?(link text: String) {
    guard let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...]), port > 0
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty else { return nil }
    self = .ip(String(host), port: port)
  }
}
