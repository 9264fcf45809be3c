internal import Bytes
private import Crypto
internal import Runtime

/// Reads the blocks of one segment from front to back and proves each before anyone sees it.
///
/// It holds a window of the file; `limit` keeps it off pages that are not durable yet, so that what is
/// in the window never changes under it. Used by one task.
final class BlockReader {
  enum Outcome {
    /// A valid block; `withPayload` has its content until the next call.
    case block(BlockHeader, checksum: UInt64)
    /// The segment ends here.
    case end
    /// A sector of zeros where a header would be: nothing was written here, or its head was torn away.
    case blank
    /// A block whose header is right and which misses sectors.
    case torn(stored: UInt64, computed: UInt64)
    /// Something that neither the writer nor a power cut leaves.
    case damaged(JournalError)
  }

  /// What the chain says about the next block.
  struct Expectation {
    var segment: UInt64
    var sequence: UInt64
    var previous: UInt64
    var epoch: UInt64
    var firstSegment: UInt64
  }

  let file: any DiskFile
  let segmentBytes: Int
  private let seed: UInt64
  private let sealing: JournalSealing?
  private var cipher: BlockCipher?
  private var keyID: JournalKeyID?
  private var window = PageBuffer(byteCount: 256 << 10)
  private var windowStart = 0
  private var windowCount = 0
  private var payload = ByteWriter(capacity: 4096)

  init(
    file: any DiskFile, segmentBytes: Int, header: SegmentHeader, sealing: JournalSealing?
  ) {
    self.file = file
    self.segmentBytes = segmentBytes
    self.seed = header.journalID.seed
    self.keyID = header.keyID
    self.sealing = sealing
  }

  /// The block at `offset`, which must be what the chain expects there. Reads nothing at or past
  /// `limit`.
  func block(
    at offset: Int, expecting expected: Expectation, limit: Int
  ) async throws(JournalError) -> Outcome {
    guard offset + journalPageBytes <= limit else { return .end }
    try await self.load(offset, journalPageBytes, limit: limit)
    let header: BlockHeader
    let checksum: UInt64
    switch self.header(at: offset) {
    case .blank:
      return .blank
    case .damaged(let stored, let computed):
      return .damaged(self.mismatch("block header", at: offset, stored, computed))
    case .header(let found, let sum):
      header = found
      checksum = sum
    }
    if let problem = self.check(header, at: offset, expected, limit: limit) {
      return .damaged(problem)
    }
    let count = header.blockByteCount
    try await self.load(offset, count, limit: limit)
    let start = offset - self.windowStart
    let block = UnsafeRawBufferPointer(rebasing: self.window.memory[start..<(start + count)])
    let computed = XXH3.hash64(
      of: UnsafeRawBufferPointer(rebasing: block[BlockHeader.byteCount...]))
    guard computed == header.payloadChecksum else {
      if countBlankSectors(block) > header.blankSectorCount {
        return .torn(stored: header.payloadChecksum, computed: computed)
      }
      return .damaged(self.mismatch("block", at: offset, header.payloadChecksum, computed))
    }
    try self.unseal(block, header, at: offset)
    return .block(header, checksum: checksum)
  }

