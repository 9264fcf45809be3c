/// What one node keeps of the volumes: its members of them. Other nodes ask it for the blocks, and those who
/// repair a volume compare what its nodes have.
package protocol BlobNode: Blobs, BlobInventory {
  /// How this node's part of each block is, in the order asked. All must be of volumes that are here.
  func states(of blocks: [BlockAddress]) async throws(BlobError) -> [BlockState]

  /// Like `stored`, with every block of the page read and compared.
  func verified(
    in volume: VolumeID, after cursor: [UInt8], limit: Int
  ) async throws(BlobError) -> VerifiedPage

  /// The volumes that are here, and whether they take blocks.
  func standing() async throws(BlobError) -> [VolumeStanding]
}

package enum BlockState: UInt8, Sendable, Hashable {
  /// Some member of the node does not have it, or has it damaged.
  case absent = 0
  case present = 1
  /// The blob was deleted here, and does not come back.
  case deleted = 2
}

package struct VerifiedPage: Sendable, Hashable {
  /// Those that are whole.
  package var page: StoredPage
  package var damaged: [StoredBlock]

  package init(page: StoredPage, damaged: [StoredBlock]) {
    self.page = page
    self.damaged = damaged
  }
}

/// How a node's part of a volume is.
package struct VolumeStanding: Sendable, Hashable {
  package var volume: VolumeID
  /// The share that is taken, of the fullest member.
  package var fill: Double
  /// Above this share it takes no new blobs.
  package var fillMax: Double
  package var byteCountMax: Int64
  package var blockCount: Int
  package var byteCount: Int64

  package init(
    volume: VolumeID, fill: Double, fillMax: Double, byteCountMax: Int64, blockCount: Int,
    byteCount: Int64
  ) {
    self.volume = volume
    self.fill = fill
    self.fillMax = fillMax
    self.byteCountMax = byteCountMax
    self.blockCount = blockCount
    self.byteCount = byteCount
  }

  package func hasRoom(for wish: BlobPlacement) -> Bool {
    self.fill + Double(wish.byteCount ?? 0) / Double(max(1, self.byteCountMax)) < self.fillMax
  }
}
