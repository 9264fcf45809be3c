private import Bytes
import Link
private import Observability
private import Protobuf
import Runtime
import Values

/// One open connection of a client: a reader, a writer, a keeper of deadlines, and the calls that wait.
final class ClientConnection: @unchecked Sendable {
  // Sendable: confined to the loop of its lane.
  private let client: LinkClient
  private let connection: Connection
  let peer: LinkPeer
  let spawn: LinkClient.Spawn
  private var calls: LinkClientCalls<ClientCall>
  private let frameMax: Int
  private let streamWindow: Int
  /// Output waits to be sent, or the connection ends.
  private let outputSignal = Signal()
  /// The first call waits, or the connection ends.
  private let deadlineSignal = Signal()
  private(set) var isOver = false

  init(
    _ client: LinkClient, _ connection: Connection, peer: LinkPeer,
    spawn: @escaping LinkClient.Spawn
  ) {
    self.client = client
    self.connection = connection
    self.peer = peer
    self.spawn = spawn
    self.frameMax = peer.limits.frameByteCountMax
    self.streamWindow = client.credentials.limits.streamWindowByteCount
    self.calls = LinkClientCalls(requestMax: peer.limits.requestMax)
    // What the handshake left in the output is sent.
    self.outputSignal.raise()
  }

  static func failure(_ body: [UInt8], _ header: LinkHeader) -> LinkError {
    do {
      return LinkError(try Failure(decoding: body.span.bytes), epoch: header.epoch)
    } catch {
      return LinkError(.malformed, "an error that cannot be read: \(error)")
    }
  }

  // MARK: Calls

  func call(_ request: LinkRequest, retryCount: UInt8) async throws(LinkError) -> LinkReply {
    let call = ClientCall(takesStream: false)
    let id = try self.begin(request, call, retryCount: retryCount)
    return try await withTaskCancellationHandler {
      await call.answer()
    } onCancel: {
      self.spawn { self.cancel(id) }
    }.get()
  }

  func stream(
    _ request: LinkRequest, retryCount: UInt8
  ) async throws(LinkError) -> LinkReplyStream {
    let call = ClientCall(takesStream: true)
    let id = try self.begin(request, call, retryCount: retryCount)
    return LinkReplyStream(ClientStream(self, call, id: id))
  }

  private func begin(
    _ request: LinkRequest, _ call: ClientCall, retryCount: UInt8
  ) throws(LinkError) -> UInt32 {
    guard !self.isOver else { throw LinkError(.unreachable, "the connection has ended") }
    guard LinkHeader.byteCount + request.body.count <= self.frameMax else {
      throw LinkError(
        .badRequest,
        "a request of \(request.body.count) bytes is over the limit of \(self.frameMax)")
    }
    guard request.deadline > self.client.clock.now else {
      throw LinkError(.deadlineExceeded, "the deadline of command \(request.command) is over")
    }
    guard
      let id = self.calls.begin(
        request.command, deadline: request.deadline, takesStream: call.takesStream, waiter: call)
    else {
      throw LinkError(
        .slowDown, "\(self.calls.count) calls to \(self.client.peer) wait on this connection")
    }
    var flags: LinkFlags = call.takesStream ? .stream : []
    if retryCount > 0 { flags.insert(.replay) }
    let before = self.connection.output.count
    self.connection.output.append(
      LinkHeader(
        command: request.command, requestID: id, flags: flags, traceID: request.traceID,
        epoch: request.epoch, retryCount: retryCount),
      body: request.body.span.bytes, compressedFrom: self.client.options.compressedFrom)
    self.client.metrics.sentBytes.add(UInt64(self.connection.output.count - before))
    self.outputSignal.raise()
    if self.calls.count == 1 { self.deadlineSignal.raise() }
    return id
  }

  /// The caller has given up: the server is told, a late answer is dropped.
  func cancel(_ id: UInt32) {
    self.giveUp(id, LinkError(.cancelled, "the call was cancelled"))
  }

  private func giveUp(_ id: UInt32, _ error: LinkError) {
    guard let call = self.calls.abandon(id) else { return }
    self.tellGivenUp(id)
    call.waiter.end(.failure(error))
  }

