package import ObjectModel
package import Runtime
private import Synchronization
package import Values

/// Deletes the blobs that no record names any more, when their time has come.
///
/// An entry leaves the queue only when its blob is deleted on every replica: a crash anywhere repeats a
/// deletion, which is fine. What cannot be deleted now is tried again for ever, after longer and longer
/// pauses, and keeps nobody waiting who is behind it.
package final class GarbageCollector: Sendable {
  private let namespace: any NamespaceUpkeep
  private let blobs: any Blobs
  private let clock: any TimeSource
  private let options: GarbageCollectorOptions
  private let oldestRead: @Sendable () -> WallTime?
  private let state = Mutex(State())

  private struct State {
    var statistics = GarbageStatistics()
    var pauses: [VolumeID: Pause] = [:]
  }

  private struct Pause {
    var length: Duration
    var end: MonotonicTime
  }

  /// - Parameter oldestRead: when the oldest read that is still running, of any gateway, began; nil when
  ///   none is. Blobs that were dropped later may still be read, and wait, `readMax` at most.
  package init(
    _ namespace: any NamespaceUpkeep, blobs: any Blobs, clock: any TimeSource,
    options: GarbageCollectorOptions = GarbageCollectorOptions(),
    oldestRead: @escaping @Sendable () -> WallTime? = { nil }
  ) {
    self.namespace = namespace
    self.blobs = blobs
    self.clock = clock
    self.options = options
    self.oldestRead = oldestRead
  }

  package var statistics: GarbageStatistics { self.state.withLock { $0.statistics } }

  /// Collects until the task is cancelled.
  package func run() async {
    while !Task.isCancelled {
      let pass = await self.collect()
      let pause = pass.deleted > 0 && pass.failed == 0 ? .zero : self.options.pause
      // A short rest even when there is much to do: requests come first.
      do throws(CancellationError) {
        try await self.clock.sleep(for: max(pause, .milliseconds(10)))
      } catch {
        return
      }
    }
  }

  /// Goes through everything that is due now, once.
  @discardableResult
  package func collect() async -> GarbagePass {
    var pass = GarbagePass()
    var after: UInt64 = 0
    do throws(NamespaceError) {
      while !Task.isCancelled {
        let entries = try await self.namespace.takeGarbage(
          dueBefore: self.bound, after: after, limit: self.options.pageLimit)
        guard let last = entries.last else { break }
        after = last.number
        let done = await self.delete(entries, &pass)
        try await self.namespace.acknowledgeGarbage(done)
        if entries.count < self.options.pageLimit { break }
      }
      let backlog = try await self.namespace.garbageBacklog()
      self.state.withLock { $0.statistics.backlog = backlog }
    } catch {
      pass.failed += 1
      self.note(failure: error.description)
    }
    self.state.withLock { $0.statistics.passes += 1 }
    return pass
  }

  /// Entries due by then may go: the time now, but not what was dropped after the oldest read began.
  private var bound: UInt64 {
    let now = Self.milliseconds(self.clock.wallNow)
    guard let read = self.oldestRead() else { return now }
    let readMax = UInt64(max(0, self.options.readMax / .milliseconds(1)))
    let start = max(Self.milliseconds(read), now - min(now, readMax))
    return min(now, start + self.options.garbageDelayMilliseconds)
  }

  private static func milliseconds(_ time: WallTime) -> UInt64 {
    UInt64(max(0, time.nanoseconds / 1_000_000))
  }

  // MARK: Deleting

  private struct Outcome: Sendable {
    var entry: GarbageEntry
    var error: BlobError?
  }

  /// Answers the numbers of those that are gone.
  private func delete(_ entries: [GarbageEntry], _ pass: inout GarbagePass) async -> [UInt64] {
    let now = self.clock.now
    let paused = self.state.withLock { state in
      Set(state.pauses.filter { $0.value.end > now }.keys)
    }
    let ready = entries.filter { !paused.contains($0.blob.volume) }
    pass.waiting += entries.count - ready.count
    let outcomes = await withTaskGroup(of: Outcome.self) { group in
      var outcomes: [Outcome] = []
      for (index, entry) in ready.enumerated() {
        if index >= self.options.deletionsMax, let outcome = await group.next() {
          outcomes.append(outcome)
        }
        group.addTask { Outcome(entry: entry, error: await self.delete(entry.blob)) }
      }
      for await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
    return self.note(outcomes, &pass)
  }

  /// What a table of parts names goes first: when the table is gone, so are they.
  private func delete(_ blob: BlobReference) async -> BlobError? {
    let call = BlobCall(
      priority: .repair, deadline: self.clock.now + self.options.deletionMax)
    do throws(BlobError) {
      if blob.isPartTable {
        switch await PartTable.read(blob, self.blobs, call) {
        case .gone: break
        case .unreadable(let error): return error
        case .blobs(let parts):
          for part in parts { try await self.blobs.delete(call, part) }
        }
      }
      try await self.blobs.delete(call, blob)
      return nil
    } catch {
      return error
    }
  }

  private func note(_ outcomes: [Outcome], _ pass: inout GarbagePass) -> [UInt64] {
    var done: [UInt64] = []
    let now = self.clock.now
    self.state.withLock { state in
      for outcome in outcomes {
        let volume = outcome.entry.blob.volume
        guard let error = outcome.error else {
          done.append(outcome.entry.number)
          pass.deleted += 1
          state.statistics.deleted += 1
          state.statistics.deletedBytes += outcome.entry.blob.byteCount
          state.pauses[volume] = nil
          continue
        }
        pass.failed += 1
        state.statistics.failed += 1
        state.statistics.latestFailure = error.description
        // One table that cannot be read says nothing about its volume.
        guard error.code != .corrupted else { continue }
        if let pause = state.pauses[volume], pause.end > now { continue }
        let before = state.pauses[volume]?.length ?? self.options.retryMin / 2
        let length = min(before * 2, self.options.retryMax)
        state.pauses[volume] = Pause(length: length, end: now + length)
      }
    }
    return done
  }

  private func note(failure: String) {
    self.state.withLock { state in
      state.statistics.failed += 1
      state.statistics.latestFailure = failure
    }
  }
}

package struct GarbageCollectorOptions: Sendable {
  /// How long the namespace lets entries wait (`KeyedNamespaceOptions`).
  package var garbageDelayMilliseconds: UInt64 = 300_000
  /// Reads that take longer than this are not waited for.
  package var readMax: Duration = .seconds(3600)
  /// Between two passes, when there is nothing to do or something failed.
  package var pause: Duration = .seconds(1)
  package var pageLimit = 512
  /// At once.
  package var deletionsMax = 32
  /// What a deletion may take before it counts as failed.
  package var deletionMax: Duration = .seconds(30)
  /// How long a volume that fails is left alone: doubled each time, up to `retryMax`.
  package var retryMin: Duration = .seconds(1)
  package var retryMax: Duration = .seconds(300)

  package init() {}
}

/// What one pass did.
package struct GarbagePass: Sendable, Hashable {
  package var deleted = 0
  package var failed = 0
  /// Not tried, because their volume failed a moment ago.
  package var waiting = 0

  package init(deleted: Int = 0, failed: Int = 0, waiting: Int = 0) {
    self.deleted = deleted
    self.failed = failed
    self.waiting = waiting
  }
}

/// Counts since the collector was made.
package struct GarbageStatistics: Sendable, Hashable {
  package var passes = 0
  package var deleted = 0
  package var deletedBytes: Int64 = 0
  package var failed = 0
  package var latestFailure: String?
  /// After the latest pass: due or not.
  package var backlog = GarbageBacklog(entries: 0, bytes: 0)
}
