import Cluster
import Observability
import Security
import Values

/// What a change comes to on one directory.
struct ChangePlan<R: Sendable>: Sendable {
  /// Nothing to do when there are none.
  var changes: [RecordChange]
  var audit: AuditDraft
  /// What the caller gets, once the revision is known.
  var result: @Sendable (_ revision: Int64) -> R

  init(
    _ changes: [RecordChange], _ audit: AuditDraft,
    result: @escaping @Sendable (_ revision: Int64) -> R
  ) {
    self.changes = changes
    self.audit = audit
    self.result = result
  }
}

extension IdentityService {
  /// Makes a change: `plan` says what it is on the directory of this moment, and is asked again when
  /// somebody else was first. The change and its audit entry are one transaction.
  func change<R: Sendable>(
    by author: Author, _ plan: (Directory) throws(IdentityError) -> ChangePlan<R>
  ) async throws(IdentityError) -> R {
    await self.gate.enter()
    defer { self.gate.leave() }
    let auditID = self.nextAuditID()
    var mayBeDone = false
    for _ in 0..<self.options.attemptMax {
      let base = self.directory
      let planned: ChangePlan<R>
      let next: Directory
      do throws(IdentityError) {
        planned = try plan(base)
        next = base.applying(planned.changes, at: base.revision, opener: self.opener)
        try Self.checkAdministrators(base, next, planned.changes)
      } catch {
        if error.code == .lastAdministrator, !author.isRehearsing {
          await self.noteRefusal(error, author)
        }
        throw error
      }
      guard !planned.changes.isEmpty, !author.isRehearsing else {
        return planned.result(base.revision.number)
      }
      let entry = planned.audit.entry(id: auditID, at: self.now, by: author)
      switch await self.commit(planned.changes, entry, on: base) {
      case .success(.done(let revision)):
        next.settle(planned.changes, at: revision)
        self.install(next)
        self.metrics.changes.with(planned.audit.kind).add()
        return planned.result(revision.number)
      case .success(.refused):
        self.metrics.conflicts.add()
        _ = try await self.reload()
        if mayBeDone, let revision = try await self.revision(ofAudit: auditID) {
          return planned.result(revision)
        }
      case .failure(let error) where error.code == .unknownOutcome:
        mayBeDone = true
        _ = try await self.reload()
        if let revision = try await self.revision(ofAudit: auditID) {
          return planned.result(revision)
        }
      case .failure(let error):
        throw Self.storeFailed(error, "change identities")
      }
    }
    throw IdentityError(
      .busy, "others change identities at the same time",
      why: "\(self.options.attemptMax) attempts found a newer state; nothing was changed")
  }

  private func commit(
    _ changes: [RecordChange], _ entry: AuditEntry, on base: Directory
  ) async -> Result<FactOutcome, FactsError> {
    var transaction = FactTransaction(
      if: [.isUnchanged(RecordKey.guardKey, since: base.revision)],
      [
        .put(RecordKey.guardKey, Array(entry.id.utf8), lease: nil),
        .put(entry.fact, entry.encoded, lease: nil),
      ])
    for change in changes {
      if let value = change.value {
        transaction.changes.append(.put(change.key.fact, value, lease: nil))
      } else {
        transaction.changes.append(.delete(change.key.fact))
      }
    }
    do {
      return .success(try await self.facts.commit(transaction))
    } catch {
      return .failure(error)
    }
  }

  /// The revision that wrote an audit entry: the proof that a change whose answer was lost was made.
  private func revision(ofAudit id: String) async throws(IdentityError) -> Int64? {
    do {
      return try await self.facts.get(AuditEntry.fact(of: id))?.modifiedAt.number
    } catch {
      throw Self.storeFailed(error, "see whether the change was made")
    }
  }

  /// Kinds that decide who may do what.
  private static let authority: Set<RecordKind> = [.user, .group, .role, .policy, .grants]

  private static func checkAdministrators(
    _ base: Directory, _ next: Directory, _ changes: [RecordChange]
  ) throws(IdentityError) {
    guard changes.contains(where: { Self.authority.contains($0.key.kind) }),
      !next.hasAdministrator(), base.hasAdministrator()
    else { return }
    throw IdentityError(
      .lastAdministrator, "this would leave nobody who may change identities",
      why: "the last administrator is \(base.administrators().joined(separator: ", ")); "
        + "nothing was changed",
      tries: ["lakectl role assign admin --to USER"])
  }
}
