import Runtime
package import SeriesColumns
import SeriesSchema
import SeriesStorage
import Values

/// Writing to every copy.
extension ClusterRowStore {
  /// How long a write waits for shards that move.
  private static let moveWait = Duration.seconds(25)

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
    var isMoved: Bool { self.error?.code == .moved }
  }

  /// Batches with the nodes that they belong to, and what each node gets.
  private struct Round {
    var pieces: [(batch: RowBatch, nodes: [String])] = []
    var deliveries: [String: Delivery] = [:]
  }

  package func write(_ batches: [RowBatch]) async throws(SeriesError) -> WriteOutcome {
    for batch in batches {
      if let problem = batch.problem { throw SeriesError(.malformed, problem) }
    }
    try await self.write(batches, mayBeThere: false)
    return WriteOutcome(rows: batches.reduce(0) { $0 + $1.count })
  }

  private func write(
    _ batches: [RowBatch], mayBeThere: Bool
  ) async throws(SeriesError) {
    var left = batches
    var isAgain = mayBeThere
    let deadline = self.time.now + Self.moveWait
    while true {
      let round = try await self.route(left, isAgain)
      let outcomes = await self.deliver(round.deliveries)
      left = try await self.settle(outcomes, round)
      guard !left.isEmpty else { return }
      // Other copies of them may have taken the rows.
      isAgain = true
      guard self.time.now < deadline else {
        throw SeriesError(
          .unavailable, "shards of group \(left[0].group) are being moved for too long")
      }
      do throws(CancellationError) { try await self.time.sleep(for: .milliseconds(20)) } catch {
        throw SeriesError(.closed, "nobody waits for the write any more")
      }
      for group in Set(left.map(\.group)) { try await self.placements.refresh(group) }
    }
  }

  /// What was kept for a node that does not have these shards any more goes to where they are. False when
  /// it has to wait.
  func reroute(_ body: [UInt8]) async -> Bool {
    guard let read = try? Delivery.batches(of: body) else { return true }
    do throws(SeriesError) {
      try await self.write(read.batches.map(\.rows), mayBeThere: true)
      return true
    } catch {
      return false
    }
  }

  private func route(
    _ batches: [RowBatch], _ isAgain: Bool
  ) async throws(SeriesError) -> Round {
    var round = Round()
    for batch in batches {
      let placement = try await self.placements.shards(of: batch.group)
      for (rows, span) in Self.cut(batch, placement) {
        guard span.shards.indices.contains(Int(batch.shard)),
          !span.shards[Int(batch.shard)].isEmpty
        else {
          throw SeriesError(
            .unavailable, "no node keeps shard \(batch.shard) of group \(batch.group)")
        }
        let nodes = span.shards[Int(batch.shard)]
        let encoded = Delivery.encoded(rows)
        for node in nodes {
          round.deliveries[node, default: Delivery()].add(
            encoded, rows: rows.count, epoch: placement.epoch)
          round.deliveries[node]?.isAgain = isAgain
        }
        round.pieces.append((rows, nodes))
      }
    }
    return round
  }

  /// The rows of a batch, tier by tier.
  private static func cut(
    _ batch: RowBatch, _ placement: ShardPlacement
  ) -> [(RowBatch, ShardPlacement.Span)] {
    let spans = placement.spans
    if let first = spans.first,
      spans.count == 1 || batch.timestamps.allSatisfy({ first.times.contains($0) })
    {
      return [(batch, first)]
    }
    return spans.compactMap { span in
      let rows = (0..<UInt32(batch.count)).filter {
        span.times.contains(batch.timestamps[Int($0)])
      }
      return rows.isEmpty ? nil : (batch.gathering(rows), span)
    }
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
            try await self.deliveries.count(name, delivery.byteCount, self.time) {
              () async throws(SeriesError) in try await node.deliver(delivery)
            }
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
  ///
  /// - Returns: batches of which a copy is elsewhere now.
  private func settle(
    _ outcomes: [String: Outcome], _ round: Round
  ) async throws(SeriesError) -> [RowBatch] {
    var moved: [RowBatch] = []
    for piece in round.pieces {
      let all = piece.nodes.compactMap { outcomes[$0] }
      if all.contains(where: \.isMoved) {
        moved.append(piece.batch)
        continue
      }
      guard all.contains(where: \.isDone) || all.allSatisfy(\.isAway) else {
        throw all.lazy.compactMap(\.error).first { $0.code != .unavailable }
          ?? SeriesError(.unavailable, "no copy was written")
      }
    }
    for (name, outcome) in outcomes where !outcome.isDone && !outcome.isMoved {
      guard var delivery = round.deliveries[name] else { continue }
      // One that was tried may have been done.
      delivery.isAgain = delivery.isAgain || !outcome.isHeld
      if outcome.isAway, !outcome.isHeld { self.note(name, answers: false) }
      try await self.keep(delivery, for: name)
    }
    return moved
  }

  private func keep(_ delivery: Delivery, for name: String) async throws(SeriesError) {
    let body = delivery.body
    let mustTell = try self.handOff.begin(name, body.count)
    if mustTell, await self.behind.set(name) { self.handOff.told(name) }
    try await self.handOff.append(name, body)
  }
}
