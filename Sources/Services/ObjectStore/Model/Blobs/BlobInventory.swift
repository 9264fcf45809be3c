private import Values

/// What is stored, whoever names it: what scans for forgotten and for missing blobs ask.
package protocol BlobInventory: AnyObject, Sendable {
  /// The volumes that can be asked about.
  var volumes: [VolumeID] { get }
  /// About how many blocks they hold.
  var storedBlockCount: Int { get }

  /// Blocks of a volume in no order, in pages; the same may come twice. A block that is there from the
  /// first page to the last comes.
  func stored(
    in volume: VolumeID, after cursor: [UInt8], limit: Int
  ) async throws(BlobError) -> StoredPage

  /// Those of `blobs` of which at least one block is nowhere. All must be of volumes that are here.
  func missing(_ blobs: [BlobReference]) async throws(BlobError) -> [BlobReference]
}

package struct StoredPage: Sendable, Hashable {
  package var blocks: [StoredBlock]
  /// Goes on from here; empty at the end.
  package var cursor: [UInt8]

  package init(blocks: [StoredBlock], cursor: [UInt8]) {
    self.blocks = blocks
    self.cursor = cursor
  }
}

package struct StoredBlock: Sendable, Hashable {
  package var address: BlockAddress
  package var byteCount: Int
  /// When it was written, milliseconds since 1970.
  package var milliseconds: UInt64

  package init(address: BlockAddress, byteCount: Int, milliseconds: UInt64) {
    self.address = address
    self.byteCount = byteCount
    self.milliseconds = milliseconds
  }
}
