public import Bytes
public import HTTP
internal import Runtime
internal import Values

/// Reading the content of a request. Nothing is read ahead of the handler: a client sends as fast as it
/// is read. A client that expects `100 Continue` gets it with the first of these calls.
extension HTTPExchange {
  /// The byte count of the content; nil when it comes in chunks.
  public var contentLength: Int64? {
    switch self.parser.head.framing {
    case .none: 0
    case .length(let count): count
    case .chunked: nil
    }
  }

  /// Whether Content-Length or Transfer-Encoding was given.
  public var hasContentFraming: Bool { self.parser.head.framing != .none }

  /// Throws 411 when the client did not say how long its content is.
  public func requireContentLength() throws(HTTPError) {
    guard self.hasContentFraming else {
      throw HTTPError(.lengthRequired, .lengthRequired, "Content-Length is missing")
    }
  }

  /// Whether all content was read.
  public var isBodyRead: Bool { self.body.phase == .done }

  /// Lends the next piece of the content; nil at its end.
  ///
  /// Throws `HTTPError` when the content is broken (400), too large (413) or too slow (408), `IOFailure`
  /// when the client goes away.
  public func readBody<R>(_ take: (RawSpan) throws -> R) async throws -> R? {
    while let part = try await self.nextPart(atMost: .max) {
      defer { self.connection.consume(part.upperBound) }
      return try self.connection.withInput { try take($0.extracting(part)) }
    }
    return nil
  }

  /// Fills the front of `target`: how many bytes came, 0 at the end of the content. Large contents come
  /// straight from the socket.
  public func readBody(into target: UnsafeMutableRawBufferPointer) async throws -> Int {
    guard target.count > 0 else { return 0 }
    if let count = try await self.readDirectly(into: target) { return count }
    guard let part = try await self.nextPart(atMost: target.count) else { return 0 }
    self.connection.withInput { window in
      window.extracting(part).withUnsafeBytes { target.copyMemory(from: $0) }
    }
    self.connection.consume(part.upperBound)
    return part.count
  }

  /// All content, at most `limit` bytes (413).
  public func collectBody(limit: Int) async throws -> [UInt8] {
    var collected = ByteWriter(capacity: 0)
    try await self.collectBody(into: &collected, limit: limit)
    return collected.bytes.array
  }

  /// Appends all content to `target`, at most `limit` bytes (413).
  public func collectBody(into target: inout ByteWriter, limit: Int) async throws {
    if let length = self.contentLength {
      try self.checkBody(length - self.body.received, limit: Int64(limit))
      target.reserve(Int(length - self.body.received))
    }
    var count = 0
    while let part = try await self.nextPart(atMost: .max) {
      count += part.count
      try self.checkBody(Int64(count), limit: Int64(limit))
      self.connection.withInput { target.append($0.extracting(part)) }
      self.connection.consume(part.upperBound)
    }
  }

  /// Reads the rest of the content and forgets it; false when there were more than `limit` bytes.
  public func discardBody(limit: Int64) async throws -> Bool {
    var count: Int64 = 0
    while let part = try await self.nextPart(atMost: .max) {
      self.connection.consume(part.upperBound)
      count += Int64(part.count)
      if count > limit { return false }
    }
    return true
  }

  /// The fields behind a chunked body, once it was read.
  public func trailer(_ name: FieldName) -> String? {
    guard self.body.decoder != nil, self.body.phase == .done else { return nil }
    guard let extent = self.body.decoder?.trailers.extent(of: name) else { return nil }
    return self.body.trailers.withUnsafeBytes {
      String(decoding: UnsafeRawBufferPointer(rebasing: $0[extent.range]), as: UTF8.self)
    }
  }

  private func checkBody(_ count: Int64, limit: Int64) throws(HTTPError) {
    guard count > limit else { return }
    throw HTTPError(
      .contentTooLarge, .bodyTooLarge, "the content has more than \(limit) bytes")
  }

  /// Where in the input window the next piece of content is; nil at its end.
  func nextPart(atMost limit: Int) async throws -> Range<Int>? {
    while true {
      switch self.body.phase {
      case .done: return nil
      case .length(let left):
        let available = Swift.min(self.connection.inputCount, limit)
        guard available > 0 else { break }
        let count = Int(Swift.min(left, Int64(available)))
        self.noteReceived(count)
        self.body.phase = left == Int64(count) ? .done : .length(left - Int64(count))
        return 0..<count
      case .chunked:
        if let part = try self.nextChunkPart(atMost: limit) { return part }
        if self.body.phase == .done { return nil }
      }
      try await self.fillBody()
    }
  }

