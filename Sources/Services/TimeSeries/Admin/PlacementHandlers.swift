import Admin
import AdminServing
import Hosting
import SeriesColumns
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series placement` and `series migrate`: where shards are, tier by tier, and what would move them.
struct PlacementHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.placement) { input, context in
      context.paging.page(try await self.placed(input), by: Self.key)
    }
    try routes.on(SeriesAPI.placementPlan) { input, context in
      let moves = try await self.plan(input) { desk, group throws(SeriesError) in
        try await desk.moves(group: group)
      }
      return context.paging.page(moves, by: \.move)
    }
    try routes.on(SeriesAPI.migrations) { input, context in
      var moves = try await self.plan(input) { desk, group throws(SeriesError) in
        try await desk.migrations(group: group)
      }
      if !moves.isEmpty { try await OrphanHandlers(sources: self.sources).add(to: &moves) }
      return context.paging.page(moves, by: \.move)
    }
    try routes.on(SeriesAPI.stages) { input, context in
      context.paging.page(try await self.stages(input), by: \.name)
    }
  }

  private static func key(_ record: SeriesPlacedRecord) -> String {
    let shard = String(repeating: "0", count: max(0, 6 - record.shard.count)) + record.shard
    return "\(record.group)\u{0}\(record.stage)\u{0}\(shard)"
  }

  private func placed(
    _ input: SeriesPlaceInput
  ) async throws(AdminError) -> [SeriesPlacedRecord] {
    if let group = input.group { _ = try await self.sources.group(group) }
    let placed = try await seriesWork { try await self.sources.placed(group: input.group) }
    let records = placed.map { shard in
      var record = SeriesPlacedRecord()
      record.place = "\(shard.group)/\(shard.stage)/\(shard.shard)"
      record.group = shard.group
      record.stage = shard.stage
      record.shard = "\(shard.shard)"
      record.nodes = shard.nodes
      record.troubled = shard.troubled
      record.wanted = Int64(shard.wanted)
      record.missing = Int64(max(0, shard.wanted - shard.nodes.count))
      record.beginAt = shard.times.begin
      record.endAt = shard.times.end
      record.epoch = Int64(clamping: shard.epoch)
      return record
    }.filter { input.node == nil || $0.nodes.contains(input.node ?? "") }
    return records.sorted { Self.key($0).utf8.lexicographicallyPrecedes(Self.key($1).utf8) }
  }

  private func plan(
    _ input: SeriesPlaceInput,
    _ body: (any ShardDesk, String?) async throws(SeriesError) -> [PlannedMove]
  ) async throws(AdminError) -> [SeriesMoveRecord] {
    if let group = input.group { _ = try await self.sources.group(group) }
    guard let desk = self.sources.shards else { return [] }
    let moves = try await seriesWork { try await body(desk, input.group) }
    let records = moves.map { move in
      var record = SeriesMoveRecord()
      record.move = move.name
      record.group = move.group
      record.stage = move.stage
      record.nextStage = move.nextStage
      record.shards = move.from.keys.sorted().map { "\($0)" }
      record.from = Set(move.from.values.joined()).sorted()
      record.to = Set(move.to.values.joined()).sorted()
      record.beginAt = move.times.begin
      record.endAt = move.times.end
      record.segments = Int64(move.segments)
      record.rows = move.rows
      record.bytes = move.bytes
      record.problem = move.problem
      return record
    }
    return records.sorted { $0.move.utf8.lexicographicallyPrecedes($1.move.utf8) }
  }

  private func stages(_ input: SeriesPlaceInput) async throws(AdminError) -> [SeriesStageRecord] {
    if let group = input.group { _ = try await self.sources.group(group) }
    let schema = try await seriesWork { try self.sources.front.registry.current }
    let tiers = try await seriesWork { try await self.sources.stages(group: input.group) }
    let shards = try await seriesWork { try await self.sources.upkeep.shards(group: input.group) }
    let due: [PlannedMove]
    if let desk = self.sources.shards {
      due = try await seriesWork { try await desk.migrations(group: input.group) }
    } else {
      due = []
    }
    var records: [SeriesStageRecord] = []
    for group in schema.groups {
      let name = group.metadata?.name ?? ""
      guard input.group == nil || input.group == name, let options = group.resourceOpts,
        !options.stages.isEmpty
      else { continue }
      var first = SeriesStageRecord()
      first.stage = SeriesStages.first
      first.ttl = IntervalText.text(options.ttl)
      let later = options.stages.map { stage in
        var record = SeriesStageRecord()
        record.stage = stage.name
        record.ttl = IntervalText.text(stage.ttl)
        record.selector = stage.nodeSelector
        return record
      }
      for var record in [first] + later {
        record.group = name
        record.name = "\(name)/\(record.stage)"
        record.take(shards.filter { $0.group == name }, tiers, due.filter { $0.group == name })
        records.append(record)
      }
    }
    return records.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

extension SeriesStageRecord {
  /// What of a group is in the tier, and what is to go.
  fileprivate mutating func take(
    _ shards: [StoredShardReport], _ tiers: SeriesStages, _ due: [PlannedMove]
  ) {
    self.nodes = tiers.nodes(self.group, self.stage)
    let times = tiers.times(self.group, self.stage)
    self.beginAt = times?.begin
    self.endAt = times?.end
    let inside = shards.filter { tiers.name($0) == self.stage }
    self.segments = Int64(Set(inside.map(\.segment)).count)
    self.rows = inside.firstCopies.reduce(0) { $0 + $1.rows }
    self.bytes = inside.reduce(0) { $0 + $1.bytes }
    let waiting = due.filter { $0.stage == self.stage }
    self.due = Int64(waiting.reduce(0) { $0 + $1.segments })
    self.problem = waiting.lazy.compactMap(\.problem).first
  }
}

extension ClosedRange<Int64> {
  /// Nil where it has no beginning, or no end.
  fileprivate var begin: Timestamp? {
    self.lowerBound == .min ? nil : Timestamp(nanoseconds: self.lowerBound)
  }

  fileprivate var end: Timestamp? {
    self.upperBound == .max ? nil : Timestamp(nanoseconds: self.upperBound + 1)
  }
}

/// Which tier times and nodes of groups belong to.
struct SeriesStages: Sendable {
  /// What the first tier is called.
  static let first = "hot"
  var placed: [PlacedShard]
  /// Something moves rows from tier to tier.
  var hasDesk = true

  func name(_ shard: StoredShardReport) -> String {
    self.placed.first {
      $0.group == shard.group && $0.shard == shard.shard
        && $0.times.contains(shard.segment.lowerBound)
    }?.stage ?? Self.first
  }

  func nodes(_ group: String, _ stage: String) -> [String] {
    Set(self.placed.filter { $0.group == group && $0.stage == stage }.flatMap(\.nodes)).sorted()
  }

  /// Nil when the tier has no time yet.
  func times(_ group: String, _ stage: String) -> ClosedRange<Int64>? {
    self.placed.first { $0.group == group && $0.stage == stage }?.times
  }
}

extension SeriesAdminSources {
  /// One node has all shards where there is nothing that moves them.
  func placed(group: String?) async throws -> [PlacedShard] {
    if let desk = self.shards { return try await desk.placed(group: group) }
    var placed: [PlacedShard] = []
    for wire in try self.front.registry.current.groups {
      guard let name = wire.metadata?.name, group == nil || group == name,
        let options = wire.resourceOpts, GroupOptions(wire) != nil
      else { continue }
      for shard in 0..<options.shardNum {
        placed.append(
          PlacedShard(
            group: name, stage: SeriesStages.first, shard: shard, nodes: [self.node],
            times: .min ... .max, epoch: 0, wanted: Int(options.replicas) + 1, troubled: []))
      }
    }
    return placed
  }

  func stages(group: String?) async throws -> SeriesStages {
    SeriesStages(
      placed: try await self.placed(group: group), hasDesk: self.shards != nil)
  }
}

extension [StoredShardReport] {
  /// Of the copies of a shard the one with most rows.
  var firstCopies: [StoredShardReport] {
    var best: [StoredShardPlace: StoredShardReport] = [:]
    for report in self {
      let key = StoredShardPlace(
        group: report.group, segment: report.segment, shard: report.shard)
      if let known = best[key], known.rows >= report.rows { continue }
      best[key] = report
    }
    return Array(best.values)
  }
}
