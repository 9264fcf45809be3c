internal import Bytes
internal import Runtime

/// What recovery changes, once it knows that nothing durable is missing.
extension Recovery {
  /// Makes the end of the journal ready for appends and everything found durable.
  ///
  /// 1. Pages behind the end become zeros, so that the next torn block is told from a damaged one.
  /// 2. The last batch is written again with the same bytes: its sync may have failed, and a page that a
  ///    failed sync left in the cache looks durable without being so. Sectors are replaced by equal
  ///    ones, so a power cut here costs nothing.
  /// 3. One sync covers both. Nothing found is served as durable before it.
  /// 4. Files without meaning become spares, and the names of all spares durable: a process that was
  ///    killed may have left a rename that is not, and overwriting such a file would destroy a segment
  ///    that a power cut brings back.
  ///
  /// A power cut at any point leaves a journal that recovery reads to the same end.
  func repair() async throws(JournalError) {
    if let open = self.found.open {
      try await self.clear(open)
      try await self.rewriteLastBatch(open)
      do {
        try await open.file.sync()
      } catch {
        throw .io("sync the recovered segment", error)
      }
      if self.options.isDirect { try await self.reopenDirect() }
    }
    try await self.retireLeftovers()
  }

  private func reopenDirect() async throws(JournalError) {
    guard let path = self.found.open?.file.path else { return }
    do {
      self.found.open?.file = try await self.disk.open(path, SegmentSupply.directMode)
    } catch {
      throw .io("open the recovered segment", error)
    }
  }

  private func clear(_ open: RecoveredJournal.OpenSegment) async throws(JournalError) {
    guard !open.dirtyPages.isEmpty else { return }
    let zeros = PageBuffer(byteCount: journalPageBytes)
    zeros.memory.initializeMemory(as: UInt8.self, repeating: 0)
    for page in open.dirtyPages {
      do {
        try await open.file.write(UnsafeRawBufferPointer(zeros.memory), at: Int64(page))
      } catch {
        throw .io("clear the end of a segment", error)
      }
    }
  }

  private func rewriteLastBatch(_ open: RecoveredJournal.OpenSegment) async throws(JournalError) {
    let size = Int(open.header.segmentBytes)
    let reader = BlockReader(file: open.file, segmentBytes: size, header: open.header, sealing: nil)
    var offset = open.lastBatchOffset
    if offset == 0 {
      let page = PageBuffer(byteCount: journalPageBytes)
      open.header.write(to: page.memory)
      try await self.write(UnsafeRawBufferPointer(page.memory), to: open.file, at: 0)
      offset = journalPageBytes
    }
    while offset < open.offset {
      guard let header = try await reader.provenBlock(at: offset) else {
        throw JournalError(
          .damaged, "the block at \(offset) of \(open.file.path) reads differently the second time",
          file: open.file.path, offset: Int64(offset))
      }
      let failure = await reader.withStoredBlock(at: offset, header) { block -> JournalError? in
        do throws(JournalError) {
          try await self.write(block, to: open.file, at: offset)
          return nil
        } catch {
          return error
        }
      }
      if let failure { throw failure }
      offset += header.blockByteCount
    }
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, to file: any DiskFile, at offset: Int
  ) async throws(JournalError) {
    do {
      try await file.write(bytes, at: Int64(offset))
    } catch {
      throw .io("write the recovered segment", error)
    }
  }

  private func retireLeftovers() async throws(JournalError) {
    guard !(self.found.leftovers.isEmpty && self.found.spares.isEmpty) else { return }
    var number = self.found.spares.compactMap { SegmentName.spareNumber($0.name) }.max() ?? 0
    for leftover in self.found.leftovers {
      number += 1
      let name = SegmentName.spare(number)
      do {
        try await self.disk.rename(self.path(leftover.name), to: self.path(name))
      } catch {
        throw .io("retire a segment", error)
      }
      self.found.spares.append(SpareFile(name: name, isBlank: leftover.isBlank))
    }
    do {
      try await self.disk.syncDirectory(self.directory)
    } catch {
      throw .io("sync the journal's folder", error)
    }
    self.found.leftovers = []
  }
}
