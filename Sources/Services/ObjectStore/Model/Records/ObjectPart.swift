package import Bytes
package import Crypto
private import Values

// One part, of an upload or of the object it became, 104 bytes:
//
//    0  2  number, 1 to 10 000          40 16  MD5
//    2  1  checksum algorithm, 0 none   56 16  blob (big-endian)
//    3  1  log2 of the block size       72 32  checksum, zero behind its end
//    4  2  volume
//    6  2  zero
//    8  8  size
//   16  8  commit time, ms           *
//   24  8  commit sequence           *
//   32  8  seal nonce, 0 not sealed
//
// The fields marked * are written by the namespace when it commits the part.

package struct ObjectPart: Hashable, Sendable {
  package var number: UInt16
  package var size: Int64
  package var md5: Digest<16>
  package var checksum: ObjectChecksum?
  /// Nil when the part is empty.
  package var blob: BlobReference?
  package var nonce: UInt64 = 0
  package var commitMilliseconds: UInt64 = 0
  package var commitSequence: UInt64 = 0

  package static let byteCount = 104
  package static let numberMax = 10_000

  package init(
    number: UInt16, size: Int64, md5: Digest<16>, checksum: ObjectChecksum?, blob: BlobReference?
  ) {
    self.number = number
    self.size = size
    self.md5 = md5
    self.checksum = checksum
    self.blob = blob
  }

  /// Nil when the bytes are no part.
  package init?(decoding bytes: RawSpan) {
    var reader = ByteReader(bytes)
    guard bytes.byteCount == Self.byteCount, let number = reader.littleEndian(UInt16.self),
      let algorithm = reader.byte(), let log2 = reader.byte(), log2 <= 24,
      let volume = reader.littleEndian(UInt16.self), reader.skip(2),
      let size = reader.littleEndian(Int64.self), size >= 0,
      let milliseconds = reader.littleEndian(UInt64.self),
      let sequence = reader.littleEndian(UInt64.self),
      let nonce = reader.littleEndian(UInt64.self), let md5 = reader.take(16),
      let digest = Digest<16>(md5), let blob = reader.bigEndian(UInt128.self)
    else { return nil }
    self.number = number
    self.size = size
    self.md5 = digest
    self.nonce = nonce
    self.commitMilliseconds = milliseconds
    self.commitSequence = sequence
    if let known = ChecksumAlgorithm(rawValue: algorithm), let value = reader.take(known.byteCount)
    {
      self.checksum = ObjectChecksum(known, value.array)
    }
    if volume != 0 {
      self.blob = BlobReference(
        volume: VolumeID(rawValue: volume), id: UUID(bits: blob), byteCount: size,
        blockSizeLog2: log2)
    }
  }

  package func append(to target: inout ByteWriter) {
    let start = target.count
    target.append(littleEndian: self.number)
    target.append(self.checksum?.algorithm.rawValue ?? 0)
    target.append(self.blob?.blockSizeLog2 ?? 0)
    target.append(littleEndian: self.blob?.volume.rawValue ?? 0)
    target.append(littleEndian: UInt16(0))
    target.append(littleEndian: self.size)
    target.append(littleEndian: self.commitMilliseconds)
    target.append(littleEndian: self.commitSequence)
    target.append(littleEndian: self.nonce)
    target.append(self.md5)
    target.append(bigEndian: self.blob?.id.bits ?? 0)
    target.append(self.checksum?.bytes ?? [])
    target.append(repeating: 0, count: Self.byteCount - (target.count - start))
  }

  package var encoded: [UInt8] {
    var writer = ByteWriter(capacity: Self.byteCount)
    self.append(to: &writer)
    return writer.bytes.array
  }
}
