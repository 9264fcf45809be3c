private import Glibc
internal import Runtime
internal import Values

/// One end of a simulated connection.
final class SimulatedTransport: Transport {
  let host: String
  private let input: SimulatedStream
  private let output: SimulatedStream
  private let addresses: (local: SocketAddress, peer: SocketAddress)
  private var isClosed = false

  init(
    host: String, input: SimulatedStream, output: SimulatedStream, local: SocketAddress,
    peer: SocketAddress
  ) {
    self.host = host
    self.input = input
    self.output = output
    self.addresses = (local, peer)
  }

  override var local: SocketAddress { self.addresses.local }
  override var peer: SocketAddress { self.addresses.peer }

  override func receive(
    into target: UnsafeMutableRawBufferPointer, deadline: MonotonicTime
  ) async throws(IOFailure) -> Int {
    guard target.count > 0 else { return 0 }
    return try await self.input.receive(into: target, deadline: deadline)
  }

  override func send(
    _ source: UnsafeRawBufferPointer, deadline: MonotonicTime
  ) async throws(IOFailure) {
    try await self.output.send(source, deadline: deadline)
  }

  override func endOutput() async { self.output.finish() }
  override func endInput() { self.input.endReading() }

  /// Our side gets ECANCELED, the peer a reset.
  override func abort() {
    self.isClosed = true
    self.input.fail(ECANCELED)
    self.output.fail(ECONNRESET)
  }

  override func close() {
    guard !self.isClosed else { return }
    self.isClosed = true
    self.output.finish()
    self.input.endReading()
  }
}

/// Both directions of a connection, for the faults that end it.
final class SimulatedLink {
  let client: String
  let server: String
  let forth: SimulatedStream
  let back: SimulatedStream

  init(network: SimulatedNetwork, client: String, server: String) {
    self.client = client
    self.server = server
    self.forth = SimulatedStream(network: network, from: client, to: server)
    self.back = SimulatedStream(network: network, from: server, to: client)
    for stream in [self.forth, self.back] { stream.onReset = { [weak self] in self?.fail($0) } }
  }

  func fail(_ code: Int32) {
    self.forth.fail(code)
    self.back.fail(code)
  }

  func linkChanged() {
    self.forth.linkChanged()
    self.back.linkChanged()
  }

  /// Whether nothing can happen on it any more.
  var isOver: Bool {
    switch (self.forth.end, self.back.end) {
    case (.open, _), (_, .open): false
    case (.finished, _), (.failed, _): true
    }
  }
}
