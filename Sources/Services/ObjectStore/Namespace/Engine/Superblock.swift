internal import Bytes
private import Crypto
internal import Values

/// What says which checkpoint counts: two slots of one sector each, written in turn, so that one of them
/// is always whole. The greater generation of those that are valid counts.
///
/// ```
/// file "super": slot 0 at 0, slot 1 at 4096; a slot is
///   0  magic "LKNSUPR1"         8 bytes
///   8  format, 1                u32
///  12  bytes of largest frame   u32
///  16  namespace id             16 bytes
///  32  generation               u64   even ones in slot 0, odd ones in slot 1
///  40  journal position         u64   of the first record that is not in the checkpoint
///  48  directory: unit, units   u32, u32
///  56  pages of the map         u32
///  60  next frame id            u32
///  64  directory's checksum     u64   XXH3-64 of its units
///  72  latest batch             u64
///  80  latest number given out  u64
///  88  latest commit time, ms   u64
///  96  zeros
/// 504  checksum                 u64   XXH3-64 of bytes 0 to 503
/// ```
struct Superblock: Equatable, Sendable {
  static let slotBytes = 4096
  static let sectorBytes = 512
  private static let magic = UInt64(littleEndian: 0x3152_5055_534E_4B4C)

  var frameBytesMax: Int
  // Two words: 128-bit arguments of async calls are miscompiled by 6.3 (see BlobReference).
  var idHigh: UInt64
  var idLow: UInt64
  var generation: UInt64 = 0
  var position: UInt64 = 0
  var directory = DiskRun(unit: 0, units: 0)
  var pageCount = 0
  var nextID: UInt32 = TreeMemory.rootID
  var directoryChecksum: UInt64 = 0
  var batch: UInt64 = 0
  var number: UInt64 = 0
  var milliseconds: UInt64 = 0

  /// What frames carry to tell whose they are.
  var folded: UInt64 { self.idHigh ^ self.idLow }

  var slot: Int { Int(self.generation & 1) }

  var encoded: [UInt8] {
    var writer = ByteWriter(capacity: Self.slotBytes)
    writer.append(littleEndian: Self.magic)
    writer.append(littleEndian: UInt32(1))
    writer.append(littleEndian: UInt32(self.frameBytesMax))
    writer.append(littleEndian: self.idLow)
    writer.append(littleEndian: self.idHigh)
    writer.append(littleEndian: self.generation)
    writer.append(littleEndian: self.position)
    writer.append(littleEndian: self.directory.unit)
    writer.append(littleEndian: UInt32(self.directory.units))
    writer.append(littleEndian: UInt32(self.pageCount))
    writer.append(littleEndian: self.nextID)
    writer.append(littleEndian: self.directoryChecksum)
    writer.append(littleEndian: self.batch)
    writer.append(littleEndian: self.number)
    writer.append(littleEndian: self.milliseconds)
    writer.append(repeating: 0, count: Self.sectorBytes - 8 - writer.count)
    writer.append(littleEndian: XXH3.hash64(of: writer.bytes))
    writer.append(repeating: 0, count: Self.slotBytes - writer.count)
    return writer.bytes.array
  }

  enum Reading: Equatable {
    case superblock(Superblock)
    case newer(UInt32)
    /// Torn, or never written.
    case none
  }

  static func read(_ bytes: RawSpan) -> Reading {
    guard bytes.byteCount >= Self.sectorBytes,
      bytes.number(at: 504, as: UInt64.self) == XXH3.hash64(of: bytes.extracting(0..<504))
    else { return .none }
    var reader = ByteReader(bytes)
    guard reader.littleEndian(UInt64.self) == Self.magic,
      let format = reader.littleEndian(UInt32.self)
    else { return .none }
    guard format == 1 else { return .newer(format) }
    // 504 bytes are there: none of these can miss.
    guard let frameBytes = reader.littleEndian(UInt32.self),
      let low = reader.littleEndian(UInt64.self), let high = reader.littleEndian(UInt64.self),
      let generation = reader.littleEndian(UInt64.self),
      let position = reader.littleEndian(UInt64.self),
      let unit = reader.littleEndian(UInt32.self), let units = reader.littleEndian(UInt32.self),
      let pages = reader.littleEndian(UInt32.self), let next = reader.littleEndian(UInt32.self),
      let checksum = reader.littleEndian(UInt64.self),
      let batch = reader.littleEndian(UInt64.self), let number = reader.littleEndian(UInt64.self),
      let milliseconds = reader.littleEndian(UInt64.self)
    else { return .none }
    return .superblock(
      Superblock(
        frameBytesMax: Int(frameBytes), idHigh: high, idLow: low, generation: generation,
        position: position, directory: DiskRun(unit: unit, units: Int(units)),
        pageCount: Int(pages), nextID: next, directoryChecksum: checksum, batch: batch,
        number: number, milliseconds: milliseconds))
  }
}