  /// The opened payload of the latest block.
  func withPayload<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    try self.payload.withUnsafeBytes { bytes throws(E) in try body(bytes.bytes) }
  }

  /// The bytes of the block that was read last, as they are in the file.
  func withStoredBlock<R>(
    at offset: Int, _ header: BlockHeader, _ body: (UnsafeRawBufferPointer) async -> R
  ) async -> R {
    let start = offset - self.windowStart
    return await body(
      UnsafeRawBufferPointer(rebasing: self.window.memory[start..<(start + header.blockByteCount)]))
  }

  /// A block whose two checksums are right, whatever the chain expects; its payload stays as it is.
  func provenBlock(at offset: Int) async throws(JournalError) -> BlockHeader? {
    guard case .header(let header, _) = try await self.strayHeader(at: offset),
      offset + header.blockByteCount <= self.segmentBytes
    else { return nil }
    try await self.load(offset, header.blockByteCount, limit: self.segmentBytes)
    let start = offset - self.windowStart + BlockHeader.byteCount
    let end = offset - self.windowStart + header.blockByteCount
    let computed = XXH3.hash64(
      of: UnsafeRawBufferPointer(rebasing: self.window.memory[start..<end]))
    return computed == header.payloadChecksum ? header : nil
  }

  /// What stands at `offset` on its own, whatever the chain expects: for looking beyond a break.
  func strayHeader(at offset: Int) async throws(JournalError) -> BlockHeader.Reading {
    try await self.load(offset, journalPageBytes, limit: self.segmentBytes)
    return self.header(at: offset)
  }

  /// The page at `offset`, which `strayHeader` has loaded.
  func isBlankPage(at offset: Int) -> Bool {
    let start = offset - self.windowStart
    return isBlankMemory(
      UnsafeRawBufferPointer(rebasing: self.window.memory[start..<(start + journalPageBytes)]))
  }

  private func header(at offset: Int) -> BlockHeader.Reading {
    let start = offset - self.windowStart
    let page = UnsafeRawBufferPointer(
      rebasing: self.window.memory[start..<(start + journalPageBytes)])
    return BlockHeader.read(page.bytes, seed: self.seed)
  }

  /// Brings `count` bytes at `offset` into the window, and more when there are more below `limit`.
  private func load(_ offset: Int, _ count: Int, limit: Int) async throws(JournalError) {
    if offset >= self.windowStart, offset + count <= self.windowStart + self.windowCount { return }
    self.window.grow(to: count, keeping: 0)
    let wanted = min(self.window.count, limit - offset)
    let room = UnsafeMutableRawBufferPointer(rebasing: self.window.memory[..<wanted])
    self.windowCount = 0
    let got: Int
    do {
      got = try await self.file.read(into: room, at: Int64(offset))
    } catch {
      throw .io("read a segment", error)
    }
    guard got >= count else {
      throw JournalError(
        .damaged, "\(self.file.path) ends at \(offset + got), before byte \(offset + count)",
        file: self.file.path, offset: Int64(offset + got))
    }
    self.windowStart = offset
    self.windowCount = got / journalPageBytes * journalPageBytes
  }

  private func check(
    _ header: BlockHeader, at offset: Int, _ expected: Expectation, limit: Int
  ) -> JournalError? {
    let facts: [(String, UInt64, UInt64)] = [
      ("segment number", header.segment, expected.segment),
      ("sequence", header.sequence, expected.sequence),
      ("checksum of the block before", header.previous, expected.previous),
    ]
    for (name, found, wanted) in facts where found != wanted {
      return JournalError(
        .damaged,
        "the block at \(offset) of \(self.file.path) has the \(name) \(hex(found)), not "
          + "\(hex(wanted)): it is not the next one of this chain",
        file: self.file.path, offset: Int64(offset))
    }
    guard header.epoch >= expected.epoch, header.firstSegment >= expected.firstSegment,
      header.firstSegment <= header.segment, header.durableSequence <= header.sequence,
      offset + header.blockByteCount <= limit, header.isSealed == (self.keyID != nil)
    else {
      return JournalError(
        .damaged,
        "the block at \(offset) of \(self.file.path) contradicts those before it: epoch "
          + "\(header.epoch), first segment \(header.firstSegment), \(header.blockByteCount) bytes",
        file: self.file.path, offset: Int64(offset))
    }
    return nil
  }

  private func unseal(
    _ block: UnsafeRawBufferPointer, _ header: BlockHeader, at offset: Int
  ) throws(JournalError) {
    let stored = UnsafeRawBufferPointer(
      rebasing: block[BlockHeader.byteCount..<(BlockHeader.byteCount + header.payloadByteCount)])
    self.payload.removeAll(keepingCapacityUpTo: 1 << 20)
    guard header.isSealed, let keyID = self.keyID else {
      self.payload.append(copying: stored)
      return
    }
    if self.cipher == nil || self.cipher?.salt != header.salt {
      guard let key = self.sealing?.key(keyID) else {
        throw JournalError(
          .keyMissing, "\(self.file.path) is sealed with key \(keyID), which was not given",
          file: self.file.path)
      }
      self.cipher = BlockCipher(key, salt: header.salt)
    }
    do {
      try self.cipher?.open(stored.bytes, header, to: &self.payload)
    } catch {
      throw JournalError(
        .notAuthentic, "key \(keyID) does not open the block at \(offset) of \(self.file.path)",
        hint: "another key has this id, or the file was changed by somebody who has not the key",
        file: self.file.path, offset: Int64(offset), cause: error)
    }
  }

  private func mismatch(
    _ what: String, at offset: Int, _ stored: UInt64, _ computed: UInt64
  ) -> JournalError {
    JournalError(
      .damaged,
      "the \(what) checksum at \(offset) of \(self.file.path) is \(hex(stored)), computed "
        + hex(computed),
      hint: "durable bytes were changed: restore the file from a replica or a backup",
      file: self.file.path, offset: Int64(offset))
  }
}

func hex(_ value: UInt64) -> String { String(value, radix: 16) }
