internal import Journal
package import ObjectModel
private import ObjectExtents
internal import Runtime
private import Synchronization

/// The task that makes blocks durable, many with one sync of the data file and one of the journal.
extension BlobStore {
  /// Commits until `close`; then writes the index, so that the next start replays nothing. A cancelled
  /// task closes. Throws what stopped the store. Called once.
  package func run() async throws(BlobError) {
    let failure = await withTaskCancellationHandler {
      await withTaskGroup(of: Void.self) { group -> BlobError? in
        group.addTask {
          do throws(JournalError) { try await self.journal.run() } catch {
            self.fail(Self.error(error))
          }
        }
        let upkeep = AsyncSignal()
        group.addTask { while await upkeep.wait() { await self.upkeep() } }
        group.addTask { await self.writeHome() }
        while let batch = await self.nextBatch() {
          if !batch.isEmpty { await self.commit(batch) }
          if self.needsUpkeep { upkeep.signal() }
        }
        await upkeep.end()
        if self.state.withLock({ $0.failure }) == nil { _ = await self.checkpointNow() }
        self.endHome()
        let failure = self.state.withLock { state in
          let failure = state.failure
          if failure == nil {
            state.failure = BlobError(.shuttingDown, "the blob store is closed")
          }
          return failure
        }
        self.journal.close()
        await group.waitForAll()
        return failure
      }
    } onCancel: {
      self.close()
    }
    if let failure { throw failure }
  }

  /// Takes no more blocks; what is being written is still committed.
  package func close() {
    let idle = self.state.withLock { state in
      state.isClosing = true
      return state.idle.take()
    }
    idle?.resume()
  }

  package func running<T: Sendable>(
    _ body: @Sendable () async throws -> T
  ) async throws -> T {
    try await whileRunning({ try await self.run() }, until: { self.close() }, body)
  }

