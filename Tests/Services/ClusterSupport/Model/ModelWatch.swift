import Cluster
import Runtime

/// A watch of `ModelFacts`: the table remembers how far it has told.
final class ModelWatch: FactWatch {
  private let facts: ModelFacts
  private let bell = Bell()

  init(_ facts: ModelFacts, _ prefix: String, after revision: FactRevision) {
    self.facts = facts
    let id = ObjectIdentifier(self)
    let watching = ModelTable.Watching(prefix: prefix, position: revision, bell: self.bell)
    facts.table.withLock { $0.watches[id] = watching }
  }

  deinit { self.unregister() }

  func next() async throws -> FactChanges {
    let id = ObjectIdentifier(self)
    while true {
      try Task.checkCancellation()
      guard self.facts.table.withLock({ $0.watches[id] != nil }) else { throw CancellationError() }
      if !self.facts.isInOutage,
        let told = try self.facts.table.withLock({ table throws(FactsError) in try table.next(id) })
      {
        return told
      }
      try await self.bell.wait()
    }
  }

  func stop() async {
    self.unregister()
    self.bell.ring()
  }

  private func unregister() {
    let id = ObjectIdentifier(self)
    self.facts.table.withLock { _ = $0.watches.removeValue(forKey: id) }
  }
}
