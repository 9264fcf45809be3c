internal import ObjectExtents
package import ObjectModel
private import Runtime
private import Synchronization
package import Values

/// Looking after what is stored.
extension BlobStore {
  /// Reads every block once and compares it with its checksum, no faster than the options allow.
  ///
  /// - Parameter isPaused: asked before each block; a cancelled task ends with what was found so far.
  package func scrub(
    _ progress: @Sendable (ScrubReport) -> Void = { _ in }
  ) async throws(BlobError) -> ScrubReport {
    var report = ScrubReport()
    var slot = 0
    defer { self.state.withLock { $0.scrubRatio = nil } }
    while true {
      let (entries, capacity) = self.state.withLock { state in
        state.scrubRatio = Double(slot) / Double(state.index.capacity)
        return (state.index.entries(in: slot..<(slot + 256)), state.index.capacity)
      }
      for entry in entries {
        if Task.isCancelled { return report }
        try await self.scrub(entry, &report)
      }
      slot += 256
      progress(report)
      guard slot < capacity else {
        report.isWhole = true
        self.state.withLock { $0.scrubbedAt = self.clock.wallNow }
        return report
      }
    }
  }

  private func scrub(
    _ entry: BlockEntry, _ report: inout ScrubReport
  ) async throws(BlobError) {
    let none = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    do throws(BlobError) {
      try await self.get(entry.address, 0..<0, into: none, BlobCall(priority: .scrub))
      report.blocks += 1
      report.bytes += Int64(entry.byteCount)
    } catch {
      switch error.code {
      case .notFound: break
      case .corrupted where entry.flags & BlockEntry.unconfirmed != 0:
        // Of the batch that the power cut: nobody was told that it is there.
        report.unfinished.append(entry.address)
      case .corrupted: report.damaged.append(entry.address)
      default: throw error
      }
    }
    let pause = Double(entry.byteCount) / Double(max(1, self.options.scrubBytesPerSecond))
    try? await self.clock.sleep(for: .nanoseconds(Int64(pause * 1e9)))
  }

  package func holds(_ block: BlockAddress) -> Bool {
    self.state.withLock { $0.index.find(BlockEntry(block)) != nil }
  }

  package var statistics: BlobStoreStatistics {
    let unitBytes = Int64(Extent.unitBytes)
    return self.state.withLock { state in
      BlobStoreStatistics(
        blocks: state.index.count, bytes: state.statistics.bytes,
        usedBytes: Int64(state.space.usedCount) * unitBytes,
        fileBytes: Int64(state.space.unitCount) * unitBytes, limitBytes: self.options.dataBytesMax,
        quarantinedBytes: Int64(state.setAsideUnits) * unitBytes,
        indexBytes: Int64(state.index.capacity * BlockEntry.byteCountOnDisk),
        tombstones: state.tombstones.count, writing: state.writing.count,
        batches: state.statistics.batches, checkpoints: state.statistics.checkpoints,
        damagedReads: state.statistics.damagedReads, cacheBytes: state.cache.byteCount,
        cacheHits: state.cache.hits, cacheMisses: state.cache.misses,
        scrubRatio: state.scrubRatio, scrubbedAt: state.scrubbedAt)
    }
  }

  /// No unit belongs to two blocks, and none that is in use belongs to nobody: for tests, at rest.
  package func checkSpace() -> String? {
    self.state.withLock { state in
      var units: Set<UInt32> = []
      var slot = 0
      while slot < state.index.capacity {
        for entry in state.index.entries(in: slot..<(slot + 4096)) {
          for extent in entry.extents {
            for unit in extent.unit..<(extent.unit + UInt32(extent.units)) {
              if !units.insert(unit).inserted { return "unit \(unit) belongs to two blocks" }
            }
          }
        }
        slot += 4096
      }
      let used = state.space.usedCount - state.setAsideUnits - state.epochs.waitingUnits
      return units.count == used ? nil : "\(used) units are in use, and blocks have \(units.count)"
    }
  }
}

package struct ScrubReport: Sendable, Hashable {
  package var blocks = 0
  package var bytes: Int64 = 0
  package var damaged: [BlockAddress] = []
  /// Of the batch that a power cut: never acknowledged.
  package var unfinished: [BlockAddress] = []
  package var isWhole = false
}

/// What an operator sees of a blob store.
package struct BlobStoreStatistics: Sendable, Hashable {
  package var blocks: Int
  package var bytes: Int64
  package var usedBytes: Int64
  package var fileBytes: Int64
  package var limitBytes: Int64
  package var quarantinedBytes: Int64
  package var indexBytes: Int64
  package var tombstones: Int
  package var writing: Int
  package var batches: Int
  package var checkpoints: Int
  package var damagedReads: Int
  package var cacheBytes: Int
  package var cacheHits: Int
  package var cacheMisses: Int
  /// Of the scrub under way.
  package var scrubRatio: Double?
  /// Nil: no whole one in this process yet.
  package var scrubbedAt: WallTime?

  /// Of reads of small blocks, those answered from memory. Nil: there was none.
  package var cacheHitRatio: Double? {
    let reads = self.cacheHits + self.cacheMisses
    return reads == 0 ? nil : Double(self.cacheHits) / Double(reads)
  }

  /// Of what may be used.
  package var fill: Double { Double(self.usedBytes) / Double(max(1, self.limitBytes)) }
  package var isNearlyFull: Bool { self.fill > 0.85 }
}
