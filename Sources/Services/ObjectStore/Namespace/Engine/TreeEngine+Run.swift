private import Bytes
internal import Journal
package import ObjectModel
private import Runtime
private import Synchronization
private import Values

/// The task that commits.
extension TreeEngine {
  /// Commits until `close`, then writes a last checkpoint, so that the next start replays nothing. A
  /// cancelled task closes. Throws what stopped the engine. Called once.
  package func run() async throws(NamespaceError) {
    self.queue.withLock { $0.isRunning = true }
    let failure = await withTaskCancellationHandler {
      await withTaskGroup(of: Void.self) { group -> NamespaceError? in
        group.addTask { await self.runJournal() }
        group.addTask { await self.runCheckpoints() }
        let failure = await self.commitQueues()
        self.endCheckpoints()
        self.journal.close()
        await group.waitForAll()
        return failure
      }
    } onCancel: {
      self.close()
    }
    if let failure { throw failure }
  }

  /// Takes no more changes; what waits is still committed.
  package func close() {
    let idle = self.queue.withLock { queue in
      queue.isClosing = true
      return queue.idle.take()
    }
    idle?.resume()
  }

  /// Runs the engine for as long as `body` takes.
  package func running<T: Sendable>(
    _ body: @Sendable () async throws -> T
  ) async throws -> T {
    try await whileRunning({ try await self.run() }, until: { self.close() }, body)
  }

  private func runJournal() async {
    do throws(JournalError) { try await self.journal.run() } catch { self.fail(Self.error(error)) }
  }

  private func commitQueues() async -> NamespaceError? {
    while await self.waitForWork() {
      var requests: [CommitRequest<EngineTransaction>] = []
      self.queue.withLock { swap(&requests, &$0.requests) }
      await self.commit(requests)
      await self.beginCheckpointIfDue()
    }
    if self.queue.withLock({ $0.failure }) == nil { await self.lastCheckpoint() }
    return self.shut()
  }

  /// What a reader or writer meets from now on.
  private func shut() -> NamespaceError? {
    let (failure, asked) = self.queue.withLock { queue in
      let failure = queue.failure
      if failure == nil {
        queue.failure = NamespaceError(.shuttingDown, "the namespace is closed")
      }
      let asked = queue.checkpointWaiters
      queue.checkpointWaiters = []
      return (failure, asked)
    }
    // The last checkpoint held everything.
    for waiter in asked { waiter.resume(returning: failure ?? self.lastCheckpointError) }
    self.settleReaders(isDurable: false)
    return failure
  }

  private var lastCheckpointError: NamespaceError? {
    self.queue.withLock { $0.checkpointError }
  }

