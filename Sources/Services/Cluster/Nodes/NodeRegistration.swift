package import Observability
package import Runtime
import Values

/// This node's place among the nodes: its record, and a heartbeat that goes with its lease.
package final class NodeRegistration: Sendable {
  package struct Options: Sendable {
    package var lease = LeaseHolder.Options()
    /// How often the numbers are told.
    package var heartbeatInterval = Duration.seconds(10)
    package init(_ change: (inout Options) -> Void = { _ in }) { change(&self) }
  }

  package let node: NodeDescription
  private let facts: any Facts
  private let time: any TimeSource
  private let options: Options
  private let numbers: @Sendable () -> [String: Double]
  private let log: Logger
  private let isServing = Guarded(false)
  private let wasRegistered = Guarded(false)
  private let servingBell = Bell()

  /// - Parameter numbers: what the heartbeat tells: a few small numbers, asked for at each.
  /// - Precondition: `NodeDescription.isName(node.name)`.
  package init(
    _ node: NodeDescription, _ facts: any Facts, time: any TimeSource,
    _ options: Options = Options(), log: Logger = .silent,
    numbers: @escaping @Sendable () -> [String: Double] = { [:] }
  ) {
    precondition(NodeDescription.isName(node.name), "\(node.name) is no name for a node")
    self.node = node
    self.facts = facts
    self.time = time
    self.options = options
    self.numbers = numbers
    self.log = log
  }

  /// The node is ready: from `joining` to `up`.
  package func serve() {
    self.isServing.withLock { $0 = true }
    self.servingBell.ring()
  }

  /// Keeps the node registered until the task is cancelled, then says that it has gone.
  ///
  /// Throws `nameTaken` when another machine is alive under the name, `removed` when an operator has
  /// removed the node meanwhile.
  package func run() async throws {
    while true {
      try Task.checkCancellation()
      let holder = LeaseHolder(self.facts, time: self.time, self.options.lease)
      do {
        try await self.register(holder)
        self.log.info("registered", ["node": .text(self.node.name)])
        await self.live(holder)
      } catch let error as ClusterError where error.code == .nameTaken || error.code == .removed {
        await holder.end()
        throw error
      } catch {
        self.log.debug("cannot register", ["error": .text("\(error)")])
      }
      await holder.end()
      try await self.time.sleep(for: .milliseconds(500))
    }
  }

  /// Until the lease is lost or the task cancelled.
  private func live(_ holder: LeaseHolder) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await holder.keep() }
      group.addTask { try? await self.beat(holder) }
      _ = await group.next()
      group.cancelAll()
    }
  }

  private func register(_ holder: LeaseHolder) async throws {
    let lease = try await holder.begin()
    let (record, alive) = (NodeRecord.key(self.node.name), NodeHeartbeat.key(self.node.name))
    let heartbeat = self.heartbeat.factValue
    let deadline = self.time.now + self.options.lease.duration
    while true {
      try Task.checkCancellation()
      let old = try await self.facts.get(record)
      if old == nil, self.wasRegistered.withLock({ $0 }) {
        throw ClusterError(.removed, "the node \(self.node.name) was removed from the cluster")
      }
      let living = try await self.facts.get(alive)
      if let living, try NodeHeartbeat(fact: living).id != self.node.id {
        // One that was just replaced is gone when its lease is.
        guard self.time.now < deadline, holder.current != nil else {
          throw ClusterError(.nameTaken, "another machine is alive as node \(self.node.name)")
        }
        try await self.time.sleep(for: .milliseconds(250))
        continue
      }
      let outcome = try await self.facts.commit(
        FactTransaction(
          if: [
            .isUnchanged(record, since: old?.modifiedAt ?? .zero),
            .isUnchanged(alive, since: living?.modifiedAt ?? .zero),
          ],
          [
            .put(record, try self.record(over: old).factValue, lease: nil),
            .put(alive, heartbeat, lease: lease),
          ]))
      if outcome.revision != nil {
        self.wasRegistered.withLock { $0 = true }
        return
      }
    }
  }

  /// A node that comes back is wanted for what it was wanted before.
  private func record(over old: Fact?) throws -> NodeRecord {
    let start: NodeIntent = self.isServing.withLock { $0 } ? .serving : .joining
    guard let old = try old.map({ try NodeRecord(fact: $0) }) else {
      return NodeRecord(node: self.node, intent: start)
    }
    switch old.intent {
    case .draining, .drained, .leaving: return NodeRecord(node: self.node, intent: old.intent)
    case .joining, .serving: return NodeRecord(node: self.node, intent: start)
    }
  }

  private var heartbeat: NodeHeartbeat {
    NodeHeartbeat(id: self.node.id, at: self.time.wallNow, numbers: self.numbers())
  }

  /// Tells the numbers, and that the node serves, until the lease is lost.
  private func beat(_ holder: LeaseHolder) async throws {
    let alive = NodeHeartbeat.key(self.node.name)
    let nodes = Nodes(self.facts, time: self.time)
    var nextBeat = self.time.now + self.options.heartbeatInterval
    // The record may have been written a moment before the node began to serve.
    var hasServed = false
    while true {
      if !hasServed, self.isServing.withLock({ $0 }),
        let node = try? await self.facts.get(NodeRecord.key(self.node.name))
      {
        let isJoining = try NodeRecord(fact: node).intent == .joining
        if isJoining {
          hasServed = (try? await nodes.setIntent(.serving, of: self.node.name)) != nil
        } else {
          hasServed = true
        }
      }
      let isWaiting = !hasServed && self.isServing.withLock { $0 }
      let next = isWaiting ? min(nextBeat, self.time.now + .seconds(1)) : nextBeat
      try await self.servingBell.wait(until: next, on: self.time)
      guard self.time.now >= nextBeat else { continue }
      nextBeat = self.time.now + self.options.heartbeatInterval
      guard let lease = holder.current else { return }
      let outcome = try? await self.facts.put(
        alive, self.heartbeat.factValue, if: .exists(alive), lease: lease)
      // Removed by an operator, or replaced: register anew.
      if case .refused = outcome { return }
    }
  }
}
