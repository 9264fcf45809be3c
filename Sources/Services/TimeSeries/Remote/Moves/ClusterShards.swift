import Cluster
package import Runtime
package import SeriesColumns
import SeriesSchema
package import SeriesStorage
import SeriesWire
import Values

/// Where the shards of all groups are, and what would move them.
package struct ClusterShards: ShardDesk {
  private let store: ClusterRowStore
  private let mover: ShardMover
  private let time: any TimeSource
  /// Segments of fewer bytes, all copies together, are one step; and no more than so many.
  private static let stepBytes: Int64 = 1 << 30
  private static let stepSegments = 16
  private var placements: PlacementTable { self.store.placements }
  private var members: SeriesMembers { self.store.members }

  /// - Parameter orphans: what becomes of rows that no schema knows when they are to go to the next tier.
  package init(
    _ store: ClusterRowStore, random: any RandomSource, orphans: OrphanPolicy = .archive
  ) {
    self.store = store
    self.mover = ShardMover(store, random: random, orphans: orphans)
    self.time = store.time
  }

  private struct Group {
    var name: String
    var options: CommonWire.ResourceOpts
    var placement: ShardPlacement

    /// The tier of that name; nil for the first one.
    func stage(_ name: String) -> CommonWire.LifecycleStage? {
      self.options.stages.first { $0.name == name }
    }

    func copies(_ stage: String) -> Int {
      Int(self.stage(stage)?.replicas ?? self.options.replicas) + 1
    }
  }

  /// - Parameter isFresh: as the facts are now, for what is decided by it.
  private func groups(
    _ name: String?, isFresh: Bool = true
  ) async throws(SeriesError) -> [Group] {
    var found: [Group] = []
    for group in self.placements.registry.current.groups {
      guard let own = group.metadata?.name, name == nil || name == own,
        let options = group.resourceOpts, GroupOptions(group) != nil
      else { continue }
      let placement =
        isFresh ? try await self.placements.refresh(own) : self.placements.placed(own)
      found.append(Group(name: own, options: options, placement: placement))
    }
    return found
  }

  // MARK: Looking

  package func placed(group: String?) async throws(SeriesError) -> [PlacedShard] {
    var found: [PlacedShard] = []
    for group in try await self.groups(group, isFresh: false) {
      for span in group.placement.spans {
        for (shard, nodes) in span.shards.enumerated() {
          found.append(
            PlacedShard(
              group: group.name, stage: span.stage, shard: UInt32(shard), nodes: nodes,
              times: span.times, epoch: group.placement.epoch, wanted: group.copies(span.stage),
              troubled: nodes.filter { name in
                !self.members.isMember(name) || self.store.isSilent(name)
                  || !self.store.isWhole(name)
              }))
        }
      }
    }
    return found
  }

  /// The nodes that a tier has now.
  private func candidates(_ group: Group, _ stage: String) throws(SeriesError) -> [String] {
    guard let wire = group.stage(stage) else {
      return self.members.candidates(self.placements.baseSelector)
    }
    do throws(SeriesFault) {
      return self.members.candidates(try NodeSelector(wire.nodeSelector))
    } catch {
      throw SeriesError(.malformed, "stage \(stage) of group \(group.name): \(error.message)")
    }
  }

  /// Where a shard of a tier would be placed now: a tier of fewer shards has several of the first tier's
  /// together.
  private func chosen(
    _ group: Group, _ stage: String, _ shard: Int, among nodes: [String]
  ) -> [String] {
    let spread = group.stage(stage).map { Int($0.shardNum) } ?? Int.max
    return ShardPlacement.choose(
      group.name, shard: shard % max(1, spread), copies: group.copies(stage), among: nodes)
  }

  // MARK: Nodes

  package func moves(group: String?) async throws(SeriesError) -> [PlannedMove] {
    var planned: [PlannedMove] = []
    for group in try await self.groups(group) {
      for span in group.placement.spans {
        let nodes = try self.candidates(group, span.stage)
        for (shard, current) in span.shards.enumerated() {
          let chosen = self.chosen(group, span.stage, shard, among: nodes)
          guard Set(chosen) != Set(current), !chosen.isEmpty else { continue }
          // Who has a copy goes on to be the first.
          let target = current.filter(chosen.contains) + chosen.filter { !current.contains($0) }
          let number = UInt32(shard)
          planned.append(
            PlannedMove(
              .nodes, group: group.name, stage: span.stage, times: span.times,
              from: [number: current], to: [number: target], epoch: group.placement.epoch))
        }
      }
    }
    return try await self.measured(planned)
  }

  // MARK: Tiers

  package func migrations(group: String?) async throws(SeriesError) -> [PlannedMove] {
    var planned: [PlannedMove] = []
    for group in try await self.groups(group) where !group.options.stages.isEmpty {
      planned += try await self.migrations(group)
    }
    return try await self.measured(planned)
  }

  private func migrations(_ group: Group) async throws(SeriesError) -> [PlannedMove] {
    let names = group.options.stages.map(\.name)
    let known = group.placement.tiers.map(\.name)
    guard known.elementsEqual(names.prefix(known.count)) else {
      throw SeriesError(
        .malformed,
        "the stages of group \(group.name) are other than those that have rows:"
          + " \(known.joined(separator: ", "))")
    }
    let spans = Dictionary(
      group.placement.spans.map { ($0.stage, $0) }, uniquingKeysWith: { first, _ in first })
    var age = group.options.ttl?.nanoseconds ?? 0
    var planned: [PlannedMove] = []
    for (index, stage) in group.options.stages.enumerated() {
      let before = index == 0 ? ShardPlacement.base : names[index - 1]
      let (cutoff, overflow) = self.time.wallNow.nanoseconds.subtractingReportingOverflow(age)
      if !overflow, let span = spans[before] {
        planned += try await self.migrations(group, from: span, to: stage, cutoff: cutoff)
      }
      age = age.saturatingSum(stage.ttl?.nanoseconds ?? 0)
    }
    return planned
  }

  private func migrations(
    _ group: Group, from span: ShardPlacement.Span, to stage: CommonWire.LifecycleStage,
    cutoff: Int64
  ) async throws(SeriesError) -> [PlannedMove] {
    let reports = try await self.stored(group.name).filter { report in
      span.times.contains(report.segment.lowerBound)
        && span.shards.indices.contains(Int(report.shard))
        && span.shards[Int(report.shard)].contains(report.node)
    }
    let there = Set(reports.map(\.segment))
    let ends = Set(there.map(\.upperBound)).filter { end in
      end <= cutoff && !there.contains { $0.lowerBound < end && $0.upperBound > end }
    }.sorted()
    let nodes = try self.candidates(group, stage.name)
    let tier = group.placement.tiers.first { $0.name == stage.name }
    var (from, to): ([UInt32: [String]], [UInt32: [String]]) = ([:], [:])
    for (shard, current) in span.shards.enumerated() {
      from[UInt32(shard)] = current
      to[UInt32(shard)] =
        tier?.shards[shard] ?? self.chosen(group, stage.name, shard, among: nodes)
    }
    var planned: [PlannedMove] = []
    var lower = span.times.lowerBound
    for (index, end) in ends.enumerated() {
      let inside = reports.filter { $0.segment.lowerBound >= lower && $0.segment.upperBound <= end }
      // Segments go together as long as they are small.
      let bytes = inside.reduce(0) { $0 + $1.bytes + $1.memoryBytes }
      let segments = Set(inside.map(\.segment)).count
      guard
        bytes >= Self.stepBytes || segments >= Self.stepSegments || index == ends.count - 1
      else { continue }
      var move = PlannedMove(
        .stage, group: group.name, stage: span.stage, times: lower...(end - 1), from: from,
        to: to, nextStage: stage.name, epoch: group.placement.epoch)
      move.segments = segments
      if nodes.isEmpty {
        move.problem = "no node is as stage \(stage.name) asks: \(stage.nodeSelector)"
      }
      planned.append(move)
      lower = end
    }
    return planned
  }

  // MARK: Moving

  private func stored(_ group: String?) async throws(SeriesError) -> [StoredShardReport] {
    try await ClusterUpkeep(active: self.store).shards(group: group)
  }

  /// With the rows that are moved, and why something cannot be.
  private func measured(_ moves: [PlannedMove]) async throws(SeriesError) -> [PlannedMove] {
    guard !moves.isEmpty else { return [] }
    let reports = try await self.stored(nil)
    var measured: [PlannedMove] = []
    for var move in moves {
      for (shard, nodes) in move.from {
        let first = nodes.first { self.members.isMember($0) }
        guard let first, !move.receivers(of: shard).isEmpty else { continue }
        for report in reports
        where report.group == move.group && report.shard == shard && report.node == first
          && move.times.contains(report.segment.lowerBound)
        {
          move.rows += report.rows
          move.bytes += report.bytes + report.memoryBytes
        }
      }
      if move.problem == nil { move.problem = await self.store.trouble(of: move) }
      measured.append(move)
    }
    return measured
  }

  package func run(
    _ move: PlannedMove,
    progress: @escaping @Sendable (Int) async throws(SeriesError) -> Void
  ) async throws(SeriesError) -> MoveReport {
    if let problem = move.problem { throw SeriesError(.unavailable, problem) }
    return try await self.mover.run(move, progress: progress)
  }
}

extension ClusterRowStore {
  /// Why a move cannot be done now; nil when it can. All copies must have everything: what one of them has
  /// alone would be lost with it.
  func trouble(of move: PlannedMove) async -> String? {
    for (shard, nodes) in move.from {
      guard nodes.contains(where: { self.members.isMember($0) }) else {
        return "no copy of shard \(shard) of group \(move.group) is left: restore the group"
      }
    }
    let givers = Set(move.from.values.joined()).filter { self.members.isMember($0) }
    for node in givers.union(move.to.values.joined()).sorted() {
      if !self.members.isMember(node) { return "node \(node) is not in the cluster" }
      if self.isSilent(node) { return "node \(node) does not answer: bring it back or remove it" }
      guard givers.contains(node) else { continue }
      do throws(SeriesError) {
        if self.handOff.holds(node) { return "node \(node) has not had everything yet" }
        if try await self.behind.isBehindNow(node) {
          return "node \(node) has not had everything yet"
        }
      } catch {
        return error.message
      }
    }
    return nil
  }
}

extension Int64 {
  fileprivate func saturatingSum(_ other: Int64) -> Int64 {
    let (sum, overflow) = self.addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
