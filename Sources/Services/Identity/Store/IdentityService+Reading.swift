import Cluster
import Observability
import Values

extension IdentityService {
  /// Reads all records in one state of the store and makes them the directory. Returns where a watch goes
  /// on.
  func reload() async throws(IdentityError) -> FactRevision {
    self.metrics.reloads.add()
    for _ in 0..<self.options.attemptMax {
      if let revision = try await self.reloadOnce() { return revision }
    }
    throw IdentityError(
      .busy, "identities change faster than they can be read",
      why: "\(self.options.attemptMax) attempts found a change in their middle")
  }

  /// Nil when the records changed between two pages.
  private func reloadOnce() async throws(IdentityError) -> FactRevision? {
    var facts: [Fact] = []
    var after: FactKey?
    var guardRevision = FactRevision.zero
    var readAt: FactRevision?
    do throws(FactsError) {
      while true {
        let page = try await self.facts.list(
          RecordKey.recordsPrefix, after: after, limit: FactPage.countMax)
        facts += page.facts
        if readAt == nil { readAt = page.revision }
        after = page.facts.last?.key
        guard page.hasMore else { break }
      }
      if let fact = facts.first(where: { $0.key == RecordKey.guardKey }) {
        guardRevision = fact.modifiedAt
      }
      // More than one page is more than one state, unless nothing changed meanwhile.
      if facts.count > FactPage.countMax {
        let again = try await self.facts.get(RecordKey.guardKey)
        guard (again?.modifiedAt ?? .zero) == guardRevision,
          facts.allSatisfy({ $0.modifiedAt <= guardRevision })
        else { return nil }
      }
    } catch {
      throw Self.storeFailed(error, "read identities")
    }
    let directory = Directory.loaded(facts, revision: guardRevision, opener: self.opener)
    for (place, reason) in directory.damaged.sorted(by: { $0.key < $1.key }) {
      self.log.error("an identity cannot be read", ["fact": .text(place), "why": .text(reason)])
    }
    self.install(directory)
    return readAt ?? guardRevision
  }

  /// Applies what the watch told; records that this process changed itself are there already.
  func apply(_ batch: FactChanges) {
    while true {
      let base = self.directory
      var revision = base.revision
      var changes: [RecordChange] = []
      for change in batch.changes {
        switch change {
        case .put(let fact) where fact.modifiedAt > base.revision:
          if fact.key == RecordKey.guardKey {
            revision = max(revision, fact.modifiedAt)
          } else if let key = RecordKey(fact.key) {
            changes.append(RecordChange(key: key, value: fact.value, at: fact.modifiedAt))
          }
        case .delete(let fact, at: let at) where at > base.revision:
          if let key = RecordKey(fact) {
            changes.append(RecordChange(key: key, value: nil, at: at))
          }
        case .put, .delete: continue
        }
      }
      guard revision > base.revision else { return }
      if self.install(base.applying(changes, at: revision, opener: self.opener)) { return }
      // A change of our own came in between; what it did not bring is still to be applied.
    }
  }

  static func storeFailed(_ error: FactsError, _ doing: String) -> IdentityError {
    switch error.code {
    case .unknownOutcome:
      IdentityError(
        .unknownOutcome, "cannot \(doing): the store's answer was lost", why: error.message,
        tries: ["look whether the change was made before making it again"])
    case .tooLarge:
      IdentityError(.limitReached, "cannot \(doing): the change is too large", why: error.message)
    case .fullDisk:
      IdentityError(
        .storeFull, "cannot \(doing): the disk of the facts store is full", why: error.message,
        tries: ["lakectl doctor --only disk"])
    case .overloaded: IdentityError(.busy, "cannot \(doing)", why: error.message)
    default:
      IdentityError(
        .storeUnavailable, "cannot \(doing): nothing was changed", why: error.description,
        tries: ["lakectl status"])
    }
  }
}
