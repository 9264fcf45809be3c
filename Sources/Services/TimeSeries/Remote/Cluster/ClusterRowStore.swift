import Cluster
package import Observability
package import Runtime
import SeriesColumns
import SeriesQuery
import SeriesSchema
import SeriesStorage
import Values

/// The rows of all data nodes as one store: who has a shard is in the placements, who is behind or away is left
/// out, and what an absent node misses is kept for it.
///
/// A write is done when every copy of its rows is durable: on its node, or, for a node that is away, in the
/// queue of this liaison, and on at least one node unless all of them are away. A read takes one copy of each
/// shard, another one when the first does not answer, and is an error when there is none. What was moved meanwhile
/// is asked for again where it is now.
package final class ClusterRowStore: RowStore, PartialSource {
  package typealias NodeSource = @Sendable (SeriesMember) -> any SeriesNode

  let placements: PlacementTable
  let members: SeriesMembers
  let handOff: HandOff
  let behind: BehindMarks
  let time: any TimeSource
  let own: String
  let log: Logger
  let deliveries: DeliveryMetrics
  private let source: NodeSource
  /// Nodes that did not answer when they were last asked.
  let silent = Guarded<Set<String>>([])

  /// - Parameters:
  ///   - own: the node of this process.
  ///   - node: the way to a data node.
  package init(
    own: String, placements: PlacementTable, members: SeriesMembers, handOff: HandOff,
    behind: BehindMarks, time: any TimeSource, log: Logger,
    metrics: MetricRegistry = MetricRegistry(), node: @escaping NodeSource
  ) {
    self.deliveries = DeliveryMetrics(metrics, .sent)
    self.own = own
    self.placements = placements
    self.members = members
    self.handOff = handOff
    self.behind = behind
    self.time = time
    self.log = log
    self.source = node
  }

  // MARK: Nodes

  package func node(_ name: String) -> (any SeriesNode)? {
    self.members[name].map { self.source($0) }
  }

  /// Every data node that was ever registered and not removed.
  package var nodes: [any SeriesNode] {
    self.members.all.filter(\.keepsRows).map { self.source($0) }
  }

  /// Those that answered when they were last asked.
  package var activeNodes: [any SeriesNode] {
    let silent = self.silent.withLock { $0 }
    return self.nodes.filter { !silent.contains($0.name) }
  }

  package func isSilent(_ name: String) -> Bool { self.silent.withLock { $0.contains(name) } }

  func note(_ name: String, answers: Bool) {
    let isNew = self.silent.withLock { silent in
      answers ? silent.remove(name) != nil : silent.insert(name).inserted
    }
    guard isNew else { return }
    self.log.info(
      answers ? "node \(name) answers" : "node \(name) does not answer", ["node": .text(name)])
  }

  /// Asks every node now and then, and hands over what was kept for those that are back, until the task is
  /// cancelled.
  package func run() async throws(CancellationError) {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.watch() }
      group.addTask { try? await self.behind.run() }
      group.addTask { try? await self.tell() }
      group.addTask {
        try? await self.handOff.run(
          node: { self.node($0) }, isOver: { await self.isWhole(again: $0) },
          isMoved: { await self.reroute($0) })
      }
      await group.waitForAll()
    }
    throw CancellationError()
  }

  /// Tells the others what they could not be told when it happened, and takes back what an earlier start of
  /// this liaison could not take back.
  private func tell() async throws(CancellationError) {
    try await self.behind.ready()
    for name in self.behind.told where !self.handOff.holds(name) {
      await self.isWhole(again: name)
    }
    while true {
      for (name, line) in self.handOff.lines where !line.isTold {
        if await self.behind.set(name) { self.handOff.told(name) }
        // It may have had everything meanwhile.
        if !self.handOff.holds(name) { await self.behind.clear(name) }
      }
      try await self.time.sleep(for: .seconds(1))
    }
  }

  private func isWhole(again node: String) async {
    await self.behind.clear(node)
    // It may have gone away once more meanwhile.
    if self.handOff.holds(node) { _ = await self.behind.set(node) }
  }

  private func watch() async throws(CancellationError) {
    while true {
      await withTaskGroup(of: Void.self) { group in
        for node in self.nodes {
          group.addTask {
            let answers = (try? await node.ping()) != nil
            if !Task.isCancelled { self.note(node.name, answers: answers) }
          }
        }
      }
      try await self.time.sleep(for: .seconds(1))
    }
  }
}
