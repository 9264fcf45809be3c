private import Bytes
private import Crypto
internal import Journal
package import ObjectModel
internal import Runtime
private import Synchronization
private import Values

/// Checkpoints: begun by the committing task between two batches, written by a task of their own.
extension TreeEngine {
  /// Writes everything that has changed and gives the journal's records before it up. Returns when that
  /// is durable.
  package func checkpoint() async throws(NamespaceError) {
    let error = await withUnsafeContinuation { waiter in
      let (refusal, idle) = self.queue.withLock {
        queue -> (NamespaceError?, UnsafeContinuation<Void, Never>?) in
        if let error = queue.refusal { return (error, nil) }
        queue.checkpointWaiters.append(waiter)
        return (nil, queue.idle.take())
      }
      if let refusal { waiter.resume(returning: refusal) }
      idle?.resume()
    }
    if let error { throw error }
  }

  func waitForCheckpointEnd() async {
    await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
      let mustWait = self.queue.withLock { queue in
        guard queue.isCheckpointing, queue.failure == nil else { return false }
        queue.endWaiters.append(waiter)
        return true
      }
      if !mustWait { waiter.resume() }
    }
  }

  // MARK: The committing task's part

  /// Nothing is under way: every record before the journal's end is in the tree.
  func beginCheckpointIfDue(now isWanted: Bool = false) async {
    let (isAsked, isTicking, isBusy) = self.queue.withLock { queue in
      let asked = !queue.checkpointWaiters.isEmpty
      let ticking = queue.isTicking
      queue.isTicking = false
      return (asked, ticking, queue.isCheckpointing || queue.failure != nil)
    }
    guard !isBusy else { return }
    let end = self.journal.end.rawValue
    let segmentBytes = UInt64(self.options.journal.segmentBytes)
    let plan: Locked<CheckpointPlan>? = self.withState { state in
      let last = state.superblock.position
      // Positions are (segment, offset): as bytes, near enough.
      let bytes = Self.logBytes(from: last, to: end, segmentBytes: segmentBytes)
      let dirtyMax = Double(state.tree.table.unitsLimit) * self.options.dirtyShareMax
      let isDue =
        isWanted || isAsked || (isTicking && end != last)
        || bytes > UInt64(self.options.journalBytesTrigger)
        || Double(state.tree.dirtyUnits) > dirtyMax
      return isDue ? Locked(state.beginCheckpoint(position: end)) : nil
    }
    guard let plan else { return }
    let idle = self.queue.withLock { queue in
      queue.plan = plan
      queue.isCheckpointing = true
      // Who asks from now on means a checkpoint that begins later.
      queue.servedWaiters = queue.checkpointWaiters
      queue.checkpointWaiters = []
      return queue.checkpointIdle.take()
    }
    idle?.resume()
  }

  static func logBytes(from: UInt64, to: UInt64, segmentBytes: UInt64) -> UInt64 {
    // Before the first checkpoint it is 0, and the first segment is number 1.
    let from = max(from, 1 << 32)
    let segments = (to >> 32) - min(from >> 32, to >> 32)
    return segments * segmentBytes + (to & 0xFFFF_FFFF)
      - min(
        from & 0xFFFF_FFFF,
        segments > 0
          ? UInt64.max : to & 0xFFFF_FFFF)
  }

  func lastCheckpoint() async {
    await self.waitForCheckpointEnd()
    let isCurrent = self.withState { state in
      state.superblock.position == self.journal.end.rawValue && state.tree.dirty.isEmpty
        && state.tree.dirtyPages.isEmpty
    }
    guard !isCurrent else { return }
    await self.beginCheckpointIfDue(now: true)
    await self.waitForCheckpointEnd()
  }

  func endCheckpoints() {
    let idle = self.queue.withLock { queue in
      queue.isClosing = true
      return queue.checkpointIdle.take()
    }
    idle?.resume()
  }

  // MARK: The checkpointing task

  func runCheckpoints() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.tick() }
      while let plan = await self.nextPlan() {
        let error = await self.write(plan.value)
        self.finish(error)
      }
      group.cancelAll()
    }
  }

  private func tick() async {
    while (try? await self.clock.sleep(for: self.options.checkpointInterval)) != nil {
      let idle = self.queue.withLock { queue in
        queue.isTicking = true
        return queue.idle.take()
      }
      idle?.resume()
    }
  }

  private func nextPlan() async -> Locked<CheckpointPlan>? {
    while true {
      let (plan, isOver) = self.queue.withLock { queue in
        let plan = queue.plan
        queue.plan = nil
        return (plan, queue.failure != nil)
      }
      if let plan { return plan }
      if isOver { return nil }
      await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
        let mustWait = self.queue.withLock { queue in
          guard queue.plan == nil, queue.failure == nil else { return false }
          queue.checkpointIdle = waiter
          return true
        }
        if !mustWait { waiter.resume() }
      }
    }
  }

  private func finish(_ error: NamespaceError?) {
    if let error, error.code != .noSpace { self.fail(error) }
    let (waiters, ends, idle) = self.queue.withLock { queue in
      queue.isCheckpointing = false
      queue.checkpointError = error
      queue.checkpoints += 1
      if error == nil { queue.checkpointAt = self.clock.wallNow }
      let waiters = queue.servedWaiters
      queue.servedWaiters = []
      let ends = queue.endWaiters
      queue.endWaiters = []
      return (waiters, ends, queue.idle.take())
    }
    for waiter in waiters { waiter.resume(returning: error) }
    for waiter in ends { waiter.resume() }
    idle?.resume()
  }

  private func write(_ plan: CheckpointPlan) async -> NamespaceError? {
    if let error = await self.writeWithoutTrim(plan) { return error }
    do {
      try await self.journal.trim(before: .init(rawValue: plan.superblock.position))
    } catch {
      return Self.error(error)
    }
    return nil
  }

  func writeWithoutTrim(_ plan: CheckpointPlan) async -> NamespaceError? {
    do throws(IOFailure) {
      var writer = CheckpointWriter(self, plan)
      try await writer.writeFrames()
      try await writer.writeMap()
      try await self.files.frames.sync()
      try await self.files.superblocks.writeAndSync(
        page: plan.superblock.encoded, at: plan.superblock.slot * Superblock.slotBytes)
    } catch {
      self.withState { $0.abandonCheckpoint(plan) }
      let code: NamespaceError.Code = error.isOutOfSpace ? .noSpace : .internal
      return NamespaceError(code, "cannot write a checkpoint: \(error)")
    }
    self.withState { $0.endCheckpoint(plan) }
    return nil
  }
}

extension DiskFile {
  /// Writes a page from memory that direct I/O takes, and syncs.
  func writeAndSync(page bytes: [UInt8], at offset: Int) async throws(IOFailure) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 4096)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    try await self.writeAndSync(UnsafeRawBufferPointer(memory), at: Int64(offset))
  }
}
