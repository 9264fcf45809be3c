import Synchronization

/// What of a group a query reads, and whether it can do without some of it.
package struct ReadChoice: Sendable {
  /// The tiers; none: those that the group reads by default.
  package var stages: [String]
  /// Where shards that no node answers for are noted; nil: without one of them there is no answer.
  package var missing: MissingShards?

  package init(stages: [String] = [], missing: MissingShards? = nil) {
    self.stages = stages
    self.missing = missing
  }
}

/// Shards that are not in an answer.
package final class MissingShards: Sendable {
  private let found = Mutex<[String: String]>([:])

  package init() {}

  package func note(group: String, shard: UInt32, why: String) {
    self.found.withLock { $0["\(group)/\(shard)"] = why }
  }

  /// `GROUP/SHARD` with the reason, in their order.
  package var all: [(shard: String, why: String)] {
    self.found.withLock { found in
      found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
  }
}
