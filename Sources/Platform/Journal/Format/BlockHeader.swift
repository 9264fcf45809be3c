internal import Bytes
private import Crypto

/// The head of a block: what one sync made durable, or one of several written together.
///
/// ```
///  0  magic "LKJB"                         u32
///  4  flags                                u16      1 sealed, 2 abandons an unfinished record
///  6  zeros                                u16
///  8  payload bytes, with a tag of 16      u32
/// 12  sectors of the block that are zeros  u32
/// 16  number of the segment                u64
/// 24  sequence of this block               u64      from 1, no gaps, across segments
/// 32  first sequence not yet durable       u64      when this block was written
/// 40  epoch                                u64
/// 48  first segment that is needed         u64      those before it are trimmed
/// 56  header checksum of the block before  u64      of the segment header for a segment's first
/// 64  salt of the opening                  16 bytes zeros: not sealed
/// 80  checksum of bytes 96 to the end      u64      XXH3-64; with the padding
/// 88  checksum of bytes 0 to 87            u64      XXH3-64, seeded with the journal's id
/// 96  payload: fragments (see Fragment), or the same sealed, then its tag
///     zeros to a multiple of 4096
/// ```
///
/// Blocks begin at multiples of 4096, one right after the other. A block is valid when
///
/// 1. its header checksum is right, and magic, unknown flags and bytes 6–7 are as above;
/// 2. `segment` is the segment's number, `sequence` the one expected, `previous` the checksum before;
/// 3. it ends inside the segment;
/// 4. its payload checksum is right.
///
/// A sector is written whole or not at all and what is not written is zeros, so a block that was torn
/// by a power cut has more sectors of zeros than it says; one that has not was changed afterwards.
package struct BlockHeader: Hashable, Sendable {
  static let magic: UInt32 = 0x424A_4B4C
  package static let byteCount = 96
  /// No block is larger, whoever wrote it.
  package static let blockBytesLimit = 4 << 20
  static let tagByteCount = 16

  package var isSealed = false
  package var abandonsPartial = false
  package var payloadByteCount: Int
  package var blankSectorCount = 0
  package var segment: UInt64
  package var sequence: UInt64
  package var durableSequence: UInt64
  package var epoch: UInt64
  package var firstSegment: UInt64
  package var previous: UInt64
  package var salt = BlockSalt.none
  package var payloadChecksum: UInt64 = 0

  package enum Reading: Hashable, Sendable {
    case header(BlockHeader, checksum: UInt64)
    case blank
    case damaged(stored: UInt64, computed: UInt64)
  }

  /// Bytes of the block with header and padding.
  package var blockByteCount: Int {
    Self.roundedToPage(Self.byteCount + self.payloadByteCount)
  }

  static func roundedToPage(_ count: Int) -> Int {
    (count + journalPageBytes - 1) / journalPageBytes * journalPageBytes
  }

  /// Everything but the two checksums. What is sealed is bound to these bytes, with
  /// `blankSectorCount` taken as 0, since it is counted afterwards.
  func writeFields(to target: UnsafeMutableRawBufferPointer) {
    target.store(Self.magic, at: 0)
    target.store(UInt16((self.isSealed ? 1 : 0) | (self.abandonsPartial ? 2 : 0)), at: 4)
    target.store(UInt16(0), at: 6)
    target.store(UInt32(self.payloadByteCount), at: 8)
    target.store(UInt32(self.blankSectorCount), at: 12)
    target.store(self.segment, at: 16)
    target.store(self.sequence, at: 24)
    target.store(self.durableSequence, at: 32)
    target.store(self.epoch, at: 40)
    target.store(self.firstSegment, at: 48)
    target.store(self.previous, at: 56)
    target.store(self.salt.low, at: 64)
    target.store(self.salt.high, at: 72)
  }

  /// Completes a block whose payload and padding are in place. Returns the header's checksum, which the
  /// next block carries.
  mutating func finish(_ block: UnsafeMutableRawBufferPointer, seed: UInt64) -> UInt64 {
    precondition(block.count == self.blockByteCount, "a block of \(block.count) bytes")
    // The header's own sector holds the magic: it is never blank.
    self.blankSectorCount = countBlankSectors(
      UnsafeRawBufferPointer(rebasing: block[journalSectorBytes...]))
    self.writeFields(to: block)
    self.payloadChecksum = XXH3.hash64(
      of: UnsafeRawBufferPointer(rebasing: block[Self.byteCount...]))
    block.store(self.payloadChecksum, at: 80)
    let checksum = headerChecksum(UnsafeRawBufferPointer(block), seed: seed)
    block.store(checksum, at: 88)
    return checksum
  }

  /// Reads a header at the start of `bytes`, which hold at least a sector. Never traps, whatever they
  /// are.
  package static func read(_ bytes: RawSpan, seed: UInt64) -> Reading {
    guard bytes.byteCount >= journalSectorBytes else { return .damaged(stored: 0, computed: 0) }
    if bytes.load(UInt64.self, at: 0) == 0, bytes.extracting(first: journalSectorBytes).isBlank {
      return .blank
    }
    let stored = bytes.load(UInt64.self, at: 88)
    let computed = bytes.withUnsafeBytes { headerChecksum($0, seed: seed) }
    let flags = bytes.load(UInt16.self, at: 4)
    let payload = bytes.load(UInt32.self, at: 8)
    guard stored == computed, bytes.load(UInt32.self, at: 0) == Self.magic, flags <= 3,
      bytes.load(UInt16.self, at: 6) == 0,
      payload <= UInt32(Self.blockBytesLimit - Self.byteCount),
      flags & 1 == 0 || payload >= UInt32(Self.tagByteCount)
    else { return .damaged(stored: stored, computed: computed) }
    let header = BlockHeader(
      isSealed: flags & 1 != 0, abandonsPartial: flags & 2 != 0, payloadByteCount: Int(payload),
      blankSectorCount: Int(bytes.load(UInt32.self, at: 12)),
      segment: bytes.load(UInt64.self, at: 16), sequence: bytes.load(UInt64.self, at: 24),
      durableSequence: bytes.load(UInt64.self, at: 32), epoch: bytes.load(UInt64.self, at: 40),
      firstSegment: bytes.load(UInt64.self, at: 48), previous: bytes.load(UInt64.self, at: 56),
      salt: BlockSalt(low: bytes.load(UInt64.self, at: 64), high: bytes.load(UInt64.self, at: 72)),
      payloadChecksum: bytes.load(UInt64.self, at: 80))
    return .header(header, checksum: computed)
  }
}

private func headerChecksum(_ block: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
  block.bytes.withUnsafeBytes { bytes in
    XXH3.hash64(of: UnsafeRawBufferPointer(rebasing: bytes[..<88]).bytes, seed: seed)
  }
}
