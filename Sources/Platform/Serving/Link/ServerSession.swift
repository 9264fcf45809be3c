private import Bytes
import Link
private import Observability
import Runtime
import Values

/// One open connection of a server: a reader, a writer, and a task for each request under way.
final class ServerSession: @unchecked Sendable {
  // Sendable: confined to the loop of its connection; its tasks are children of `run`.
  private let server: LinkServer
  private let connection: Connection
  private let peer: LinkPeer
  private var calls: LinkServerCalls<Work>
  private let frameMax: Int
  /// Output waits to be sent, or the session ends.
  private let outputSignal = Signal()
  private var drainWaiters: [UnsafeContinuation<Void, Never>] = []
  private var isOver = false

  /// A request under way.
  final class Work {
    var task: UnsafeCurrentTask?
    var isCancelled = false
    /// Credit came, or the request was cancelled.
    let signal = Signal()

    func cancel() {
      self.isCancelled = true
      self.task?.cancel()
      self.signal.raise()
    }
  }

  init(_ server: LinkServer, _ connection: Connection, peer: LinkPeer) {
    self.server = server
    self.connection = connection
    self.peer = peer
    self.frameMax = peer.limits.frameByteCountMax
    self.calls = LinkServerCalls(
      requestMax: peer.limits.requestMax, streamWindow: peer.limits.streamWindowByteCount)
  }

  func run() async {
    self.connection.allowFrames()
    await withDiscardingTaskGroup { group in
      group.addTask { await self.write() }
      do throws(LinkError) {
        try await self.read(&group)
      } catch {
        self.connection.abort()
        self.server.log.info(
          "link connection ended",
          ["peer": .text(self.peer.nodeID), "why": .describing(error)])
      }
      self.end()
    }
  }

  // MARK: Reading

  private func read(_ group: inout DiscardingTaskGroup) async throws(LinkError) {
    while true {
      let isIdle = self.calls.count == 0
      self.connection.isBetweenRequests = isIdle
      // Somebody else's long work must not end the connection that waits for it.
      let deadline =
        isIdle ? self.server.clock.now + self.server.options.idleTimeout : .distantFuture
      if isIdle, self.connection.isDraining, self.connection.inputCount == 0 { return }
      guard
        let frame = try await self.connection.nextFrame(
          frameByteCountMax: self.frameMax, deadline: deadline)
      else { return }
      self.connection.isBetweenRequests = false
      self.server.metrics.receivedBytes.add(UInt64(frame.header.size))
      self.calls.isDraining = self.server.isDraining
      try self.take(frame, &group)
      if self.connection.output.count > self.server.options.outputByteCountMax {
        await self.outputDrained()
      }
    }
  }

  private func take(
    _ frame: ArrivedFrame, _ group: inout DiscardingTaskGroup
  ) throws(LinkError) {
    let header = frame.header
    let arrival: LinkServerCalls<Work>.Arrival
    if let body = frame.largeBody {
      arrival = try self.calls.received(header, body: body.span.bytes)
    } else {
      arrival = try self.connection.withBody(of: header) { body throws(LinkError) in
        try self.calls.received(header, body: body)
      }
    }
    switch arrival {
    case .request: try self.begin(frame, &group)
    case .refuse(let error):
      self.connection.drop(frame)
      self.answer(header, error)
    case .cancel(let work):
      self.connection.drop(frame)
      work.cancel()
    case .credit(let work):
      self.connection.drop(frame)
      work.signal.raise()
    case .nothing: self.connection.drop(frame)
    }
  }

  private func begin(
    _ frame: ArrivedFrame, _ group: inout DiscardingTaskGroup
  ) throws(LinkError) {
    let header = frame.header
    let route: LinkRouter.Route
    do throws(LinkError) {
      route = try self.server.router.route(header.command)
    } catch {
      self.connection.drop(frame)
      self.answer(header, error)
      return
    }
    if case .inline(let handler) = route, !header.flags.contains(.compressed) {
      self.answerInline(frame, handler)
      return
    }
    guard self.server.takePlace() else {
      self.connection.drop(frame)
      self.answer(
        header,
        LinkError(
          .slowDown, "\(self.server.options.requestMax) requests are being answered here",
          retryAfter: .milliseconds(20)))
      return
    }
    let body: [UInt8]
    do throws(LinkError) {
      body = try self.connection.takeBody(of: frame, frameByteCountMax: self.frameMax)
    } catch {
      self.server.givePlaceBack()
      throw error
    }
    let incoming = LinkIncoming(
      command: header.command, body: body, traceID: header.traceID, epoch: header.epoch,
      isReplay: header.flags.contains(.replay), peer: self.peer)
    let work = Work()
    self.calls.begin(header.requestID, work: work)
    group.addTask { await self.perform(header, incoming, route) }
  }

  private func answerInline(_ frame: ArrivedFrame, _ handler: LinkRouter.InlineHandler) {
    let header = frame.header
    let start = self.server.clock.now
    let reply = self.replyHeader(header)
    let before = self.connection.output.count
    do throws(LinkError) {
      if let body = frame.largeBody {
        try self.connection.output.append(reply) { output throws(LinkError) in
          try handler(header, body.span.bytes, &output)
        }
      } else {
        try self.connection.withBody(of: header) { body throws(LinkError) in
          try self.connection.output.append(reply) { output throws(LinkError) in
            try handler(header, body, &output)
          }
        }
      }
      let size = self.connection.output.count - before
      guard size <= self.frameMax else {
        self.connection.output.truncate(to: before)
        throw LinkError(.internal, "an answer of \(size) bytes is over the limit")
      }
      self.connection.drop(frame)
      self.sent(size)
      self.server.metrics.serverDone.add()
      self.server.metrics.serverSeconds.record(from: start, to: self.server.clock.now)
    } catch {
      self.connection.drop(frame)
      self.answer(header, error)
    }
  }

