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
  /// What the first tier is called.
  private static let first = "hot"

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
    var records: [SeriesRetentionRecord] = []
    for group in schema.groups where group.catalog != .property {
      let groupName = group.metadata?.name ?? ""
      guard name == nil || name == groupName else { continue }
      records += Self.records(group, shards.filter { $0.group == groupName })
    }
    return records
  }

  /// All rows of this node are in the first tier; what has passed through the last one goes.
  private static func records(
    _ group: CommonWire.Group, _ shards: [StoredShardReport]
  ) -> [SeriesRetentionRecord] {
    var record = SeriesRetentionRecord()
    record.group = group.metadata?.name ?? ""
    record.name = record.group
    record.stage = self.first
    record.ttl = IntervalText.text(group.resourceOpts?.ttl)
    record.segments = Int64(Set(shards.map(\.segment)).count)
    if let oldest = shards.map(\.segment).min(by: { $0.upperBound < $1.upperBound }) {
      record.nextAt = group.expiry(of: oldest).map { Timestamp(nanoseconds: $0) }
      record.freedBytes = shards.filter { $0.segment == oldest }.reduce(0) { $0 + $1.bytes }
    }
    var records = [record]
    for stage in group.resourceOpts?.stages ?? [] {
      var later = SeriesRetentionRecord()
      later.group = record.group
      later.name = "\(record.group)/\(stage.name)"
      later.stage = stage.name
      later.ttl = IntervalText.text(stage.ttl)
      records.append(later)
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
