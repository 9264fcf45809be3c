internal import Journal
private import ObjectExtents
package import ObjectModel
private import Synchronization
package import Values

/// Looking at the whole tree, and saying how it is.
extension TreeEngine {
  /// Reads every frame and holds it to the invariants: checksums, the shape of nodes, sums of keys and
  /// weights. Throws `corrupted` with the first that does not hold. Meant for a tree at rest; one that
  /// is written to is checked frame by frame, each as it is at that moment.
  package func verify() async throws(NamespaceError) -> Int {
    var waiting = [TreeMemory.rootID]
    var seen: Set<UInt32> = []
    while let id = waiting.popLast() {
      guard seen.insert(id).inserted else {
        throw NamespaceError(.corrupted, "frame \(id) is referred to twice")
      }
      while true {
        let result = self.withState { state -> Result<Tree.FrameCheck, TreeInterruption> in
          do throws(TreeInterruption) { return .success(try state.tree.check(id)) } catch {
            return .failure(error)
          }
        }
        switch result {
        case .success(let check):
          if let problem = check.problem { throw NamespaceError(.corrupted, problem) }
          waiting += check.children
        case .failure:
          try await self.load(id)
          continue
        }
        break
      }
    }
    return seen.count
  }

  package var statistics: TreeEngineStatistics {
    let journal = self.journal.statistics
    let end = self.journal.end.rawValue
    let checkpoints = self.queue.withLock {
      ($0.checkpoints, $0.requests.count, $0.checkpointAt)
    }
    return self.withState { state in
      let table = state.tree.table
      return TreeEngineStatistics(
        objects: table.entry(TreeMemory.rootID).pointee.objects,
        cacheBytes: table.unitsUsed * FrameFormat.unitBytes,
        cacheBytesMax: table.unitsLimit * FrameFormat.unitBytes,
        dirtyBytes: state.tree.dirtyUnits * FrameFormat.unitBytes,
        imageBytes: state.tree.imageBytes,
        fileBytes: state.disk.unitCount * FrameFormat.unitBytes,
        fileUsedBytes: state.disk.usedCount * FrameFormat.unitBytes,
        framesRead: state.framesRead, looks: self.looks.load(ordering: .relaxed),
        looksOnDisk: self.looksOnDisk.load(ordering: .relaxed), checkpoints: checkpoints.0,
        queued: checkpoints.1,
        checkpointAt: checkpoints.2,
        generation: state.superblock.generation,
        logBytes: Self.logBytes(
          from: state.superblock.position, to: end,
          segmentBytes: UInt64(self.options.journal.segmentBytes)),
        commits: journal.commits)
    }
  }
}

/// What an operator sees of a namespace engine.
package struct TreeEngineStatistics: Sendable, Hashable {
  package var objects: UInt64
  package var cacheBytes: Int
  package var cacheBytesMax: Int
  package var dirtyBytes: Int
  package var imageBytes: Int
  package var fileBytes: Int
  package var fileUsedBytes: Int
  package var framesRead: UInt64
  /// Questions and changes since the start, and those for which a frame had to be read.
  package var looks: UInt64
  package var looksOnDisk: UInt64
  package var checkpoints: Int
  package var queued: Int
  /// Nil: none in this process yet.
  package var checkpointAt: WallTime?
  package var generation: UInt64
  /// The journal's bytes behind the last checkpoint: what a start after a crash replays.
  package var logBytes: UInt64
  package var commits: Int

  /// Of all looks, those that read no disk. Nil: there was none.
  package var cacheHitRatio: Double? {
    self.looks == 0 ? nil : 1 - Double(self.looksOnDisk) / Double(self.looks)
  }
}
