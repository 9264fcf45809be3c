internal import GRPC
internal import Protobuf
internal import Runtime
internal import Values

/// A call that we made, whatever its types.
final class CallState: @unchecked Sendable {
  // Sendable: confined to the loop of its connection.
  let stream: GRPCStream
  private let owner: ClientConnection
  var reader = Waiter()
  var sender = Waiter()
  private var timer: LoopTimer?
  /// Decided on our side, before the server's word.
  private var ownEnd: GRPCStatus?

  init(_ stream: GRPCStream, _ owner: ClientConnection) {
    self.stream = stream
    self.owner = owner
  }

  func arm(_ deadline: MonotonicTime) {
    guard deadline != .distantFuture else { return }
    let timer = LoopTimer(on: self.owner.driver.loop) { [unowned self] in
      self.fail(GRPCStatus(.deadlineExceeded, "the deadline has passed"))
    }
    self.timer = timer
    timer.arm(at: deadline)
  }

  /// Runs `body`; when the task is cancelled, the call is.
  func cancellable<T: Sendable>(_ body: () async -> T) async -> T {
    let loop = self.owner.driver.loop
    return await withTaskCancellationHandler {
      await body()
    } onCancel: {
      loop.spawn { self.fail(GRPCStatus(.cancelled, "the caller has given up")) }
    }
  }

  /// Ends the call from our side.
  func fail(_ status: GRPCStatus) {
    guard self.ownEnd == nil, self.stream.endStatus == nil, !self.stream.isClosed else { return }
    self.ownEnd = status
    self.stream.session.cancel(self.stream)
    self.owner.driver.wake()
    self.wake()
  }

  /// Nobody asks any more.
  func giveUp() {
    self.timer?.disarm()
    guard !self.stream.isClosed else { return }
    self.stream.context = nil
    // A server that has ended its side while we have not is told; one that is about to is not.
    if self.stream.endStatus == nil || !self.stream.isInputEnded {
      self.stream.session.cancel(self.stream)
      self.owner.driver.wake()
    }
  }

  func wake() {
    self.reader.wake()
    self.sender.wake()
  }

  // MARK: Sending

  func push() {
    self.stream.session.push(self.stream)
    self.owner.driver.wake()
  }

  func endRequest() {
    self.stream.session.endRequest(self.stream)
    self.owner.driver.wake()
  }

  func send<Request: ProtobufMessage>(_ request: Request) async throws(GRPCStatus) {
    while true {
      if let end = self.end { throw end }
      if !self.stream.isOutboundFull { break }
      await withUnsafeContinuation { self.sender.wait($0) }
    }
    self.stream.send(request)
    self.push()
  }

  // MARK: Receiving

  /// How the call ended, when it has; OK too.
  private var end: GRPCStatus? {
    if let own = self.ownEnd { return own }
    if let status = self.stream.endStatus { return status }
    guard self.stream.isClosed else { return nil }
    if self.stream.isConnectionLost {
      return GRPCStatus(
        .unavailable, "the connection was lost: \(self.owner.failure ?? "the server closed it")")
    }
    return Self.status(ofReset: self.stream.closeCode)
  }

  /// The server has certainly not begun the call (REFUSED_STREAM; also what a GOAWAY does to calls
  /// behind the last one it took).
  var wasRefused: Bool { self.stream.isClosed && self.stream.closeCode == 7 }

  private static func status(ofReset code: UInt32) -> GRPCStatus {
    switch code {
    case 7: GRPCStatus(.unavailable, "the server refused the call")
    case 8: GRPCStatus(.cancelled, "the server reset the call")
    case 11: GRPCStatus(.resourceExhausted, "the server asks us to calm down")
    case 12: GRPCStatus(.permissionDenied, "the server wants better security")
    default: GRPCStatus(.internalError, "the stream was reset with code \(code)")
    }
  }

  func next<Response: ProtobufMessage>(_: Response.Type) async throws(GRPCStatus) -> Response? {
    while true {
      if let own = self.ownEnd { throw own }
      if let response = try self.stream.takeMessage(Response.self) {
        self.owner.driver.wake()
        return response
      }
      if let end = self.end {
        guard end.code == .ok else { throw end }
        guard !self.stream.endsInsideMessage else {
          throw GRPCStatus(.internalError, "the response ended inside a message")
        }
        return nil
      }
      await withUnsafeContinuation { self.reader.wait($0) }
    }
  }

  func onlyResponse<Response: ProtobufMessage>(
    _: Response.Type
  ) async -> Result<Response, GRPCStatus> {
    defer { self.giveUp() }
    // One wait, for the end: everything has come by then.
    while self.end == nil { await withUnsafeContinuation { self.reader.wait($0) } }
    do throws(GRPCStatus) {
      if let end = self.end, end.code != .ok { throw end }
      guard let response = try self.stream.takeMessage(Response.self) else {
        throw GRPCStatus(.internalError, "the server answered OK without a response")
      }
      guard !self.stream.hasMessage else {
        throw GRPCStatus(.internalError, "the server sent more than one response")
      }
      return .success(response)
    } catch {
      return .failure(error)
    }
  }

  /// The metadata that came with the response's headers; waits for them.
  func metadata() async throws(GRPCStatus) -> GRPCMetadata {
    while true {
      if let own = self.ownEnd { throw own }
      if self.stream.hasAnswered { return self.stream.answerMetadata }
      if let end = self.end {
        guard end.code == .ok else { throw end }
        return [:]
      }
      await withUnsafeContinuation { self.reader.wait($0) }
    }
  }

  var trailingMetadata: GRPCMetadata? { self.stream.endStatus?.metadata }
}
