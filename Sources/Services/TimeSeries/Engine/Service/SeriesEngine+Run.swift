internal import Journal
internal import Runtime
public import SeriesColumns
internal import Synchronization
internal import Values

/// The work behind the writes.
extension SeriesEngine {
  /// Flushes, merges, drops expired segments and trims the journal, until `close` was called. Called once;
  /// nothing is written while it does not run. Throws when the journal failed.
  ///
  /// - Parameter background: what flushes and merges run on. They take the processor for up to some tenths of a
  ///   second at a time (sorting the rows of a flush): give them another loop than those that answer.
  public func run(background: (any TaskExecutor)? = nil) async throws(SeriesError) {
    let failure = await withTaskGroup(of: SeriesError?.self) { group -> SeriesError? in
      group.addTask { await self.runJournal() }
      group.addTask(executorPreference: background) {
        await self.runUpkeep()
        return nil
      }
      group.addTask(executorPreference: background) {
        await self.runMerges()
        return nil
      }
      var failure: SeriesError?
      for await result in group { failure = failure ?? result }
      return failure
    }
    if let failure { throw failure }
  }

  /// Takes no more writes and ends `run`. What is in memory stays in the journal.
  public func close() {
    self.state.withLock { $0.isClosing = true }
  }

  /// Runs the engine for as long as `body` takes.
  public func running<T: Sendable>(
    background: (any TaskExecutor)? = nil, _ body: @Sendable () async throws -> T
  ) async throws -> T {
    try await whileRunning(
      { try await self.run(background: background) }, until: { self.close() }, body)
  }

  private var isClosing: Bool { self.state.withLock { $0.isClosing } }

  private func runJournal() async -> SeriesError? {
    do {
      try await self.journal.run()
      return nil
    } catch {
      let failure = SeriesError.journal(error)
      self.fail(failure)
      return failure
    }
  }

  /// Waits for a tick; false when the engine closes.
  private func waitTick() async -> Bool {
    do {
      try await self.clock.sleep(for: self.options.tick)
    } catch {
      self.close()
    }
    return !self.isClosing
  }

  private func runUpkeep() async {
    var nextUpkeep = self.clock.now
    var nextIdle = self.clock.now + self.options.idleInterval
    while await self.waitTick() {
      await self.flushDue()
      if self.clock.now >= nextUpkeep {
        nextUpkeep = self.clock.now + self.options.upkeepInterval
        await self.watchDisk()
        _ = try? await self.retain(now: self.steadyNow)
      }
      if self.clock.now >= nextIdle {
        nextIdle = self.clock.now + self.options.idleInterval
        let now = self.clock.now.nanoseconds
        for shard in self.allShards() {
          shard.closeIdle(now, after: self.options.idleInterval)
        }
      }
    }
    self.journal.close()
  }

  /// The wall clock, or what it was at the start and the time since when that is less: a clock that jumps
  /// ahead must not take rows and segments with it.
  var steadyNow: Int64 {
    min(self.clock.wallNow, self.wallStart + (self.clock.now - self.start)).nanoseconds
  }

  private func flushDue() async {
    let now = self.clock.now.nanoseconds
    let age = UInt64(self.options.flushInterval / .nanoseconds(1))
    let ageMax = UInt64(self.options.flushIntervalMax / .nanoseconds(1))
    let isTight = self.memoryBytes.load(ordering: .relaxed) > self.options.memoryBytesMax
    var due: [(shard: Shard, bytes: Int)] = []
    for shard in self.allShards() {
      let (bytes, since, isFrozen) = shard.state.withLock {
        ($0.memory.byteCount, $0.memory.isEmpty ? now : $0.memory.since, $0.frozen != nil)
      }
      let isOld = now &- since >= (bytes >= self.options.flushBytesMin ? age : ageMax)
      if isFrozen || isTight && bytes > 0 || bytes >= self.options.flushBytes || isOld {
        due.append((shard, bytes))
      }
    }
    guard !due.isEmpty else { return }
    due.sort { $0.bytes > $1.bytes }
    for (shard, _) in due {
      guard !self.isFailed else { return }
      // A failure is counted, and the rows are tried again with the next tick.
      _ = try? await self.flush(shard)
    }
    try? await self.trimJournal()
  }

