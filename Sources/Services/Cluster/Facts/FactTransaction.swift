/// Conditions and changes that hold or happen together. All conditions are looked at in one state of the
/// store; when all hold, all changes are made in one new revision and are durable when the call returns.
package struct FactTransaction: Sendable {
  /// As many as etcd takes by default.
  package static let operationMax = 128

  package enum Condition: Hashable, Sendable {
    case exists(FactKey)
    case isAbsent(FactKey)
    /// The fact was last changed in exactly this revision.
    case isUnchanged(FactKey, since: FactRevision)
    /// The key has lived without a break since this revision: the fence of an election.
    case isHeld(FactKey, since: FactRevision)
  }

  package enum Change: Hashable, Sendable {
    case put(FactKey, [UInt8], lease: FactLeaseID?)
    case delete(FactKey)
    case deletePrefix(String)
  }

  package var conditions: [Condition] = []
  package var changes: [Change] = []

  package init() {}
  package init(if conditions: [Condition] = [], _ changes: [Change]) {
    self.conditions = conditions
    self.changes = changes
  }
}

/// What became of a transaction.
package enum FactOutcome: Hashable, Sendable {
  /// Every condition held; the changes are in this revision.
  case done(FactRevision)
  /// Nothing was changed: the first condition that did not hold, and the fact it looked at.
  case refused(FactTransaction.Condition, current: Fact?)

  package var revision: FactRevision? {
    guard case .done(let revision) = self else { return nil }
    return revision
  }
}
