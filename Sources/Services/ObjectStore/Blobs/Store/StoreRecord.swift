internal import Bytes
package import ObjectModel
package import Values

/// What a batch changed, in the journal:
///
/// ```
///  0  format, 3        u8    1: without carried blocks, 2: without damage
///  1  zeros            3 bytes
///  4  changes          u32
///  8  batch            u64
/// 16  confirmed batch  u64   the bytes of all blocks up to this batch were durable by then
/// 24  changes: 1 │ entry, 64 bytes             put: the bytes are in the data file
///              2 │ blob 16 bytes │ volume u16 │ blocks u32 │ time ms u64     removed
///              3 │ entry, 64 bytes │ bytes     put: the bytes are here, and go to their place later
///              4 │ entry, 64 bytes             its bytes were found damaged
/// ```
enum StoreRecord {
  static let headerBytes = 24

  enum Change {
    case put(BlockEntry)
    case carry(BlockEntry)
    case remove(BlobKey, blocks: UInt32, milliseconds: UInt64)
    case damage(BlockEntry)

    /// Of a block that is put.
    var entry: BlockEntry? {
      switch self {
      case .put(let entry), .carry(let entry): entry
      case .remove, .damage: nil
      }
    }
  }

  struct Encoded: Sendable {
    var bytes: [UInt8]
    /// Where the bytes of each change lie; 0 when it carries none.
    var offsets: [Int]
  }

  static func encode(
    _ batch: [StoreState.Waiting], number: UInt64, confirmed: UInt64
  ) -> Encoded {
    let carried = batch.reduce(0) { $0 + ($1.body?.bytes.count ?? 0) }
    var writer = ByteWriter(capacity: Self.headerBytes + batch.count * 65 + carried)
    var offsets = [Int](repeating: 0, count: batch.count)
    writer.append(UInt8(3))
    writer.append(repeating: 0, count: 3)
    writer.append(littleEndian: UInt32(batch.count))
    writer.append(littleEndian: number)
    writer.append(littleEndian: confirmed)
    for (index, waiting) in batch.enumerated() {
      switch waiting.change {
      case .put(let entry):
        writer.append(UInt8(1))
        withUnsafeBytes(of: entry) { writer.append(copying: $0) }
      case .carry(let entry):
        guard let body = waiting.body else { preconditionFailure("a carried block without bytes") }
        writer.append(UInt8(3))
        withUnsafeBytes(of: entry) { writer.append(copying: $0) }
        offsets[index] = writer.count
        writer.append(copying: body.bytes)
      case .remove(let blob, let blocks, let milliseconds):
        writer.append(UInt8(2))
        blob.append(to: &writer)
        writer.append(littleEndian: blocks)
        writer.append(littleEndian: milliseconds)
      case .damage(let entry):
        writer.append(UInt8(4))
        withUnsafeBytes(of: entry) { writer.append(copying: $0) }
      }
    }
    return Encoded(bytes: writer.bytes.array, offsets: offsets)
  }

  struct Decoded {
    var changes: [Change] = []
    /// Of the changes, in their order.
    var offsets: [Int] = []
    var batch: UInt64
  }

  /// Nil when the bytes are no record of this format.
  static func decode(_ bytes: RawSpan) -> Decoded? {
    var reader = ByteReader(bytes)
    guard let format = reader.byte(), (1...3).contains(format), reader.skip(3),
      let count = reader.littleEndian(UInt32.self), let batch = reader.littleEndian(UInt64.self),
      reader.littleEndian(UInt64.self) != nil
    else { return nil }
    var decoded = Decoded(batch: batch)
    while decoded.changes.count < Int(count) {
      let kind = reader.byte()
      var offset = 0
      switch kind {
      case 1, 3, 4:
        guard let raw = reader.take(BlockEntry.byteCountOnDisk) else { return nil }
        let entry = BlockEntry(raw)
        guard kind == 3 else {
          decoded.changes.append(kind == 1 ? .put(entry) : .damage(entry))
          break
        }
        offset = bytes.byteCount - reader.remaining
        guard format > 1, reader.skip(Int(entry.byteCount)) else { return nil }
        decoded.changes.append(.carry(entry))
      case 2:
        guard let blob = BlobKey(&reader), let blocks = reader.littleEndian(UInt32.self),
          let milliseconds = reader.littleEndian(UInt64.self)
        else { return nil }
        decoded.changes.append(.remove(blob, blocks: blocks, milliseconds: milliseconds))
      default:
        return nil
      }
      decoded.offsets.append(offset)
    }
    return reader.isAtEnd ? decoded : nil
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
