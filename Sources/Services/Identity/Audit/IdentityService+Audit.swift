import Bytes
import Cluster
import JSON
import Observability
import Runtime
package import Values

/// Which entries of the audit log somebody wants to see.
package struct AuditFilter: Sendable {
  package var actor: String?
  /// `user` for all of `user.…`, or one action.
  package var action: String?
  package var resource: String?
  package var result: String?
  package var since: WallTime?
  package var until: WallTime?

  package init() {}
  package init(_ change: (inout AuditFilter) -> Void) { change(&self) }

  func takes(_ entry: AuditEntry) -> Bool {
    (self.actor.map { $0 == entry.actor } ?? true)
      && (self.action.map { $0 == entry.action || entry.action.hasPrefix($0 + ".") } ?? true)
      && (self.resource.map { $0 == entry.resource } ?? true)
      && (self.result.map { $0 == entry.result } ?? true)
      && (self.since.map { entry.at >= $0 } ?? true) && (self.until.map { entry.at < $0 } ?? true)
  }
}

package struct AuditPage: Sendable {
  /// The newest first.
  package var entries: [AuditEntry]
  /// Where the next page begins; nil at the end.
  package var next: String?
}

extension IdentityService {
  package static let auditPageMax = 1000
  /// How many entries one call looks at before it hands back a cursor.
  static let auditScanMax = 20_000

  /// The audit log, newest first. A page may be short, or empty, and still have a next one.
  package func audit(
    _ filter: AuditFilter = AuditFilter(), after cursor: String? = nil, limit: Int = 100
  ) async throws(IdentityError) -> AuditPage {
    guard (1...Self.auditPageMax).contains(limit) else {
      throw IdentityError(
        .valueMalformed, "a page of \(limit) entries", why: "it has 1 to \(Self.auditPageMax)")
    }
    if let cursor, (try? ULID(parsing: cursor)) == nil {
      throw IdentityError(.valueMalformed, "\(IdentityError.quoted(cursor)) is no cursor")
    }
    var page = AuditPage(entries: [], next: nil)
    var after = cursor.map { AuditEntry.fact(of: $0) }
    var scanned = 0
    while true {
      let facts: FactPage
      do {
        facts = try await self.facts.list(
          RecordKey.auditPrefix, after: after, limit: Self.auditPageMax)
      } catch {
        throw Self.storeFailed(error, "read the audit log")
      }
      for fact in facts.facts {
        scanned += 1
        after = fact.key
        guard let entry = try? AuditEntry(parsing: fact.value.rawBytes) else { continue }
        if let since = filter.since, entry.at < since { return page }
        guard filter.takes(entry) else { continue }
        page.entries.append(entry)
        if page.entries.count == limit {
          page.next = entry.id
          return page
        }
      }
      guard facts.hasMore, let last = after else { return page }
      if scanned >= Self.auditScanMax {
        page.next = String(last.text.dropFirst(RecordKey.auditPrefix.utf8.count))
        return page
      }
    }
  }

  /// Writes an entry that belongs to no change: a refusal, a change of another service. Over the rate of
  /// ten a second they are counted and left out, so that a flood of refusals is no flood of writes.
  package func note(
    _ action: String, _ resource: String, result: String = "done", details: [String] = [],
    by author: Author
  ) async {
    guard self.auditRate.admits(at: self.clock.now) else {
      self.metrics.auditDropped.add()
      return
    }
    var draft = AuditDraft(action, resource, details: details)
    draft.result = result
    let entry = draft.entry(id: self.nextAuditID(), at: self.now, by: author)
    do {
      _ = try await self.facts.put(entry.fact, entry.encoded)
    } catch {
      self.log.warning(
        "an audit entry could not be written",
        ["action": .text(action), "resource": .text(resource), "error": .text(error.description)])
    }
  }

  func noteRefusal(_ error: IdentityError, _ author: Author) async {
    await self.note("change.refused", "identity", result: error.code.rawValue, by: author)
  }

  /// Ids fall: the order of keys is newest first.
  func nextAuditID() -> String {
    let now = self.now
    let random = self.random
    let id = self.auditIDs.withLock { ids in
      var bits = SourceBits(source: random)
      return ids.next(at: now, random: &bits)
    }
    return ULID(bits: ~id.bits).description
  }

  /// Removes entries that are too old or too many. Returns how many.
  func trimAudit() async throws(FactsError) -> Int {
    let oldest = max(0, (self.now + (.zero - self.options.auditAgeMax)).nanoseconds / 1_000_000)
    let bound = ~ULID(milliseconds: UInt64(oldest), random: 0).bits
    var after: FactKey? = AuditEntry.fact(of: ULID(bits: bound).description)
    if let surplus = try await self.lastKept() { after = min(after ?? surplus, surplus) }
    var removed = 0
    while true {
      let page = try await self.facts.list(
        RecordKey.auditPrefix, after: after, limit: FactTransaction.operationMax)
      guard let last = page.facts.last else { return removed }
      _ = try await self.facts.commit(FactTransaction(page.facts.map { .delete($0.key) }))
      removed += page.facts.count
      after = last.key
    }
  }

  /// The last entry within the count; nil when there are not that many.
  private func lastKept() async throws(FactsError) -> FactKey? {
    var left = self.options.auditCountMax
    var after: FactKey?
    while true {
      let page = try await self.facts.list(
        RecordKey.auditPrefix, after: after, limit: min(left, Self.auditPageMax))
      left -= page.facts.count
      after = page.facts.last?.key ?? after
      if left == 0 { return after }
      guard page.hasMore else { return nil }
    }
  }
}

/// The random source as the generator that identifiers ask for.
struct SourceBits: RandomNumberGenerator {
  let source: any RandomSource
  mutating func next() -> UInt64 { self.source.next() }
}

/// Ten entries a second, with ten in hand.
final class AuditRate: Sendable {
  private struct State {
    var second: UInt64 = 0
    var count = 0
  }

  static let perSecondMax = 10
  private let state = Guarded(State())

  func admits(at now: MonotonicTime) -> Bool {
    self.state.withLock { state in
      let second = now.nanoseconds / 1_000_000_000
      if second != state.second {
        state.second = second
        state.count = 0
      }
      state.count += 1
      return state.count <= Self.perSecondMax
    }
  }
}
