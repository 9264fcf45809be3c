internal import Bytes
internal import Runtime
internal import Values

/// Writes batches to the segments, one after the other: the only one that writes to them.
///
/// A page that was written is never written again while the journal is open, so a power cut can tear
/// what is being written and nothing else. Used by the task inside `Journal.run`.
final class SegmentWriter: @unchecked Sendable {
  // Sendable: after `open`, only the one task of `Journal.run` touches it.
  private let options: JournalOptions
  private let clock: any TimeSource
  private let supply: SegmentSupply
  private let journalID: JournalID
  private let salt: BlockSalt
  private var file: (any DiskFile)?
  private var segmentBytes = 0
  private(set) var segment: UInt64
  /// Where the next block goes; 0 while the segment has no header.
  private(set) var offset = 0
  private var sequence: UInt64
  private var previous: UInt64
  private var cipher: BlockCipher?
  private var isSegmentSealed = false
  /// A record was begun whose end will not come.
  private var leavesPartial: Bool
  var builder: BatchBuilder
  private var directBuffer = PageBuffer(byteCount: journalPageBytes)

  init(
    _ found: RecoveredJournal, options: JournalOptions, clock: any TimeSource,
    supply: SegmentSupply, salt: BlockSalt
  ) {
    self.options = options
    self.clock = clock
    self.supply = supply
    self.journalID = found.journalID
    self.salt = salt
    self.segment = found.lastSegment
    self.sequence = found.nextSequence
    self.previous = found.previous
    self.leavesPartial = found.hasPartial
    self.builder = BatchBuilder(byteCount: options.batchBytesMax + journalPageBytes)
    // A segment is sealed by one key: with another one, the next segment begins.
    if let open = found.open, open.header.keyID == options.sealing?.current.id {
      self.file = open.file
      self.segmentBytes = Int(open.header.segmentBytes)
      self.offset = open.offset
      self.adoptKey()
    }
  }

  var end: SharedState.DurableEnd {
    SharedState.DurableEnd(segment: self.segment, offset: max(self.offset, journalPageBytes))
  }

  /// Opens the next segment when the present one is full but for the page that is kept for a trim.
  /// Throws `outOfSpace` or `io` and can be called again.
  func makeRoom() async throws(JournalError) {
    if self.file != nil, self.offset + 2 * journalPageBytes <= self.segmentBytes { return }
    let next = try await self.supply.take(self.segment + 1)
    self.file = next.file
    self.segment = next.number
    self.segmentBytes = self.options.segmentBytes
    self.offset = 0
    self.adoptKey()
    self.supply.want(next.number + 1)
  }

  /// Whether a trim can still be written to the present segment.
  var hasReserve: Bool { self.file != nil && self.offset + journalPageBytes <= self.segmentBytes }

  /// Writes and syncs the next batch of `queue`. Everything in `builder.completed` is durable when it
  /// returns; when it throws, nothing may be written any more.
  ///
  /// - Precondition: `makeRoom` has succeeded since the last batch; with `usesReserve`, `hasReserve`.
  func writeBatch(
    of queue: borrowing CommitQueue, firstSegment: UInt64, usesReserve: Bool = false
  ) async throws(IOFailure) {
    guard let file = self.file else { preconditionFailure("no segment") }
    let start = self.offset
    let durable = self.sequence
    let end = self.segmentBytes - (usesReserve ? 0 : journalPageBytes)
    self.builder.beginBatch()
    // The header page comes on top.
    let limit = self.options.batchBytesMax + (start == 0 ? journalPageBytes : 0)
    if start == 0 {
      let header = self.segmentHeader(epoch: self.epoch(of: queue))
      self.previous = self.builder.append(header)
      self.offset = journalPageBytes
    }
    repeat {
      let room = min(end - self.offset, limit - self.builder.byteCount)
      let before = self.builder.byteCount
      self.previous = self.builder.appendBlock(
        BlockHeader(
          isSealed: self.isSegmentSealed, abandonsPartial: self.leavesPartial,
          payloadByteCount: 0, segment: self.segment, sequence: self.sequence,
          durableSequence: durable, epoch: self.epoch(of: queue), firstSegment: firstSegment,
          previous: self.previous, salt: self.isSegmentSealed ? self.salt : .none),
        of: queue, at: self.offset, limit: min(room, self.options.blockBytesMax),
        cipher: &self.cipher, seed: self.journalID.seed)
      self.leavesPartial = false
      self.sequence += 1
      self.offset += self.builder.byteCount - before
    } while !self.builder.isDone(queue) && self.offset + journalPageBytes <= end
      && self.builder.byteCount + journalPageBytes <= limit
    try await file.writeAndSync(self.output(), at: Int64(start))
  }

  /// The batch as it is written. Direct writes go out from a copy: the device takes memory out of our
  /// cache, and building the next batch there, field by field, waits for each line (measured: 11 of
  /// 45 µs of a commit of 64 records); one copy brings them back in a row.
  private func output() -> UnsafeRawBufferPointer {
    let built = UnsafeRawBufferPointer(
      rebasing: self.builder.buffer.memory[..<self.builder.byteCount])
    guard self.options.isDirect else { return built }
    self.directBuffer.grow(to: built.count, keeping: 0)
    let target = UnsafeMutableRawBufferPointer(
      rebasing: self.directBuffer.memory[..<built.count])
    target.copyMemory(from: built)
    return UnsafeRawBufferPointer(target)
  }

  /// Gives up what is left of a queue, of which a record may be half written.
  func abandon(_ queue: borrowing CommitQueue) -> [CommitQueue.Entry] {
    if self.builder.isInsideRecord { self.leavesPartial = true }
    return self.builder.takeUnfinished(queue)
  }

  private func epoch(of queue: borrowing CommitQueue) -> UInt64 { self.builder.nextEpoch(queue) }

  private func adoptKey() {
    guard let key = self.options.sealing?.current else {
      self.isSegmentSealed = false
      return
    }
    self.isSegmentSealed = true
    if self.cipher == nil { self.cipher = BlockCipher(key, salt: self.salt) }
  }

  private func segmentHeader(epoch: UInt64) -> SegmentHeader {
    SegmentHeader(
      journalID: self.journalID, number: self.segment, segmentBytes: UInt64(self.segmentBytes),
      firstSequence: self.sequence, epoch: epoch, previous: self.previous,
      keyID: self.options.sealing?.current.id, createdNanoseconds: self.clock.wallNow.nanoseconds)
  }
}
