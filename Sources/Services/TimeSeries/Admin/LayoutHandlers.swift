import Admin
import AdminServing
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series segment`, `series part` and `series analyze`: where rows lie.
struct LayoutHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.segments) { input, context in
      context.paging.page(try await self.segments(input), by: Self.key)
    }
    try routes.on(SeriesAPI.parts) { input, context in
      context.paging.page(try await self.parts(input), by: Self.key)
    }
    try routes.on(SeriesAPI.tables) { input, context in
      context.paging.page(try await self.tables(input), by: \.name)
    }
  }

  /// Throws `notFound` for a group that is not there.
  private func schema(_ input: SeriesPlaceInput) async throws(AdminError) -> SchemaState {
    if let group = input.group { _ = try await self.sources.group(group) }
    return try await seriesWork { try self.sources.front.registry.current }
  }

  private func segments(
    _ input: SeriesPlaceInput
  ) async throws(AdminError) -> [SeriesSegmentRecord] {
    let schema = try await self.schema(input)
    let shards = try await seriesWork {
      try await self.sources.upkeep(on: input.node).shards(group: input.group)
    }
    let stages = try await seriesWork { try await self.sources.stages(group: input.group) }
    return shards.map { shard in
      var record = SeriesSegmentRecord()
      record.segment = "\(Self.place(shard.group, shard.segment))/\(shard.shard)"
      record.group = shard.group
      record.node = shard.node.isEmpty ? self.sources.node : shard.node
      record.stage = stages.name(shard)
      record.shard = "\(shard.shard)"
      record.beginAt = Timestamp(nanoseconds: shard.segment.lowerBound)
      record.endAt = Timestamp(nanoseconds: shard.segment.upperBound)
      record.expiresAt = schema.group(shard.group)?.expiry(of: shard.segment).map {
        Timestamp(nanoseconds: $0)
      }
      record.rows = shard.rows
      record.series = shard.series
      record.parts = shard.parts
      record.backlog = shard.backlog
      record.bytes = shard.bytes
      record.memoryRows = shard.memoryRows
      record.memoryBytes = shard.memoryBytes
      record.oldestAt = shard.times.map { Timestamp(nanoseconds: $0.lowerBound) }
      record.newestAt = shard.times.map { Timestamp(nanoseconds: $0.upperBound) }
      return record
    }.sorted { Self.key($0).utf8.lexicographicallyPrecedes(Self.key($1).utf8) }
  }

  private static func key(_ record: SeriesSegmentRecord) -> String {
    "\(record.segment)\u{0}\(record.node)"
  }

  private static func key(_ record: SeriesPartRecord) -> String {
    "\(record.part)\u{0}\(record.node)"
  }

  private static func place(_ group: String, _ segment: Range<Int64>) -> String {
    "\(group)/\(Timestamp(nanoseconds: segment.lowerBound))"
  }

  private func parts(_ input: SeriesPlaceInput) async throws(AdminError) -> [SeriesPartRecord] {
    _ = try await self.schema(input)
    let parts = try await seriesWork {
      try await self.sources.upkeep(on: input.node).parts(group: input.group)
    }
    return parts.map { part in
      var record = SeriesPartRecord()
      record.part = "\(Self.place(part.group, part.segment))/\(part.shard)/\(part.name)"
      record.group = part.group
      record.node = part.node.isEmpty ? self.sources.node : part.node
      record.shard = "\(part.shard)"
      record.beginAt = Timestamp(nanoseconds: part.segment.lowerBound)
      record.level = "\(Self.level(part.bytes))"
      record.rows = part.rows
      record.series = part.series
      record.bytes = part.bytes
      if part.rows > 0 { record.rowBytes = Double(part.bytes) / Double(part.rows) }
      record.oldestAt = part.times.map { Timestamp(nanoseconds: $0.lowerBound) }
      record.newestAt = part.times.map { Timestamp(nanoseconds: $0.upperBound) }
      record.problem = part.problem
      guard part.problem == nil else { return record }
      record.tables = part.tables.map(\.name)
      record.indexBytes = part.tables.reduce(0) { $0 + $1.indexBytes }
      record.blocks = part.tables.reduce(0) { $0 + $1.blocks }
      let plain = part.tables.reduce(Int64(0)) { $0 + $1.rows * 8 * ($1.columns + 2) }
      record.plainBytes = plain
      if plain > 0 { record.plainRatio = Double(part.bytes) / Double(plain) }
      return record
    }.sorted { Self.key($0).utf8.lexicographicallyPrecedes(Self.key($1).utf8) }
  }

  /// Powers of eight of the size over 1 MiB: a merge of eight alike is one level up.
  static func level(_ bytes: Int64) -> Int {
    var (level, size) = (0, bytes >> 20)
    while size >= 1 {
      level += 1
      size /= 8
    }
    return level
  }

  private func tables(_ input: SeriesPlaceInput) async throws(AdminError) -> [SeriesTableRecord] {
    _ = try await self.schema(input)
    let parts = try await seriesWork {
      try await self.sources.upkeep(on: input.node).parts(group: input.group)
    }
    var found: [String: SeriesTableRecord] = [:]
    for part in parts {
      for table in part.tables {
        let name = "\(part.group)/\(table.name)"
        var record = found[name] ?? SeriesTableRecord()
        record.name = name
        record.tableKind = table.kind
        record.rows += table.rows
        record.entries += table.entries
        record.blocks += table.blocks
        record.columns = table.columns
        record.dataBytes += table.dataBytes
        record.entryBytes += table.entryBytes
        record.indexBytes += table.indexBytes
        found[name] = record
      }
    }
    return found.values.map { table in
      var record = table
      let bytes = record.dataBytes + record.entryBytes + record.indexBytes
      if record.rows > 0 { record.rowBytes = Double(bytes) / Double(record.rows) }
      if record.blocks > 0 { record.blockRows = Double(record.rows) / Double(record.blocks) }
      return record
    }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}
