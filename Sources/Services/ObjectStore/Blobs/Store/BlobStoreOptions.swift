package import Journal

/// Sizes and limits of a blob store.
package struct BlobStoreOptions: Sendable {
  /// What the data file may grow to.
  package var dataBytesMax: Int64 = 10 << 30
  /// By how much it grows at a time, before it is full.
  package var growBytes: Int64 = 256 << 20
  /// What growing leaves free on the file system, so that the journal has room for deletions.
  package var reserveBytes: Int64 = 1 << 30
  /// Writes zeros to what the file grows by, so that no write of a block converts extents.
  package var zeroesData = true
  package var blockBytesMax = (1 << 20) + (64 << 10)
  /// Blocks up to this size become durable in the journal and go to their places later; 0: none does.
  package var carryBytesMax = 16 << 10
  /// When so many bytes are on their way, blocks go to their places at once.
  package var awayBytesMax = 64 << 20
  /// Blocks that are being written or read at once; the next one is refused as `slowDown`.
  package var depthMax = 4096
  /// Reads and writes of repairs and scrubbing at once; more wait.
  package var backgroundMax = 8
  /// A checkpoint of the index begins when the journal has grown by so much.
  package var journalBytesTrigger: UInt64 = 256 << 20
  /// Of the data that may be used: above, new blocks are refused,
  package var refuseAbove = 0.92
  /// and above this also those of a repair.
  package var refuseAllAbove = 0.97
  package var tombstoneMilliseconds: UInt64 = 7 * 86_400_000
  /// What scrubbing may read a second.
  package var scrubBytesPerSecond = 20 << 20
  /// Memory for small blocks that were read; 0: none is kept.
  package var cacheBytesMax = 64 << 20
  /// Blocks up to this size are kept.
  package var cachedBlockBytesMax = 32 << 10
  /// Buffers of a loop that are known to its ring.
  package var pinnedBuffers = 32
  package var journal = JournalOptions()

  package init() {}
  package init(_ change: (inout BlobStoreOptions) -> Void) { change(&self) }

  func check() {
    precondition(self.dataBytesMax >= 4096 && self.dataBytesMax <= 16 << 40, "dataBytesMax")
    precondition(self.growBytes >= 4096 && self.growBytes % 4096 == 0, "growBytes")
    precondition(
      self.blockBytesMax > 0 && self.blockBytesMax <= 4 * Extent.unitsMax * Extent.unitBytes,
      "blockBytesMax \(self.blockBytesMax)")
    precondition(self.depthMax > 0, "depthMax")
    precondition(
      self.carryBytesMax <= 64 << 10, "carryBytesMax \(self.carryBytesMax)")
    precondition(self.backgroundMax > 0, "backgroundMax")
  }
}
