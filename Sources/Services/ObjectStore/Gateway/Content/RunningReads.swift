private import Synchronization
package import Values

/// Since when reads of blobs are running: what was deleted since then may still be read. Counted by the
/// second in which they began, so that a read costs two looks into a small table.
package final class RunningReads: Sendable {
  private let counts = Mutex<[Int64: Int]>([:])

  package init() {}

  /// Answers the second to end with.
  func begin(_ now: WallTime) -> Int64 {
    let second = now.nanoseconds / 1_000_000_000
    self.counts.withLock { $0[second, default: 0] += 1 }
    return second
  }

  func end(_ second: Int64) {
    self.counts.withLock { counts in
      guard let count = counts[second] else { return }
      counts[second] = count == 1 ? nil : count - 1
    }
  }

  /// When the oldest read that is running began; nil when none is.
  package var oldest: WallTime? {
    self.counts.withLock { $0.keys.min() }.map { WallTime(nanoseconds: $0 * 1_000_000_000) }
  }
}
