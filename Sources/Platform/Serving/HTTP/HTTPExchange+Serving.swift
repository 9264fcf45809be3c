private import Bytes
private import CSystem
internal import HTTP
private import Observability
internal import Runtime
internal import Values

extension HTTPExchange {
  /// Serves the connection until it ends.
  func run() async {
    do throws(IOFailure) {
      while try await self.readHead() {
        await self.answerRequest()
        guard try await self.finishRequest() else { break }
      }
      guard !self.isUpgraded else { return }
      if !self.connection.output.isEmpty { try await self.flushOutput() }
      await self.linger()
    } catch {
      // The client is gone or too slow: there is nobody to tell.
    }
  }

  // MARK: The head

  /// Waits for a request. False when none comes, or it was refused.
  private func readHead() async throws(IOFailure) -> Bool {
    self.parser.reset()
    self.headIsCopied = false
    self.hasRequestID = false
    self.traceContext = nil
    self.keepsAlive = true
    self.bytesOut = 0
    self.phase = .none
    self.isPartlySent = false
    self.allowed = nil
    do throws(HTTPError) {
      if self.connection.inputCount > 0, try self.parseHead() { return true }
    } catch {
      self.refuse(error)
      return false
    }
    return try await self.waitForHead()
  }

  private func waitForHead() async throws(IOFailure) -> Bool {
    var headDeadline: MonotonicTime?
    while true {
      let hasBegun = self.connection.inputCount > 0
      if hasBegun {
        let deadline = headDeadline ?? self.loop.now + self.options.headerTimeout
        headDeadline = deadline
        self.connection.deadline = deadline
      } else {
        if self.connection.isDraining { return false }
        self.connection.isBetweenRequests = true
        self.connection.deadline = self.loop.now + self.options.idleTimeout
        self.headCopy.removeAll(keepingCapacityUpTo: 1024)
      }
      do throws(IOFailure) {
        let count = try await self.connection.flushAndRead()
        self.connection.isBetweenRequests = false
        if count == 0 { return false }
      } catch {
        self.connection.isBetweenRequests = false
        guard hasBegun, error.isTimeout || error.code == 105 /* ENOBUFS */ else { throw error }
        self.refuse(
          error.isTimeout
            ? HTTPError(.requestTimeout, .timeout, "the head of the request did not come in time")
            : HTTPError(.headerTooLarge, .headerTooLarge, "the head of the request is too large"))
        return false
      }
      do throws(HTTPError) {
        if try self.parseHead() { return true }
      } catch {
        self.refuse(error)
        return false
      }
    }
  }

  /// True when the head is whole.
  private func parseHead() throws(HTTPError) -> Bool {
    try self.connection.withInput { window throws(HTTPError) in
      self.headBase = window.withUnsafeBytes { $0.baseAddress ?? self.headBase }
      return try self.parser.parse(window) != nil
    }
  }

  /// Answers a head that cannot be served. What else the client has sent is not looked at.
  private func refuse(_ error: HTTPError) {
    // The head may be cut anywhere: nothing of it is used.
    self.parser.reset()
    self.body.phase = .done
    self.hasRequestID = true
    self.givenRequestID = nil
    self.requestID = self.worker.identifiers.next(millisecond: self.worker.milliseconds())
    self.keepsAlive = false
    self.group = 0
    self.write(error)
    self.server.metrics.record(group: 0, status: error.status.code, nanoseconds: 0)
  }

  // MARK: The answer

  private func answerRequest() async {
    let start = self.loop.now
    self.worker.inFlight += 1
    self.server.metrics.inFlight.increment()
    self.beginBody()
    await self.route()
    self.worker.inFlight -= 1
    self.server.metrics.inFlight.decrement()
    self.record(start)
  }

