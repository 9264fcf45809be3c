import Admin
import AdminServing
import Cluster
import Hosting
import JSON
import Protobuf
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series group`.
struct GroupHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.groups) { _, context in
      let schema = try await seriesWork { try self.sources.front.registry.current }
      let shards = try await seriesWork { try await self.sources.upkeep.shards(group: nil) }
      let records = schema.groups.map { group in
        self.record(group, schema, shards.filter { $0.group == group.metadata?.name })
      }
      return context.paging.page(records, by: \.group)
    }
    try routes.on(SeriesAPI.group) { input, _ in AdminItem(try await self.record(input.group)) }
    try routes.on(SeriesAPI.createGroup) { input, context in
      try await self.create(input, context)
    }
    try routes.on(SeriesAPI.setGroup) { input, context in try await self.set(input, context) }
    try routes.on(SeriesAPI.deleteGroup) { input, context in
      try await self.delete(input, context)
    }
  }

  // MARK: Looking

  private func record(
    _ group: CommonWire.Group, _ schema: SchemaState, _ shards: [StoredShardReport]
  ) -> SeriesGroupRecord {
    var record = SeriesGroupRecord(group, schema)
    record.take(shards, group)
    return record
  }

  private func record(_ name: String) async throws(AdminError) -> SeriesGroupRecord {
    let group = try await self.sources.group(name)
    let shards = try await seriesWork { try await self.sources.upkeep.shards(group: name) }
    let schema = try await seriesWork { try self.sources.front.registry.current }
    return self.record(group, schema, shards)
  }

  // MARK: Changing

  private func create(
    _ input: SeriesGroupInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesGroupRecord> {
    guard let catalog = input.catalog else {
      throw AdminError.badSeriesValue(
        "group \(input.group) was not made",
        why: "the catalog says what it holds, and must be given")
    }
    let fresh = CommonWire.Group {
      $0.metadata = CommonWire.Metadata { $0.name = input.group }
      $0.catalog = CatalogText.catalog(catalog)
      $0.resourceOpts = CommonWire.ResourceOpts { $0.shardNum = 1 }
    }
    let group = try Self.changed(fresh, input)
    let front = try await seriesWork { try self.sources.front }
    if let there = front.registry.current.group(input.group) {
      guard input.ifNotExists, there.bare == group.bare else {
        let changes = SchemaDocument.changes(
          from: SchemaDocument.document(.group, there),
          to: SchemaDocument.document(.group, group))
        throw AdminError(
          .conflict, "series.exists", "there is a group \(input.group) already",
          why: changes.isEmpty
            ? "it is as was asked" : "other than was asked: \(changes.joined(separator: ", "))",
          try: ["lakectl series group show \(input.group)"])
      }
      return AdminChange(
        try await self.record(input.group), changed: false, context: context, plan: "")
    }
    try await seriesWork { try front.check(group, over: nil) }
    if context.isDryRun {
      return AdminChange(
        SeriesGroupRecord(group, front.registry.current), changed: true, context: context,
        plan: "make group \(input.group)")
    }
    _ = try await seriesWork { try await front.create(group) }
    return AdminChange(
      try await self.record(input.group), changed: true, context: context,
      undo: "lakectl series group delete \(input.group)", plan: "")
  }

  /// The group with what the input speaks of.
  private static func changed(
    _ group: CommonWire.Group, _ input: SeriesGroupInput
  ) throws(AdminError) -> CommonWire.Group {
    var options = group.resourceOpts ?? CommonWire.ResourceOpts()
    if let shards = input.shards { options.shardNum = try self.count(shards, 1, "shard_count") }
    if let copies = input.replicas {
      options.replicas = try self.count(copies, 0, "replica_count")
    }
    if let text = input.segmentInterval {
      options.segmentInterval = try IntervalText.rule(text, of: "the time of a segment")
    }
    if let text = input.ttl { options.ttl = try IntervalText.rule(text, of: "the ttl") }
    if let texts = input.stages {
      var stages: [CommonWire.LifecycleStage] = []
      for text in texts { stages.append(try IntervalText.stage(text, in: options)) }
      options.stages = stages
    }
    var changed = group
    changed.resourceOpts = options
    return changed
  }

  private static func count(
    _ value: Int64, _ least: UInt32, _ name: String
  ) throws(AdminError) -> UInt32 {
    guard let count = UInt32(exactly: value), count >= least, count <= 65_536 else {
      throw .badSeriesValue(
        "\(name) cannot be \(value)", why: "it is in the range \(least) to 65536")
    }
    return count
  }

  private func set(
    _ input: SeriesGroupInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesGroupRecord> {
    let there = try await self.sources.group(input.group)
    try context.check(
      etag: "\(there.metadata?.modRevision ?? 0)", of: "group \(input.group)")
    if let catalog = input.catalog, CatalogText.catalog(catalog) != there.catalog {
      throw AdminError(
        .conflict, "series.fixed", "the catalog of group \(input.group) was not changed",
        why: "a group holds one kind of things for its whole life")
    }
    if let text = input.segmentInterval,
      try IntervalText.rule(text, of: "the time of a segment").unit
        != there.resourceOpts?.segmentInterval?.unit
    {
      throw AdminError(
        .conflict, "series.fixed", "the segments of group \(input.group) were not changed",
        why: "their unit, hours or days, stays for the life of a group")
    }
    let group = try Self.changed(there, input)
    return try await GroupChange(sources: self.sources).apply(
      there, group, context, undo: Self.undo(there, group)
    ) { try await self.record(input.group) }
  }

  private static func undo(_ before: CommonWire.Group, _ now: CommonWire.Group) -> String? {
    guard let old = before.resourceOpts, let new = now.resourceOpts else { return nil }
    var words: [String] = []
    if old.shardNum != new.shardNum { words.append("--shards \(old.shardNum)") }
    if old.replicas != new.replicas { words.append("--replicas \(old.replicas)") }
    if old.segmentInterval != new.segmentInterval,
      let text = IntervalText.text(old.segmentInterval)
    {
      words.append("--segment \(text)")
    }
    if old.ttl != new.ttl, let text = IntervalText.text(old.ttl) { words.append("--ttl \(text)") }
    return words.isEmpty
      ? nil
      : "lakectl series group set \(before.metadata?.name ?? "") \(words.joined(separator: " "))"
  }

  private func delete(
    _ input: SeriesGroupDeleteInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.JobRecord> {
    for check in input.force where check != "not-empty" {
      throw AdminError.badSeriesValue(
        "there is no check \(check.prefix(40).debugDescription) to pass over",
        why: "there is not-empty")
    }
    let front = try await seriesWork { try self.sources.front }
    var work = SeriesJobRequest(
      SeriesJob.deleteGroup, "delete group \(input.group)", group: input.group)
    work.isDataOnly = input.isDataOnly
    guard front.registry.current.group(input.group) != nil else {
      guard input.ifExists else { throw AdminError.noSuchGroup(input.group) }
      return AdminChange(work.planned, changed: false, context: context, plan: "")
    }
    let record = try await self.record(input.group)
    if input.group == SchemaRegistry.deletionGroup {
      throw AdminError(
        .denied, "series.reserved", "group \(input.group) was not deleted",
        why: "it belongs to the system")
    }
    if !input.force.contains("not-empty"), record.resources > 0 || (record.rows ?? 0) > 0 {
      throw AdminError(
        .conflict, "series.not_empty", "group \(input.group) is not empty",
        why: "it has \(record.resources) resources and \(record.rows ?? 0) rows",
        try: ["lakectl series group delete \(input.group) --force not-empty"])
    }
    guard context.isDryRun else { return try await work.submit(self.sources, context) }
    var change = AdminChange(
      work.planned, changed: true, context: context, plan: "delete group \(input.group)")
    change.plan = [
      AdminPlanLine("rows", "\(record.rows ?? 0), \(ByteCount(record.storedBytes ?? 0))"),
      AdminPlanLine(
        "resources", input.isDataOnly ? "stay" : "\(record.resources) are deleted"),
    ]
    return change
  }
}

extension SeriesAdminSources {
  /// Throws `notFound`.
  func group(_ name: String) async throws(AdminError) -> CommonWire.Group {
    let front = try await seriesWork { try self.front }
    guard let group = front.registry.current.group(name) else { throw .noSuchGroup(name) }
    return group
  }
}
