private import Bytes
private import CSystem
internal import HTTP
private import Observability
internal import Runtime
internal import Values

extension HTTPExchange {
  /// What a connection does when its requests that were ready are answered.
  enum Outcome {
    /// Waits for more of the present request, or for a first byte.
    case waits
    /// Waits for the rest of a request that has just begun, behind one that was answered.
    case waitsAnew
    /// Ends, after what is left was sent.
    case ends
    /// Ends at once: the client is gone, or the connection was handed over.
    case isGone
  }

  /// Answers every request that is whole in the input window. Answers gather in the output.
  func serveReady() async -> Outcome {
    var hasAnswered = false
    while true {
      switch self.beginRequest() {
      case .isIncomplete: return hasAnswered ? .waitsAnew : .waits
      case .isRefused: return .ends
      case .isAnswered: break
      case .calls(let handler): await self.call(handler)
      }
      hasAnswered = true
      self.record()
      switch self.endRequest() {
      case .next: break
      case .flushes:
        guard (try? await self.flushOutput()) != nil else { return .isGone }
        self.prepare()
      case .drains: guard await self.drainBody() else { return .ends }
      case .ends: return .ends
      case .isGone: return .isGone
      }
    }
  }

  private enum Beginning {
    case isIncomplete, isRefused, isAnswered
    case calls(HTTPHandler)
  }

  /// Parses a head and finds its handler; what needs none is answered here.
  private func beginRequest() -> Beginning {
    let connection = self.connection
    guard connection.inputCount > 0 else { return .isIncomplete }
    do throws(HTTPError) {
      guard try self.parseHead(connection) else { return .isIncomplete }
    } catch {
      self.refuse(error)
      return .isRefused
    }
    self.start = self.loop.now
    self.worker.inFlight += 1
    self.worker.metrics.inFlight.increment()
    self.beginBody()
    return self.route()
  }

  /// True when the head is whole.
  private func parseHead(_ connection: Connection) throws(HTTPError) -> Bool {
    try connection.withInput { window throws(HTTPError) in
      self.headBase = window.withUnsafeBytes { $0.baseAddress ?? self.headBase }
      return try self.parser.parse(window) != nil
    }
  }

  /// Answers a head that did not come whole, when there is an answer to that.
  func refuse(_ failure: IOFailure) -> Bool {
    if failure.isTimeout {
      self.refuse(
        HTTPError(.requestTimeout, .timeout, "the head of the request did not come in time"))
      return true
    }
    guard failure.code == 105 /* ENOBUFS */ else { return false }
    self.refuse(
      HTTPError(.headerTooLarge, .headerTooLarge, "the head of the request is too large"))
    return true
  }

  /// Answers a head that cannot be served. What else the client has sent is not looked at.
  private func refuse(_ error: HTTPError) {
    // The head may be cut anywhere: nothing of it is used.
    self.prepare()
    self.body.phase = .done
    self.hasRequestID = true
    self.givenRequestID = nil
    self.requestID = self.worker.identifiers.next(millisecond: self.worker.milliseconds())
    self.keepsAlive = false
    self.write(error)
    self.worker.metrics.record(group: 0, status: error.status.code, nanoseconds: 0)
  }

  private func beginBody() {
    let framing = self.parser.head.framing
    self.body.begin(
      framing, owesContinue: self.parser.head.expectsContinue, limits: self.worker.plan.limits)
    // The window is needed for the body; the head moves out of its way.
    if framing.hasContent { self.copyHead() }
  }

  func copyHead() {
    guard !self.headIsCopied else { return }
    let count = self.parser.head.byteCount
    self.headCopy.removeAll()
    self.connection.withInput { self.headCopy.append($0.extracting(0..<count)) }
    self.headBase = self.headCopy.withUnsafeBytes { $0.baseAddress ?? self.headBase }
    self.connection.consume(count)
    self.headIsCopied = true
  }

  /// Finds the handler of the request. Not as an optional: a function in one is kept in its most general
  /// form, which costs an allocation, a frame and a hop with every call.
  private func route() -> Beginning {
    self.group = 0
    if self.worker.inFlight > self.worker.inFlightMax {
      self.worker.metrics.refused.add()
      return self.answered(
        .serviceUnavailable, .overloaded, "too many requests are under way")
    }
    if self.parser.head.hasUnknownExpectation, !self.worker.plan.ignoresUnknownExpectations {
      return self.answered(
        .expectationFailed, .expectationUnknown, "Expect asks for more than 100-continue")
    }
    switch self.parser.head.form {
    case .origin, .absolute: break
    case .authority: return self.answered(.notImplemented, .methodUnknown, "this is no proxy")
    case .asterisk:
      self.respond(.noContent)
      return .isAnswered
    }
    let path = self.bytes(self.parser.head.path)
    switch self.worker.table.match(self.method, path: path, into: &self.match) {
    case .found: return self.handler(of: self.match.route)
    case .notFound:
      if let fallback = self.worker.fallback { return .calls(fallback) }
      return self.answered(.notFound, .notFound, "there is nothing at this path")
    case .badParameter:
      return self.answered(.badRequest, .badTarget, "the path is not percent-encoded UTF-8")
    case .methodNotAllowed(let methods): return self.refuseMethod(methods)
    }
  }

