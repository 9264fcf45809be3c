import Admin
import AdminServing
import Hosting
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series retention`: how long rows stay, by group and stage.
struct RetentionHandlers: Sendable {
  let sources: SeriesAdminSources
  private static let first = SeriesStages.first

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.retention) { input, context in
      context.paging.page(try await self.list(input.group), by: \.name)
    }
    try routes.on(SeriesAPI.setRetention) { input, context in
      try await self.set(input, context)
    }
  }

  private func list(_ name: String?) async throws(AdminError) -> [SeriesRetentionRecord] {
    if let name { _ = try await self.sources.group(name) }
    let schema = try await seriesWork { try self.sources.front.registry.current }
    let shards = try await seriesWork { try await self.sources.upkeep.shards(group: name) }
    let stages = try await seriesWork { try await self.sources.stages(group: name) }
    var records: [SeriesRetentionRecord] = []
    for group in schema.groups where group.catalog != .property {
      let groupName = group.metadata?.name ?? ""
      guard name == nil || name == groupName else { continue }
      records += Self.records(group, shards.filter { $0.group == groupName }, stages)
    }
    return records
  }

  /// Rows go from tier to tier where there are nodes for them; what is as old as all tiers together goes.
  private static func records(
    _ group: CommonWire.Group, _ shards: [StoredShardReport], _ stages: SeriesStages
  ) -> [SeriesRetentionRecord] {
    let name = group.metadata?.name ?? ""
    let options = group.resourceOpts ?? CommonWire.ResourceOpts()
    var age: Int64 = 0
    var records: [SeriesRetentionRecord] = []
    let tiers =
      [(Self.first, options.ttl)] + options.stages.map { ($0.name, $0.ttl) }
    for (index, (stage, ttl)) in tiers.enumerated() {
      let (sum, overflow) = age.addingReportingOverflow(IntervalText.nanoseconds(ttl))
      age = overflow ? .max : sum
      var record = SeriesRetentionRecord()
      record.group = name
      record.name = index == 0 ? name : "\(name)/\(stage)"
      record.stage = stage
      record.ttl = IntervalText.text(ttl)
      let inside = shards.filter { stages.name($0) == stage }
      record.segments = Int64(Set(inside.map(\.segment)).count)
      record.rows = inside.firstCopies.reduce(0) { $0 + $1.rows }
      record.nodes = stages.nodes(name, stage)
      if let oldest = inside.map(\.segment).min(by: { $0.upperBound < $1.upperBound }) {
        // Where one node has all tiers nothing goes before the last one is over.
        let isLast = index == tiers.count - 1 || !stages.hasDesk
        let (end, carry) = oldest.upperBound.addingReportingOverflow(age)
        record.nextAt =
          isLast
          ? group.expiry(of: oldest).map { Timestamp(nanoseconds: $0) }
          : carry ? nil : Timestamp(nanoseconds: end)
        record.freedBytes = inside.filter { $0.segment == oldest }.reduce(0) { $0 + $1.bytes }
      }
      records.append(record)
    }
    return records
  }

  private func set(
    _ input: SeriesRetentionInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesRetentionRecord> {
    let there = try await self.sources.group(input.group)
    try context.check(
      etag: "\(there.metadata?.modRevision ?? 0)", of: "group \(input.group)")
    let ttl = try IntervalText.rule(input.ttl, of: "the ttl")
    var group = there
    let stage = input.stage ?? Self.first
    var before: CommonWire.IntervalRule?
    if stage == Self.first {
      before = group.resourceOpts?.ttl
      group.resourceOpts?.ttl = ttl
    } else {
      guard let at = group.resourceOpts?.stages.firstIndex(where: { $0.name == stage }) else {
        throw AdminError(
          .notFound, "series.no_such_stage", "group \(input.group) has no stage \(stage)",
          try: ["lakectl series retention list \(input.group)"])
      }
      before = group.resourceOpts?.stages[at].ttl
      group.resourceOpts?.stages[at].ttl = ttl
    }
    let words = stage == Self.first ? "" : " --stage \(stage)"
    let undo = IntervalText.text(before).map {
      "lakectl series retention set \(input.group) --ttl \($0)\(words)"
    }
    return try await GroupChange(sources: self.sources).apply(there, group, context, undo: undo) {
      try await self.list(input.group).first { $0.stage == stage } ?? SeriesRetentionRecord()
    }
  }
}