  /// False when the engine closes and nothing is left to do, or it failed.
  private func waitForWork() async -> Bool {
    while true {
      let (hasWork, isEnding) = self.queue.withLock { queue in
        (
          !queue.requests.isEmpty || (!queue.checkpointWaiters.isEmpty && !queue.isCheckpointing)
            || queue.isTicking,
          queue.isClosing || queue.failure != nil
        )
      }
      if hasWork {
        if self.queue.withLock({ $0.failure }) == nil { return true }
        self.refuseAll()
      }
      if isEnding { return false }
      await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
        let mustWait = self.queue.withLock { queue in
          let isBusy =
            !queue.requests.isEmpty || queue.isClosing || queue.failure != nil || queue.isTicking
            || (!queue.checkpointWaiters.isEmpty && !queue.isCheckpointing)
          if isBusy { return false }
          queue.idle = waiter
          return true
        }
        if !mustWait { waiter.resume() }
      }
    }
  }

  // MARK: Batches

  private enum Applied {
    case done
    case missing(UInt32)
    case noMemory
  }

  /// Commits requests in their order, in as many batches as it takes.
  private func commit(_ requests: [CommitRequest<EngineTransaction>]) async {
    var next = 0
    var reliefs = 0
    while next < requests.count {
      let first = next
      let wall = UInt64(max(0, self.clock.wallNow.nanoseconds / 1_000_000))
      let batch = self.durable.load(ordering: .relaxed) + 1
      self.withState { $0.beginBatch(batch, milliseconds: wall) }
      var isFull = false
      while next < requests.count, !isFull {
        switch await self.apply(requests[next], reliefs) {
        case .done:
          next += 1
          isFull = self.withState { $0.record.count >= self.options.batchBytesMax }
        case .missing, .noMemory:
          isFull = true
        }
      }
      let isStuck = next == first
      await self.makeDurable(batch, Array(requests[first..<next]))
      if self.queue.withLock({ $0.failure }) != nil {
        for request in requests[next...] { request.resume(self.queue.withLock { $0.failure }) }
        return
      }
      guard next < requests.count, isStuck || !isFull || self.needsRelief else { continue }
      reliefs += 1
      await self.relieveOrRefuse(requests[next], &next, &reliefs, isStuck)
    }
  }

  private var needsRelief: Bool {
    self.withState { state in
      state.tree.imageBytes > self.options.imageBytesMax
        || !state.tree.table.makeRoom(for: self.roomUnits) { _ in false }
    }
  }

  private var roomUnits: Int { 4 * self.options.limits.unitsMax }

  /// What a renaming asks for, and as much again for the frames that it reads.
  var runsOfRelief: Int { 8 }

  /// A request that finds no memory waits for a checkpoint; one that finds none even then is refused.
  private func relieveOrRefuse(
    _ request: CommitRequest<EngineTransaction>, _ next: inout Int, _ reliefs: inout Int,
    _ isStuck: Bool
  ) async {
    do throws(NamespaceError) {
      await self.beginCheckpointIfDue(now: true)
      await self.waitForCheckpointEnd()
      if let error = self.queue.withLock({ $0.checkpointError }) { throw error }
      self.withState { $0.tree.table.makeRuns(self.runsOfRelief, of: self.options.limits.unitsMax) }
      guard !isStuck || reliefs < 4 else {
        throw NamespaceError(.slowDown, "a change needs more memory than the frame cache has")
      }
    } catch {
      request.resume(error)
      next += 1
      reliefs = 0
    }
  }

  /// Applies one request, reading the frames it needs. What was refused is remembered in the request.
  private func apply(
    _ request: CommitRequest<EngineTransaction>, _ reliefs: Int
  ) async -> Applied {
    // Where most of the cache waits for a checkpoint, two frames may evict each other for ever. Behind one
    // it may be a long walk, which goes on where it was.
    let loadsMax = (256 + self.options.cacheBytes / 16_384) << (2 * reliefs)
    var loads = 0
    self.looks.add(1, ordering: .relaxed)
    while true {
      switch self.attempt(request) {
      case .done: return .done
      case .noMemory: return .noMemory
      case .missing(let id):
        loads += 1
        if loads == 1 { self.looksOnDisk.add(1, ordering: .relaxed) }
        do throws(NamespaceError) {
          guard loads < loadsMax else { return .noMemory }
          try await self.load(id, canWait: false)
        } catch {
          if error.code == .slowDown { return .noMemory }
          request.failure = error
          return .done
        }
      }
    }
  }

  private func attempt(_ request: CommitRequest<EngineTransaction>) -> Applied {
    self.withState { state in
      guard state.tree.imageBytes <= self.options.imageBytesMax,
        state.tree.table.makeRoom(for: self.roomUnits, keeping: { _ in false })
      else { return .noMemory }
      do {
        try state.transact(request.decide)
      } catch let interruption as TreeInterruption {
        switch interruption {
        case .missing(let id): return .missing(id)
        case .noMemory: return .noMemory
        default: request.failure = Self.error(interruption)
        }
      } catch let error as NamespaceError {
        request.failure = error
      } catch {
        request.failure = NamespaceError(.internal, "a change was refused: \(error)")
      }
      return .done
    }
  }

  private func makeDurable(
    _ batch: UInt64, _ requests: [CommitRequest<EngineTransaction>]
  ) async {
    let record: [UInt8]? = self.withState { state in
      guard state.changes > 0 else { return nil }
      ChangeRecord.finish(
        &state.record, changes: state.changes, batch: batch, number: state.number,
        milliseconds: state.milliseconds)
      return state.record.withUnsafeBytes { [UInt8]($0) }
    }
    var failure: NamespaceError?
    if let record {
      do throws(JournalError) {
        try await self.journal.append(record)
      } catch {
        failure = Self.error(error)
        // Then the record is certainly not there; after any other failure only reopening tells.
        if error.code == .outOfSpace || error.code == .overloaded {
          await self.takeBackBatch()
        } else {
          self.fail(Self.error(error))
          self.settleReaders(isDurable: false)
          for request in requests { request.resume(failure) }
          return
        }
      }
    }
    self.durable.store(batch, ordering: .releasing)
    self.settleReaders(isDurable: failure == nil)
    for request in requests { request.resume(failure) }
  }

  private func takeBackBatch() async {
    while true {
      let step = self.withState { state -> Result<Bool, TreeInterruption> in
        do throws(TreeInterruption) { return .success(try state.takeBackOne()) } catch {
          return .failure(error)
        }
      }
      do throws(NamespaceError) {
        switch step {
        case .success(true): continue
        case .success(false): return
        case .failure(.missing(let id)): try await self.load(id, canWait: false)
        case .failure(let interruption): throw Self.error(interruption)
        }
      } catch {
        // The tree shows what the journal does not have: nobody may see it.
        self.fail(NamespaceError(.internal, "a refused batch cannot be taken back: \(error)"))
        return
      }
    }
  }

  private func settleReaders(isDurable: Bool) {
    var readers: [UnsafeContinuation<Bool, Never>] = []
    self.queue.withLock { swap(&readers, &$0.readers) }
    for reader in readers { reader.resume(returning: isDurable) }
  }

  private func refuseAll() {
    var requests: [CommitRequest<EngineTransaction>] = []
    var waiters: [UnsafeContinuation<NamespaceError?, Never>] = []
    let failure = self.queue.withLock { queue in
      swap(&requests, &queue.requests)
      swap(&waiters, &queue.checkpointWaiters)
      queue.isTicking = false
      return queue.failure
    }
    for request in requests { request.resume(failure) }
    for waiter in waiters { waiter.resume(returning: failure) }
  }

  /// Nothing works any more: reopening decides what is there.
  func fail(_ error: NamespaceError) {
    let (woken, asked) = self.queue.withLock { queue in
      if queue.failure == nil { queue.failure = error }
      let waiting = queue.endWaiters
      queue.endWaiters = []
      let asked = queue.checkpointWaiters + queue.servedWaiters
      queue.checkpointWaiters = []
      queue.servedWaiters = []
      return ((queue.idle.take(), queue.checkpointIdle.take(), waiting), asked)
    }
    let (idle, checkpoint, waiting) = woken
    idle?.resume()
    checkpoint?.resume()
    for waiter in waiting { waiter.resume() }
    for waiter in asked { waiter.resume(returning: error) }
  }

  static func error(_ error: JournalError) -> NamespaceError {
    switch error.code {
    case .outOfSpace: NamespaceError(.noSpace, "\(error)")
    case .overloaded: NamespaceError(.slowDown, "\(error)")
    case .closed: NamespaceError(.shuttingDown, "\(error)")
    case .fenced, .staleEpoch: NamespaceError(.staleEpoch, "\(error)")
    case .damaged, .notAuthentic: NamespaceError(.corrupted, "\(error)")
    default: NamespaceError(.internal, "\(error)")
    }
  }
}
