/// A watch of embedded facts.
final class EmbeddedWatch: FactWatch {
  private let facts: EmbeddedFacts
  private let bell = Bell()

  init(_ facts: EmbeddedFacts, _ prefix: String, after revision: FactRevision) throws(FactsError) {
    self.facts = facts
    try facts.feed.add(ObjectIdentifier(self), prefix, after: revision, self.bell)
  }

  deinit { self.facts.feed.remove(ObjectIdentifier(self)) }

  func next() async throws -> FactChanges {
    let id = ObjectIdentifier(self)
    while true {
      try Task.checkCancellation()
      switch self.facts.feed.next(id) {
      case .told(let told): return told
      case .nothing: try await self.bell.wait()
      case .stopped: throw CancellationError()
      case .behind(let revision):
        guard let prefix = self.facts.feed.prefix(of: id) else { throw CancellationError() }
        guard let told = try await self.facts.changes(prefix, after: revision) else {
          throw FactsError(.compacted, "changes behind revision \(revision) were forgotten")
        }
        self.facts.feed.move(id, to: told.revision)
        if !told.changes.isEmpty { return told }
      }
    }
  }

  func stop() async { self.facts.feed.remove(ObjectIdentifier(self)) }
}
