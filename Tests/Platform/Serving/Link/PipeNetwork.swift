import Runtime
import Simulation
import Values

/// A network of pipes inside one simulated run: connections deliver in order, in pieces of a seeded size
/// and after a seeded delay, and may be cut at any moment.
final class PipeNetwork: Network, @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  private let world: World
  private var generator: SeededGenerator
  private var acceptors: [SocketAddress: PipeAcceptor] = [:]
  private var pipes: [PipeTransport] = []
  var delayMaxMicroseconds: UInt64 = 2000

  init(_ world: World) {
    self.world = world
    self.generator = world.generator("pipes")
  }

  func listen(at address: SocketAddress, _ options: ListenOptions) async throws(IOFailure)
    -> any Acceptor
  {
    let acceptor = PipeAcceptor(address)
    self.acceptors[address] = acceptor
    return acceptor
  }

  func connect(to address: SocketAddress, deadline: MonotonicTime) async throws(IOFailure)
    -> Connection
  {
    await self.world.clock.pause(for: self.delay())
    guard let acceptor = self.acceptors[address], !acceptor.isClosed else {
      throw IOFailure(code: 111, operation: "connect", subject: address.description)
    }
    let ours = PipeTransport(self)
    let theirs = PipeTransport(self)
    ours.other = theirs
    theirs.other = ours
    self.pipes += [ours, theirs]
    acceptor.bring(Connection(theirs))
    return Connection(ours)
  }

  func delay() -> Duration {
    .microseconds(Int64(self.generator.next() % (self.delayMaxMicroseconds + 1)))
  }

  func piece(of count: Int) -> Int {
    count == 0 ? 0 : 1 + Int(self.generator.next() % UInt64(count))
  }

  func pause() async { await self.world.clock.pause(for: self.delay()) }

  /// Breaks every connection there is.
  func cutAll() {
    for pipe in self.pipes { pipe.abort() }
    self.pipes = []
  }
}

final class PipeAcceptor: Acceptor, @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  let address: SocketAddress
  private(set) var isClosed = false
  private var brought: [Connection] = []
  private var waiter: UnsafeContinuation<Void, Never>?

  init(_ address: SocketAddress) { self.address = address }

  func accept() async throws(IOFailure) -> Connection {
    while self.brought.isEmpty, !self.isClosed {
      await withUnsafeContinuation { self.waiter = $0 }
    }
    guard !self.isClosed else { throw .cancelled("accept") }
    return self.brought.removeFirst()
  }

  func bring(_ connection: Connection) {
    self.brought.append(connection)
    self.wake()
  }

  func close() {
    self.isClosed = true
    self.wake()
  }

  private func wake() {
    let waiter = self.waiter
    self.waiter = nil
    waiter?.resume()
  }
}

final class PipeTransport: Transport {
  private let network: PipeNetwork
  weak var other: PipeTransport?
  private var arrived: [UInt8] = []
  private var isEnded = false
  private var isBroken = false
  private var reader: UnsafeContinuation<Void, Never>?

  init(_ network: PipeNetwork) { self.network = network }

  override func receive(
    into target: UnsafeMutableRawBufferPointer, deadline: MonotonicTime
  ) async throws(IOFailure) -> Int {
    while self.arrived.isEmpty, !self.isEnded, !self.isBroken {
      await withUnsafeContinuation { self.reader = $0 }
    }
    if self.isBroken { throw IOFailure(code: 104, operation: "recv") }
    let count = self.network.piece(of: min(target.count, self.arrived.count))
    target.copyBytes(from: self.arrived.prefix(count))
    self.arrived.removeFirst(count)
    return count
  }

  override func send(_ source: UnsafeRawBufferPointer, deadline: MonotonicTime)
    async throws(IOFailure)
  {
    var rest = source[...]
    while !rest.isEmpty {
      await self.network.pause()
      guard !self.isBroken, let other = self.other, !other.isBroken else {
        throw IOFailure(code: 104, operation: "send")
      }
      let count = self.network.piece(of: rest.count)
      other.arrived += rest.prefix(count)
      rest = rest.dropFirst(count)
      other.wake()
    }
  }

  private func wake() {
    let reader = self.reader
    self.reader = nil
    reader?.resume()
  }

  override func endInput() {
    self.isEnded = true
    self.wake()
  }

  override func endOutput() async { self.other?.endInput() }

  override func abort() {
    self.isBroken = true
    self.wake()
    if let other = self.other, !other.isBroken { other.abort() }
  }

  override func close() { self.abort() }
}
