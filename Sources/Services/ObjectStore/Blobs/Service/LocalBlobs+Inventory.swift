private import Bytes
package import ObjectModel
private import Synchronization

/// What is stored on this machine. A cursor is member u32, generation of its table u64, slot u64.
extension LocalBlobs: BlobInventory {
  package var volumes: [VolumeID] { self.order }

  package var storedBlockCount: Int {
    self.order.reduce(0) { $0 + (self.members(of: $1).map(\.blockCount).max() ?? 0) }
  }

  package func stored(
    in volume: VolumeID, after cursor: [UInt8], limit: Int
  ) async throws(BlobError) -> StoredPage {
    let members = self.members(of: volume)
    guard !members.isEmpty else { throw Self.notHere(volume) }
    var place = InventoryCursor(cursor)
    var page = StoredPage(blocks: [], cursor: [])
    while place.member < members.count {
      let isWhole = members[place.member].collect(volume, &place, limit, &page.blocks)
      guard isWhole else {
        page.cursor = place.bytes
        return page
      }
      place = InventoryCursor(member: place.member + 1)
    }
    return page
  }

  package func missing(_ blobs: [BlobReference]) async throws(BlobError) -> [BlobReference] {
    var missing: [BlobReference] = []
    for blob in blobs {
      let members = self.members(of: blob.volume)
      guard !members.isEmpty else { throw Self.notHere(blob.volume) }
      let isThere = (0..<blob.blockCount).allSatisfy { number in
        let block = BlockAddress(volume: blob.volume, blob: blob.id, number: number)
        return members.contains { $0.holds(block) }
      }
      if !isThere { missing.append(blob) }
    }
    return missing
  }
}

struct InventoryCursor {
  var member = 0
  var generation = 0
  var slot = 0

  init(member: Int) { self.member = member }

  init(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes.rawBytes)
    guard let member = reader.littleEndian(UInt32.self),
      let generation = reader.littleEndian(UInt64.self), let slot = reader.littleEndian(UInt64.self)
    else { return }
    self.member = Int(member)
    self.generation = Int(truncatingIfNeeded: generation)
    self.slot = Int(truncatingIfNeeded: slot & .max >> 1)
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 20)
    writer.append(littleEndian: UInt32(self.member))
    writer.append(littleEndian: UInt64(self.generation))
    writer.append(littleEndian: UInt64(self.slot))
    return writer.bytes.array
  }
}

extension BlobStore {
  package var blockCount: Int { self.state.withLock { $0.index.count } }

  /// Blocks of a volume from a slot of the table on. When the table was made anew meanwhile, everything
  /// is elsewhere, and the walk begins again. True at the end.
  func collect(
    _ volume: VolumeID, _ place: inout InventoryCursor, _ limit: Int,
    _ blocks: inout [StoredBlock]
  ) -> Bool {
    while blocks.count < limit {
      let (entries, generation, capacity) = self.state.withLock { state in
        if state.index.generation != place.generation { place.slot = 0 }
        let range = place.slot..<(place.slot + 256)
        return (state.index.entries(in: range), state.index.generation, state.index.capacity)
      }
      place.generation = generation
      place.slot += 256
      for entry in entries where entry.volume == volume.rawValue {
        blocks.append(
          StoredBlock(
            address: entry.address, byteCount: Int(entry.byteCount),
            milliseconds: entry.milliseconds))
      }
      if place.slot >= capacity { return true }
    }
    return false
  }
}
