private import Bytes
package import Values

/// Where blobs are kept: a fixed set of disks. 1–0x7FFF replicated, 0x8000–0xFFFE erasure coded, 0xFFFF
/// the cloud; 0 is none.
package struct VolumeID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let none = VolumeID(rawValue: 0)
  package static let cloud = VolumeID(rawValue: 0xFFFF)
  package var description: String { "volume \(self.rawValue)" }
  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A run of bytes in a volume, cut into blocks of one size; the last is shorter. It is written once and
/// never changes.
package struct BlobReference: Hashable, Sendable {
  package var volume: VolumeID
  private var high: UInt64
  private var low: UInt64
  /// Bytes of content; with encryption, each stored block is `sealOverhead` longer.
  package var byteCount: Int64
  /// The size of a block is 1 << this.
  package var blockSizeLog2: UInt8
  /// The blob is a table of parts: whoever deletes it deletes what the table names first.
  package var isPartTable: Bool

  package init(
    volume: VolumeID, id: UUID, byteCount: Int64, blockSizeLog2: UInt8, isPartTable: Bool = false
  ) {
    precondition(byteCount >= 0, "\(byteCount) bytes")
    precondition(blockSizeLog2 <= 24, "blocks of 1 << \(blockSizeLog2)")
    self.volume = volume
    (self.high, self.low) = id.words
    self.byteCount = byteCount
    self.blockSizeLog2 = blockSizeLog2
    self.isPartTable = isPartTable
  }

  /// Version 7: when it was begun is part of it, and what an orphan is told by.
  package var id: UUID { UUID(high: self.high, low: self.low) }

  /// Milliseconds since 1970 at which the blob was begun; nil when its identifier does not say.
  package var begunMilliseconds: UInt64? { self.id.begunMilliseconds }

  package var blockByteCount: Int { 1 << Int(self.blockSizeLog2) }

  package var blockCount: UInt32 {
    UInt32((self.byteCount + Int64(self.blockByteCount) - 1) >> Int64(self.blockSizeLog2))
  }

  /// Bytes of content in a block.
  ///
  /// - Precondition: there is such a block.
  package func contentByteCount(ofBlock number: UInt32) -> Int {
    precondition(number < self.blockCount, "block \(number) of \(self.blockCount)")
    let start = Int64(number) << Int64(self.blockSizeLog2)
    return Int(Swift.min(Int64(self.blockByteCount), self.byteCount - start))
  }
}

/// One block of a blob: what a blob store is asked for.
package struct BlockAddress: Hashable, Sendable {
  package var volume: VolumeID
  package var number: UInt32
  private var high: UInt64
  private var low: UInt64

  package init(volume: VolumeID, blob: UUID, number: UInt32) {
    self.volume = volume
    self.number = number
    (self.high, self.low) = blob.words
  }

  package var blob: UUID { UUID(high: self.high, low: self.low) }

  /// As a blob's reference has it.
  package var begunMilliseconds: UInt64? { self.blob.begunMilliseconds }
}

// Values that go by the dozen through async calls hold 64-bit words: with 128-bit arguments on the
// stack the compiler (6.3) emits tail calls that return to the wrong place.
extension UUID {
  var words: (UInt64, UInt64) {
    (UInt64(truncatingIfNeeded: self.bits >> 64), UInt64(truncatingIfNeeded: self.bits))
  }

  var begunMilliseconds: UInt64? {
    self.version == 7 ? UInt64(truncatingIfNeeded: self.bits >> 80) : nil
  }

  init(high: UInt64, low: UInt64) { self.init(bits: UInt128(high) << 64 | UInt128(low)) }
}
