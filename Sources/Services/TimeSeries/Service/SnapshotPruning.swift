package import Runtime
package import SeriesStorage
package import Values

/// Removes the oldest snapshots when there are more than a node keeps: each holds files that would be gone otherwise.
/// Those that a backup copies are not its business.
package struct SnapshotPruning: Sendable {
  private let list: @Sendable () async throws -> [StoredSnapshot]
  private let remove: @Sendable (String) async throws -> Bool
  private let countMax: Int
  private let ageMin: Duration

  /// - Parameter countMax: 0: all stay.
  package init(
    countMax: Int, ageMin: Duration, list: @escaping @Sendable () async throws -> [StoredSnapshot],
    remove: @escaping @Sendable (String) async throws -> Bool
  ) {
    self.list = list
    self.remove = remove
    self.countMax = countMax
    self.ageMin = ageMin
  }

  /// How many were removed.
  package func prune(now: WallTime) async throws -> Int {
    var removed = 0
    let found = try await self.list()
    for name in Self.excess(found, countMax: self.countMax, ageMin: self.ageMin, now: now) {
      if try await self.remove(name) { removed += 1 }
    }
    return removed
  }

  /// The names of those that are too many, the oldest first.
  static func excess(
    _ snapshots: [StoredSnapshot], countMax: Int, ageMin: Duration, now: WallTime
  ) -> [String] {
    guard countMax > 0 else { return [] }
    let found = snapshots.filter { !$0.name.hasPrefix(StoredSnapshot.copyPrefix) }
      .sorted { ($0.takenAt ?? 0, $0.name) < ($1.takenAt ?? 0, $1.name) }
    return found.dropLast(countMax).filter { snapshot in
      snapshot.takenAt.map { now - WallTime(nanoseconds: $0) >= ageMin } ?? false
    }.map(\.name)
  }

  /// Until the task is cancelled.
  package func run(
    _ time: any TimeSource, removed: (Int) -> Void
  ) async throws(CancellationError) {
    while true {
      try await time.sleep(for: .seconds(60))
      if let count = try? await self.prune(now: time.wallNow), count > 0 { removed(count) }
    }
  }
}
