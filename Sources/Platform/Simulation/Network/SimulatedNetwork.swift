private import Glibc
public import Runtime
internal import Values

/// The network between the hosts of a simulated run. A host is a name, used where an IP address would be.
///
/// Faults: what `NetworkFaults` lists (delay, loss that shows as delay, resets, connection attempts
/// without an answer or that arrive twice, slow links), partitions between hosts, also one way (`cut`,
/// `partition`, `isolate`, `heal`), and hosts that vanish (`crash`). What survives: inside a connection
/// bytes stay whole and in order, because that is what TCP promises; between connections nothing is
/// ordered. What never survives: bytes under way when a connection is reset.
public final class SimulatedNetwork: @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  private struct Direction: Hashable {
    var from: String
    var to: String
  }

  public let faults: NetworkFaults
  let clock: SimulatedClock
  var generator: SeededGenerator
  private var blocked: Set<Direction> = []
  private var acceptors: [SocketAddress: SimulatedAcceptor] = [:]
  private var links: [SimulatedLink] = []
  private var nextPort: UInt16 = 40_000

  public init(seed: UInt64, faults: NetworkFaults = NetworkFaults(), clock: SimulatedClock) {
    self.faults = faults
    self.clock = clock
    self.generator = SeededGenerator(seed: seed, label: "network")
  }

  /// The network as `host` sees it: 127.0.0.1 is the host itself.
  public func host(_ host: String) -> any Network { HostNetwork(network: self, host: host) }

  /// Nothing gets from `from` to `to` any more, until `heal`.
  public func cut(from: String, to: String) {
    self.blocked.insert(Direction(from: from, to: to))
    self.linksChanged()
  }

  public func partition(_ one: String, _ other: String) {
    self.cut(from: one, to: other)
    self.cut(from: other, to: one)
  }

  /// Cuts `host` off from all of `others`.
  public func isolate(_ host: String, from others: [String]) {
    for other in others where other != host { self.partition(host, other) }
  }

  public func heal() {
    self.blocked.removeAll()
    self.linksChanged()
  }

  public func heal(_ one: String, _ other: String) {
    self.blocked.remove(Direction(from: one, to: other))
    self.blocked.remove(Direction(from: other, to: one))
    self.linksChanged()
  }

  /// Every connection between the two is reset.
  public func reset(between one: String, _ other: String) {
    for link in self.links where Set([link.client, link.server]) == Set([one, other]) {
      link.fail(ECONNRESET)
    }
  }

  /// The process of `host` is gone: its connections are reset, nobody listens.
  public func crash(_ host: String) {
    for link in self.links where link.client == host || link.server == host {
      link.fail(ECONNRESET)
    }
    let own = self.acceptors.values.filter { $0.host == host }
    for acceptor in own.sorted(by: { $0.address.description < $1.address.description }) {
      acceptor.close()
    }
  }

  func isBlocked(from: String, to: String) -> Bool {
    self.blocked.contains(Direction(from: from, to: to))
  }

  /// How long a segment takes.
  func delay(byteCount: Int) -> Duration {
    var delay = self.faults.latency
    if self.faults.jitter > .zero {
      let most = UInt64(self.faults.jitter.nanosecondsClamped)
      delay += .nanoseconds(Int64(UInt64.random(in: 0...most, using: &self.generator)))
    }
    if self.faults.bytesPerSecond > 0 {
      delay += .nanoseconds(byteCount * 1_000_000_000 / self.faults.bytesPerSecond)
    }
    if self.generator.chance(self.faults.lostSegment) { delay += self.faults.retransmitDelay }
    if self.generator.chance(self.faults.slowSegment) { delay += self.faults.slowLatency }
    return delay
  }

  func listen(_ host: String, at address: SocketAddress, backlog: Int) throws(IOFailure)
    -> SimulatedAcceptor
  {
    var bound = Self.absolute(address, on: host)
    if case .ip(let name, port: 0) = bound {
      self.nextPort += 1
      bound = .ip(name, port: self.nextPort)
    }
    guard self.acceptors[bound] == nil else {
      throw IOFailure(code: EADDRINUSE, operation: "bind", subject: bound.description)
    }
    let acceptor = SimulatedAcceptor(network: self, host: host, address: bound, backlog: backlog)
    self.acceptors[bound] = acceptor
    return acceptor
  }

  func remove(_ acceptor: SimulatedAcceptor) { self.acceptors[acceptor.address] = nil }

  func connect(
    from host: String, to address: SocketAddress, deadline: MonotonicTime
  ) async throws(IOFailure) -> Connection {
    let target = Self.absolute(address, on: host)
    let server = if case .ip(let name, _) = target { name } else { host }
    let subject = target.description
    // There and back again.
    await self.clock.pause(for: self.delay(byteCount: 40) + self.delay(byteCount: 40))
    let isLost = self.generator.chance(self.faults.lostConnect)
    if isLost || self.isBlocked(from: host, to: server) || self.isBlocked(from: server, to: host) {
      let end = deadline == .distantFuture ? self.clock.now + self.faults.connectTimeout : deadline
      await self.clock.pause(for: end - self.clock.now)
      throw .timedOut("connect", subject)
    }
    guard self.clock.now <= deadline else { throw .timedOut("connect", subject) }
    guard let acceptor = self.acceptors[target], acceptor.hasRoom else {
      throw IOFailure(code: ECONNREFUSED, operation: "connect", subject: subject)
    }
    if self.generator.chance(self.faults.duplicatedConnect) {
      let ghost = self.makeLink(from: host, acceptor)
      ghost.link.fail(ECONNRESET)
      acceptor.arrive(ghost.server)
    }
    let made = self.makeLink(from: host, acceptor)
    acceptor.arrive(made.server)
    return made.client
  }

  private func makeLink(
    from host: String, _ acceptor: SimulatedAcceptor
  ) -> (client: Connection, server: Connection, link: SimulatedLink) {
    self.links.removeAll { $0.isOver }
    let link = SimulatedLink(network: self, client: host, server: acceptor.host)
    self.links.append(link)
    self.nextPort = self.nextPort == .max ? 40_000 : self.nextPort + 1
    let local = SocketAddress.ip(host, port: self.nextPort)
    let client = SimulatedTransport(
      host: host, input: link.back, output: link.forth, local: local, peer: acceptor.address)
    let server = SimulatedTransport(
      host: acceptor.host, input: link.forth, output: link.back, local: acceptor.address,
      peer: local)
    return (Connection(client), Connection(server), link)
  }

  private func linksChanged() {
    self.links.removeAll { $0.isOver }
    for link in self.links { link.linkChanged() }
  }

  /// Loopback, any-address and Unix paths mean the host itself.
  private static func absolute(_ address: SocketAddress, on host: String) -> SocketAddress {
    switch address {
    case .ip(let name, let port):
      let isOwn = address.isLoopback || name == "0.0.0.0" || name == "::" || name == "localhost"
      return isOwn ? .ip(host, port: port) : address
    case .unix(let path):
      return .unix(host + ":" + path)
    }
  }
}
