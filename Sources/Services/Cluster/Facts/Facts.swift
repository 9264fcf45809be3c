/// Small facts that the services of a cluster agree on: who is a member, who leads, what jobs there are,
/// which accounts, schemas, volumes. Embedded on one machine, etcd on several; both pass the same tests.
///
/// Reads are linearizable. What `commit` acknowledged survives a power cut. While the store cannot be
/// reached, a call waits a bounded time and then throws `unavailable`; watches and leases go on by
/// themselves once it is back.
package protocol Facts: Sendable {
  /// `embedded` or `etcd`, for people.
  var kind: String { get }

  func get(_ key: FactKey) async throws(FactsError) -> Fact?

  /// Facts whose keys begin with `prefix`, in the order of keys, from one state of the store.
  ///
  /// - Parameter after: only keys behind this one.
  /// - Parameter limit: at most this many; nil for all that a page may hold (`FactPage.countMax`,
  ///   `byteCountMax`): look at `hasMore`, or use `listAll`.
  func list(_ prefix: String, after: FactKey?, limit: Int?) async throws(FactsError) -> FactPage

  /// - Throws `unknownOutcome` when the answer was lost: read before trying again.
  func commit(_ transaction: FactTransaction) async throws(FactsError) -> FactOutcome

  /// Changes of keys that begin with `prefix`, in their order, each once, beginning behind `revision`.
  /// Throws `compacted` when the store does not remember that far back: list again and go on from there.
  func watch(_ prefix: String, after revision: FactRevision) async throws(FactsError)
    -> any FactWatch

  /// A lease that ends unless it is kept alive. Its facts go with it.
  func grantLease(for duration: Duration) async throws(FactsError) -> FactLeaseID
  /// Throws `leaseEnded` when it is over.
  func keepAlive(_ lease: FactLeaseID) async throws(FactsError)
  func revokeLease(_ lease: FactLeaseID) async throws(FactsError)
}

/// The changes behind one `watch`. One task reads it.
package protocol FactWatch: Sendable {
  /// Waits for the next changes: all of one revision or of several, never part of one. Goes on by itself
  /// after the connection was lost. Throws `compacted` when changes were missed for good, and
  /// `CancellationError` when the task is cancelled.
  func next() async throws -> FactChanges
  /// Frees what the watch holds; a `next` that waits ends with `CancellationError`.
  func stop() async
}

package struct FactChanges: Hashable, Sendable {
  package enum Change: Hashable, Sendable {
    case put(Fact)
    case delete(FactKey, at: FactRevision)

    package var key: FactKey {
      switch self {
      case .put(let fact): fact.key
      case .delete(let key, at: _): key
      }
    }
  }

  package var changes: [Change]
  /// Everything up to here was told.
  package var revision: FactRevision

  package init(_ changes: [Change], revision: FactRevision) {
    self.changes = changes
    self.revision = revision
  }
}

package struct FactPage: Hashable, Sendable {
  package static let countMax = 10_000
  /// Keys and values: a page ends with the fact that reaches it.
  package static let byteCountMax = 32 << 20

  package var facts: [Fact]
  /// The state that was read: a watch that begins here misses nothing.
  package var revision: FactRevision
  package var hasMore: Bool

  package init(_ facts: [Fact], revision: FactRevision, hasMore: Bool) {
    self.facts = facts
    self.revision = revision
    self.hasMore = hasMore
  }
}

package struct FactsError: Error, Hashable, Sendable, CustomStringConvertible {
  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { "\(self.code.rawValue): \(self.message)" }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The store cannot be reached or has no leader; nothing was changed.
    package static let unavailable = Code(rawValue: "facts.unavailable")
    /// The change may have been made or not.
    package static let unknownOutcome = Code(rawValue: "facts.unknown_outcome")
    package static let compacted = Code(rawValue: "facts.compacted")
    package static let leaseEnded = Code(rawValue: "facts.lease_ended")
    /// A value or transaction is over its limit.
    package static let tooLarge = Code(rawValue: "facts.too_large")
    package static let overloaded = Code(rawValue: "facts.overloaded")
    package static let fullDisk = Code(rawValue: "facts.full_disk")
    package static let denied = Code(rawValue: "facts.denied")
    package static let damaged = Code(rawValue: "facts.damaged")
    package static let closed = Code(rawValue: "facts.closed")
  }
}

/// The common transactions.
extension Facts {
  package func put(
    _ key: FactKey, _ value: [UInt8], lease: FactLeaseID? = nil
  ) async throws(FactsError) -> FactRevision {
    let outcome = try await self.commit(FactTransaction([.put(key, value, lease: lease)]))
    guard case .done(let revision) = outcome else {
      preconditionFailure("BUG: a put without a condition was refused")
    }
    return revision
  }

  /// Puts the fact when the condition holds.
  package func put(
    _ key: FactKey, _ value: [UInt8], if condition: FactTransaction.Condition,
    lease: FactLeaseID? = nil
  ) async throws(FactsError) -> FactOutcome {
    try await self.commit(FactTransaction(if: [condition], [.put(key, value, lease: lease)]))
  }

  package func delete(
    _ key: FactKey, if condition: FactTransaction.Condition
  ) async throws(FactsError) -> FactOutcome {
    try await self.commit(FactTransaction(if: [condition], [.delete(key)]))
  }

  package func list(_ prefix: String) async throws(FactsError) -> FactPage {
    try await self.list(prefix, after: nil, limit: nil)
  }

  /// All facts whose keys begin with `prefix`, however many pages they take. A watch that begins at the
  /// page's revision, that of the first reading, misses nothing, and may tell again what was read.
  package func listAll(_ prefix: String) async throws(FactsError) -> FactPage {
    var all = try await self.list(prefix)
    while all.hasMore {
      let page = try await self.list(prefix, after: all.facts.last?.key, limit: nil)
      all.facts += page.facts
      all.hasMore = page.hasMore
    }
    return all
  }
}
