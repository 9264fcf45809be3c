package import Runtime
import Values

/// The nodes of the cluster: who is a member, who is alive, what is wanted of each.
///
///     let nodes = Nodes(facts, time: loop)
///     group.addTask { try await nodes.run() }            // keeps `all` current
///     group.addTask { try await registration.run() }     // keeps this node alive
package final class Nodes: Sendable {
  let facts: any Facts
  let time: any TimeSource
  private let records: FactMirror
  private let heartbeats: FactMirror
  /// Silence of the facts after which nobody can tell how the nodes are.
  private let unknownAfter: Duration

  package init(
    _ facts: any Facts, time: any TimeSource, unknownAfter: Duration = .seconds(15)
  ) {
    self.facts = facts
    self.time = time
    self.unknownAfter = unknownAfter
    self.records = FactMirror(facts, NodeRecord.prefix, time: time)
    self.heartbeats = FactMirror(facts, NodeHeartbeat.prefix, time: time)
  }

  /// Keeps the view current until the task is cancelled.
  package func run() async throws(CancellationError) {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.records.run() }
      group.addTask { try? await self.heartbeats.run() }
      await group.waitForAll()
    }
    throw CancellationError()
  }

  /// The nodes by name, from memory.
  package var all: [NodeStatus] {
    let isCurrent = [self.records, self.heartbeats].allSatisfy { mirror in
      guard let since = mirror.staleSince else { return true }
      return self.time.now - since < self.unknownAfter
    }
    return self.records.all.compactMap { fact in
      guard let record = try? NodeRecord(fact: fact) else { return nil }
      let heartbeat = self.heartbeats[NodeHeartbeat.key(record.node.name)]
        .flatMap { try? NodeHeartbeat(fact: $0) }
      return NodeStatus(record, heartbeat, isCurrent: isCurrent)
    }
  }

  package subscript(name: String) -> NodeStatus? { self.all.first { $0.node.name == name } }

  /// Rings `bell` whenever `all` may have changed, until it is removed.
  package func add(_ bell: Bell) {
    self.records.add(bell)
    self.heartbeats.add(bell)
  }

  package func remove(_ bell: Bell) {
    self.records.remove(bell)
    self.heartbeats.remove(bell)
  }

  // MARK: Reading and changing the facts

  /// The nodes by name, read now.
  package func list() async throws(ClusterError) -> [NodeStatus] {
    try await clustered { () throws(FactsError) in
      let heartbeats = try await self.facts.listAll(NodeHeartbeat.prefix).facts
      var byName: [FactKey: NodeHeartbeat] = [:]
      for fact in heartbeats { byName[fact.key] = try NodeHeartbeat(fact: fact) }
      var nodes: [NodeStatus] = []
      for fact in try await self.facts.listAll(NodeRecord.prefix).facts {
        let record = try NodeRecord(fact: fact)
        nodes.append(
          NodeStatus(
            record, byName[NodeHeartbeat.key(record.node.name)], isCurrent: true))
      }
      return nodes
    }
  }

  /// Says what is wanted of a node; wishing what is so already changes nothing and is fine.
  ///
  /// - Returns: whether it changed.
  package func setIntent(
    _ intent: NodeIntent, of name: String
  ) async throws(ClusterError) -> Bool {
    while true {
      let fact = try await self.record(name)
      var record = try await clustered { () throws(FactsError) in try NodeRecord(fact: fact) }
      if record.intent == intent { return false }
      record.intent = intent
      let value = record.factValue
      let outcome = try await clustered { () throws(FactsError) in
        try await self.facts.put(
          fact.key, value, if: .isUnchanged(fact.key, since: fact.modifiedAt))
      }
      if outcome.revision != nil { return true }
    }
  }

  /// Removes a node that is down or drained.
  package func remove(_ name: String) async throws(ClusterError) {
    let fact = try await self.record(name)
    let record = try await clustered { () throws(FactsError) in try NodeRecord(fact: fact) }
    let alive = NodeHeartbeat.key(name)
    // Drained ones may be alive; their next heartbeat finds that they are no longer members.
    let conditions: [FactTransaction.Condition] =
      record.intent == .drained ? [] : [.isAbsent(alive)]
    let outcome = try await clustered { () throws(FactsError) in
      try await self.facts.commit(
        FactTransaction(
          if: [.isUnchanged(fact.key, since: fact.modifiedAt)] + conditions,
          [.delete(fact.key), .delete(alive)]))
    }
    guard case .refused = outcome else { return }
    throw ClusterError(
      .conflict, "the node \(name) is alive and not drained",
      hint: "drain it first: lakectl node drain \(name)")
  }

  private func record(_ name: String) async throws(ClusterError) -> Fact {
    let missing = ClusterError(.notFound, "there is no node \(name)")
    guard NodeDescription.isName(name) else { throw missing }
    guard
      let fact = try await clustered({ () throws(FactsError) in
        try await self.facts.get(NodeRecord.key(name))
      })
    else { throw missing }
    return fact
  }
}