  private func beginBody() {
    let framing = self.parser.head.framing
    self.body.begin(
      framing, owesContinue: self.parser.head.expectsContinue, limits: self.options.limits)
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

  private func route() async {
    self.group = 0
    if self.worker.inFlight > self.worker.inFlightMax {
      self.server.metrics.refused.add()
      return self.write(
        HTTPError(.serviceUnavailable, .overloaded, "too many requests are under way"))
    }
    if self.parser.head.hasUnknownExpectation, !self.options.ignoresUnknownExpectations {
      return self.write(
        HTTPError(
          .expectationFailed, .expectationUnknown, "Expect asks for more than 100-continue"))
    }
    switch self.parser.head.form {
    case .origin, .absolute: break
    case .authority:
      return self.write(HTTPError(.notImplemented, .methodUnknown, "this server is no proxy"))
    case .asterisk: return self.respond(.noContent)
    }
    let path = self.parser.head.path
    let outcome = self.server.table.match(self.method, path: self.bytes(path), into: &self.match)
    switch outcome {
    case .found: await self.handle(self.server.routes[self.match.route])
    case .notFound:
      if let fallback = self.server.fallback { return await self.call(fallback) }
      self.write(HTTPError(.notFound, .notFound, "there is nothing at this path"))
    case .badParameter:
      self.write(HTTPError(.badRequest, .badTarget, "the path is not percent-encoded UTF-8"))
    case .methodNotAllowed(let methods):
      self.allowed = methods.union(MethodSet(.options))
      if self.method == .options {
        self.begin(.noContent)
        self.field(.allow, self.allowed.unsafelyUnwrapped.text)  // set just now
        return self.end()
      }
      self.write(
        HTTPError(
          .methodNotAllowed, .methodNotAllowed, "\(self.method.text) is not served at this path"))
    }
  }

  private func handle(_ route: HTTPRoutes.Route) async {
    self.group = route.group
    self.body.bytesMax = route.bodyBytesMax
    if case .length(let length) = self.body.phase, length > route.bodyBytesMax {
      return self.write(
        HTTPError(
          .contentTooLarge, .bodyTooLarge,
          "the content has \(length) bytes, the limit is \(route.bodyBytesMax)"))
    }
    await self.call(route.handler)
  }

  @inline(__always)
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

  private func record(_ start: MonotonicTime) {
    let now = csystem_monotonic_ns()
    let nanoseconds = now > start.nanoseconds ? now - start.nanoseconds : 0
    let metrics = self.server.metrics
    metrics.record(group: self.group, status: self.status.code, nanoseconds: nanoseconds)
    if self.body.received > 0 { metrics.bytesIn.add(UInt64(self.body.received)) }
    if self.bytesOut > 0 { metrics.bytesOut.add(UInt64(self.bytesOut)) }
    guard let log = self.options.accessLog else { return }
    self.worker.untilAccessLog -= 1
    guard self.worker.untilAccessLog <= 0 else { return }
    self.worker.untilAccessLog = self.options.accessLogEvery
    log(
      AccessRecord(
        method: self.method, target: self.target.lossyText, status: self.status.code,
        requestID: self.requestIDText, peer: self.peer.description, bytesIn: self.body.received,
        bytesOut: self.bytesOut, nanoseconds: nanoseconds,
        userAgent: self.fieldText(.userAgent), trace: self.loggedTrace))
  }

  /// Gets the connection ready for the next request; false when it ends.
  private func finishRequest() async throws(IOFailure) -> Bool {
    if self.isUpgraded { return false }
    if !self.headIsCopied { self.connection.consume(self.parser.head.byteCount) }
    guard self.keepsAlive else { return false }
    if self.body.phase != .done { return try await self.drainBody() }
    if self.connection.output.count >= Self.outputBytesMax { try await self.flushOutput() }
    return true
  }

  /// Reads the rest of a body that nobody wanted; false when that is too much.
  private func drainBody() async throws(IOFailure) -> Bool {
    do {
      return try await self.discardBody(limit: Int64(self.options.drainBytes))
    } catch let error as IOFailure {
      throw error
    } catch {
      return false
    }
  }

  /// Waits a little for the client to end its side: closing with input unread would reset the
  /// connection and might take the answer back that is on its way.
  private func linger() async {
    await self.connection.shutdownOutput()
    self.connection.deadline = self.loop.now + .seconds(2)
    var left = 256 << 10
    while left > 0 {
      left -= self.connection.inputCount
      self.connection.consume(self.connection.inputCount)
      guard let count = try? await self.connection.read(), count > 0 else { return }
    }
  }
}
