private import CRocksDB

/// Writing.
extension Store {
  /// Writes `batch` and returns once it is as durable as asked, with a sequence number at or after that
  /// of its changes.
  ///
  /// Throws `overloaded` when too many commits wait, `fullDisk` while the disk has no room, `notFound`
  /// for a dropped family. After another error the outcome is not known until a key is read again.
  @discardableResult
  public func commit(
    _ batch: consuming WriteBatch, _ durability: Durability = .synced
  ) async throws(StoreError) -> UInt64 {
    let outcome = try await self.commit(.batch, batch, durability)
    guard case .committed(let sequence) = outcome else {
      preconditionFailure("BUG: a plain commit ended as \(outcome)")
    }
    return sequence
  }

  /// Writes `batch` if every condition holds. Conditions see every commit before this one; nothing comes
  /// between the look and the write.
  public func commit(
    _ batch: consuming WriteBatch, if conditions: [Condition], _ durability: Durability = .synced
  ) async throws(StoreError) -> ConditionalOutcome {
    try await self.commit(.conditional(conditions), batch, durability)
  }

  /// Lets `decide` read the present state and say what to write, alone on the writer thread: it must
  /// be short and must not wait. What it returns comes back once its batch is durable; when it throws,
  /// nothing is written.
  public func commit<T>(
    _ durability: Durability = .synced,
    deciding decide: @escaping @Sendable (Decision) throws -> sending T
  ) async throws -> T {
    let box = Box<Result<T, any Error>>()
    _ = try await self.commit(
      .deciding({ decision in
        do {
          box.value = .success(try decide(decision))
          return true
        } catch {
          box.value = .failure(error)
          return false
        }
      }), WriteBatch(), durability)
    return try box.value.unsafelyUnwrapped.get()  // Set before the request was completed.
  }

  /// `commit` for threads that may block.
  @discardableResult
  public func commitNow(
    _ batch: consuming WriteBatch, _ durability: Durability = .synced
  ) throws(StoreError) -> UInt64 {
    let box = Box<Result<ConditionalOutcome, StoreError>>()
    let done = Signal()
    let request = CommitRequest(.batch, batch, durability) { outcome in
      done.signal { box.value = outcome }
    }
    try self.commits.submit(request)
    done.wait { box.value != nil }
    guard case .committed(let sequence) = try box.value.unsafelyUnwrapped.get() else {
      preconditionFailure("BUG: a plain commit was conditional")
    }
    return sequence
  }

  /// Syncs the log: what was acknowledged as `.logged` so far then survives a power cut.
  public func syncLog() async throws(StoreError) {
    try await self.commits.run { () throws(StoreError) in try self.commits.syncLog() }
  }

  private func commit(
    _ kind: CommitRequest.Kind, _ batch: consuming WriteBatch, _ durability: Durability
  ) async throws(StoreError) -> ConditionalOutcome {
    let handover = Handover()
    let request = CommitRequest(kind, batch, durability) { handover.complete($0) }
    return try await handover.result(of: request, in: self.commits).get()
  }
}

/// Joins a request, which must exist first, with the continuation that waits for it.
private final class Handover: @unchecked Sendable {
  // Sendable: `waiter` is set before the request is queued, and completing comes after that.
  private var waiter: UnsafeContinuation<Result<ConditionalOutcome, StoreError>, Never>?

  func complete(_ outcome: Result<ConditionalOutcome, StoreError>) {
    self.waiter?.resume(returning: outcome)
  }

  func result(
    of request: CommitRequest, in queue: CommitQueue
  ) async -> Result<ConditionalOutcome, StoreError> {
    await withUnsafeContinuation { waiter in
      self.waiter = waiter
      do throws(StoreError) { try queue.submit(request) } catch {
        waiter.resume(returning: .failure(error))
      }
    }
  }
}

extension CommitQueue {
  func syncLog() throws(StoreError) {
    try checked("sync the log of", self.native.path) { crocks_sync_log(self.native.pointer, $0) }
  }
}