  /// What waits; empty when only upkeep is asked for; nil when the store ends.
  private func nextBatch() async -> [StoreState.Waiting]? {
    while true {
      let (batch, isEnd) = self.state.withLock { state -> ([StoreState.Waiting]?, Bool) in
        if state.failure != nil { return (nil, true) }
        if !state.queue.isEmpty {
          let batch = Array(state.queue.prefix(self.batchCount(state.queue)))
          state.queue.removeFirst(batch.count)
          return (batch, false)
        }
        if state.wantsUpkeep {
          state.wantsUpkeep = false
          return ([], false)
        }
        return (nil, state.isAtEnd)
      }
      if let batch { return batch }
      if isEnd { return nil }
      await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
        let mustWait = self.state.withLock { state in
          let isBusy =
            !state.queue.isEmpty || state.failure != nil || state.wantsUpkeep || state.isAtEnd
          if isBusy { return false }
          state.idle = waiter
          return true
        }
        if !mustWait { waiter.resume() }
      }
    }
  }

  /// How many of those who wait go into one record, which is to fit one batch of the journal.
  private func batchCount(_ queue: [StoreState.Waiting]) -> Int {
    let carriedMax = min(1 << 20, self.options.journal.batchBytesMax / 2)
    var carried = 0
    for (index, waiting) in queue.prefix(4096).enumerated() {
      carried += waiting.body?.bytes.count ?? 0
      if carried > carriedMax, index > 0 { return index }
    }
    return min(queue.count, 4096)
  }

  /// The bytes of the blocks and their places become durable side by side; only then anybody hears of
  /// it. A power cut in between may leave places of torn bytes: recovery marks the last batch as never
  /// confirmed.
  private func commit(_ batch: [StoreState.Waiting]) async {
    let confirmed = self.state.withLock { $0.confirmed }
    let number = confirmed + 1
    let record = StoreRecord.encode(batch, number: number, confirmed: confirmed)
    let hasBlocks = batch.contains { if case .put = $0.change { true } else { false } }
    let (synced, appended) = await self.makeDurable(record.bytes, hasBlocks: hasBlocks)
    if let failure = synced ?? appended {
      let isRefused = synced == nil && failure.code == .noSpace
      if isRefused {
        self.refuse(batch, failure)
        return
      }
      self.fail(failure)
      for waiting in batch { waiting.waiter?.resume(returning: failure) }
      return
    }
    // Nobody else appends, so what is before the end is applied with this.
    let end = self.journal.end.rawValue
    let homer = self.state.withLock { $0.apply(batch, number: number, record, end: end) }
    for waiting in batch { waiting.waiter?.resume(returning: nil) }
    homer?.resume()
  }

  /// The journal finds no room, and the record is certainly not there. Blocks are refused; deletions wait
  /// until a checkpoint has given a piece of the journal up: on a full disk they are what helps.
  private func refuse(_ batch: [StoreState.Waiting], _ failure: BlobError) {
    let refused = self.state.withLock { state in
      state.needsRoom = true
      var refused: [StoreState.Waiting] = []
      for var waiting in batch {
        if let entry = waiting.change.entry { state.abandonPut(entry) }
        if waiting.change.entry == nil, !waiting.isLastTry {
          waiting.isLastTry = true
          state.postponed.append(waiting)
        } else {
          refused.append(waiting)
        }
      }
      return refused
    }
    for waiting in refused { waiting.waiter?.resume(returning: failure) }
  }

  private func makeDurable(
    _ record: [UInt8], hasBlocks: Bool
  ) async -> (synced: BlobError?, appended: BlobError?) {
    guard hasBlocks else { return (nil, await self.append(record)) }
    return await withTaskGroup(of: BlobError?.self) { tasks in
      tasks.addTask { await self.syncData() }
      let appended = await self.append(record)
      return (await tasks.next() ?? nil, appended)
    }
  }

  private func syncData() async -> BlobError? {
    do throws(IOFailure) {
      try await self.data.sync()
      return nil
    } catch {
      return BlobError(.internal, "cannot sync the data file: \(error)")
    }
  }

  private func append(_ record: [UInt8]) async -> BlobError? {
    do throws(JournalError) {
      try await self.journal.append(record)
      return nil
    } catch {
      return Self.error(error)
    }
  }

  static func error(_ error: JournalError) -> BlobError {
    switch error.code {
    case .outOfSpace: BlobError(.noSpace, "\(error)")
    case .overloaded: BlobError(.slowDown, "\(error)")
    case .closed: BlobError(.shuttingDown, "\(error)")
    case .damaged, .notAuthentic: BlobError(.corrupted, "\(error)")
    default: BlobError(.internal, "\(error)")
    }
  }

  // MARK: Upkeep

  private var needsUpkeep: Bool {
    let end = self.journal.end.rawValue
    return self.state.withLock { state in
      !state.checkpointWaiters.isEmpty || !state.growWaiters.isEmpty || state.needsRoom
        || self.isNearlyFull(state)
        || self.isDue(state, end)
    }
  }

  private func isDue(_ state: borrowing StoreState, _ end: UInt64) -> Bool {
    self.logBytes(from: state.superblock.position, to: end) > self.options.journalBytesTrigger
  }

  /// Beside the commits: neither growing nor writing the index holds anybody up.
  private func upkeep() async {
    await self.growIfNearlyFull()
    let end = self.journal.end.rawValue
    let (waiters, isDue) = self.state.withLock { state in
      let waiters = state.checkpointWaiters
      state.checkpointWaiters = []
      let needsRoom = state.needsRoom
      state.needsRoom = false
      return (waiters, !waiters.isEmpty || needsRoom || self.isDue(state, end))
    }
    guard isDue else { return }
    let error = await self.checkpointNow()
    for waiter in waiters { waiter.resume(returning: error) }
    let idle = self.state.withLock { $0.tryPostponed() }
    idle?.resume()
  }

  private func logBytes(from: UInt64, to: UInt64) -> UInt64 {
    let segmentBytes = UInt64(self.options.journal.segmentBytes)
    let first = (from >> 32) * segmentBytes + (from & 0xFFFF_FFFF)
    let last = (to >> 32) * segmentBytes + (to & 0xFFFF_FFFF)
    return last > first ? last - first : 0
  }

  /// Half of a step ahead of need, so that no block waits for it.
  private func isNearlyFull(_ state: borrowing StoreState) -> Bool {
    let step = Int(self.options.growBytes) / Extent.unitBytes
    let unitsMax = Int(self.options.dataBytesMax / Int64(Extent.unitBytes))
    return state.space.freeCount < max(1, step / 2) && state.space.unitCount < unitsMax
  }

  func growIfNearlyFull(by bytes: Int64? = nil) async {
    let (isNeeded, count) = self.state.withLock {
      (self.isNearlyFull($0) || !$0.growWaiters.isEmpty, $0.space.unitCount)
    }
    guard isNeeded else { return }
    defer {
      let waiters = self.state.withLock { state in
        defer { state.growWaiters = [] }
        return state.growWaiters
      }
      for waiter in waiters { waiter.resume() }
    }
    let step = Int((bytes ?? self.options.growBytes) / Int64(Extent.unitBytes))
    let unitsMax = Int(self.options.dataBytesMax / Int64(Extent.unitBytes))
    let wanted = min(count + max(1, step), unitsMax)
    do throws(IOFailure) {
      let free = try await self.disk.space(self.directory).freeBytes
      let growth = Int64(wanted - count) * Int64(Extent.unitBytes)
      guard free - growth >= self.options.reserveBytes else { return }
      try await self.data.allocate(byteCount: Int64(wanted) * Int64(Extent.unitBytes))
      if self.options.zeroesData { try await self.zero(count..<wanted) }
      try await self.data.sync()
    } catch {
      // Blocks are refused when the last unit is taken; there is nothing else to do.
      return
    }
    self.state.withLock { $0.space.grow(to: wanted) }
  }

  private func zero(_ units: Range<Int>) async throws(IOFailure) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    var unit = units.lowerBound
    while unit < units.upperBound {
      let count = min(256, units.upperBound - unit)
      let part = UnsafeRawBufferPointer(rebasing: memory[..<(count * Extent.unitBytes)])
      try await self.data.write(part, at: Int64(unit) * Int64(Extent.unitBytes))
      unit += count
    }
  }
}
