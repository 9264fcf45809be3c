import Bytes
import KeyValue

/// The next revision while a decision puts it together. Used by the store's writer thread only.
final class FactsDraft {
  private let facts: EmbeddedFacts
  private let decision: Decision
  private(set) var state: FactsState
  private var changes: [FactChanges.Change] = []
  private var deleted: Set<FactKey> = []
  private let revision: FactRevision

  init(_ facts: EmbeddedFacts, _ decision: Decision) throws {
    self.facts = facts
    self.decision = decision
    let bytes = try decision.get(FactsState.key, in: facts.families.state)
    self.state = try bytes.map { try FactsState(decoding: $0.rawBytes) } ?? FactsState()
    self.revision = FactRevision(self.state.revision + 1)
  }

  func put(_ key: FactKey, _ value: [UInt8], _ lease: FactLeaseID?, over old: Fact?) {
    let fact = Fact(
      key: key, value: value, createdAt: old?.createdAt ?? self.revision,
      modifiedAt: self.revision, lease: lease)
    self.decision.batch.put(
      FactRecords.bytes(of: fact), for: Array(key.text.utf8), in: self.facts.families.live)
    if old?.lease != lease {
      if let old = old?.lease { self.detach(key, from: old) }
      if let lease {
        self.decision.batch.put(
          [], for: FactRecords.attachment(of: key, to: lease.number),
          in: self.facts.families.state)
      }
    }
    self.changes.append(.put(fact))
  }

  func delete(_ fact: Fact) {
    // A delete and a prefix may both meet it.
    guard self.deleted.insert(fact.key).inserted else { return }
    self.decision.batch.delete(Array(fact.key.text.utf8), in: self.facts.families.live)
    if let lease = fact.lease { self.detach(fact.key, from: lease) }
    self.changes.append(.delete(fact.key, at: self.revision))
  }

  private func detach(_ key: FactKey, from lease: FactLeaseID) {
    self.decision.batch.delete(
      FactRecords.attachment(of: key, to: lease.number), in: self.facts.families.state)
  }

  /// A lease that nobody has had.
  func nextLease() -> Int64 {
    self.state.lastLease += 1
    self.writeState()
    return self.state.lastLease
  }

  /// Writes the revision into the log, forgets the oldest ones, and stages it for the watchers. Without
  /// changes there is no revision, and the present one is given.
  func finish() throws -> FactRevision {
    guard !self.changes.isEmpty else { return FactRevision(self.state.revision) }
    let bytes = FactRecords.bytes(of: self.changes)
    self.decision.batch.put(
      bytes, for: FactRecords.bigEndian(self.revision.number), in: self.facts.families.log)
    self.state.revision = self.revision.number
    self.state.logBytes += Int64(bytes.count)
    try self.trimLog()
    self.writeState()
    self.facts.feed.stage(FactChanges(self.changes, revision: self.revision))
    return self.revision
  }

  private func trimLog() throws {
    let limits = self.facts.limits
    // A few at a time: a commit does not pay for a lowered limit alone.
    var left = 64
    while left > 0, self.state.logFirst < self.state.revision,
      self.state.revision - self.state.logFirst >= Int64(limits.logRevisionsMax)
        || self.state.logBytes > Int64(limits.logBytesMax)
    {
      let key = FactRecords.bigEndian(self.state.logFirst)
      let size = try self.decision.get(key, in: self.facts.families.log)?.count ?? 0
      self.decision.batch.delete(key, in: self.facts.families.log)
      self.state.logBytes -= Int64(size)
      self.state.logFirst += 1
      left -= 1
    }
  }

  private func writeState() {
    self.decision.batch.put(
      self.state.bytes, for: FactsState.key, in: self.facts.families.state)
  }
}
