import Cluster
import Values

/// The state of `ModelFacts`: a dictionary, a list of everything that happened, and leases.
struct ModelTable: Sendable {
  struct Lease: Sendable {
    var duration: Duration
    var deadline: MonotonicTime
  }

  struct Watching: Sendable {
    var prefix: String
    /// Everything up to here was told, or did not concern it.
    var position: FactRevision
    let bell: Bell
  }

  var facts: [FactKey: Fact] = [:]
  var revision = FactRevision.zero
  /// One entry for each revision behind `forgotten`.
  var log: [FactChanges] = []
  var forgotten = FactRevision.zero
  var leases: [FactLeaseID: Lease] = [:]
  var nextLease: Int64 = 0
  var watches: [ObjectIdentifier: Watching] = [:]
  let revisionsKept: Int

  init(revisionsKept: Int) { self.revisionsKept = revisionsKept }

  // MARK: Reading

  func list(_ prefix: String, after: FactKey?, limit: Int?) -> FactPage {
    let found = self.facts.values
      .filter { fact in fact.key.hasPrefix(prefix) && after.map { fact.key > $0 } ?? true }
      .sorted { $0.key < $1.key }
    var count = 0
    var byteCount = 0
    for fact in found.prefix(min(max(limit ?? FactPage.countMax, 0), FactPage.countMax)) {
      if byteCount >= FactPage.byteCountMax { break }
      byteCount += fact.key.text.utf8.count + fact.value.count
      count += 1
    }
    return FactPage(
      Array(found.prefix(count)), revision: self.revision, hasMore: found.count > count)
  }

  func checkKept(_ revision: FactRevision) throws(FactsError) {
    guard revision >= self.forgotten else {
      throw FactsError(
        .compacted, "changes behind revision \(revision) were forgotten up to \(self.forgotten)")
    }
  }

  /// What the watch was not told yet; nil when it was told everything.
  mutating func next(_ id: ObjectIdentifier) throws(FactsError) -> FactChanges? {
    guard let watch = self.watches[id] else { return nil }
    try self.checkKept(watch.position)
    var told = FactChanges([], revision: self.revision)
    for entry in self.log where entry.revision > watch.position {
      told.changes += entry.changes.filter { $0.key.hasPrefix(watch.prefix) }
    }
    self.watches[id]?.position = max(self.revision, watch.position)
    return told.changes.isEmpty ? nil : told
  }

  // MARK: Changing

  mutating func commit(_ transaction: FactTransaction) throws(FactsError) -> FactOutcome {
    for condition in transaction.conditions {
      let fact = self.facts[condition.key]
      guard condition.holds(for: fact) else { return .refused(condition, current: fact) }
    }
    for case .put(_, _, lease: let lease?) in transaction.changes { try self.checkHeld(lease) }
    let next = FactRevision(self.revision.number + 1)
    var changes: [FactChanges.Change] = []
    for change in transaction.changes {
      switch change {
      case .put(let key, let value, let lease):
        let fact = Fact(
          key: key, value: value, createdAt: self.facts[key]?.createdAt ?? next, modifiedAt: next,
          lease: lease)
        self.facts[key] = fact
        changes.append(.put(fact))
      case .delete(let key): changes += self.delete([key], next)
      case .deletePrefix(let prefix):
        changes += self.delete(self.facts.keys.filter { $0.hasPrefix(prefix) }, next)
      }
    }
    self.append(changes, next)
    return .done(self.revision)
  }

  private mutating func delete(_ keys: [FactKey], _ revision: FactRevision) -> [FactChanges.Change]
  {
    keys.sorted().compactMap { key in
      self.facts.removeValue(forKey: key).map { .delete($0.key, at: revision) }
    }
  }

  private mutating func append(_ changes: [FactChanges.Change], _ revision: FactRevision) {
    guard !changes.isEmpty else { return }
    let before = self.revision
    self.revision = revision
    self.log.append(FactChanges(changes, revision: revision))
    if self.log.count > self.revisionsKept { self.forgotten = self.log.removeFirst().revision }
    for (id, watch) in self.watches {
      if changes.contains(where: { $0.key.hasPrefix(watch.prefix) }) {
        watch.bell.ring()
      } else if watch.position == before {
        self.watches[id]?.position = revision
      }
    }
  }

  // MARK: Leases

  private func checkHeld(_ lease: FactLeaseID) throws(FactsError) {
    guard self.leases[lease] != nil else {
      throw FactsError(.leaseEnded, "there is no lease \(lease.number), or it has ended")
    }
  }

  var nextDeadline: MonotonicTime? { self.leases.values.map(\.deadline).min() }

  mutating func grantLease(_ duration: Duration, _ now: MonotonicTime) -> FactLeaseID {
    self.nextLease += 1
    let lease = FactLeaseID(self.nextLease)
    self.leases[lease] = Lease(duration: duration, deadline: now + duration)
    return lease
  }

  mutating func keepAlive(_ lease: FactLeaseID, _ now: MonotonicTime) throws(FactsError) {
    try self.checkHeld(lease)
    if let duration = self.leases[lease]?.duration {
      self.leases[lease]?.deadline = now + duration
    }
  }

  mutating func revoke(_ lease: FactLeaseID) throws(FactsError) {
    try self.checkHeld(lease)
    self.leases[lease] = nil
    let next = FactRevision(self.revision.number + 1)
    let keys = self.facts.values.filter { $0.lease == lease }.map(\.key)
    self.append(self.delete(keys, next), next)
  }

  mutating func endLeases(_ now: MonotonicTime) {
    let over = self.leases.filter { $0.value.deadline <= now }
      .sorted { ($0.value.deadline, $0.key.number) < ($1.value.deadline, $1.key.number) }
    for (lease, _) in over {
      // It is there: it was just found.
      try? self.revoke(lease)
    }
  }
}
