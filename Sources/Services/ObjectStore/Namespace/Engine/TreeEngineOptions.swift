package import Journal

/// Sizes and limits of a namespace engine.
package struct TreeEngineOptions: Sendable {
  /// Memory for frames; a quarter more is used for a moment while frames move.
  package var cacheBytes = 256 << 20
  /// Of the largest frame: 4, 8, 12, 16, 24, 32, 48 or 64 KiB. Fixed when the namespace is created.
  package var frameBytes = 64 << 10
  package var keyBytesMax = 2_304
  /// A checkpoint begins when the journal has grown by so much since the last one,
  package var journalBytesTrigger = 256 << 20
  /// after so long a time with changes,
  package var checkpointInterval: Duration = .seconds(60)
  /// or when so much of the cache waits to be written.
  package var dirtyShareMax = 0.5
  /// Copies of frames that are changed while a checkpoint has yet to write them; beyond, writers wait.
  package var imageBytesMax = 32 << 20
  /// Requests that may wait; the next one is refused as `slowDown`.
  package var queueMax = 16_384
  /// Bytes that one batch puts into the journal; what comes after goes into the next.
  package var batchBytesMax = 1 << 20
  /// By how much the file of frames grows.
  package var growBytes = 16 << 20
  package var journal = JournalOptions()

  package init() {}
  package init(_ change: (inout TreeEngineOptions) -> Void) { change(&self) }

  /// So many of the largest frames fit into the cache.
  var framesMax: Int { self.cacheBytes / self.frameBytes }

  var limits: TreeLimits {
    TreeLimits(unitsMax: self.frameBytes / FrameFormat.unitBytes, keyBytesMax: self.keyBytesMax)
  }

  func check() {
    precondition(
      FrameFormat.classes.contains(self.frameBytes / FrameFormat.unitBytes)
        && self.frameBytes % FrameFormat.unitBytes == 0, "frameBytes \(self.frameBytes)")
    precondition(self.cacheBytes >= 16 * self.frameBytes, "cacheBytes \(self.cacheBytes)")
    precondition((16...32_768).contains(self.keyBytesMax), "keyBytesMax \(self.keyBytesMax)")
    precondition(
      self.batchBytesMax + 2 * self.frameBytes < self.journal.recordBytesMax,
      "batchBytesMax \(self.batchBytesMax)")
  }
}
