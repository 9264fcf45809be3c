import Observability
import Runtime
package import SeriesColumns
package import SeriesStorage

/// Groups that come back on several nodes at once.
///
/// The files have come to every node before. A node promises, durably, to show them when the placement is of the next
/// epoch and names the restore; that fact is the moment at which all nodes have the rows. A node that was not told, or
/// was killed, shows them when somebody who knows of that epoch asks for them, and before it answers.
extension LocalMoves {
  package func promise(
    _ restore: GroupRestore, shards: Set<UInt32>, epoch: UInt64
  ) async throws(SeriesError) {
    // What was promised before is kept before.
    try await self.bringBack(restore.group, epoch: .max)
    await self.placing.enter()
    defer { self.placing.leave() }
    guard let found = try await self.facts.get(restore.group), found.placement.epoch < epoch else {
      throw SeriesError(.moved, "shards of group \(restore.group) were moved meanwhile")
    }
    let range = ShardRange(group: restore.group, times: .min ... .max, shards: shards)
    try await self.change { ledger in
      for entry in Self.opened(range, epoch) { ledger.set(entry) }
      ledger.promise(MoveLedger.Promise(restore: restore, epoch: epoch))
    }
    try await self.waitForWrites()
    try await self.store.checkRestore(restore)
  }

  /// Shows what was promised for a placement; forgets it when that placement came without it.
  func keepPromise(
    _ group: String, _ placement: ShardPlacement
  ) async throws(SeriesError) {
    guard let promise = self.state.withLock({ $0.ledger.promises[group] }),
      placement.epoch >= promise.epoch
    else { return }
    if placement.restored == promise.restore.name {
      // Before the first row is shown: who asks under the old epoch might see some and others not.
      try await self.change { ledger in
        for var entry in ledger.entries(of: group) where entry.epoch == promise.epoch {
          entry.state = .restored
          ledger.set(entry)
        }
      }
      try await self.store.showRestore(promise.restore)
      self.log.info(
        "group \(group) is back", ["group": .text(group), "restore": .text(promise.restore.name)])
    }
    try await self.change { $0.endPromise(group) }
  }

  /// Called before rows of a group are looked at or taken under an epoch: those that came back by then are there.
  func bringBack(_ group: String, epoch: UInt64) async throws(SeriesError) {
    guard self.owes(group, epoch) else { return }
    try await self.settle(group)
    guard epoch < .max, self.owes(group, epoch) else { return }
    throw SeriesError(
      .unavailable, "node \(self.own) does not show yet what group \(group) was restored from")
  }

  private func owes(_ group: String, _ epoch: UInt64) -> Bool {
    self.state.withLock { state in
      state.ledger.promises[group].map { $0.epoch <= epoch } ?? false
    }
  }

  /// The same for all groups.
  func bringBackAll() async throws(SeriesError) {
    for group in self.state.withLock({ $0.ledger.promises.keys.sorted() }) {
      try await self.bringBack(group, epoch: .max)
    }
  }

  /// Before all that a group has goes.
  func forgetPromise(_ group: String) async throws(SeriesError) {
    guard self.owes(group, .max) else { return }
    try await self.change { $0.endPromise(group) }
  }
}
