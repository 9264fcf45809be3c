internal import Bytes
public import GRPC
public import Protobuf
public import Runtime
public import Values

/// A call as its handler sees it. Belongs to the task that runs the handler, and to its loop.
public final class ServerCall: @unchecked Sendable {
  // Sendable: confined to the loop of its connection, on which the handler runs.
  let stream: GRPCStream
  unowned let owner: ServerConnection
  let route: Route
  /// When the caller loses interest.
  public let deadline: MonotonicTime
  let began: MonotonicTime
  /// Sent before the first response.
  public var responseMetadata = GRPCMetadata()
  /// Sent behind the last response.
  public var trailingMetadata = GRPCMetadata()
  /// Who calls, once an interceptor has found out.
  public var identity: (any Sendable)?

  var reader = Waiter()
  var sender = Waiter()
  var isStarted = false
  private var timer: LoopTimer?
  private var task: UnsafeCurrentTask?
  private(set) var isCancelled = false
  private var endCode: GRPCStatus.Code?

  init(_ stream: GRPCStream, _ owner: ServerConnection, _ route: Route, now: MonotonicTime) {
    self.stream = stream
    self.owner = owner
    self.route = route
    self.began = now
    self.deadline = stream.head.timeout.map { now + $0 } ?? .distantFuture
  }

  /// `/package.Service/Method`.
  public var path: String { self.stream.head.path }
  public var authority: String { self.stream.head.authority }
  /// What the caller sent beside the messages.
  public var metadata: GRPCMetadata { self.stream.head.metadata }
  public var peer: SocketAddress { self.owner.driver.connection.peer }
  /// The peer's certificate and the like, when the connection is encrypted.
  public var tls: TLSSession? { self.owner.driver.connection.tls }

  // MARK: Life

  func armDeadline() {
    guard self.deadline != .distantFuture else { return }
    let timer = LoopTimer(on: self.owner.driver.loop) { [unowned self] in
      self.end(GRPCStatus(.deadlineExceeded, "the deadline has passed"))
      self.cancel()
    }
    self.timer = timer
    timer.arm(at: self.deadline)
  }

  /// The body of the handler's task.
  func run() async {
    // The pointer is good while the task runs, and is forgotten before it ends; only this loop's
    // thread, which runs the task, uses it.
    withUnsafeCurrentTask { self.task = $0 }
    if self.isCancelled { self.task?.cancel() }
    do {
      try await self.route.body(self)
      self.end(nil)
    } catch {
      self.end(error)
    }
    self.task = nil
    self.timer?.disarm()
    self.owner.callEnded(self, self.endCode ?? .ok)
  }

  /// The caller has gone, or its time is over: what waits in the handler ends.
  func cancel() {
    self.isCancelled = true
    self.timer?.disarm()
    self.task?.cancel()
    self.reader.wake()
    self.sender.wake()
  }

  private func end(_ status: GRPCStatus?) {
    if self.endCode == nil { self.endCode = status?.code ?? .ok }
    self.stream.session.finish(self.stream, status, metadata: self.trailingMetadata)
    self.owner.driver.wake()
  }

  func checkCancelled() throws(GRPCStatus) {
    guard self.isCancelled || self.stream.isClosed else { return }
    if self.deadline <= self.owner.driver.loop.now {
      throw GRPCStatus(.deadlineExceeded, "the deadline has passed")
    }
    throw GRPCStatus(.cancelled, "the caller has given up")
  }

  // MARK: Messages

  /// The request of a call that has one; it has come whole before the handler is started.
  func onlyRequest<Request: ProtobufMessage>(_: Request.Type) throws(GRPCStatus) -> Request {
    guard let request = try self.stream.takeMessage(Request.self) else {
      throw GRPCStatus(.internalError, "the call ended without a request")
    }
    guard !self.stream.hasMessage else {
      throw GRPCStatus(.internalError, "the call has more than one request")
    }
    return request
  }

  /// The one response of a call that has one.
  func answer<Response: ProtobufMessage>(_ response: Response) {
    self.answer(writing: { response.encode(to: &$0) })
  }

  func answer(writing write: (inout ByteWriter) -> Void) {
    guard !self.stream.isClosed, self.endCode == nil else { return }
    self.stream.session.sendHead(self.stream, self.responseMetadata)
    self.stream.send(writing: write)
  }

  /// The next request, nil after the last.
  func next<Request: ProtobufMessage>(_: Request.Type) async throws(GRPCStatus) -> Request? {
    while true {
      try self.checkCancelled()
      if let request = try self.stream.takeMessage(Request.self) {
        // The peer was given window.
        self.owner.driver.wake()
        return request
      }
      if self.stream.isInputEnded {
        guard !self.stream.endsInsideMessage else {
          throw GRPCStatus(.internalError, "the call ended inside a message")
        }
        return nil
      }
      await withUnsafeContinuation { self.reader.wait($0) }
    }
  }

  func send<Response: ProtobufMessage>(_ response: Response) async throws(GRPCStatus) {
    try self.checkCancelled()
    while self.stream.isOutboundFull {
      await withUnsafeContinuation { self.sender.wait($0) }
      try self.checkCancelled()
    }
    self.stream.session.sendHead(self.stream, self.responseMetadata)
    self.stream.send(response)
    self.stream.session.push(self.stream)
    self.owner.driver.wake()
  }

  /// Sends the response's metadata now, before the first response.
  public func sendMetadata() {
    self.stream.session.sendHead(self.stream, self.responseMetadata)
    self.owner.driver.wake()
  }
}

/// The requests of a call, one after the other.
public struct RequestStream<Request: ProtobufMessage>: Sendable {
  private let call: ServerCall
  init(_ call: ServerCall) { self.call = call }

  /// The next request; nil after the last. Until it is asked for, the caller is held once its window is
  /// used up.
  public func next() async throws(GRPCStatus) -> Request? { try await self.call.next(Request.self) }
}

/// The responses of a call.
public struct ResponseStream<Response: ProtobufMessage>: Sendable {
  private let call: ServerCall
  init(_ call: ServerCall) { self.call = call }

  /// Sends a response; waits while too many bytes of earlier ones are on their way.
  public func send(_ response: Response) async throws(GRPCStatus) {
    try await self.call.send(response)
  }
}
