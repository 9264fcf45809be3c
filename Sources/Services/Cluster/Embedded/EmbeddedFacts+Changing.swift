import Bytes
import KeyValue
import Runtime

extension EmbeddedFacts {
  package func commit(_ transaction: FactTransaction) async throws(FactsError) -> FactOutcome {
    try transaction.check()
    let outcome = try await translated(whileChanging: true) {
      try await self.store.commit(deciding: { try self.decide(transaction, $0) })
    }
    if let revision = outcome.revision { self.feed.publish(through: revision) }
    return outcome
  }

  /// On the store's writer thread, alone.
  private func decide(_ transaction: FactTransaction, _ decision: Decision) throws -> FactOutcome {
    for condition in transaction.conditions {
      let fact = try self.fact(condition.key, decision)
      guard condition.holds(for: fact) else { return .refused(condition, current: fact) }
    }
    let draft = try FactsDraft(self, decision)
    for change in transaction.changes {
      switch change {
      case .put(let key, let value, let lease):
        if let lease { try self.checkHeld(lease, decision) }
        draft.put(key, value, lease, over: try self.fact(key, decision))
      case .delete(let key):
        if let fact = try self.fact(key, decision) { draft.delete(fact) }
      case .deletePrefix(let prefix):
        for fact in try self.facts(prefix, decision) { draft.delete(fact) }
      }
    }
    return .done(try draft.finish())
  }

  func fact(_ key: FactKey, _ decision: Decision) throws -> Fact? {
    guard let bytes = try decision.get(Array(key.text.utf8), in: self.families.live) else {
      return nil
    }
    return try FactRecords.fact(key, decoding: bytes.rawBytes)
  }

  private func facts(_ prefix: String, _ decision: Decision) throws -> [Fact] {
    let limit = self.limits.deletedMax
    let records = try decision.records(
      .prefix(Array(prefix.utf8)), in: self.families.live, countMax: limit + 1)
    guard records.count <= limit else {
      throw FactsError(.tooLarge, "more than \(limit) facts begin with \(prefix)")
    }
    return try records.map {
      try FactRecords.fact(FactRecords.name($0.key.rawBytes), decoding: $0.value.rawBytes)
    }
  }

  private func checkHeld(_ lease: FactLeaseID, _ decision: Decision) throws {
    let isThere = try decision.get(FactRecords.key(of: lease.number), in: self.families.state)
    guard isThere != nil, self.leases.isHeld(lease.number, at: self.time.now) else {
      throw FactsError(.leaseEnded, "there is no lease \(lease.number), or it has ended")
    }
  }
}
