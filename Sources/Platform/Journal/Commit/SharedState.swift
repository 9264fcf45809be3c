internal import Bytes

/// What appenders, the writer, readers and trims share, under the journal's lock.
struct SharedState: ~Copyable {
  enum Phase {
    case open
    /// Takes no more records; the writer ends once the queue is empty.
    case closing
    case closed
    case poisoned(JournalError)
  }

  /// Up to where the journal is durable: readers see what is before it.
  struct DurableEnd: Equatable {
    var segment: UInt64
    var offset: Int
  }

  var phase = Phase.open
  var queue = CommitQueue()
  var epoch: UInt64
  var firstSegment: UInt64
  var durable: DurableEnd
  /// The writer, when it has nothing to do.
  var idleWriter: UnsafeContinuation<Void, Never>?
  /// Readers at the end.
  var tailWaiters: [UInt64: UnsafeContinuation<Void, Never>] = [:]
  var nextTailWaiter: UInt64 = 0
  var statistics = JournalStatistics()

  init(epoch: UInt64, firstSegment: UInt64, durable: DurableEnd) {
    self.epoch = epoch
    self.firstSegment = firstSegment
    self.durable = durable
  }

  /// Why a record cannot be taken now; nil when it can.
  func refusal(
    byteCount: Int, epoch: UInt64?, _ options: JournalOptions
  ) -> JournalError? {
    switch self.phase {
    case .open: break
    case .closing, .closed: return .closed
    case .poisoned(let error): return error
    }
    if let epoch, epoch != self.epoch {
      return JournalError(
        .fenced, "the record is of epoch \(epoch), the journal is in epoch \(self.epoch)",
        hint: "somebody else owns the journal now: stop acknowledging")
    }
    if byteCount > options.recordBytesMax {
      return JournalError(
        .recordTooLarge,
        "a record of \(byteCount) bytes; the limit is \(options.recordBytesMax)")
    }
    let queued = self.statistics.queuedBytes + byteCount
    if self.statistics.queuedRecords >= options.queueRecordsMax || queued > options.queueBytesMax {
      return JournalError(
        .overloaded,
        "\(self.statistics.queuedRecords) records of \(self.statistics.queuedBytes) bytes wait "
          + "for the disk", hint: "slow down and try again")
    }
    return nil
  }

  mutating func takeTailWaiters() -> [UnsafeContinuation<Void, Never>] {
    guard !self.tailWaiters.isEmpty else { return [] }
    // In the order they came: the same run wakes them in the same order.
    let waiters = self.tailWaiters.sorted { $0.key < $1.key }.map(\.value)
    self.tailWaiters.removeAll()
    return waiters
  }
}
