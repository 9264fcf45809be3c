import Link

/// A call that waits for its answer, or a stream for its parts.
final class ClientCall {
  // Touched by one loop's thread only.
  let takesStream: Bool
  private var waiter: UnsafeContinuation<Void, Never>?
  private var parts: [(body: [UInt8], wireByteCount: Int)] = []
  private var outcome: Result<LinkReply, LinkError>?

  init(takesStream: Bool) { self.takesStream = takesStream }

  var isOver: Bool { self.outcome != nil }

  func end(_ outcome: Result<LinkReply, LinkError>) {
    precondition(self.outcome == nil, "BUG: a call ends twice")
    self.outcome = outcome
    self.wake()
  }

  func part(_ body: [UInt8], wireByteCount: Int) {
    self.parts.append((body, wireByteCount))
    self.wake()
  }

  private func wake() {
    let waiter = self.waiter
    self.waiter = nil
    waiter?.resume()
  }

  private func news() async {
    await withUnsafeContinuation { continuation in
      precondition(self.waiter == nil, "BUG: two tasks wait for one call")
      self.waiter = continuation
    }
  }

  func answer() async -> Result<LinkReply, LinkError> {
    while true {
      if let outcome = self.outcome { return outcome }
      await self.news()
    }
  }

  enum Next {
    case part([UInt8], wireByteCount: Int)
    case end(Result<LinkReply, LinkError>)
  }

  /// Parts that came are handed out before an end, unless the end is an error.
  func next() async -> Next {
    while true {
      if case .failure(let error)? = self.outcome { return .end(.failure(error)) }
      if !self.parts.isEmpty {
        let part = self.parts.removeFirst()
        return .part(part.body, wireByteCount: part.wireByteCount)
      }
      if let outcome = self.outcome { return .end(outcome) }
      await self.news()
    }
  }
}

/// The parts of a stream that come over a connection.
final class ClientStream: ReplySource, @unchecked Sendable {
  // Sendable: confined to the loop of its connection; `giveUp` goes there.
  private let connection: ClientConnection
  private let call: ClientCall
  private let id: UInt32
  private var isEnded = false

  init(_ connection: ClientConnection, _ call: ClientCall, id: UInt32) {
    self.connection = connection
    self.call = call
    self.id = id
  }

  func nextPart() async throws(LinkError) -> [UInt8]? {
    guard !self.isEnded else { return nil }
    let next = await withTaskCancellationHandler {
      await self.call.next()
    } onCancel: {
      self.giveUp()
    }
    switch next {
    case .part(let body, let wireByteCount):
      self.connection.consumed(wireByteCount, of: self.id)
      return body
    case .end(.failure(let error)): throw error
    case .end(.success(let reply)):
      self.isEnded = true
      // The last frame is a part too, when it holds something.
      return reply.body.isEmpty ? nil : reply.body
    }
  }

  func giveUp() {
    let connection = self.connection
    let id = self.id
    connection.spawn { connection.cancel(id) }
  }
}
