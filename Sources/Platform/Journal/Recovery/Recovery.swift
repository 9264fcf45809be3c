internal import Bytes
internal import Runtime

/// Reads a journal from its first block to its last, proves the chain, and finds where it ends.
///
/// The end is where the last sync that was acknowledged, or a later one, left it: at the first place
/// that holds zeros instead of a block, or a block that misses sectors. What stands there is cut off
/// (`Recovery+Repair`) only if nothing behind it shows that it had been durable. Everything else stops
/// the opening with an error that names file and offset: a checksum that is wrong without missing
/// sectors, a block of another chain, a missing or short segment file, a later block, or a later
/// segment, that was written when the missing one was durable. Nothing is changed then.
final class Recovery {
  typealias Emit = (borrowing JournalRecordView) throws -> Void

  let disk: any Disk
  let directory: String
  let options: JournalOptions
  var found: RecoveredJournal
  private var assembler = RecordAssembler()
  /// The break at the end of the segment scanned last.
  var tail: Tail?
  /// Records before this position are proven but not handed over.
  private var from: JournalPosition

  struct Tail {
    var file: String
    var offset: Int
    var torn: (stored: UInt64, computed: UInt64)?
  }

  init(
    disk: any Disk, directory: String, options: JournalOptions, newID: JournalID,
    from: JournalPosition
  ) {
    self.disk = disk
    self.directory = directory
    self.options = options
    self.found = RecoveredJournal(journalID: newID)
    self.from = from
  }

  func path(_ name: String) -> String { self.directory + "/" + name }

  /// Scans everything. Changes no file.
  func scan(_ emit: Emit) async throws(JournalError) {
    let listing = try await self.listing()
    let unused = try await self.unusedNumbers(listing)
    let used = listing.dropLast(unused.count)
    try self.checkUnused(unused, last: used.last ?? 0)
    if let last = used.last {
      // Names below a gap are what a trim left.
      var first = last
      while first > 1, used.contains(first - 1) { first -= 1 }
      let oldest = try await self.oldestNeeded(first...last)
      self.from = max(self.from, JournalPosition(segment: oldest, offset: 0))
      for number in first...last {
        try await self.scanSegment(number, isFirst: number == first, emit)
      }
      try await self.scanTail()
      try self.checkNames(used, first: first)
    }
    for number in unused { try await self.scanUnused(number) }
  }

  private func scanSegment(
    _ number: UInt64, isFirst: Bool, _ emit: Emit
  ) async throws(JournalError) {
    let file = try await self.openFile(number)
    switch try await self.readHeader(file) {
    case .blank:
      throw JournalError(
        .damaged, "\(file.path) has no header, but a later segment was written",
        hint: "restore the file from a replica or a backup", file: file.path, offset: 0)
    case .damaged(let stored, let computed):
      throw JournalError(
        .damaged,
        "the header checksum of \(file.path) is \(hex(stored)), computed \(hex(computed))",
        hint: "restore the file from a replica or a backup", file: file.path, offset: 0)
    case .newer(let version):
      throw JournalError(
        .newerFormat, "\(file.path) has format version \(version), this program knows 1",
        hint: "open it with the version that wrote it", file: file.path)
    case .header(let header, let checksum):
      try await self.check(header, of: file, number: number, isFirst: isFirst)
      try await self.scanBlocks(header, checksum, file, emit)
    }
  }

  /// The first segment that the newest readable block still needs: what is before it was trimmed, and is
  /// not handed over. The scan proves the same block later.
  private func oldestNeeded(_ numbers: ClosedRange<UInt64>) async throws(JournalError) -> UInt64 {
    for number in numbers.reversed() {
      let file = try await self.openFile(number)
      guard case .header(let header, _) = try await self.readHeader(file) else { continue }
      let size = try await self.size(of: file)
      let reader = BlockReader(file: file, segmentBytes: size, header: header, sealing: nil)
      var oldest: UInt64?
      var offset = journalPageBytes
      while offset + journalPageBytes <= size,
        case .header(let block, _) = try await reader.strayHeader(at: offset),
        block.segment == number
      {
        oldest = max(oldest ?? 0, block.firstSegment)
        offset += block.blockByteCount
      }
      if let oldest { return oldest }
    }
    return numbers.lowerBound
  }

