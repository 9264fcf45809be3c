import Synchronization

/// Conflicts of tables, counted since this process began, for those who look at them.
final class TableActivity: Sendable {
  struct Counts: Sendable, Hashable {
    var conflicts: Int64 = 0
    var retries: Int64 = 0
  }

  private let counts = Mutex<[ObjectID: Counts]>([:])
  /// Tables that are counted; those that come later are not.
  static let tablesMax = 10_000

  func of(_ id: ObjectID) -> Counts { self.counts.withLock { $0[id] ?? Counts() } }

  func note(conflicts: Int64 = 0, retries: Int64 = 0, of ids: [ObjectID]) {
    self.counts.withLock { counts in
      for id in ids {
        guard counts[id] != nil || counts.count < Self.tablesMax else { continue }
        counts[id, default: Counts()].conflicts += conflicts
        counts[id, default: Counts()].retries += retries
      }
    }
  }
}
