private import Crypto
package import ObjectModel
private import Synchronization
package import Values

/// Blobs in memory. What was damaged on purpose is found by its checksum, as on a disk.
package final class ModelBlobs: Blobs {
  private struct Block: Sendable {
    var bytes: [UInt8]
    var checksum: UInt64
  }

  package let blockByteCount: Int
  private let blocks = Mutex<[BlockAddress: Block]>([:])

  package init(blockByteCount: Int = 128 << 10) { self.blockByteCount = blockByteCount }

  package var blockCount: Int { self.blocks.withLock { $0.count } }
  package var blobs: Set<UUID> { self.blocks.withLock { Set($0.keys.map(\.blob)) } }

  package func place(_ wish: BlobPlacement) async throws(BlobError) -> VolumeID {
    VolumeID(rawValue: 1)
  }

  package func put(
    _ call: BlobCall, _ block: BlockAddress, _ bytes: UnsafeRawBufferPointer, checksum: UInt64
  ) async throws(BlobError) {
    guard XXH3.hash64(of: bytes) == checksum else {
      throw BlobError(.corrupted, "block \(block.number) does not match its checksum")
    }
    let copy = [UInt8](bytes)
    self.blocks.withLock { $0[block] = Block(bytes: copy, checksum: checksum) }
  }

  package func get(
    _ call: BlobCall, _ block: BlockAddress, _ range: Range<Int>,
    into target: UnsafeMutableRawBufferPointer
  ) async throws(BlobError) -> UInt64? {
    guard let found = self.blocks.withLock({ $0[block] }) else {
      throw BlobError(.notFound, "there is no block \(block.number) of \(block.blob)")
    }
    guard found.bytes.withUnsafeBytes({ XXH3.hash64(of: $0) }) == found.checksum else {
      throw BlobError(.corrupted, "block \(block.number) of \(block.blob) is damaged")
    }
    guard range.upperBound <= found.bytes.count, range.count <= target.count else {
      throw BlobError(.badRequest, "\(range) of \(found.bytes.count) bytes")
    }
    found.bytes.withUnsafeBytes { bytes in
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
    return found.checksum
  }

  package func delete(_ call: BlobCall, _ blob: BlobReference) async throws(BlobError) {
    self.blocks.withLock { blocks in
      for number in 0..<blob.blockCount {
        blocks[BlockAddress(volume: blob.volume, blob: blob.id, number: number)] = nil
      }
    }
  }

  /// What lies on the disk, so to speak.
  package var contents: [[UInt8]] { self.blocks.withLock { $0.values.map(\.bytes) } }

  /// Puts the first two blocks of each blob in each other's place, checksums and all.
  package func swapBlocks() {
    self.blocks.withLock { blocks in
      for address in blocks.keys where address.number == 0 {
        let next = BlockAddress(volume: address.volume, blob: address.blob, number: 1)
        (blocks[address], blocks[next]) = (blocks[next], blocks[address])
      }
    }
  }

  /// Flips one bit of a block of the blob.
  package func damage(_ blob: UUID) {
    self.blocks.withLock { blocks in
      if let address = blocks.keys.first(where: { $0.blob == blob }) {
        blocks[address]?.bytes[0] ^= 1
      }
    }
  }
}
