package import Cluster
package import Runtime
import SeriesColumns
import SeriesSchema
import Values

/// Who is a node of the time series, and who of them lives, from the facts.
package final class SeriesMembers: Sendable {
  private let facts: any Facts
  private let time: any TimeSource
  private let mirror: FactMirror
  private let nodes: Nodes

  package init(_ facts: any Facts, time: any TimeSource) {
    self.facts = facts
    self.time = time
    self.mirror = FactMirror(facts, SeriesMember.prefix, time: time)
    self.nodes = Nodes(facts, time: time)
  }

  /// Keeps both current until the task is cancelled.
  package func run() async throws(CancellationError) {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.mirror.run() }
      group.addTask { try? await self.nodes.run() }
      await group.waitForAll()
    }
    throw CancellationError()
  }

  /// Waits until they were read for the first time.
  package func ready() async throws(CancellationError) {
    try await self.mirror.ready()
  }

  /// In the order of their names; without those that an operator has removed from the cluster.
  package var all: [SeriesMember] {
    let known = Dictionary(
      self.nodes.all.map { ($0.node.name, $0.intent) }, uniquingKeysWith: { $1 })
    return self.mirror.all.compactMap { fact in
      guard let member = try? SeriesMember(fact) else { return nil }
      // A node that has just begun may stand here before it does there.
      return known.isEmpty || known[member.name] != nil ? member : nil
    }
  }

  /// Whether an operator has not removed it from the cluster.
  func isMember(_ name: String) -> Bool { self.all.contains { $0.name == name } }

  package subscript(name: String) -> SeriesMember? {
    self.mirror[SeriesMember.key(name)].flatMap { try? SeriesMember($0) }
  }

  /// Those that new shards may go to.
  func candidates(_ selector: NodeSelector) -> [String] {
    let leaving = Set(
      self.nodes.all.filter { $0.intent != .serving && $0.intent != .joining }.map(\.node.name))
    return self.all.filter {
      $0.keepsRows && !leaving.contains($0.name) && selector.matches($0.labels)
    }.map(\.name)
  }

  /// Those whose heartbeat is heard.
  package var alive: Set<String> {
    Set(self.nodes.all.filter(\.isAlive).map(\.node.name))
  }

  /// Says that a node is there. Facts may be away when it comes up: it is said again until they took it.
  package func register(
    _ member: SeriesMember, waiting: @Sendable (String?) -> Void = { _ in }
  ) async throws(CancellationError) {
    while true {
      do throws(FactsError) {
        _ = try await self.facts.put(SeriesMember.key(member.name), member.value)
        waiting(nil)
        return
      } catch {
        waiting("waits for the facts: \(error.message)")
      }
      try await self.time.sleep(for: .milliseconds(500))
    }
  }
}
