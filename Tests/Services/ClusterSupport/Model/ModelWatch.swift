import Cluster
import Runtime

/// A watch of `ModelFacts`: it remembers how far it has told and asks the log.
final class ModelWatch: FactWatch {
  private struct Position: Sendable {
    var revision: FactRevision
    var isStopped = false
  }

  private let facts: ModelFacts
  private let prefix: String
  private let bell = Bell()
  private let position: Guarded<Position>

  init(_ facts: ModelFacts, _ prefix: String, after revision: FactRevision) {
    self.facts = facts
    self.prefix = prefix
    self.position = Guarded(Position(revision: revision))
    let (id, bell) = (ObjectIdentifier(self), self.bell)
    facts.table.withLock { $0.watches[id] = bell }
  }

  deinit { self.unregister() }

  func next() async throws -> FactChanges {
    while true {
      try Task.checkCancellation()
      let position = self.position.withLock { $0 }
      if position.isStopped { throw CancellationError() }
      if !self.facts.isInOutage,
        let told = try self.facts.table.withLock({ table throws(FactsError) in
          try table.changes(self.prefix, after: position.revision)
        })
      {
        self.position.withLock { $0.revision = told.revision }
        return told
      }
      try await self.bell.wait()
    }
  }

  func stop() async {
    self.position.withLock { $0.isStopped = true }
    self.unregister()
    self.bell.ring()
  }

  private func unregister() {
    let id = ObjectIdentifier(self)
    self.facts.table.withLock { _ = $0.watches.removeValue(forKey: id) }
  }
}
