internal import Bytes
package import ObjectModel
package import Values

/// What a batch changed, in the journal:
///
/// ```
///  0  format, 1        u8
///  1  zeros            3 bytes
///  4  changes          u32
///  8  batch            u64
/// 16  confirmed batch  u64   the bytes of all blocks up to this batch were durable by then
/// 24  changes: 1 │ entry, 64 bytes
///              2 │ blob 16 bytes │ volume u16 │ blocks u32 │ time ms u64     removed
/// ```
enum StoreRecord {
  static let headerBytes = 24

  enum Change {
    case put(BlockEntry)
    case remove(BlobKey, blocks: UInt32, milliseconds: UInt64)
  }

  static func encode(_ changes: [Change], batch: UInt64, confirmed: UInt64) -> [UInt8] {
    var writer = ByteWriter(capacity: Self.headerBytes + changes.count * 65)
    writer.append(UInt8(1))
    writer.append(repeating: 0, count: 3)
    writer.append(littleEndian: UInt32(changes.count))
    writer.append(littleEndian: batch)
    writer.append(littleEndian: confirmed)
    for change in changes {
      switch change {
      case .put(let entry):
        writer.append(UInt8(1))
        withUnsafeBytes(of: entry) { writer.append(copying: $0) }
      case .remove(let blob, let blocks, let milliseconds):
        writer.append(UInt8(2))
        blob.append(to: &writer)
        writer.append(littleEndian: blocks)
        writer.append(littleEndian: milliseconds)
      }
    }
    return writer.bytes.array
  }

  /// Nil when the bytes are no record of this format.
  static func decode(
    _ bytes: RawSpan
  ) -> (changes: [Change], batch: UInt64, confirmed: UInt64)? {
    var reader = ByteReader(bytes)
    guard reader.byte() == 1, reader.skip(3), let count = reader.littleEndian(UInt32.self),
      let batch = reader.littleEndian(UInt64.self),
      let confirmed = reader.littleEndian(UInt64.self)
    else { return nil }
    var changes: [Change] = []
    while changes.count < Int(count) {
      switch reader.byte() {
      case 1:
        guard let raw = reader.take(BlockEntry.byteCountOnDisk) else { return nil }
        changes.append(.put(BlockEntry(raw)))
      case 2:
        guard let blob = BlobKey(&reader), let blocks = reader.littleEndian(UInt32.self),
          let milliseconds = reader.littleEndian(UInt64.self)
        else { return nil }
        changes.append(.remove(blob, blocks: blocks, milliseconds: milliseconds))
      default:
        return nil
      }
    }
    return reader.isAtEnd ? (changes, batch, confirmed) : nil
  }
}

extension BlockEntry {
  /// - Precondition: 64 bytes.
  init(_ bytes: RawSpan) {
    precondition(bytes.byteCount == Self.byteCountOnDisk, "\(bytes.byteCount) bytes")
    self = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: BlockEntry.self)
  }
}

/// A blob of a volume, whatever its blocks.
package struct BlobKey: Hashable, Sendable {
  package var volume: VolumeID
  // Two words: 128-bit arguments of async calls are miscompiled by 6.3 (see BlobReference).
  private var high: UInt64
  private var low: UInt64

  package var id: UUID { UUID(bits: UInt128(self.high) << 64 | UInt128(self.low)) }

  package init(volume: VolumeID, id: UUID) {
    self.volume = volume
    self.high = UInt64(truncatingIfNeeded: id.bits >> 64)
    self.low = UInt64(truncatingIfNeeded: id.bits)
  }

  func append(to writer: inout ByteWriter) {
    writer.append(bigEndian: self.id.bits)
    writer.append(littleEndian: self.volume.rawValue)
  }

  init?(_ reader: inout ByteReader) {
    guard let bits = reader.bigEndian(UInt128.self), let volume = reader.littleEndian(UInt16.self)
    else { return nil }
    self.init(volume: VolumeID(rawValue: volume), id: UUID(bits: bits))
  }
}