  /// Flushes a shard and keeps the books.
  func flush(_ shard: Shard) async throws(SeriesError) {
    let start = self.clock.now
    do throws(SeriesError) {
      let bytes = try await shard.flush(self.clock) { self.isFailed }
      guard let bytes else { return }
      let took = self.clock.now - start
      shard.state.withLock { state in
        state.work.flushes += 1
        state.work.flushNanoseconds += took.nanosecondsClamped
      }
      self.memoryBytes.subtract(bytes, ordering: .relaxed)
      self.state.withLock { $0.statistics.flushes += 1 }
    } catch {
      shard.state.withLock { $0.work.flushFailures += 1 }
      self.state.withLock { state in
        state.statistics.flushFailures += 1
        if error.code == .diskFull { state.isDiskFull = true }
      }
      throw error
    }
  }

  /// Gives up the journal's records that parts have.
  func trimJournal() async throws(SeriesError) {
    // No write may slip between the look at the shards and the look at the order.
    let needed = self.order.withLock { order -> UInt64 in
      var needed = order.sequence + 1
      for shard in self.allShards() {
        shard.state.withLock { state in
          if !state.memory.isEmpty { needed = min(needed, state.memory.firstSequence) }
          if let frozen = state.frozen { needed = min(needed, frozen.firstSequence) }
        }
      }
      return needed
    }
    let keep = self.state.withLock { state -> UInt64? in
      // The last segment whose first record is not needed yet may hold needed ones behind it.
      state.journalSegments.filter { $0.value <= needed }.keys.max()
    }
    guard let keep else { return }
    do {
      try await self.journal.trim(before: JournalPosition(segment: keep, offset: 0))
    } catch {
      throw SeriesError.journal(error)
    }
    self.state.withLock { state in
      state.journalSegments = state.journalSegments.filter { $0.key >= keep }
    }
  }

  /// Refuses writes above the high watermark, until the disk is below the low one.
  func watchDisk() async {
    guard let space = try? await self.disk.space(self.directory), space.totalBytes > 0 else {
      return
    }
    let used = 100 - Int(Double(space.freeBytes) / Double(space.totalBytes) * 100)
    self.state.withLock { state in
      if used >= self.options.diskHighPercent {
        state.isDiskFull = true
      } else if used < self.options.diskLowPercent {
        state.isDiskFull = false
      }
    }
  }

  private func runMerges() async {
    while await self.waitTick() {
      for shard in self.allShards() where !self.isClosing && !self.isFailed {
        let now = self.clock.now.nanoseconds
        guard now >= shard.state.withLock({ $0.nextMerge }) else { continue }
        _ = try? await self.merge(shard, isForced: false)
      }
    }
  }

  /// One merge of a shard, when there is one to do.
  func merge(_ shard: Shard, isForced: Bool) async throws(SeriesError) -> Bool {
    await shard.merging.enter()
    defer { shard.merging.leave() }
    let start = self.clock.now
    do throws(SeriesError) {
      let result = try await shard.merge(
        self.options.policy, isForced: isForced, level: self.options.mergeLevel,
        now: start.nanoseconds
      ) { bytes throws(SeriesError) in try await self.pace(bytes) }
      guard let result else { return false }
      let took = self.clock.now - start
      shard.state.withLock { state in
        state.work.merges += 1
        state.work.mergedParts += result.inputs
        state.work.mergeNanoseconds += took.nanosecondsClamped
      }
      self.state.withLock { state in
        state.statistics.merges += 1
        state.statistics.mergedBytesRead += result.bytesRead
        state.statistics.mergedBytesWritten += result.bytesWritten
      }
      return true
    } catch {
      if error.code != .closed {
        // A part that is damaged stays so: it is not read ten times a second.
        let next = (self.clock.now + self.options.mergeRetry).nanoseconds
        shard.state.withLock { state in
          state.work.mergeFailures += 1
          state.nextMerge = next
        }
        self.state.withLock { $0.statistics.mergeFailures += 1 }
      }
      throw error
    }
  }

  /// Lets others run between the blocks of a merge, and keeps its rate.
  private func pace(_ bytes: Int) async throws(SeriesError) {
    let rate = self.options.mergeBytesPerSecond
    let pause: Duration =
      rate > 0 ? .nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(rate)) : .zero
    if pause > .zero {
      do {
        try await self.clock.sleep(for: pause)
      } catch {
        throw SeriesError(.closed, "the merge was cancelled")
      }
    } else {
      await Task.yield()
    }
    if Task.isCancelled || self.isClosing {
      throw SeriesError(.closed, "the engine closed while it merged")
    }
  }
}
