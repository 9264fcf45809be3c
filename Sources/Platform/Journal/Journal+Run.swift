internal import Bytes
private import Runtime
private import Values
private import Synchronization

/// The writer.
extension Journal {
  /// Writes what is appended, until `close` has been called and the queue is empty, or until this task is
  /// cancelled, which closes too. Throws `poisoned` after a write or sync failed; whoever waited has
  /// got the same error. After it the folder can be opened again. Called once.
  public func run() async throws(JournalError) {
    let failure = await withTaskCancellationHandler {
      await withTaskGroup(of: Void.self) { group -> JournalError? in
        group.addTask { await self.supply.run() }
        let failure = await self.writeQueues()
        self.supply.stop()
        await group.waitForAll()
        self.unlock()
        return failure
      }
    } onCancel: {
      self.close()
    }
    if let failure { throw failure }
  }

  /// Takes no more records. What is queued is still written; then `run` returns.
  public func close() {
    let idle = self.state.withLock { state in
      if case .open = state.phase { state.phase = .closing }
      return state.idleWriter.take()
    }
    idle?.resume()
  }

  /// Runs the journal for as long as `body` takes, then closes it and waits for what is queued.
  public func running<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
    try await whileRunning({ try await self.run() }, until: { self.close() }, body)
  }

  private func writeQueues() async -> JournalError? {
    var queue = CommitQueue()
    self.supply.want(self.writer.segment + 1)
    while await self.waitForWork() {
      let first = self.swapQueue(&queue)
      self.writer.builder.beginQueue()
      if let failure = await self.write(queue, firstSegment: first) { return failure }
      queue.removeAll()
    }
    self.state.withLock { $0.phase = .closed }
    self.wakeReaders()
    return nil
  }

  /// False when the journal is closed and nothing is left to write.
  private func waitForWork() async -> Bool {
    while true {
      let (hasWork, isEnding) = self.state.withLock { state -> (Bool, Bool) in
        if case .open = state.phase { return (!state.queue.isEmpty, false) }
        return (!state.queue.isEmpty, true)
      }
      if hasWork {
        if !isEnding { await self.gather() }
        return true
      }
      if isEnding { return false }
      await withUnsafeContinuation { waiter in
        let mustWait = self.state.withLock { state in
          guard state.queue.isEmpty, case .open = state.phase else { return false }
          state.idleWriter = waiter
          return true
        }
        if !mustWait { waiter.resume() }
      }
    }
  }

  /// Lets a batch gather, when the options ask for it and it is not full already.
  private func gather() async {
    guard self.options.batchDelay > .zero else { return }
    let isFull = self.state.withLock { $0.statistics.queuedBytes >= self.options.batchBytesMax }
    if isFull { return }
    // A cancelled sleep means that the journal closes: write at once.
    try? await self.clock.sleep(for: self.options.batchDelay)
  }

  private func swapQueue(_ queue: inout CommitQueue) -> UInt64 {
    self.state.withLock { state in
      swap(&queue, &state.queue)
      return state.firstSegment
    }
  }

  /// Writes a queue in as many batches as it takes. Returns an error only when the journal is poisoned.
  private func write(
    _ queue: borrowing CommitQueue, firstSegment: UInt64
  ) async -> JournalError? {
    while !self.writer.builder.isDone(queue) {
      do {
        try await self.writer.makeRoom()
      } catch {
        return await self.refuse(self.writer.abandon(queue), firstSegment: firstSegment, error)
      }
      if let failure = await self.writeBatch(of: queue, firstSegment: firstSegment) {
        return failure
      }
    }
    return nil
  }

  private func writeBatch(
    of queue: borrowing CommitQueue, firstSegment: UInt64, usesReserve: Bool = false
  ) async -> JournalError? {
    let begun = self.clock.now
    do {
      try await self.writer.writeBatch(
        of: queue, firstSegment: firstSegment, usesReserve: usesReserve)
    } catch {
      let failure = JournalError.poisoned(by: error, file: error.subject ?? self.directory)
      // First the phase, then the answers: whoever hears of it cannot append any more.
      self.poison(failure)
      for (waiter, _) in self.writer.builder.completed { waiter.resume(.failure(failure)) }
      for entry in self.writer.abandon(queue) { entry.waiter.resume(.failure(failure)) }
      return failure
    }
    self.acknowledge(UInt64(max(0, (self.clock.now - begun).nanosecondsClamped)))
    return nil
  }

  private func acknowledge(_ nanoseconds: UInt64) {
    let end = self.writer.end
    let readers = self.state.withLock { state in
      state.durable = end
      state.statistics.commits += 1
      state.statistics.blocks += self.writer.builder.blockCount
      state.statistics.bytesWritten += self.writer.builder.byteCount
      state.statistics.recordsAppended += self.writer.builder.completedRecords
      state.statistics.recordBytes += self.writer.builder.completedBytes
      state.statistics.queuedRecords -= self.writer.builder.completedRecords
      state.statistics.queuedBytes -= self.writer.builder.completedBytes
      state.statistics.commitNanoseconds = nanoseconds
      state.statistics.commitNanosecondsMax = max(
        state.statistics.commitNanosecondsMax, nanoseconds)
      return state.takeTailWaiters()
    }
    for (waiter, position) in self.writer.builder.completed { waiter.resume(.success(position)) }
    for reader in readers { reader.resume() }
  }

  /// No room: the records of this queue are not there, trims go to the page that is kept for them, and
  /// the journal goes on.
  private func refuse(
    _ entries: [CommitQueue.Entry], firstSegment: UInt64, _ error: JournalError
  ) async -> JournalError? {
    var trims = CommitQueue()
    var refused = entries
    if self.writer.hasReserve {
      trims.entries = entries.filter { $0.kind.isTrim }
      refused.removeAll { $0.kind.isTrim }
    }
    let (records, bytes) = CommitQueue.sizes(of: refused)
    self.state.withLock { state in
      state.statistics.recordsRefused += records
      state.statistics.queuedRecords -= records
      state.statistics.queuedBytes -= bytes
    }
    for entry in refused { entry.waiter.resume(.failure(error)) }
    self.writer.builder.beginQueue()
    guard !trims.isEmpty else { return nil }
    return await self.writeBatch(of: trims, firstSegment: firstSegment, usesReserve: true)
  }

  private func poison(_ error: JournalError) {
    var queue = CommitQueue()
    let readers = self.state.withLock { state in
      state.phase = .poisoned(error)
      swap(&queue, &state.queue)
      state.statistics.queuedRecords = 0
      state.statistics.queuedBytes = 0
      return state.takeTailWaiters()
    }
    for entry in queue.entries { entry.waiter.resume(.failure(error)) }
    for reader in readers { reader.resume() }
  }

  private func wakeReaders() {
    let readers = self.state.withLock { $0.takeTailWaiters() }
    for reader in readers { reader.resume() }
  }
}
