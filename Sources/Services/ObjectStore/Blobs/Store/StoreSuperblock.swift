internal import Bytes
private import Crypto

/// Which index counts, and from where the journal goes on behind it: two slots of one sector each,
/// written in turn.
///
/// ```
/// file "super": slot 0 at 0, slot 1 at 4096; a slot is
///   0  magic "LKBSUPR1"       8 bytes
///   8  format, 1              u32
///  12  zeros                  u32
///  16  store id               16 bytes
///  32  generation             u64   even ones in slot 0 and file index-0, odd ones in 1
///  40  journal position       u64   of the first record that may be missing in the index
///  48  bytes of the index     u64   0: there is none yet
///  56  its checksum           u64   XXH3-64
///  64  latest batch           u64
///  72  zeros
/// 504  checksum               u64   XXH3-64 of bytes 0 to 503
///
/// file "index-0", "index-1":
///   0  magic "LKBI"           u32
///   4  format, 1              u32
///   8  generation             u64
///  16  store id               16 bytes
///  32  entries                u64   of 64 bytes each: see BlockEntry
///  40  tombstones             u64   of 32 bytes each, behind the entries
///  48  zeros                  16 bytes
///  64  entries, then tombstones: blob 16 bytes, volume u16, zeros 6 bytes, removed ms u64
/// ```
struct StoreSuperblock: Equatable, Sendable {
  static let slotBytes = 4096
  static let sectorBytes = 512
  private static let magic = UInt64(littleEndian: 0x3152_5055_5342_4B4C)

  // Two words: 128-bit arguments of async calls are miscompiled by 6.3 (see BlobReference).
  var idHigh: UInt64
  var idLow: UInt64
  var generation: UInt64 = 0
  var position: UInt64 = 0
  var indexBytes: UInt64 = 0
  var indexChecksum: UInt64 = 0
  var batch: UInt64 = 0

  var slot: Int { Int(self.generation & 1) }

  var encoded: [UInt8] {
    var writer = ByteWriter(capacity: Self.slotBytes)
    writer.append(littleEndian: Self.magic)
    writer.append(littleEndian: UInt32(1))
    writer.append(littleEndian: UInt32(0))
    writer.append(littleEndian: self.idLow)
    writer.append(littleEndian: self.idHigh)
    writer.append(littleEndian: self.generation)
    writer.append(littleEndian: self.position)
    writer.append(littleEndian: self.indexBytes)
    writer.append(littleEndian: self.indexChecksum)
    writer.append(littleEndian: self.batch)
    writer.append(repeating: 0, count: Self.sectorBytes - 8 - writer.count)
    writer.append(littleEndian: XXH3.hash64(of: writer.bytes))
    writer.append(repeating: 0, count: Self.slotBytes - writer.count)
    return writer.bytes.array
  }

  enum Reading: Equatable {
    case superblock(StoreSuperblock)
    case newer(UInt32)
    case none
  }

  static func read(_ bytes: RawSpan) -> Reading {
    guard bytes.byteCount >= Self.sectorBytes else { return .none }
    var tail = ByteReader(bytes.extracting(504..<512))
    guard tail.littleEndian(UInt64.self) == XXH3.hash64(of: bytes.extracting(0..<504)) else {
      return .none
    }
    var reader = ByteReader(bytes)
    guard reader.littleEndian(UInt64.self) == Self.magic,
      let format = reader.littleEndian(UInt32.self)
    else { return .none }
    guard format == 1 else { return .newer(format) }
    guard reader.skip(4), let low = reader.littleEndian(UInt64.self),
      let high = reader.littleEndian(UInt64.self),
      let generation = reader.littleEndian(UInt64.self),
      let position = reader.littleEndian(UInt64.self),
      let indexBytes = reader.littleEndian(UInt64.self),
      let checksum = reader.littleEndian(UInt64.self), let batch = reader.littleEndian(UInt64.self)
    else { return .none }
    return .superblock(
      StoreSuperblock(
        idHigh: high, idLow: low, generation: generation, position: position,
        indexBytes: indexBytes,
        indexChecksum: checksum, batch: batch))
  }
}
