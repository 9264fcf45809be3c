internal import Bytes
private import Crypto

/// The first page of a segment file.
///
/// ```
///  0  magic "LKJSEG\0\1"                   8 bytes
///  8  version                              u32      1
/// 12  offset of the first block            u32      4096
/// 16  journal id, random                   16 bytes
/// 32  number of this segment               u64      from 1
/// 40  size of this file                    u64
/// 48  sequence of the first block          u64      all before it were durable when this was written
/// 56  epoch                                u64
/// 64  checksum of the block before         u64      0 in segment 1
/// 72  key id                               16 bytes zeros: not sealed
/// 88  created, ns since 1970               i64
/// 96  checksum of bytes 0 to 95            u64      XXH3-64; the first block's `previous`
/// 104 zeros to 4096
/// ```
///
/// Numbers are little-endian. The header lies in one sector and is written together with the first
/// batch: a blank one means a segment that nobody wrote to.
package struct SegmentHeader: Hashable, Sendable {
  static let magic: UInt64 = 0x0100_4745_534A_4B4C
  static let version: UInt32 = 1
  package static let byteCount = 104

  package var journalID: JournalID
  package var number: UInt64
  package var segmentBytes: UInt64
  package var firstSequence: UInt64
  package var epoch: UInt64
  package var previous: UInt64
  package var keyID: JournalKeyID?
  package var createdNanoseconds: Int64

  package enum Reading: Hashable, Sendable {
    case header(SegmentHeader, checksum: UInt64)
    case blank
    case damaged(stored: UInt64, computed: UInt64)
    case newer(version: UInt32)

    package var isHeader: Bool { if case .header = self { true } else { false } }
  }

  package init(
    journalID: JournalID, number: UInt64, segmentBytes: UInt64, firstSequence: UInt64,
    epoch: UInt64, previous: UInt64, keyID: JournalKeyID?, createdNanoseconds: Int64
  ) {
    self.journalID = journalID
    self.number = number
    self.segmentBytes = segmentBytes
    self.firstSequence = firstSequence
    self.epoch = epoch
    self.previous = previous
    self.keyID = keyID
    self.createdNanoseconds = createdNanoseconds
  }

  /// Writes the whole page and returns the header's checksum.
  @discardableResult
  package func write(to page: UnsafeMutableRawBufferPointer) -> UInt64 {
    precondition(page.count == journalPageBytes, "a page of \(page.count) bytes")
    page.initializeMemory(as: UInt8.self, repeating: 0)
    page.store(Self.magic, at: 0)
    page.store(Self.version, at: 8)
    page.store(UInt32(journalPageBytes), at: 12)
    page.store(self.journalID.low, at: 16)
    page.store(self.journalID.high, at: 24)
    page.store(self.number, at: 32)
    page.store(self.segmentBytes, at: 40)
    page.store(self.firstSequence, at: 48)
    page.store(self.epoch, at: 56)
    page.store(self.previous, at: 64)
    page.store(self.keyID?.low ?? 0, at: 72)
    page.store(self.keyID?.high ?? 0, at: 80)
    page.store(self.createdNanoseconds, at: 88)
    return Self.sealChecksum(page)
  }

  /// Stores the checksum of the fields in place.
  @discardableResult
  package static func sealChecksum(_ page: UnsafeMutableRawBufferPointer) -> UInt64 {
    let checksum = XXH3.hash64(of: UnsafeRawBufferPointer(rebasing: page[..<96]))
    page.store(checksum, at: 96)
    return checksum
  }

  /// Reads the header in the first sector of a file. Never traps, whatever the bytes.
  package static func read(_ sector: RawSpan) -> Reading {
    guard sector.byteCount >= Self.byteCount else { return .damaged(stored: 0, computed: 0) }
    let isBlank = sector.extracting(first: min(sector.byteCount, journalSectorBytes)).isBlank
    if isBlank { return .blank }
    let computed = XXH3.hash64(of: sector.extracting(first: 96))
    let stored = sector.load(UInt64.self, at: 96)
    guard sector.load(UInt64.self, at: 0) == Self.magic, stored == computed else {
      return .damaged(stored: stored, computed: computed)
    }
    let version = sector.load(UInt32.self, at: 8)
    guard version == Self.version, sector.load(UInt32.self, at: 12) == UInt32(journalPageBytes)
    else { return .newer(version: version) }
    let keyID = JournalKeyID(
      low: sector.load(UInt64.self, at: 72), high: sector.load(UInt64.self, at: 80))
    let header = SegmentHeader(
      journalID: JournalID(
        low: sector.load(UInt64.self, at: 16), high: sector.load(UInt64.self, at: 24)),
      number: sector.load(UInt64.self, at: 32), segmentBytes: sector.load(UInt64.self, at: 40),
      firstSequence: sector.load(UInt64.self, at: 48), epoch: sector.load(UInt64.self, at: 56),
      previous: sector.load(UInt64.self, at: 64),
      keyID: keyID.low == 0 && keyID.high == 0 ? nil : keyID,
      createdNanoseconds: sector.load(Int64.self, at: 88))
    return .header(header, checksum: computed)
  }
}

/// A journal's random name: blocks of another journal are never taken for its own.
package struct JournalID: Hashable, Sendable {
  package var low: UInt64
  package var high: UInt64

  package init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// Seeds the checksums of block headers, so that no client's record can hold a block of this journal.
  var seed: UInt64 { self.low ^ self.high }
}
