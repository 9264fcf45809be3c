private import Bytes
private import Crypto
internal import ObjectModel
package import Runtime
internal import Values

// The file, little-endian but for identifiers:
//
//    0  magic "LKQUARN1"       8 bytes
//    8  format, 1              u32
//   12  zero                   u32
//   16  scan                   u64   the number of the scan that wrote it
//   24  entries                u64
//   32  entries of 40 bytes: blob 16 │ volume u16 │ zero u16 │ blocks u32 │ bytes u64 │ since ms u64
//    …  XXH3-64 of all before  u64

/// Blobs that one scan found to be orphans and that the next one may delete: a file that is replaced as
/// a whole.
package struct Quarantine: Sendable {
  let path: String
  let disk: any Disk

  package init(_ path: String, on disk: any Disk) {
    self.path = path
    self.disk = disk
  }

  struct Orphan: Sendable, Hashable {
    var blocks: UInt32
    var byteCount: Int64
    var sinceMilliseconds: UInt64 = 0
  }

  struct List: Sendable {
    var scan: UInt64 = 0
    var orphans: [OrphanKey: Orphan] = [:]
  }

  static let entryBytes = 40
  static let entriesMax = 4 << 20
  private static let magic = UInt64(littleEndian: 0x314E_5241_5551_4B4C)

  /// Empty when there is no file. Damage is an error: whoever looks at it removes the file, and orphans
  /// wait one scan longer.
  func load() async throws(UpkeepError) -> List {
    let bytes: [UInt8]
    do throws(IOFailure) {
      bytes = try await self.disk.readAll(self.path, limit: 48 + Self.entriesMax * Self.entryBytes)
    } catch {
      if error.isNotFound { return List() }
      throw UpkeepError(.quarantine, "cannot read \(self.path): \(error)")
    }
    guard let list = Self.decode(bytes.rawBytes) else {
      throw UpkeepError(.quarantine, "\(self.path) is damaged; without it orphans wait longer")
    }
    return list
  }

  func save(_ list: List) async throws(UpkeepError) {
    do throws(IOFailure) {
      try await self.disk.replace(self.path, with: Self.encode(list))
    } catch {
      throw UpkeepError(.quarantine, "cannot write \(self.path): \(error)")
    }
  }

  static func encode(_ list: List) -> [UInt8] {
    var writer = ByteWriter(capacity: 40 + list.orphans.count * Self.entryBytes)
    writer.append(littleEndian: Self.magic)
    writer.append(littleEndian: UInt32(1))
    writer.append(littleEndian: UInt32(0))
    writer.append(littleEndian: list.scan)
    writer.append(littleEndian: UInt64(list.orphans.count))
    for (key, orphan) in list.orphans {
      key.blob.append(to: &writer)
      writer.append(littleEndian: key.volume.rawValue)
      writer.append(littleEndian: UInt16(0))
      writer.append(littleEndian: orphan.blocks)
      writer.append(littleEndian: orphan.byteCount)
      writer.append(littleEndian: orphan.sinceMilliseconds)
    }
    writer.append(littleEndian: XXH3.hash64(of: writer.bytes))
    return writer.bytes.array
  }

  static func decode(_ bytes: RawSpan) -> List? {
    guard bytes.byteCount >= 40 else { return nil }
    let body = bytes.extracting(0..<(bytes.byteCount - 8))
    var tail = ByteReader(bytes.extracting((bytes.byteCount - 8)..<bytes.byteCount))
    guard tail.littleEndian(UInt64.self) == XXH3.hash64(of: body) else { return nil }
    var reader = ByteReader(body)
    var list = List()
    guard reader.littleEndian(UInt64.self) == Self.magic, reader.littleEndian(UInt32.self) == 1,
      reader.skip(4), let scan = reader.littleEndian(UInt64.self),
      let count = reader.littleEndian(UInt64.self),
      count <= UInt64(Self.entriesMax), Int(count) * Self.entryBytes == reader.remaining
    else { return nil }
    list.scan = scan
    for _ in 0..<count {
      guard let raw = reader.take(UUID.byteCount), let blob = UUID(bytes: raw),
        let volume = reader.littleEndian(UInt16.self), reader.skip(2),
        let blocks = reader.littleEndian(UInt32.self),
        let byteCount = reader.littleEndian(Int64.self),
        let since = reader.littleEndian(UInt64.self)
      else { return nil }
      list.orphans[OrphanKey(VolumeID(rawValue: volume), blob)] = Orphan(
        blocks: blocks, byteCount: byteCount, sinceMilliseconds: since)
    }
    return list
  }
}

/// A stored blob, whatever its blocks.
struct OrphanKey: Hashable, Sendable {
  var volume: VolumeID
  // Two words: 128-bit arguments of async calls are miscompiled by 6.3 (see BlobReference).
  private var high: UInt64
  private var low: UInt64

  var blob: UUID { UUID(bits: UInt128(self.high) << 64 | UInt128(self.low)) }

  init(_ volume: VolumeID, _ blob: UUID) {
    self.volume = volume
    self.high = UInt64(truncatingIfNeeded: blob.bits >> 64)
    self.low = UInt64(truncatingIfNeeded: blob.bits)
  }

  /// What `Blobs.delete` takes: only the number of blocks counts, and no more is known.
  func reference(blocks: UInt32) -> BlobReference {
    BlobReference(volume: self.volume, id: self.blob, byteCount: Int64(blocks), blockSizeLog2: 0)
  }
}