  /// Nil when more input is needed, or the body is over.
  private func nextChunkPart(atMost limit: Int) throws(HTTPError) -> Range<Int>? {
    guard self.connection.inputCount > 0 else { return nil }
    switch try self.nextStep(limit) {
    case .data(let offset, let count):
      self.noteReceived(count)
      try self.checkBody(self.body.received, limit: self.body.bytesMax)
      return offset..<offset + count
    case .needsMore(let consumed):
      self.connection.consume(consumed)
      return nil
    case .end(let consumed):
      self.body.trailers.removeAll()
      self.connection.withInput { self.body.trailers.append($0.extracting(0..<consumed)) }
      self.connection.consume(consumed)
      self.body.phase = .done
      return nil
    }
  }

  private func nextStep(_ limit: Int) throws(HTTPError) -> ChunkedDecoder.Step {
    do {
      return try self.connection.withInput { window throws(HTTPError) in
        // There is a decoder while the phase is chunked.
        try self.body.decoder?.next(window, atMost: limit) ?? .end(consumed: 0)
      }
    } catch {
      // Nobody can tell where the next request would begin.
      self.keepsAlive = false
      throw error
    }
  }

  private func noteReceived(_ count: Int) { self.body.received += Int64(count) }

  /// Past the window, when it is empty and much is to come; nil when that does not apply.
  private func readDirectly(into target: UnsafeMutableRawBufferPointer) async throws -> Int? {
    guard self.connection.inputCount == 0, target.count >= 4096 else { return nil }
    let left: Int64
    switch self.body.phase {
    case .done: return nil
    case .length(let count): left = count
    case .chunked: left = self.body.decoder?.chunkRemaining ?? 0
    }
    guard left > 0 else { return nil }
    try await self.sendContinue()
    let room = UnsafeMutableRawBufferPointer(
      rebasing: target[..<Int(Swift.min(left, Int64(target.count)))])
    let start = self.beginWaiting()
    let count = try await self.reading { () async throws(IOFailure) in
      try await self.connection.read(into: room)
    }
    self.endWaiting(start)
    self.noteReceived(count)
    switch self.body.phase {
    case .length: self.body.phase = left == Int64(count) ? .done : .length(left - Int64(count))
    case .chunked:
      self.body.decoder?.took(count)
      try self.checkBody(self.body.received, limit: self.body.bytesMax)
    case .done: break
    }
    return count
  }

  /// Waits for more of the body in the window.
  private func fillBody() async throws {
    self.appendContinue()
    if !self.connection.output.isEmpty { self.isPartlySent = self.phase != .none }
    let start = self.beginWaiting()
    _ = try await self.reading { () async throws(IOFailure) in
      try await self.connection.flushAndRead()
    }
    self.endWaiting(start)
  }

  private func appendContinue() {
    guard self.body.owesContinue else { return }
    self.body.owesContinue = false
    // An answer that was begun tells the client more than 100 would.
    if self.phase == .none {
      ResponseEncoder.appendContinue(to: &self.connection.output)
    }
  }

  private func sendContinue() async throws(IOFailure) {
    self.appendContinue()
    if !self.connection.output.isEmpty { try await self.flushOutput() }
  }

  // MARK: Patience

  /// Sets the deadline of a read: the body may not stand still, and it must keep its rate. Only time
  /// that we spend waiting counts, so that a slow handler is not held against its client.
  private func beginWaiting() -> MonotonicTime {
    let start = self.loop.now
    let earned = self.body.received / Swift.max(1, self.options.bodyRateMin)
    let allowed = self.options.bodyGrace + .seconds(earned)
    let left = allowed - .nanoseconds(Int64(clamping: self.body.waited))
    self.connection.deadline = start + Swift.min(self.options.bodyStallTimeout, left)
    return start
  }

  private func endWaiting(_ start: MonotonicTime) {
    self.body.waited &+= self.loop.now.nanoseconds &- start.nanoseconds
  }

  private func reading(_ read: () async throws(IOFailure) -> Int) async throws -> Int {
    do throws(IOFailure) {
      let count = try await read()
      guard count > 0 else { throw IOFailure.disconnected("recv", "a request's body") }
      return count
    } catch {
      self.keepsAlive = false
      guard error.isTimeout else { throw error }
      throw HTTPError(
        .requestTimeout, .timeout,
        "the content did not come fast enough: \(self.body.received) bytes so far")
    }
  }
}
