internal import GRPC
internal import Runtime
internal import Values

/// One connection to a server with the calls on it.
final class ClientConnection: @unchecked Sendable {
  // Sendable: confined to its loop.
  private(set) var driver: SessionDriver!
  private let authority: String
  private let isSecure: Bool
  private var isOver = false
  /// A call has ended on it with a status from the server.
  private(set) var hasSucceeded = false

  init(
    _ connection: Connection, _ options: GRPCChannel.Options, _ target: SocketAddress,
    on loop: EventLoop
  ) {
    self.authority = options.authority ?? (target.isUnix ? "localhost" : target.description)
    self.isSecure = options.tls != nil
    let session = GRPCSession(isServer: false, limits: options.limits)
    self.driver = SessionDriver(connection, session, on: loop, options.keepalive) {
      [unowned self] in self.received($0)
    }
  }

  var takesCalls: Bool { !self.isOver && !self.driver.session.isGoingAway }
  var failure: String? { self.driver.failure }

  func run() async {
    await self.driver.run()
    self.isOver = true
  }

  func close() {
    self.isOver = true
    for stream in self.driver.session.streams.values {
      (stream.context as? CallState)?.fail(GRPCStatus(.cancelled, "the channel is closed"))
    }
    self.driver.session.terminate()
    self.driver.wake()
  }

  func open(
    _ path: String, _ metadata: GRPCMetadata, timeout: Duration?, deadline: MonotonicTime
  ) -> CallState? {
    guard
      let stream = self.driver.session.open(
        path: path, authority: self.authority, isSecure: self.isSecure, metadata: metadata,
        timeout: timeout)
    else {
      self.isOver = true
      return nil
    }
    let call = CallState(stream, self)
    stream.context = call
    call.arm(deadline)
    return call
  }

  private func received(_ event: GRPCSession.Event) {
    switch event {
    case .readable(let stream), .answered(let stream):
      if stream.endStatus != nil { self.hasSucceeded = true }
      (stream.context as? CallState)?.reader.wake()
    case .writable(let stream): (stream.context as? CallState)?.sender.wake()
    case .closed(let stream):
      let call = stream.context as? CallState
      stream.context = nil
      call?.wake()
      if self.driver.session.isGoingAway, self.driver.session.streams.isEmpty {
        self.driver.session.terminate()
        self.driver.wake()
      }
    case .goingAway:
      if self.driver.session.streams.isEmpty {
        self.driver.session.terminate()
        self.driver.wake()
      }
    case .began, .pingAnswered: break
    }
  }
}

extension SocketAddress {
  var isUnix: Bool { if case .unix = self { true } else { false } }
}
