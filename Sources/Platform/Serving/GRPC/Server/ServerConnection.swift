internal import GRPC
private import Observability
internal import Runtime
internal import Values

/// One client's connection: begins calls, ends them, tells them what happened.
final class ServerConnection: @unchecked Sendable {
  // Sendable: confined to the loop of its connection.
  private(set) var driver: SessionDriver!
  private let server: ServerState
  /// Handlers that run, also those whose caller has gone.
  private var running = 0

  init(_ connection: Connection, _ server: ServerState, on loop: EventLoop) {
    self.server = server
    let session = GRPCSession(isServer: true, limits: server.options.limits)
    self.driver = SessionDriver(connection, session, on: loop, server.options.keepalive) {
      [unowned self] in self.received($0)
    }
  }

  func run() async {
    self.server.lane(of: self.driver.loop).connections[ObjectIdentifier(self)] = self
    if self.server.isDraining { self.drain() }
    await self.driver.run()
    self.server.lane(of: self.driver.loop).connections[ObjectIdentifier(self)] = nil
    // Handlers that still run hold this object no longer than they wait: all of them are cancelled.
    while self.running > 0 { await withUnsafeContinuation { self.idle.wait($0) } }
  }

  private var idle = Waiter()

  func drain() {
    self.driver.session.drain()
    self.endIfDrained()
    self.driver.wake()
  }

  private func endIfDrained() {
    if self.driver.session.isDrained { self.driver.session.terminate() }
  }

  private func received(_ event: GRPCSession.Event) {
    switch event {
    case .began(let stream): self.begin(stream)
    case .readable(let stream):
      guard let call = stream.context as? ServerCall else { return }
      if call.isStarted {
        call.reader.wake()
      } else if stream.isInputEnded, stream.failure == nil {
        self.start(call)
      }
    case .writable(let stream): (stream.context as? ServerCall)?.sender.wake()
    case .closed(let stream):
      (stream.context as? ServerCall)?.cancel()
      stream.context = nil
      self.endIfDrained()
    case .answered, .goingAway, .pingAnswered: break
    }
  }

  private func begin(_ stream: GRPCStream) {
    guard let route = self.server.routes[stream.head.path] else {
      return self.driver.session.finish(stream, .unimplemented(stream.head.path))
    }
    // Callers that open and reset at once leave handlers behind: those count too.
    guard self.running < 2 * Int(self.server.options.limits.concurrentCallsMax) else {
      return self.driver.session.finish(
        stream, GRPCStatus(.resourceExhausted, "too many calls of this connection are running"))
    }
    let call = ServerCall(stream, self, route, now: self.driver.loop.now)
    stream.context = call
    call.armDeadline()
    switch route.kind {
    case .clientStreaming, .bidirectional: self.start(call)
    // Started when the request is there: most are, and the task need not wait.
    case .unary, .serverStreaming: break
    }
  }

  private func start(_ call: ServerCall) {
    call.isStarted = true
    self.running += 1
    call.route.metrics?.started.add()
    self.driver.loop.spawn { await call.run() }
  }

  func callEnded(_ call: ServerCall, _ code: GRPCStatus.Code) {
    self.running -= 1
    if let metrics = call.route.metrics {
      metrics.ended(code).add()
      metrics.duration.record(from: call.began, to: self.driver.loop.now)
    }
    if self.running == 0 { self.idle.wake() }
  }
}
