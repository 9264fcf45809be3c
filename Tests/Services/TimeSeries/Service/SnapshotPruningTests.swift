import SeriesStorage
import Synchronization
import Testing
import Values

@testable import SeriesService

@Suite("Snapshots that are too many")
struct SnapshotPruningTests {
  private static let hour: Int64 = 3_600_000_000_000
  private static let now = WallTime(nanoseconds: 1_800_000_000_000_000_000)

  private static func snapshot(_ name: String, hoursAgo: Int64?) -> StoredSnapshot {
    StoredSnapshot(
      name: name, files: [], takenAt: hoursAgo.map { self.now.nanoseconds - $0 * self.hour })
  }

  @Test("the oldest go when there are more than are kept, and they are old enough; copies stay")
  func excess() {
    let all = [
      Self.snapshot("b", hoursAgo: 4), Self.snapshot("a", hoursAgo: 5),
      Self.snapshot("c", hoursAgo: 0), Self.snapshot("d", hoursAgo: 0),
      Self.snapshot("unknown", hoursAgo: nil), Self.snapshot("backup-x", hoursAgo: 40),
    ]
    func excess(_ countMax: Int) -> [String] {
      SnapshotPruning.excess(
        all, countMax: countMax, ageMin: .seconds(3600), now: Self.now)
    }
    #expect(excess(5) == [])
    #expect(excess(3) == ["a"])
    #expect(excess(2) == ["a", "b"])
    #expect(excess(1) == ["a", "b"], "one of an hour ago is not old enough")
    #expect(excess(0) == [], "all stay")
  }

  @Test("a look removes them, and the next one finds none")
  func prune() async throws {
    let left = Left(all: [
      Self.snapshot("a", hoursAgo: 5), Self.snapshot("b", hoursAgo: 4),
      Self.snapshot("c", hoursAgo: 3),
    ])
    let pruning = SnapshotPruning(
      countMax: 1, ageMin: .seconds(3600), list: { left.all.withLock { $0 } },
      remove: { name in
        left.all.withLock { all in
          all.removeAll { $0.name == name }
          return true
        }
      })
    #expect(try await pruning.prune(now: Self.now) == 2)
    #expect(left.all.withLock { $0.map(\.name) } == ["c"])
    #expect(try await pruning.prune(now: Self.now) == 0)
  }

  private final class Left: Sendable {
    let all: Mutex<[StoredSnapshot]>
    init(all: [StoredSnapshot]) { self.all = Mutex(all) }
  }
}
