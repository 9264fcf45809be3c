import KeyValue
import Runtime

/// The last changes in memory, and who waits for further ones.
///
/// A watcher is a position, so that it holds nothing however slow it is: what has left the memory is read
/// from the log of the store, and what has left that is `compacted`.
///
/// The writer of the store stages a revision while it decides, in order; the revision is published once it
/// is durable. A staged revision that was never written is staged anew by the next one of its number.
final class ChangeFeed: Sendable {
  /// What a watcher is given next.
  enum Next: Sendable {
    case told(FactChanges)
    /// Everything was told.
    case nothing
    /// The changes behind this revision are no longer in memory.
    case behind(FactRevision)
    case stopped
  }

  private struct Watcher: Sendable {
    var prefix: String
    var position: Int64
    let bell: Bell
  }

  private struct State: Sendable {
    var staged: [Int64: FactChanges] = [:]
    /// Revisions one after the other, the last one `published`. Dropped ones are nil.
    var recent: [FactChanges?] = []
    var dropped = 0
    var recentBytes = 0
    var published: Int64
    var watchers: [ObjectIdentifier: Watcher] = [:]
  }

  private let state: Guarded<State>
  private let limits: EmbeddedFacts.Limits

  init(_ limits: EmbeddedFacts.Limits, published: Int64) {
    self.limits = limits
    self.state = Guarded(State(published: published))
  }

  var watcherCount: Int { self.state.withLock { $0.watchers.count } }
  var published: FactRevision { FactRevision(self.state.withLock { $0.published }) }

  // MARK: Publishing

  func stage(_ changes: FactChanges) {
    self.state.withLock { $0.staged[changes.revision.number] = changes }
  }

  /// Tells everything up to `revision`, which is durable, and so is what came before it.
  func publish(through revision: FactRevision) {
    self.state.withLock { state in
      while state.published < revision.number {
        let next = state.published + 1
        if let changes = state.staged.removeValue(forKey: next) {
          self.publish(changes, &state)
        } else {
          preconditionFailure("BUG: revision \(next) was written and not staged")
        }
      }
    }
  }

  private func publish(_ changes: FactChanges, _ state: inout State) {
    let before = state.published
    state.published = changes.revision.number
    state.recent.append(changes)
    state.recentBytes += changes.byteCount
    while state.recent.count - state.dropped > self.limits.recentRevisionsMax
      || state.recentBytes > self.limits.recentBytesMax
    {
      state.recentBytes -= state.recent[state.dropped]?.byteCount ?? 0
      state.recent[state.dropped] = nil
      state.dropped += 1
    }
    // Half of it is gone: one move for many.
    if state.dropped > 64, state.dropped * 2 > state.recent.count {
      state.recent.removeFirst(state.dropped)
      state.dropped = 0
    }
    for (id, watcher) in state.watchers {
      if changes.changes.contains(where: { $0.key.hasPrefix(watcher.prefix) }) {
        watcher.bell.ring()
      } else if watcher.position == before {
        // It is told nothing and misses nothing, however far the log moves on.
        state.watchers[id]?.position = changes.revision.number
      }
    }
  }

  // MARK: Watching

  func add(
    _ id: ObjectIdentifier, _ prefix: String, after revision: FactRevision, _ bell: Bell
  ) throws(FactsError) {
    let isAdded = self.state.withLock { state in
      guard state.watchers.count < self.limits.watchersMax else { return false }
      state.watchers[id] = Watcher(prefix: prefix, position: revision.number, bell: bell)
      return true
    }
    guard isAdded else {
      throw FactsError(.overloaded, "there are \(self.limits.watchersMax) watches of the facts")
    }
  }

  func remove(_ id: ObjectIdentifier) {
    self.state.withLock { $0.watchers.removeValue(forKey: id)?.bell.ring() }
  }

  func next(_ id: ObjectIdentifier) -> Next {
    self.state.withLock { state in
      guard let watcher = state.watchers[id] else { return .stopped }
      guard watcher.position < state.published else { return .nothing }
      let first = state.published - Int64(state.recent.count - state.dropped) + 1
      guard watcher.position + 1 >= first else {
        return .behind(FactRevision(watcher.position))
      }
      var told = FactChanges([], revision: FactRevision(watcher.position))
      var index = state.dropped + Int(watcher.position + 1 - first)
      while index < state.recent.count, told.changes.count < self.limits.toldChangesMax {
        let changes = state.recent[index]
        told.append(changes?.changes ?? [], watcher.prefix)
        told.revision = changes?.revision ?? told.revision
        index += 1
      }
      state.watchers[id]?.position = told.revision.number
      return told.changes.isEmpty ? .nothing : .told(told)
    }
  }

  /// A watcher has read the log up to `revision`.
  func move(_ id: ObjectIdentifier, to revision: FactRevision) {
    self.state.withLock { state in
      guard let position = state.watchers[id]?.position else { return }
      state.watchers[id]?.position = max(position, revision.number)
    }
  }

  func prefix(of id: ObjectIdentifier) -> String? {
    self.state.withLock { $0.watchers[id]?.prefix }
  }
}

extension FactChanges {
  var byteCount: Int {
    self.changes.reduce(64) { sum, change in
      guard case .put(let fact) = change else { return sum + 64 }
      return sum + 128 + fact.value.count
    }
  }

  mutating func append(_ changes: [Change], _ prefix: String) {
    for change in changes where change.key.hasPrefix(prefix) { self.changes.append(change) }
  }
}
