package import Runtime
package import Values

/// The facts below a prefix, held in memory and kept current by a watch: for what is read on every
/// request. `run()` keeps it going; while the store cannot be reached the last state stays.
package final class FactMirror: Sendable {
  private struct State: Sendable {
    var facts: [FactKey: Fact] = [:]
    var revision: FactRevision?
    /// Nil while the store is heard.
    var staleSince: MonotonicTime?
    var bells: [ObjectIdentifier: Bell] = [:]
  }

  package let prefix: String
  private let facts: any Facts
  let time: any TimeSource
  private let state: Guarded<State>

  private let probeInterval: Duration

  package init(
    _ facts: any Facts, _ prefix: String, time: any TimeSource,
    probeInterval: Duration = .seconds(5)
  ) {
    self.prefix = prefix
    self.probeInterval = probeInterval
    self.facts = facts
    self.time = time
    self.state = Guarded(State(staleSince: time.now))
  }

  /// The facts in the order of their keys.
  package var all: [Fact] {
    self.state.withLock { $0.facts.values.sorted { $0.key < $1.key } }
  }

  /// Those whose keys begin so, in the order of their keys.
  package func facts(below prefix: String) -> [Fact] {
    self.state.withLock { state in
      state.facts.values.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
    }
  }

  package subscript(key: FactKey) -> Fact? { self.state.withLock { $0.facts[key] } }
  package var count: Int { self.state.withLock { $0.facts.count } }

  /// The revision that is shown; nil before the first reading.
  package var revision: FactRevision? { self.state.withLock { $0.revision } }

  /// Since when the store has not been heard; nil while the mirror is current.
  package var staleSince: MonotonicTime? { self.state.withLock { $0.staleSince } }

  /// Waits until the facts were read for the first time.
  package func ready() async throws(CancellationError) {
    try await self.wait { $0 != nil }
  }

  /// Waits until what was changed in `revision` shows here: for a reader of its own writes.
  package func wait(for revision: FactRevision) async throws(CancellationError) {
    try await self.wait { ($0 ?? .zero) >= revision }
  }

  private func wait(
    until isShown: (FactRevision?) -> Bool
  ) async throws(CancellationError) {
    let bell = Bell()
    self.add(bell)
    defer { self.remove(bell) }
    while !isShown(self.revision) { try await bell.wait() }
  }

  /// Rings `bell` at every change, until it is removed.
  package func add(_ bell: Bell) {
    self.state.withLock { $0.bells[ObjectIdentifier(bell)] = bell }
  }

  package func remove(_ bell: Bell) {
    self.state.withLock { _ = $0.bells.removeValue(forKey: ObjectIdentifier(bell)) }
  }

  /// Reads and watches until the task is cancelled.
  package func run() async throws(CancellationError) {
    var pause = Duration.milliseconds(50)
    while true {
      if Task.isCancelled { throw CancellationError() }
      do {
        let page = try await self.facts.listAll(self.prefix)
        self.replace(page)
        pause = .milliseconds(50)
        try await self.follow(page.revision)
      } catch is CancellationError {
        throw CancellationError()
      } catch let error as FactsError where error.code == .compacted {
        // Too far behind: read everything again.
      } catch {
        let now = self.time.now
        self.state.withLock { $0.staleSince = $0.staleSince ?? now }
        try await self.time.sleep(for: pause)
        pause = min(pause * 2, .seconds(2))
      }
    }
  }

  private func follow(_ revision: FactRevision) async throws {
    let watch = try await self.facts.watch(self.prefix, after: revision)
    let result = await withTaskGroup(of: (any Error).self) { group in
      group.addTask {
        do {
          while true { self.apply(try await watch.next()) }
        } catch {
          return error
        }
      }
      group.addTask { await self.probe() }
      let error = await group.next()
      group.cancelAll()
      return error
    }
    await watch.stop()
    if let result { throw result }
  }

  /// Asks the store now and then: a watch is as silent when nothing happens as when nothing can be heard.
  private func probe() async -> any Error {
    let key = FactKey(self.prefix + "~")
    while true {
      do throws(CancellationError) {
        try await self.time.sleep(for: self.probeInterval)
      } catch {
        return error
      }
      let isHeard: Bool
      do throws(FactsError) {
        _ = try await self.facts.get(key)
        isHeard = true
      } catch {
        isHeard = false
      }
      let now = self.time.now
      self.state.withLock { $0.staleSince = isHeard ? nil : $0.staleSince ?? now }
    }
  }

  private func replace(_ page: FactPage) {
    let facts = Dictionary(page.facts.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
    self.change { state in
      state.facts = facts
      state.revision = page.revision
      state.staleSince = nil
    }
  }

  private func apply(_ told: FactChanges) {
    self.change { state in
      for change in told.changes {
        switch change {
        case .put(let fact): state.facts[fact.key] = fact
        case .delete(let key, at: _): state.facts[key] = nil
        }
      }
      state.revision = max(state.revision ?? .zero, told.revision)
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let bells = self.state.withLock { state in
      body(&state)
      return Array(state.bells.values)
    }
    for bell in bells { bell.ring() }
  }
}