  private func check(
    _ header: SegmentHeader, of file: any DiskFile, number: UInt64, isFirst: Bool
  ) async throws(JournalError) {
    let size = try await self.size(of: file)
    if isFirst {
      self.found.journalID = header.journalID
      self.found.nextSequence = header.firstSequence
      self.found.previous = header.previous
    } else if let tail = self.tail,
      header.firstSequence != self.found.nextSequence || tail.torn != nil
    {
      throw self.hole(tail, proof: "\(file.path) begins at block \(header.firstSequence)")
    }
    let facts: [(String, UInt64, UInt64)] = [
      ("segment number", header.number, number),
      ("size", header.segmentBytes, UInt64(size)),
      ("journal id", header.journalID.low, self.found.journalID.low),
      ("journal id", header.journalID.high, self.found.journalID.high),
      ("first sequence", header.firstSequence, self.found.nextSequence),
      ("checksum of the block before", header.previous, self.found.previous),
      ("epoch", min(header.epoch, self.found.epoch), self.found.epoch),
    ]
    for (name, found, expected) in facts where found != expected {
      throw JournalError(
        .damaged,
        "the header of \(file.path) has the \(name) \(hex(found)), not \(hex(expected))",
        file: file.path, offset: 0)
    }
  }

  private func scanBlocks(
    _ header: SegmentHeader, _ checksum: UInt64, _ file: any DiskFile, _ emit: Emit
  ) async throws(JournalError) {
    let reader = BlockReader(
      file: file, segmentBytes: Int(header.segmentBytes), header: header,
      sealing: self.options.sealing)
    self.found.previous = checksum
    self.found.epoch = header.epoch
    self.found.lastSegment = header.number
    self.tail = nil
    var offset = journalPageBytes
    var lastBatch = 0
    scanning: while true {
      let expected = self.expectation(header.number)
      switch try await reader.block(at: offset, expecting: expected, limit: reader.segmentBytes) {
      case .end:
        break scanning
      case .blank:
        self.tail = Tail(file: file.path, offset: offset, torn: nil)
        break scanning
      case .torn(let stored, let computed):
        self.tail = Tail(file: file.path, offset: offset, torn: (stored, computed))
        break scanning
      case .damaged(let error):
        throw error
      case .block(let block, let sum):
        try self.take(block, at: offset, reader, emit)
        if block.durableSequence == block.sequence, offset > journalPageBytes { lastBatch = offset }
        self.found.nextSequence = block.sequence + 1
        self.found.previous = sum
        self.found.epoch = block.epoch
        self.found.firstSegment = block.firstSegment
        offset += block.blockByteCount
      }
    }
    self.found.open = RecoveredJournal.OpenSegment(
      header: header, file: file, offset: offset, lastBatchOffset: lastBatch)
  }

  func expectation(_ segment: UInt64) -> BlockReader.Expectation {
    BlockReader.Expectation(
      segment: segment, sequence: self.found.nextSequence, previous: self.found.previous,
      epoch: self.found.epoch, firstSegment: self.found.firstSegment)
  }

  private func take(
    _ block: BlockHeader, at offset: Int, _ reader: BlockReader, _ emit: Emit
  ) throws(JournalError) {
    let from = self.from
    let problem = try reader.withPayload { payload throws(JournalError) in
      try self.assembler.take(block, at: offset, payload) { record throws(JournalError) in
        guard record.position >= from else { return }
        do {
          try emit(record)
        } catch {
          throw JournalError(
            .replayRefused, "the record at \(record.position) cannot be replayed: \(error)",
            file: reader.file.path, offset: Int64(record.position.offset), cause: error)
        }
      }
    }
    if let problem {
      throw JournalError(
        .damaged, "the block at \(offset) of \(reader.file.path) makes no sense: \(problem)",
        file: reader.file.path, offset: Int64(offset))
    }
    self.found.hasPartial = self.assembler.hasPartial
  }
}
