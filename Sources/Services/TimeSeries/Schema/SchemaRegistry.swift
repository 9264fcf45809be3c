import Bytes
package import Cluster
import Crypto
package import Runtime
import SeriesWire
import Values

/// Groups, streams, measures, traces, properties, rules, bindings and rankings: changed through the
/// facts, read from memory. `run()` keeps the memory current with what others change.
package final class SchemaRegistry: Sendable {
  /// How long a deleted object is remembered.
  package static let tombstoneLife = Duration.seconds(7 * 86_400)
  /// Holds the progress of deletions of groups. It belongs to the system.
  package static let deletionGroup = "_deletion_task"

  struct State: Sendable {
    var schema = SchemaState()
    /// What each fact was when it was applied.
    var applied: [FactKey: FactRevision] = [:]
    var lastRevision: Int64 = 0
    var subjects: [SchemaKey: Subject] = [:]
    var subjectsOf: UInt64 = 0
    var bells: [ObjectIdentifier: Bell] = [:]
  }

  let facts: any Facts
  let mirror: FactMirror
  package let time: any TimeSource
  let state: Guarded<State>

  package init(_ facts: any Facts, time: any TimeSource) {
    self.facts = facts
    self.mirror = FactMirror(facts, SchemaRecord.prefix, time: time)
    self.time = time
    self.state = Guarded(State())
  }

  /// The schema as it is now.
  package var current: SchemaState { self.state.withLock { $0.schema } }

  /// The stream, measure or trace of that name.
  package func subject(_ kind: SchemaKind, _ group: String, _ name: String) -> Subject? {
    let key = SchemaKey(kind, group, name)
    let now = self.time.wallNow.nanoseconds
    return self.state.withLock { state -> Subject? in
      if state.subjectsOf != state.schema.generation {
        state.subjects.removeAll(keepingCapacity: true)
        state.subjectsOf = state.schema.generation
      }
      if let subject = state.subjects[key], now < subject.validUntil { return subject }
      guard let subject = Subject(key, in: state.schema, at: now) else { return nil }
      state.subjects[key] = subject
      return subject
    }
  }

  package func isDeleting(_ group: String) -> Bool {
    self.state.withLock { $0.schema.deleting.contains(group) }
  }

  /// Whether the store of the facts is heard.
  package var isCurrent: Bool { self.mirror.staleSince == nil }

  // MARK: Following the facts

  /// Reads the schema once, and then follows it until the task is cancelled. Also forgets objects whose
  /// deletion is long past.
  package func run() async throws(CancellationError) {
    let bell = Bell()
    self.mirror.add(bell)
    defer { self.mirror.remove(bell) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.mirror.run() }
      group.addTask {
        while (try? await bell.wait()) != nil { self.refresh() }
      }
      group.addTask { try? await self.forget() }
      await group.waitForAll()
    }
    throw CancellationError()
  }

  /// Waits until the schema was read for the first time.
  package func ready() async throws(CancellationError) {
    try await self.mirror.ready()
    self.refresh()
  }

  func refresh() {
    // The revision first: facts that come between the two are among `facts`, and what this node wrote meanwhile is
    // later than `shown`.
    let shown = self.mirror.revision ?? .zero
    let facts = self.mirror.all
    let bells = self.state.withLock { state -> [Bell] in
      var seen: Set<FactKey> = []
      seen.reserveCapacity(facts.count)
      var deleting: Set<String> = []
      for fact in facts {
        seen.insert(fact.key)
        if let group = GroupDeletion.group(ofFact: fact) { deleting.insert(group) }
        self.apply(fact, &state)
      }
      for key in state.applied.keys where !seen.contains(key) {
        // What this node has written may not be mirrored yet.
        guard let at = state.applied[key], at <= shown else { continue }
        state.applied[key] = nil
        if let key = SchemaRecord.key(key) { state.schema.remove(key) }
      }
      state.schema.setDeleting(deleting)
      return Array(state.bells.values)
    }
    for bell in bells { bell.ring() }
  }

  private func apply(_ fact: Fact, _ state: inout State) {
    guard fact.modifiedAt > (state.applied[fact.key] ?? .zero),
      let key = SchemaRecord.key(fact.key)
    else { return }
    // What cannot be read is left as it was: the next change of it heals it.
    guard let record = try? SchemaRecord(key.kind, fact) else { return }
    state.applied[fact.key] = fact.modifiedAt
    state.schema.apply(record, key)
    state.lastRevision = max(state.lastRevision, record.revision)
  }

  /// Applies what this node has just committed, so that its next request finds it.
  func applied(_ record: SchemaRecord, _ key: SchemaKey, at revision: FactRevision) {
    let factKey = SchemaRecord.factKey(key)
    let bells = self.state.withLock { state -> [Bell] in
      guard revision > (state.applied[factKey] ?? .zero) else { return [] }
      state.applied[factKey] = revision
      state.schema.apply(record, key)
      return Array(state.bells.values)
    }
    for bell in bells { bell.ring() }
  }

  /// Rings at every change, until it is removed.
  package func add(_ bell: Bell) {
    self.state.withLock { $0.bells[ObjectIdentifier(bell)] = bell }
  }

  package func remove(_ bell: Bell) {
    self.state.withLock { _ = $0.bells.removeValue(forKey: ObjectIdentifier(bell)) }
  }

  /// The next revision: the wall clock, but never less than one more than the last.
  func nextRevision() -> Int64 {
    let now = self.time.wallNow.nanoseconds
    return self.state.withLock { state in
      state.lastRevision = max(now, state.lastRevision + 1)
      return state.lastRevision
    }
  }

  private func forget() async throws(CancellationError) {
    while true {
      try await self.time.sleep(for: .seconds(3600))
      await self.forgetTombstones()
    }
  }

  /// Forgets objects that were deleted longer than `tombstoneLife` ago.
  package func forgetTombstones() async {
    let limit = self.time.wallNow.nanoseconds - Self.tombstoneLife.nanosecondsClamped
    guard let page = try? await self.facts.listAll(SchemaRecord.prefix) else { return }
    for fact in page.facts {
      guard let key = SchemaRecord.key(fact.key), let record = try? SchemaRecord(key.kind, fact),
        record.deletedAt != 0, record.deletedAt < limit
      else { continue }
      // Another node may have done it, or the object may have been made again: both are fine.
      _ = try? await self.facts.delete(
        fact.key, if: .isUnchanged(fact.key, since: fact.modifiedAt))
    }
  }
}
