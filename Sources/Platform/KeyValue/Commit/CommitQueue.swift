import CRocksDB
private import CSystem
private import Synchronization

/// The writer thread and what waits for it.
///
/// While one group is being synced the next one gathers: with many callers the cost of a sync is
/// shared by all that came meanwhile, and a lone caller never waits for company.
final class CommitQueue: @unchecked Sendable {
  // Sendable: `pending` and `isStopping` change under `signal`'s lock; the rest is the writer's.
  let native: NativeStore
  let options: StoreOptions
  private let signal = Signal()
  private var pending: [CommitRequest] = []
  private var isStopping = false
  private var thread: UInt64 = 0
  private let counts = CommitCounts()

  init(_ native: NativeStore, _ options: StoreOptions) {
    self.native = native
    self.options = options
    // The thread keeps the queue alive until `stop`.
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = csystem_thread_start(
      &self.thread, "kv-writer",
      { context in
        Unmanaged<CommitQueue>.fromOpaque(context.unsafelyUnwrapped).takeRetainedValue().work()
      }, context)
    precondition(code == 0, "FATAL: cannot start the writer thread: errno \(-code)")
  }

  /// Queues a request; throws, and never completes it, when it cannot be.
  func submit(_ request: CommitRequest) throws(StoreError) {
    guard request.batch.byteCount <= self.options.batchBytesMax else {
      throw StoreError(
        .invalid,
        "a batch of \(request.batch.byteCount) bytes for \(self.native.path) is over the limit of "
          + "\(self.options.batchBytesMax)")
    }
    let refusal = self.signal.locked(waking: { $0 == nil }) { () -> StoreError? in
      if self.isStopping { return .closed(self.native.path) }
      guard self.pending.count < self.options.commitQueueMax else {
        return StoreError(
          .overloaded,
          "\(self.pending.count) commits wait for \(self.native.path); try again later")
      }
      self.pending.append(request)
      return nil
    }
    if let refusal { throw refusal }
  }

  /// Does what is queued and ends the thread.
  func stop() {
    self.signal.signal { self.isStopping = true }
    _ = csystem_thread_join(self.thread)
  }

  /// Runs `job` on the writer thread, after every commit that was queued before it.
  func run<T>(
    _ job: @escaping @Sendable () throws(StoreError) -> T
  ) async throws(StoreError) -> T {
    let box = Box<Result<T, StoreError>>()
    let outcome = await withUnsafeContinuation {
      (waiter: UnsafeContinuation<Result<ConditionalOutcome, StoreError>, Never>) in
      let request = CommitRequest(
        .job({
          do throws(StoreError) { box.value = .success(try job()) } catch {
            box.value = .failure(error)
          }
        }), WriteBatch(), .logged, complete: { waiter.resume(returning: $0) })
      do throws(StoreError) { try self.submit(request) } catch {
        waiter.resume(returning: .failure(error))
      }
    }
    _ = try outcome.get()
    return try box.value.unsafelyUnwrapped.get()  // Set by the job before it was completed.
  }

  var statistics: CommitStatistics {
    CommitStatistics(
      waiting: self.signal.locked(waking: { _ in false }) { self.pending.count },
      groups: self.counts.groups.load(ordering: .relaxed),
      requests: self.counts.requests.load(ordering: .relaxed),
      bytes: self.counts.bytes.load(ordering: .relaxed))
  }

  // MARK: The writer thread

  private func work() {
    let writer = GroupWriter(self.native, self.options.metrics)
    while let requests = self.next() {
      var rest = requests[...]
      while let first = rest.first {
        if case .job(let job) = first.kind {
          job()
          first.complete(.success(.committed(sequence: 0)))
          rest = rest.dropFirst()
          continue
        }
        let group = rest.prefix(self.groupLength(rest))
        writer.write(group)
        self.counts.groups.add(1, ordering: .relaxed)
        self.counts.requests.add(group.count, ordering: .relaxed)
        self.counts.bytes.add(
          group.reduce(0) { $0 + $1.batch.byteCount }, ordering: .relaxed)
        rest = rest.dropFirst(group.count)
      }
    }
  }

  /// Everything that waits, or nil when the queue has stopped and is empty.
  private func next() -> [CommitRequest]? {
    var taken: [CommitRequest] = []
    self.signal.wait {
      swap(&taken, &self.pending)
      return !taken.isEmpty || self.isStopping
    }
    return taken.isEmpty ? nil : taken
  }

  /// How many of the first requests go into one write.
  private func groupLength(_ requests: ArraySlice<CommitRequest>) -> Int {
    var bytes = 0
    var length = 0
    var reads = false
    var deletesRange = false
    for request in requests {
      if request.isJob || length == self.options.groupRequestsMax { break }
      bytes += request.batch.byteCount
      reads = reads || request.isReading
      deletesRange = deletesRange || request.batch.hasRangeDelete
      guard length > 0 else {
        length = 1
        continue
      }
      if bytes > self.options.groupBytesMax { break }
      // A read cannot look through a range delete that is not written yet.
      if reads && deletesRange { break }
      let isLogged = request.durability != .unlogged
      if isLogged != (requests[requests.startIndex].durability != .unlogged) { break }
      length += 1
    }
    return length
  }
}

/// What the writer thread has done.
public struct CommitStatistics: Sendable {
  public var waiting = 0
  public var groups = 0
  public var requests = 0
  public var bytes = 0
}

private struct CommitCounts: ~Copyable {
  let groups = Atomic<Int>(0)
  let requests = Atomic<Int>(0)
  let bytes = Atomic<Int>(0)
}

/// Carries a result from the writer thread; completing the request orders the two.
final class Box<T>: @unchecked Sendable {
  nonisolated(unsafe) var value: T?
}