  private func tellGivenUp(_ id: UInt32) {
    guard !self.isOver else { return }
    self.connection.output.append(
      LinkHeader(command: LinkCommand.cancel, requestID: id), body: RawSpan())
    self.outputSignal.raise()
  }

  /// A part of a stream was taken: the sender may send as much again.
  func consumed(_ byteCount: Int, of id: UInt32) {
    guard let bytes = self.calls.consumed(byteCount, of: id, window: self.streamWindow),
      !self.isOver
    else { return }
    self.connection.output.append(
      LinkHeader(command: LinkCommand.credit, requestID: id), message: Credit { $0.bytes = bytes })
    self.outputSignal.raise()
  }

  // MARK: The connection

  func run() async {
    self.client.metrics.clientOpen.increment()
    self.connection.allowFrames()
    var reason = LinkError(.unreachable, "\(self.client.peer) ended the connection")
    await withDiscardingTaskGroup { group in
      group.addTask { await self.write() }
      group.addTask { await self.keepDeadlines() }
      do throws(LinkError) {
        try await self.read()
      } catch {
        reason = error
      }
      self.end(reason)
      group.cancelAll()
    }
    self.connection.close()
    self.client.metrics.clientOpen.decrement()
    self.client.log.debug(
      "link to \(self.client.peer) ended", ["why": .describing(reason)])
  }

  private func read() async throws(LinkError) {
    while let frame = try await self.connection.nextFrame(
      frameByteCountMax: self.frameMax, deadline: .distantFuture)
    {
      let header = frame.header
      self.client.metrics.receivedBytes.add(UInt64(header.size))
      // A refusal of our proof: the one frame that answers no request.
      if header.command == LinkCommand.handshake, header.flags.contains(.error) {
        throw Self.failure(
          try self.connection.takeBody(of: frame, frameByteCountMax: self.frameMax), header)
      }
      let arrival = try self.calls.received(header)
      let body = try self.connection.takeBody(of: frame, frameByteCountMax: self.frameMax)
      switch arrival {
      case .late: continue
      case .part(let call): call.part(body, wireByteCount: header.bodyByteCount)
      case .end(let call):
        if header.flags.contains(.error) {
          call.waiter.end(.failure(Self.failure(body, header)))
        } else {
          call.waiter.end(.success(LinkReply(body: body, epoch: header.epoch)))
        }
      }
    }
  }

  /// Sends what was appended; what is appended meanwhile goes with the next flush.
  private func write() async {
    while !self.isOver {
      await self.outputSignal.wait()
      guard !self.isOver else { return }
      do {
        try await self.connection.flushFrames(
          deadline: self.client.clock.now + self.client.options.stallTimeout)
      } catch {
        self.connection.abort()
        return
      }
    }
  }

  private func keepDeadlines() async {
    while !self.isOver {
      guard let next = self.calls.nextDeadline else {
        await self.deadlineSignal.wait()
        continue
      }
      let now = self.client.clock.now
      for (id, call) in self.calls.expire(now: now) {
        self.tellGivenUp(id)
        call.waiter.end(
          .failure(
            LinkError(
              .deadlineExceeded,
              "\(self.client.peer) did not answer command \(call.command) in time")))
      }
      // A call with an earlier deadline may begin meanwhile: it is seen at the next step.
      let step = now + self.client.options.deadlineStep
      do {
        try await self.client.clock.sleep(until: next > now ? min(next, step) : step)
      } catch {
        return
      }
    }
  }

  private func end(_ reason: LinkError) {
    self.isOver = true
    self.connection.abort()
    let error = LinkError(
      reason.code == .malformed || reason.code == .refused ? reason.code : .unreachable,
      reason.message, hint: reason.hint)
    for (_, call) in self.calls.takeAll() { call.waiter.end(.failure(error)) }
    self.outputSignal.raise()
    self.deadlineSignal.raise()
  }

  /// Ends the connection from our side.
  func close() {
    guard !self.isOver else { return }
    self.connection.abort()
  }
}
