internal import Bytes
private import Runtime
private import Synchronization

/// Reads the durable records of an open journal from a position on, and follows its end.
///
/// Every block is proven before a record of it is handed over, as in recovery. For one task at a time.
public final class JournalReader {
  private let journal: Journal
  private let from: JournalPosition
  private var reader: BlockReader?
  private var segment: UInt64
  private var offset = 0
  private var sequence: UInt64 = 0
  private var previous: UInt64 = 0
  private var epoch: UInt64 = 0
  private var firstSegment: UInt64 = 0
  private var hasChain = false
  private var assembler = RecordAssembler()
  /// Records of the blocks read so far, the next one last.
  private var records: [JournalRecord] = []

  init(journal: Journal, from: JournalPosition) {
    self.journal = journal
    self.from = from
    self.segment = from.segment
  }

  /// The next record. At the end it waits for the next commit, or, with `waits` false, answers nil. Nil
  /// too once the journal is closed and everything was read.
  ///
  /// Throws `trimmed` when the records it stands on were given up, `poisoned` at the end of a poisoned
  /// journal, `damaged` for bytes that are not what was written, and `closed` when the task is cancelled
  /// while it waits.
  public func next(waits: Bool = true) async throws(JournalError) -> JournalRecord? {
    while true {
      if let record = self.records.popLast() { return record }
      let (end, phase) = self.journal.readable
      guard end.segment > 0, try await self.readBlock(end) else {
        switch phase {
        case .poisoned(let error): throw error
        case .closed: return nil
        case .open, .closing: break
        }
        guard waits else { return nil }
        try await self.journal.waitForCommit(after: end)
        continue
      }
    }
  }

  /// Reads the next block before `end`. False when there is none.
  private func readBlock(_ end: SharedState.DurableEnd) async throws(JournalError) -> Bool {
    let reader = try await self.openSegment(end)
    guard let reader else { return false }
    let limit = self.segment == end.segment ? end.offset : reader.segmentBytes
    guard self.offset < limit else { return try await self.nextSegment(end) }
    let expected = BlockReader.Expectation(
      segment: self.segment, sequence: self.sequence, previous: self.previous, epoch: self.epoch,
      firstSegment: self.firstSegment)
    let outcome: BlockReader.Outcome
    do {
      outcome = try await reader.block(at: self.offset, expecting: expected, limit: limit)
    } catch {
      throw self.trimmedOr(error)
    }
    switch outcome {
    case .block(let header, let checksum):
      try reader.withPayload { payload throws(JournalError) in try self.take(header, payload) }
      self.sequence = header.sequence + 1
      self.previous = checksum
      self.epoch = header.epoch
      self.firstSegment = header.firstSegment
      self.offset += header.blockByteCount
      return true
    case .end:
      return try await self.nextSegment(end)
    case .blank where self.segment < end.segment:
      // A recycled file is zeros too.
      let first = self.journal.firstSegment
      if self.segment < first { throw self.trimmed(first) }
      // A segment may end early; the header of the next one proves that nothing is missing.
      return try await self.nextSegment(end)
    case .blank, .torn:
      throw self.trimmedOr(
        JournalError(
          .damaged, "the durable block at \(self.offset) of \(reader.file.path) is not there",
          file: reader.file.path, offset: Int64(self.offset)))
    case .damaged(let error):
      throw self.trimmedOr(error)
    }
  }

  private func take(_ header: BlockHeader, _ payload: RawSpan) throws(JournalError) {
    var taken: [JournalRecord] = []
    let from = self.from
    let problem = try self.assembler.take(header, at: self.offset, payload) {
      (record: borrowing JournalRecordView) throws(JournalError) in
      if record.position >= from { taken.append(record.owned) }
    }
    if let problem {
      throw JournalError(
        .damaged,
        "the block at \(self.offset) of segment \(self.segment) makes no sense: \(problem)",
        offset: Int64(self.offset))
    }
    taken.reverse()
    self.records = taken
  }

