import Cluster
import Runtime
package import SeriesWire
import Values

/// Whether the schema that a client knows is the server's.
extension SchemaRegistry {
  /// The status of a write or a query that carries `revision`: 0 for one that does not ask. A client
  /// ahead of this node is waited for, at most `patience`.
  package func gate(
    _ key: SchemaKey, revision: Int64, patience: Duration
  ) async -> ModelWire.Status {
    if let status = self.gateNow(key, revision) { return status }
    let deadline = self.time.now + patience
    let bell = Bell()
    self.add(bell)
    defer { self.remove(bell) }
    while self.time.now < deadline {
      if let status = self.gateNow(key, revision) { return status }
      do throws(CancellationError) {
        try await bell.wait(until: deadline, on: self.time)
      } catch {
        break
      }
    }
    if let status = self.gateNow(key, revision) { return status }
    guard self.current.revision(key) != nil else { return .notFound }
    return .schemaNotApplied
  }

  /// Nil when waiting may help.
  private func gateNow(_ key: SchemaKey, _ revision: Int64) -> ModelWire.Status? {
    guard let current = self.current.revision(key) else { return nil }
    if revision == 0 || revision == current { return .succeed }
    return revision < current ? .expiredSchema : nil
  }
}