  private func answered(_ status: Status, _ code: HTTPError.Code, _ message: String) -> Beginning {
    self.write(HTTPError(status, code, message))
    return .isAnswered
  }

  private func refuseMethod(_ methods: MethodSet) -> Beginning {
    let allowed = methods.union(MethodSet(.options))
    self.allowed = allowed
    guard self.method == .options else {
      return self.answered(
        .methodNotAllowed, .methodNotAllowed, "\(self.method.text) is not served at this path")
    }
    self.begin(.noContent)
    self.field(.allow, allowed.text)
    self.end()
    return .isAnswered
  }

  private func handler(of route: Int) -> Beginning {
    let limit = self.worker.routes[route].bodyBytesMax
    self.group = self.worker.routes[route].group
    self.body.bytesMax = limit
    if case .length(let length) = self.body.phase, length > limit {
      return self.answered(
        .contentTooLarge, .bodyTooLarge,
        "the content has \(length) bytes, the limit is \(limit)")
    }
    return .calls(self.worker.routes[route].handler)
  }

  private func call(_ handler: HTTPHandler) async {
    do {
      try await handler(self)
      self.completeAnswer()
    } catch {
      if !self.answer(error) { self.giveUp() }
    }
  }

  /// What a handler left open.
  private func completeAnswer() {
    switch self.phase {
    case .done: break
    case .chunked, .untilClose: self.endContent()
    case .fields: self.end()
    case .none:
      preconditionFailure("a handler returned without an answer: \(self.target.lossyText)")
    case .content(let left):
      preconditionFailure("a handler returned \(left) bytes early: \(self.target.lossyText)")
    }
  }

  /// Ends the connection so that its client sees that the answer is not whole.
  private func giveUp() {
    self.keepsAlive = false
    self.phase = .done
    self.connection.abort()
  }

  // MARK: Afterwards

  /// Since the turn of the loop began in which the head was whole.
  public var elapsedNanoseconds: UInt64 {
    let now = csystem_monotonic_ns()
    let start = self.start.nanoseconds
    return now > start ? now - start : 0
  }

  /// Content that has come in and gone out so far.
  public var contentReceived: Int64 { self.body.received }
  public var contentSent: Int64 { self.bytesOut }

  private func record() {
    self.worker.inFlight -= 1
    self.worker.metrics.inFlight.decrement()
    let nanoseconds = self.elapsedNanoseconds
    self.worker.metrics.record(
      group: self.group, status: self.status.code, nanoseconds: nanoseconds)
    if self.body.received > 0 { self.worker.metrics.bytesIn.add(UInt64(self.body.received)) }
    if self.bytesOut > 0 { self.worker.metrics.bytesOut.add(UInt64(self.bytesOut)) }
    if self.worker.plan.logsAccess { self.log(nanoseconds) }
  }

  private func log(_ nanoseconds: UInt64) {
    self.worker.untilAccessLog -= 1
    guard self.worker.untilAccessLog <= 0, let log = self.options.accessLog else { return }
    self.worker.untilAccessLog = self.options.accessLogEvery
    log(
      AccessRecord(
        method: self.method, target: self.target.lossyText, status: self.status.code,
        requestID: self.requestIDText, peer: self.peer.description, bytesIn: self.body.received,
        bytesOut: self.bytesOut, nanoseconds: nanoseconds,
        userAgent: self.fieldText(.userAgent), trace: self.loggedTrace))
  }

  private enum Ending { case next, flushes, drains, ends, isGone }

  /// What the connection needs before its next request.
  private func endRequest() -> Ending {
    if self.isUpgraded { return .isGone }
    let connection = self.connection
    if !self.headIsCopied { connection.consume(self.parser.head.byteCount) }
    guard self.keepsAlive else { return .ends }
    if self.body.phase != .done { return .drains }
    if connection.output.count >= Self.outputBytesMax { return .flushes }
    self.prepare()
    return .next
  }

  /// Reads the rest of a body that nobody wanted; false when that is too much.
  private func drainBody() async -> Bool {
    guard (try? await self.discardBody(limit: self.worker.plan.drainBytes)) == true else {
      return false
    }
    self.prepare()
    return true
  }
}
