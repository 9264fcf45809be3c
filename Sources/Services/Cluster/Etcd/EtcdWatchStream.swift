import GRPC
import GRPCServing
import Runtime
import Values

/// The stream behind a watch: made anew, from where it was, whenever it is lost.
final class EtcdWatchStream: Sendable {
  private struct State: Sendable {
    var queue: [FactChanges] = []
    var queuedChanges = 0
    var queuedBytes = 0
    /// Everything up to here is in the queue, or was taken from it.
    var position: Int64
    var failure: FactsError?
    var isStopped = false
    var cancelCall: (@Sendable () -> Void)?
  }

  /// Rung when there is something to take.
  let arrival = Bell()
  /// Rung when there is room again, and when it is over.
  private let wake = Bell()
  private let facts: EtcdFacts
  private let prefix: String
  private let state: Guarded<State>

  init(_ facts: EtcdFacts, _ prefix: String, after revision: FactRevision) {
    self.facts = facts
    self.prefix = prefix
    self.state = Guarded(State(position: revision.number))
  }

  // MARK: The reader's side

  /// Everything that has come; nil when nothing has.
  func take() throws -> FactChanges? {
    let told = try self.state.withLock { state throws -> FactChanges? in
      if state.isStopped { throw CancellationError() }
      guard var told = state.queue.first else {
        if let failure = state.failure { throw failure }
        return nil
      }
      for more in state.queue.dropFirst() {
        told.changes += more.changes
        told.revision = more.revision
      }
      state.queue = []
      state.queuedChanges = 0
      state.queuedBytes = 0
      return told
    }
    if told != nil { self.wake.ring() }
    return told
  }

  func stop() {
    let cancel = self.state.withLock { state in
      state.isStopped = true
      let cancel = state.cancelCall
      state.cancelCall = nil
      return cancel
    }
    cancel?()
    self.wake.ring()
    self.arrival.ring()
  }

  // MARK: The stream's side

  private var isOver: Bool { self.state.withLock { $0.isStopped || $0.failure != nil } }

  func run(on loop: EventLoop) async {
    var failures = 0
    while !self.isOver {
      let (index, channel) = self.facts.client.current
      let before = self.state.withLock { $0.position }
      do throws(GRPCStatus) {
        try await self.follow(channel, loop)
      } catch {
        self.lost(error, index)
      }
      let after = self.state.withLock { state in
        state.cancelCall = nil
        return state.position
      }
      failures = after > before ? 0 : failures + 1
      if self.isOver { return }
      let pause = Duration.milliseconds(min(20 << min(failures, 6), 1000))
      try? await self.wake.wait(until: loop.now + pause, on: loop)
    }
  }

  private func lost(_ status: GRPCStatus, _ index: Int) {
    switch EtcdFailure(status) {
    case .answer(let error) where error.code == .denied || error.code == .compacted:
      self.fail(error)
    case .needsToken where self.facts.client.options.user == nil:
      self.fail(FactsError(.denied, status.message))
    case .needsToken: self.facts.client.forgetToken()
    case .answer, .unavailable, .unknown: self.facts.client.leave(index)
    }
  }

  private func fail(_ error: FactsError) {
    self.state.withLock { $0.failure = error }
    self.arrival.ring()
  }

  private func follow(_ channel: GRPCChannel, _ loop: EventLoop) async throws(GRPCStatus) {
    let options = try await self.facts.client.callOptions(channel, nil)
    try await EtcdWatchClient(channel).watch(options) { call throws(GRPCStatus) in
      self.state.withLock { $0.cancelCall = { loop.spawn { call.cancel() } } }
      try await call.send(self.request())
      while let response = try await call.next() {
        guard try self.received(response) else { return }
        while self.isFull { try? await self.wake.wait() }
      }
    }
  }

  private func request() -> EtcdWatchRequest {
    var create = EtcdWatchCreateRequest()
    create.key = self.facts.first(ofPrefix: self.prefix)
    create.rangeEnd = self.facts.end(ofPrefix: self.prefix)
    create.startRevision = self.state.withLock { $0.position } + 1
    create.progressNotify = true
    var request = EtcdWatchRequest()
    request.createRequest = create
    return request
  }

  private var isFull: Bool {
    let options = self.facts.client.options
    return self.state.withLock { state in
      !state.isStopped
        && (state.queuedChanges >= options.watchQueueMax
          || state.queuedBytes >= options.watchQueueBytesMax)
    }
  }

  /// False when the watch is over.
  private func received(_ response: EtcdWatchResponse) throws(GRPCStatus) -> Bool {
    if self.isOver { return false }
    if response.canceled {
      if response.compactRevision > 0 {
        self.fail(
          FactsError(
            .compacted, "changes were forgotten up to revision \(response.compactRevision)"))
        return false
      }
      if response.cancelReason.contains("permission") {
        self.fail(FactsError(.denied, response.cancelReason))
        return false
      }
      throw GRPCStatus(.unavailable, "etcd ended the watch: \(response.cancelReason)")
    }
    guard let last = response.events.last?.kv?.modRevision else {
      // A sign of life of a watch that has caught up: nothing of ours is before this revision.
      if !response.created, response.watchID >= 0, let revision = response.header?.revision {
        self.state.withLock { $0.position = max($0.position, revision) }
      }
      return true
    }
    let told = FactChanges(response.events.compactMap(self.change), revision: FactRevision(last))
    self.state.withLock { state in
      state.position = max(state.position, last)
      guard !told.changes.isEmpty else { return }
      state.queue.append(told)
      state.queuedChanges += told.changes.count
      state.queuedBytes += told.byteCount
    }
    self.arrival.ring()
    return true
  }

  private func change(_ event: EtcdEvent) -> FactChanges.Change? {
    guard let pair = event.kv else { return nil }
    if event.type == .delete {
      return self.facts.key(pair.key).map { .delete($0, at: FactRevision(pair.modRevision)) }
    }
    return self.facts.fact(pair).map { .put($0) }
  }
}
