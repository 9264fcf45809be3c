internal import Runtime
internal import Values

/// The simulated network as one host sees it.
final class HostNetwork: Network {
  private let network: SimulatedNetwork
  private let host: String

  init(network: SimulatedNetwork, host: String) {
    self.network = network
    self.host = host
  }

  func listen(at address: SocketAddress, _ options: ListenOptions) async throws(IOFailure)
    -> any Acceptor
  {
    try self.network.listen(self.host, at: address, backlog: Int(options.backlog))
  }

  func connect(to address: SocketAddress, deadline: MonotonicTime) async throws(IOFailure)
    -> Connection
  {
    try await self.network.connect(from: self.host, to: address, deadline: deadline)
  }
}

/// Where a host listens.
final class SimulatedAcceptor: Acceptor, @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  let address: SocketAddress
  let host: String
  private unowned let network: SimulatedNetwork
  private let backlog: Int
  private var waiting: [Connection] = []
  private var isClosed = false
  private let waiter: SimulatedWaiter

  init(network: SimulatedNetwork, host: String, address: SocketAddress, backlog: Int) {
    self.network = network
    self.host = host
    self.address = address
    self.backlog = backlog
    self.waiter = SimulatedWaiter(clock: network.clock)
  }

  var hasRoom: Bool { !self.isClosed && self.waiting.count < self.backlog }

  func arrive(_ connection: Connection) {
    self.waiting.append(connection)
    self.waiter.wake()
  }

  func accept() async throws(IOFailure) -> Connection {
    while true {
      if self.isClosed { throw .cancelled("accept", self.address.description) }
      if !self.waiting.isEmpty { return self.waiting.removeFirst() }
      try await self.waiter.wait(until: .distantFuture, "accept", self.host)
    }
  }

  func close() {
    guard !self.isClosed else { return }
    self.isClosed = true
    for connection in self.waiting { connection.abort() }
    self.waiting = []
    self.network.remove(self)
    self.waiter.wake()
  }
}
