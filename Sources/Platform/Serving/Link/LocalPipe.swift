import Link

/// The parts of a stream between a handler and its caller in one process, with the window that a
/// connection would have.
final class LocalPipe: ReplySource, @unchecked Sendable {
  // Sendable: confined to one loop, where handler and caller run; `giveUp` goes there.
  private let window: Int
  private let spawn: LinkClient.Spawn
  private let call = ClientCall(takesStream: true)
  private let room = Signal()
  private var waitingByteCount = 0
  private var isCancelled = false
  private var isEnded = false
  private var task: UnsafeCurrentTask?

  init(window: Int, spawn: @escaping LinkClient.Spawn) {
    self.window = window
    self.spawn = spawn
  }

  /// Runs the handler so that `giveUp` cancels it.
  func run(_ body: @Sendable () async -> Result<LinkReply, LinkError>) async {
    let result = await withUnsafeCurrentTask { task in
      self.task = task
      defer { self.task = nil }
      return await body()
    }
    // The caller who gave up has been told.
    if !self.isCancelled { self.call.end(result) }
  }

  func put(_ part: [UInt8]) async throws(LinkError) {
    while self.waitingByteCount >= self.window, !part.isEmpty, !self.isCancelled {
      await self.room.wait()
    }
    if self.isCancelled { throw LinkError(.cancelled, "the caller has given up") }
    self.waitingByteCount += part.count
    self.call.part(part, wireByteCount: part.count)
  }

  func nextPart() async throws(LinkError) -> [UInt8]? {
    guard !self.isEnded else { return nil }
    let next = await withTaskCancellationHandler {
      await self.call.next()
    } onCancel: {
      self.giveUp()
    }
    switch next {
    case .part(let body, let count):
      self.waitingByteCount -= count
      self.room.raise()
      return body
    case .end(.failure(let error)): throw error
    case .end(.success(let reply)):
      self.isEnded = true
      return reply.body.isEmpty ? nil : reply.body
    }
  }

  func giveUp() { self.spawn { self.cancel() } }

  private func cancel() {
    guard !self.isCancelled, !self.call.isOver else { return }
    self.isCancelled = true
    self.call.end(.failure(LinkError(.cancelled, "the call was cancelled")))
    self.task?.cancel()
    self.room.raise()
  }
}