  private func nextSegment(_ end: SharedState.DurableEnd) async throws(JournalError) -> Bool {
    guard self.segment < end.segment else { return false }
    self.segment += 1
    self.reader = nil
    return try await self.openSegment(end) != nil
  }

  /// The segment to read from, opened and its header proven. Nil when there is nothing to read yet.
  private func openSegment(_ end: SharedState.DurableEnd) async throws(JournalError) -> BlockReader?
  {
    if let reader = self.reader { return reader }
    let first = self.journal.firstSegment
    if self.segment == 0 { self.segment = first }
    if self.segment < first { throw self.trimmed(first) }
    guard self.segment <= end.segment else { return nil }
    let (reader, header, checksum) = try await self.openFile()
    if self.hasChain {
      guard header.firstSequence == self.sequence, header.previous == self.previous else {
        throw JournalError(
          .damaged, "\(reader.file.path) does not follow the segment before it",
          file: reader.file.path, offset: 0)
      }
    }
    self.hasChain = true
    self.sequence = header.firstSequence
    self.previous = checksum
    self.epoch = header.epoch
    self.offset = journalPageBytes
    self.reader = reader
    return reader
  }

  private func openFile() async throws(JournalError) -> (BlockReader, SegmentHeader, UInt64) {
    let path = self.journal.directory + "/" + SegmentName.segment(self.segment)
    let page = PageBuffer(byteCount: journalPageBytes)
    let file: any DiskFile
    let count: Int
    do {
      file = try await self.journal.disk.open(path, .reading)
      count = try await file.read(into: page.memory, at: 0)
    } catch {
      throw self.trimmedOr(.io("read a segment", error))
    }
    let span = UnsafeRawBufferPointer(rebasing: page.memory[..<count]).bytes
    guard case .header(let header, let checksum) = SegmentHeader.read(span),
      header.number == self.segment, header.journalID == self.journal.journalID
    else {
      throw self.trimmedOr(
        JournalError(
          .damaged, "the header of \(path) is not what was written", file: path, offset: 0))
    }
    let reader = BlockReader(
      file: file, segmentBytes: Int(header.segmentBytes), header: header,
      sealing: self.journal.options.sealing)
    return (reader, header, checksum)
  }

  /// What looks like damage in a file that was recycled meanwhile is only a trim.
  private func trimmedOr(_ error: JournalError) -> JournalError {
    let first = self.journal.firstSegment
    return self.segment < first ? self.trimmed(first) : error
  }

  private func trimmed(_ first: UInt64) -> JournalError {
    JournalError(
      .trimmed, "segment \(self.segment) was trimmed; records begin in segment \(first)",
      hint: "start again from a checkpoint")
  }
}

extension Journal {
  /// A reader of the records at and after `position`; by default of all that are not trimmed.
  public func reader(from position: JournalPosition = .start) -> JournalReader {
    JournalReader(journal: self, from: position)
  }

  var readable: (SharedState.DurableEnd, SharedState.Phase) {
    self.state.withLock { ($0.durable, $0.phase) }
  }

  /// Returns when more than `end` is durable, or the journal has ended.
  func waitForCommit(after end: SharedState.DurableEnd) async throws(JournalError) {
    let id = self.state.withLock { state in
      state.nextTailWaiter += 1
      return state.nextTailWaiter
    }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { waiter in
        let mustWait = self.state.withLock { state in
          switch state.phase {
          case .closed, .poisoned: return false
          case .open, .closing: break
          }
          guard state.durable == end, !Task.isCancelled else { return false }
          state.tailWaiters[id] = waiter
          return true
        }
        if !mustWait { waiter.resume() }
      }
    } onCancel: {
      self.state.withLock { $0.tailWaiters.removeValue(forKey: id) }?.resume()
    }
    if Task.isCancelled { throw JournalError(.closed, "the reader was cancelled") }
  }
}