  // MARK: Answering

  private func perform(
    _ header: LinkHeader, _ incoming: LinkIncoming, _ route: LinkRouter.Route
  ) async {
    let start = self.server.clock.now
    defer { self.server.givePlaceBack() }
    // Cancelled before its task began.
    guard let work = self.calls.work(of: header.requestID) else { return }
    let result: Result<LinkReply, LinkError> = await withUnsafeCurrentTask { task in
      work.task = task
      defer { work.task = nil }
      do throws(LinkError) {
        return .success(try await self.run(route, header, incoming, work))
      } catch {
        return .failure(error)
      }
    }
    self.server.metrics.serverSeconds.record(from: start, to: self.server.clock.now)
    guard self.calls.end(header.requestID), !self.isOver else {
      self.server.metrics.serverCalls.with("cancelled").add()
      return
    }
    switch result {
    case .failure(let error): self.answer(header, error)
    case .success(let reply):
      guard LinkHeader.byteCount + reply.body.count <= self.frameMax else {
        self.answer(
          header, LinkError(.internal, "an answer of \(reply.body.count) bytes is over the limit"))
        return
      }
      var answer = self.replyHeader(header)
      answer.epoch = reply.epoch
      self.append(answer, body: reply.body)
      self.server.metrics.serverDone.add()
    }
    self.endIdleDrain()
  }

  private func run(
    _ route: LinkRouter.Route, _ header: LinkHeader, _ incoming: LinkIncoming, _ work: Work
  ) async throws(LinkError) -> LinkReply {
    switch route {
    case .task(let handler): return try await handler(incoming)
    case .inline(let handler):
      var output = ByteWriter()
      try handler(header, incoming.body.span.bytes, &output)
      return LinkReply(body: output.bytes.array)
    case .stream(let handler):
      guard header.flags.contains(.stream) else {
        throw LinkError(
          .badRequest, "command \(header.command) answers in parts, the caller takes one")
      }
      let writer = LinkStreamWriter { part throws(LinkError) in
        try await self.send(part, on: header, work)
      }
      return try await handler(incoming, writer)
    }
  }

  private func send(
    _ part: [UInt8], on header: LinkHeader, _ work: Work
  ) async throws(LinkError) {
    guard LinkHeader.byteCount + part.count <= self.frameMax else {
      throw LinkError(.internal, "a part of \(part.count) bytes is over the limit")
    }
    while true {
      guard let isSent = self.calls.spend(part.count, on: header.requestID) else {
        throw LinkError(.cancelled, "the caller has given up")
      }
      if isSent { break }
      await work.signal.wait()
    }
    var answer = self.replyHeader(header)
    answer.flags.insert(.stream)
    self.append(answer, body: part)
    while self.connection.output.count > self.server.options.outputByteCountMax, !self.isOver {
      await self.outputDrained()
    }
  }

  private func replyHeader(_ header: LinkHeader) -> LinkHeader {
    LinkHeader(
      command: header.command, requestID: header.requestID, flags: .response,
      traceID: header.traceID)
  }

  private func answer(_ header: LinkHeader, _ error: LinkError) {
    var answer = self.replyHeader(header)
    answer.flags.insert(.error)
    answer.epoch = error.epoch
    let before = self.connection.output.count
    self.connection.output.append(answer, message: error.failure)
    self.sent(self.connection.output.count - before)
    self.server.metrics.serverCalls.with("\(error.code)").add()
  }

  private func append(_ header: LinkHeader, body: [UInt8]) {
    guard !self.isOver else { return }
    let before = self.connection.output.count
    self.connection.output.append(
      header, body: body.span.bytes, compressedFrom: self.server.options.compressedFrom)
    self.sent(self.connection.output.count - before)
  }

  private func sent(_ byteCount: Int) {
    self.server.metrics.sentBytes.add(UInt64(byteCount))
    self.outputSignal.raise()
  }

  // MARK: Writing

  /// Sends what was appended; what is appended meanwhile goes with the next flush.
  private func write() async {
    while true {
      await self.outputSignal.wait()
      do {
        try await self.connection.flushFrames(
          deadline: self.server.clock.now + self.server.options.stallTimeout)
      } catch {
        self.connection.abort()
        break
      }
      self.wakeDrainWaiters()
      // What was appended during the last flush still goes out.
      if self.isOver, self.connection.output.isEmpty { break }
    }
    self.wakeDrainWaiters()
  }

  private func outputDrained() async {
    guard !self.isOver else { return }
    await withUnsafeContinuation { self.drainWaiters.append($0) }
  }

  private func wakeDrainWaiters() {
    let waiters = self.drainWaiters
    self.drainWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  // MARK: Ending

  /// A listener that drains waits for the last answer; the reader is then woken.
  private func endIdleDrain() {
    guard self.calls.count == 0 else { return }
    self.connection.isBetweenRequests = true
    if self.connection.isDraining { self.connection.endInput() }
  }

  private func end() {
    self.isOver = true
    for work in self.calls.takeAll() { work.cancel() }
    self.outputSignal.raise()
    self.wakeDrainWaiters()
  }
}
