private import Bytes
public import Link
private import Observability
public import Runtime
private import Synchronization

/// Calls to a node of the same process: the same handlers and limits, without sockets and frames.
///
/// A call runs its handler in the caller's task, so the handler sees its cancellation at once; a deadline
/// that is over before it begins is honoured, one that passes meanwhile is the handler's to keep.
public final class LinkLocal: LinkChannel {
  private let router: LinkRouter
  private let peer: LinkPeer
  private let clock: any TimeSource
  private let metrics: LinkMetrics
  private let requestMax: Int
  private let active = Atomic<Int>(0)
  private let spawn: LinkClient.Spawn?

  /// - Parameters:
  ///   - identity: who the handlers see as the caller.
  ///   - spawn: nil on event loops; a simulation hands in its own.
  public init(
    _ router: LinkRouter, identity: LinkIdentity, limits: LinkLimits = LinkLimits(),
    clock: any TimeSource, metrics: LinkMetrics, requestMax: Int = 16_384,
    spawn: LinkClient.Spawn? = nil
  ) {
    self.router = router
    self.peer = LinkPeer(
      role: identity.role, nodeID: identity.nodeID, version: LinkHeader.version, limits: limits)
    self.clock = clock
    self.metrics = metrics
    self.requestMax = requestMax
    self.spawn = spawn
  }

  public func call(_ request: LinkRequest) async throws(LinkError) -> LinkReply {
    try self.enter(request)
    defer { self.leave() }
    let start = self.clock.now
    defer { self.metrics.serverSeconds.record(from: start, to: self.clock.now) }
    do throws(LinkError) {
      let reply: LinkReply
      switch try self.router.route(request.command) {
      case .task(let handler): reply = try await handler(self.incoming(request))
      case .inline(let handler): reply = try Self.run(handler, request)
      case .stream:
        throw LinkError(
          .badRequest, "command \(request.command) answers in parts, the caller takes one")
      }
      try self.check(reply.body.count)
      self.metrics.serverDone.add()
      return reply
    } catch {
      self.metrics.serverCalls.with("\(error.code)").add()
      throw error
    }
  }

  public func stream(_ request: LinkRequest) async throws(LinkError) -> LinkReplyStream {
    try self.enter(request)
    let route: LinkRouter.Route
    do throws(LinkError) {
      route = try self.router.route(request.command)
    } catch {
      self.leave()
      throw error
    }
    let spawn = self.spawnHere()
    let pipe = LocalPipe(window: self.peer.limits.streamWindowByteCount, spawn: spawn)
    let incoming = self.incoming(request)
    spawn {
      await pipe.run {
        defer { self.leave() }
        do throws(LinkError) {
          return .success(try await self.run(route, request, incoming, pipe))
        } catch {
          return .failure(error)
        }
      }
    }
    return LinkReplyStream(pipe)
  }

  private func run(
    _ route: LinkRouter.Route, _ request: LinkRequest, _ incoming: LinkIncoming, _ pipe: LocalPipe
  ) async throws(LinkError) -> LinkReply {
    switch route {
    case .task(let handler): return try await handler(incoming)
    case .inline(let handler): return try Self.run(handler, request)
    case .stream(let handler):
      let writer = LinkStreamWriter { part throws(LinkError) in
        try self.check(part.count)
        try await pipe.put(part)
      }
      return try await handler(incoming, writer)
    }
  }

  private static func run(
    _ handler: LinkRouter.InlineHandler, _ request: LinkRequest
  ) throws(LinkError) -> LinkReply {
    var header = LinkHeader(
      command: request.command, requestID: 0, traceID: request.traceID, epoch: request.epoch)
    header.size = UInt32(LinkHeader.byteCount + request.body.count)
    var output = ByteWriter()
    try handler(header, request.body.span.bytes, &output)
    return LinkReply(body: output.bytes.array)
  }

  private func incoming(_ request: LinkRequest) -> LinkIncoming {
    LinkIncoming(
      command: request.command, body: request.body, traceID: request.traceID,
      epoch: request.epoch, isReplay: false, peer: self.peer)
  }

  private func check(_ byteCount: Int) throws(LinkError) {
    guard LinkHeader.byteCount + byteCount <= self.peer.limits.frameByteCountMax else {
      throw LinkError(.internal, "an answer of \(byteCount) bytes is over the limit")
    }
  }

  private func enter(_ request: LinkRequest) throws(LinkError) {
    guard request.deadline > self.clock.now else {
      throw LinkError(.deadlineExceeded, "the deadline of command \(request.command) is over")
    }
    guard LinkHeader.byteCount + request.body.count <= self.peer.limits.frameByteCountMax else {
      throw LinkError(.badRequest, "a request of \(request.body.count) bytes is over the limit")
    }
    guard self.active.add(1, ordering: .relaxed).newValue <= self.requestMax else {
      self.active.subtract(1, ordering: .relaxed)
      throw LinkError(
        .slowDown, "\(self.requestMax) requests are being answered here",
        retryAfter: .milliseconds(20))
    }
    self.metrics.serverActive.increment()
  }

  private func leave() {
    self.active.subtract(1, ordering: .relaxed)
    self.metrics.serverActive.decrement()
  }

  private func spawnHere() -> LinkClient.Spawn {
    if let spawn = self.spawn { return spawn }
    guard let loop = EventLoop.current else {
      preconditionFailure("BUG: a link is used off an event loop")
    }
    return { loop.spawn($0) }
  }
}
