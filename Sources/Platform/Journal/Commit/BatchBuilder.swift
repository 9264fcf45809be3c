internal import Bytes

/// Turns queued records into the blocks of one write.
///
/// A batch lies in one segment and begins on a page that was never written: with the segment's header
/// page when it is the first there. It ends at `batchBytesMax`, at the end of the segment, or with the
/// queue.
struct BatchBuilder: ~Copyable {
  /// The write under construction: whole pages.
  private(set) var buffer: PageBuffer
  private(set) var byteCount = 0
  private(set) var blockCount = 0
  /// Records and notes that the batch completes, in the queue's order, with their positions.
  private(set) var completed: [(waiter: CommitQueue.Waiter, position: JournalPosition)] = []
  private(set) var completedBytes = 0
  private(set) var completedRecords = 0

  // Where the queue is taken from
  private var entry = 0
  private var taken = 0
  private var source = 0
  private var start: JournalPosition?

  init(byteCount: Int) { self.buffer = PageBuffer(byteCount: byteCount) }

  /// Whether all of the queue has been taken.
  func isDone(_ queue: borrowing CommitQueue) -> Bool { self.entry == queue.entries.count }

  /// Whether the next record has begun in an earlier batch.
  var isInsideRecord: Bool { self.start != nil }

  /// The epoch of the next record.
  func nextEpoch(_ queue: borrowing CommitQueue) -> UInt64 { queue.entries[self.entry].epoch }

  /// Begins with the first record of a queue.
  mutating func beginQueue() {
    self.entry = 0
    self.taken = 0
    self.source = 0
    self.start = nil
  }

  mutating func beginBatch() {
    self.byteCount = 0
    self.blockCount = 0
    self.completedBytes = 0
    self.completedRecords = 0
    self.completed.removeAll(keepingCapacity: true)
  }

  /// Puts the segment's header page first. Returns its checksum.
  mutating func append(_ header: SegmentHeader) -> UInt64 {
    precondition(self.byteCount == 0, "a segment header behind \(self.byteCount) bytes")
    self.byteCount = journalPageBytes
    return header.write(
      to: UnsafeMutableRawBufferPointer(rebasing: self.buffer.memory[..<journalPageBytes]))
  }

  /// Appends the next block, of at most `limit` bytes, which go to `offset` of the segment. Returns its
  /// header's checksum.
  mutating func appendBlock(
    _ template: BlockHeader, of queue: borrowing CommitQueue, at offset: Int, limit: Int,
    cipher: inout BlockCipher?, seed: UInt64
  ) -> UInt64 {
    precondition(limit >= journalPageBytes && limit % journalPageBytes == 0, "limit \(limit)")
    var header = template
    let base = UnsafeMutableRawBufferPointer(
      rebasing: self.buffer.memory[self.byteCount..<(self.byteCount + limit)])
    let tag = header.isSealed ? BlockHeader.tagByteCount : 0
    let room = limit - tag
    let used = self.fill(base, from: BlockHeader.byteCount, to: room, queue, header, at: offset)
    header.payloadByteCount = used - BlockHeader.byteCount + tag
    let block = UnsafeMutableRawBufferPointer(rebasing: base[..<header.blockByteCount])
    let padding = UnsafeMutableRawBufferPointer(rebasing: block[(used + tag)...])
    padding.initializeMemory(as: UInt8.self, repeating: 0)
    if header.isSealed {
      cipher?.seal(
        UnsafeMutableRawBufferPointer(rebasing: block[BlockHeader.byteCount..<(used + tag)]), header
      )
    }
    self.byteCount += header.blockByteCount
    self.blockCount += 1
    return header.finish(block, seed: seed)
  }

  /// Copies fragments until the room, the queue or the epoch ends. Returns where they end.
  private mutating func fill(
    _ base: UnsafeMutableRawBufferPointer, from start: Int, to end: Int,
    _ queue: borrowing CommitQueue, _ header: BlockHeader, at offset: Int
  ) -> Int {
    var at = start
    while self.entry < queue.entries.count, queue.entries[self.entry].epoch == header.epoch {
      let here = JournalPosition(
        segment: header.segment, offset: UInt32(truncatingIfNeeded: offset + at))
      guard case .record(let total) = queue.entries[self.entry].kind else {
        self.complete(queue, here)
        continue
      }
      let rest = total - self.taken
      let room = end - at - Fragment.headByteCount
      guard room >= 0, room > 0 || rest == 0 else { break }
      let count = min(rest, room)
      let kind: FragmentKind =
        switch (self.start == nil, count == rest) {
        case (true, true): .whole
        case (true, false): .first
        case (false, false): .middle
        case (false, true): .last
        }
      if self.start == nil { self.start = here }
      base.store(UInt32(kind.rawValue), at: at)
      base.store(UInt32(count), at: at + 4)
      at += Fragment.headByteCount
      queue.bytes.withUnsafeBytes { bytes in
        UnsafeMutableRawBufferPointer(rebasing: base[at..<(at + count)])
          .copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[self.source..<(self.source + count)]))
      }
      at += count
      self.source += count
      self.taken += count
      guard count == rest else { break }
      self.completedBytes += total
      self.completedRecords += 1
      self.complete(queue, self.start ?? here)
    }
    return at
  }

  private mutating func complete(_ queue: borrowing CommitQueue, _ position: JournalPosition) {
    self.completed.append((queue.entries[self.entry].waiter, position))
    self.entry += 1
    self.taken = 0
    self.start = nil
  }

  /// Everything of the queue that no batch has completed: for an error that ends them.
  mutating func takeUnfinished(_ queue: borrowing CommitQueue) -> [CommitQueue.Entry] {
    defer { self.entry = queue.entries.count }
    return Array(queue.entries[self.entry...])
  }
}
