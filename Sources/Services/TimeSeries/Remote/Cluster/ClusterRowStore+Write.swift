import Runtime
package import SeriesColumns
import SeriesSchema
import SeriesStorage

/// Writing to every copy.
extension ClusterRowStore {
  /// What became of the delivery to a node.
  private struct Outcome: Sendable {
    var node: String
    /// Nil when it was done, or was not tried because others wait for the node.
    var error: SeriesError?
    var isHeld = false

    var isAway: Bool {
      self.isHeld || self.error.map { $0.code == .unavailable || $0.code == .closed } ?? false
    }
    var isDone: Bool { self.error == nil && !self.isHeld }
  }

  package func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    var deliveries: [String: Delivery] = [:]
    var copies: [[String]] = []
    var rows = 0
    for batch in batches {
      if let problem = batch.problem { throw SeriesError(.malformed, problem) }
      let placement = try await self.placements.shards(of: batch.group)
      guard placement.shards.indices.contains(Int(batch.shard)),
        !placement.shards[Int(batch.shard)].isEmpty
      else {
        throw SeriesError(
          .unavailable, "no node keeps shard \(batch.shard) of group \(batch.group)")
      }
      let nodes = placement.shards[Int(batch.shard)]
      let encoded = Delivery.encoded(batch)
      for node in nodes { deliveries[node, default: Delivery()].add(encoded, rows: batch.count) }
      copies.append(nodes)
      rows += batch.count
    }
    let outcomes = await self.deliver(deliveries)
    try await self.settle(outcomes, deliveries, copies)
    return WriteOutcome(rows: rows)
  }

  private func deliver(_ deliveries: [String: Delivery]) async -> [String: Outcome] {
    await withTaskGroup(of: Outcome.self) { group in
      for (name, delivery) in deliveries {
        guard !self.handOff.holds(name) else {
          group.addTask { Outcome(node: name, isHeld: true) }
          continue
        }
        group.addTask {
          guard let node = self.node(name) else {
            return Outcome(node: name, error: SeriesError(.unavailable, "\(name) is not known"))
          }
          do throws(SeriesError) {
            try await node.deliver(delivery)
            return Outcome(node: name)
          } catch {
            return Outcome(node: name, error: error)
          }
        }
      }
      var outcomes: [String: Outcome] = [:]
      for await outcome in group { outcomes[outcome.node] = outcome }
      return outcomes
    }
  }

  /// Keeps what nodes have missed, when the write can be acknowledged: each of its batches is on a node, or
  /// all nodes that it belongs to are away.
  private func settle(
    _ outcomes: [String: Outcome], _ deliveries: [String: Delivery], _ copies: [[String]]
  ) async throws(SeriesError) {
    for nodes in copies {
      let all = nodes.compactMap { outcomes[$0] }
      guard all.contains(where: \.isDone) || all.allSatisfy(\.isAway) else {
        throw all.lazy.compactMap(\.error).first { $0.code != .unavailable }
          ?? SeriesError(.unavailable, "no copy was written")
      }
    }
    for (name, outcome) in outcomes where !outcome.isDone {
      guard var delivery = deliveries[name] else { continue }
      // One that was tried may have been done.
      delivery.isAgain = !outcome.isHeld
      if outcome.isAway, !outcome.isHeld { self.note(name, answers: false) }
      try await self.keep(delivery, for: name)
    }
  }

  private func keep(_ delivery: Delivery, for name: String) async throws(SeriesError) {
    let body = delivery.body
    let mustTell = try self.handOff.begin(name, body.count)
    if mustTell, await self.behind.set(name) { self.handOff.told(name) }
    try await self.handOff.append(name, body)
  }
}
