internal import Bytes
internal import Runtime

/// The end of the journal: whether what is missing there had been durable.
extension Recovery {
  /// Looks behind the end of the last segment for a block that was written when the one missing there
  /// was durable, and for what has to be cleared.
  func scanTail() async throws(JournalError) {
    guard var open = self.found.open, let tail = self.tail else { return }
    open.dirtyPages = try await self.dirtyPages(
      of: open.file, header: open.header, from: open.offset, tail)
    self.found.open = open
  }

  func scanUnused(_ number: UInt64) async throws(JournalError) {
    let file = try await self.openFile(number)
    let tail = self.tail ?? Tail(file: file.path, offset: 0, torn: nil)
    var header = self.found.open?.header
    header?.number = number
    var isBlank = false
    if let header {
      isBlank = try await self.dirtyPages(of: file, header: header, from: 0, tail).isEmpty
    }
    self.found.leftovers.append(
      RecoveredJournal.LeftoverFile(name: SegmentName.segment(number), isBlank: isBlank))
  }

  func dirtyPages(
    of file: any DiskFile, header: SegmentHeader, from start: Int, _ tail: Tail
  ) async throws(JournalError) -> [Int] {
    let size = try await self.size(of: file) / journalPageBytes * journalPageBytes
    let reader = BlockReader(file: file, segmentBytes: size, header: header, sealing: nil)
    var dirty: [Int] = []
    var offset = start
    while offset < size {
      let reading = try await reader.strayHeader(at: offset)
      if case .header(let block, _) = reading, block.segment == header.number,
        block.durableSequence > self.found.nextSequence
      {
        throw self.hole(tail, proof: "block \(block.sequence) at \(offset) of \(file.path)")
      }
      if !reader.isBlankPage(at: offset) { dirty.append(offset) }
      offset += journalPageBytes
    }
    return dirty
  }

  func hole(_ tail: Tail, proof: String) -> JournalError {
    let state =
      tail.torn.map {
        "is incomplete: its checksum is \(hex($0.stored)), computed \(hex($0.computed))"
      }
      ?? "is missing: there are zeros"
    return JournalError(
      .damaged,
      "block \(self.found.nextSequence) at \(tail.offset) of \(tail.file) \(state), "
        + "but it had been durable: \(proof)",
      hint: "durable bytes were lost: restore the file from a replica or a backup",
      file: tail.file, offset: Int64(tail.offset))
  }
}
