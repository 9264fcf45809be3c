private import Bytes
private import Runtime
private import Synchronization

/// Handing records over.
extension Journal {
  /// Appends a record and returns its position once it is durable.
  ///
  /// Records of one task keep their order. Refused at once, with nothing written: `overloaded` when too
  /// much waits, `recordTooLarge`, `closed`, `fenced` when `epoch` is given and is not the journal's.
  /// Throws `outOfSpace` when there is no room for another segment; then too the record is not there.
  /// Throws `poisoned` when a write failed: the record may or may not be found after reopening. Once
  /// the record is queued a cancellation does not shorten the wait, since it could not undo the record.
  @discardableResult
  public func append(_ bytes: RawSpan, epoch: UInt64? = nil) async throws(JournalError)
    -> JournalPosition
  {
    let result = await withUnsafeContinuation {
      (waiter: UnsafeContinuation<Result<JournalPosition, JournalError>, Never>) in
      let refusal = self.enqueue(
        .record(byteCount: bytes.byteCount), epoch: epoch, .append(waiter)
      ) { $0.append(bytes) }
      if let refusal { waiter.resume(returning: .failure(refusal)) }
    }
    return try result.get()
  }

  @discardableResult
  public func append(_ bytes: [UInt8], epoch: UInt64? = nil) async throws(JournalError)
    -> JournalPosition
  {
    let result = await withUnsafeContinuation {
      (waiter: UnsafeContinuation<Result<JournalPosition, JournalError>, Never>) in
      let refusal = self.enqueue(
        .record(byteCount: bytes.count), epoch: epoch, .append(waiter)
      ) { $0.append(bytes) }
      if let refusal { waiter.resume(returning: .failure(refusal)) }
    }
    return try result.get()
  }

  /// Queues a record and returns without waiting. Its place among the others is decided now; the
  /// ticket says when it is durable.
  public func appendNoWait(_ bytes: RawSpan, epoch: UInt64? = nil) throws(JournalError)
    -> JournalTicket
  {
    let ticket = JournalTicket()
    let refusal = self.enqueue(
      .record(byteCount: bytes.byteCount), epoch: epoch, .ticket(ticket)
    ) { $0.append(bytes) }
    if let refusal { throw refusal }
    return ticket
  }

  public func appendNoWait(_ bytes: [UInt8], epoch: UInt64? = nil) throws(JournalError)
    -> JournalTicket
  {
    try self.appendNoWait(bytes.rawBytes, epoch: epoch)
  }

  /// Raises the epoch: records that name a smaller one are refused from now on. Returns once the new
  /// epoch is durable. Throws `staleEpoch` when it is not greater than the present one.
  public func raiseEpoch(to epoch: UInt64) async throws(JournalError) {
    let present = self.state.withLock { state in
      let present = state.epoch
      if epoch > present { state.epoch = epoch }
      return present
    }
    guard epoch > present else {
      throw JournalError(.staleEpoch, "epoch \(epoch) is not greater than epoch \(present)")
    }
    try await self.commit(.epoch)
  }

  /// Commits a block without records: what its header says becomes durable, after everything queued.
  func commit(_ kind: CommitQueue.Entry.Kind) async throws(JournalError) {
    let result = await withUnsafeContinuation {
      (waiter: UnsafeContinuation<Result<JournalPosition, JournalError>, Never>) in
      let refusal = self.enqueue(kind, epoch: nil, .append(waiter)) { _ in }
      if let refusal { waiter.resume(returning: .failure(refusal)) }
    }
    _ = try result.get()
  }

  private func enqueue(
    _ kind: CommitQueue.Entry.Kind, epoch: UInt64?, _ waiter: CommitQueue.Waiter,
    _ write: (inout ByteWriter) -> Void
  ) -> JournalError? {
    let count: Int = if case .record(let byteCount) = kind { byteCount } else { 0 }
    var idle: UnsafeContinuation<Void, Never>?
    let refusal = self.state.withLock { state -> JournalError? in
      if let refusal = state.refusal(byteCount: count, epoch: epoch, self.options) {
        state.statistics.recordsRefused += 1
        return refusal
      }
      write(&state.queue.bytes)
      state.queue.entries.append(
        CommitQueue.Entry(kind: kind, epoch: state.epoch, waiter: waiter))
      if case .record = kind {
        state.statistics.queuedRecords += 1
        state.statistics.queuedBytes += count
      }
      idle = state.idleWriter.take()
      return nil
    }
    idle?.resume()
    return refusal
  }
}
