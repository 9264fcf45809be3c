import Admin
import AdminServing
import SeriesColumns
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series migrate orphans`: rows whose stream, measure or trace was deleted.
struct OrphanHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.orphans) { input, context in
      if let group = input.group { _ = try await self.sources.group(group) }
      return context.paging.page(try await self.records(input), by: Self.key)
    }
  }

  private static func key(_ record: SeriesOrphanRecord) -> String {
    "\(record.orphan)\u{0}\(record.stage)"
  }

  /// What a part has of a table that nobody knows.
  struct Found {
    var group: String
    var table: StoredTableReport
    var part: StoredPartReport
  }

  private func found(group: String?, node: String?) async throws(AdminError) -> [Found] {
    let schema = try await seriesWork { try self.sources.front.registry.current }
    let parts = try await seriesWork {
      try await self.sources.upkeep(on: node).parts(group: group)
    }
    var found: [Found] = []
    for part in parts where schema.group(part.group) != nil {
      for table in part.tables where schema.isOrphan(table.name, in: part.group) {
        found.append(Found(group: part.group, table: table, part: part))
      }
    }
    return found
  }

  private func records(
    _ input: SeriesPlaceInput
  ) async throws(AdminError) -> [SeriesOrphanRecord] {
    let found = try await self.found(group: input.group, node: input.node)
    guard !found.isEmpty else { return [] }
    let schema = try await seriesWork { try self.sources.front.registry.current }
    let tiers = try await seriesWork { try await self.sources.stages(group: input.group) }
    var records: [String: SeriesOrphanRecord] = [:]
    var all: [String: [Found]] = [:]
    for one in found {
      let report = StoredShardReport(
        group: one.group, segment: one.part.segment, shard: one.part.shard)
      var record = SeriesOrphanRecord()
      record.orphan = "\(one.group)/\(one.table.name)"
      record.group = one.group
      record.stage = tiers.name(report)
      record.tableKind = one.table.kind
      record.fate = self.fate(record.stage, schema.group(one.group))
      records[Self.key(record)] = record
      all[Self.key(record), default: []].append(one)
    }
    return records.map { key, record in
      var record = record
      let own = all[key] ?? []
      record.nodes = Set(own.map { self.node(of: $0) }).sorted()
      record.parts = Int64(own.count)
      record.rows = Self.rows(own)
      record.bytes = own.reduce(0) {
        $0 + $1.table.dataBytes + $1.table.entryBytes + $1.table.indexBytes
      }
      record.beginAt = own.map(\.part.segment.lowerBound).min().map {
        Timestamp(nanoseconds: $0)
      }
      record.endAt = own.map(\.part.segment.upperBound).max().map { Timestamp(nanoseconds: $0) }
      return record
    }.sorted { Self.key($0).utf8.lexicographicallyPrecedes(Self.key($1).utf8) }
  }

  private func node(of found: Found) -> String {
    found.part.node.isEmpty ? self.sources.node : found.part.node
  }

  /// The policy says it of what moves; rows of the last tier, and of one process, stay until they expire.
  private func fate(_ stage: String, _ group: CommonWire.Group?) -> SeriesOrphanFate {
    guard self.sources.shards != nil, let last = group?.resourceOpts?.stages.last?.name,
      last != stage
    else { return .expire }
    return switch self.sources.orphans {
    case .archive: .archive
    case .discard: .discard
    case .keep: .keep
    }
  }

  /// Each row once: of the copies of a shard the one with most.
  private static func rows(_ found: [Found]) -> Int64 {
    var copies: [StoredShardPlace: [String: Int64]] = [:]
    for one in found {
      let place = StoredShardPlace(
        group: one.group, segment: one.part.segment, shard: one.part.shard)
      copies[place, default: [:]][one.part.node, default: 0] += one.table.rows
    }
    return copies.values.reduce(0) { $0 + ($1.values.max() ?? 0) }
  }

  private static func nanoseconds(_ time: Timestamp?) -> Int64? {
    time.flatMap { try? WallTime($0).nanoseconds }
  }

  /// Says of planned migrations which tables do not go on.
  func add(to moves: inout [SeriesMoveRecord]) async throws(AdminError) {
    guard self.sources.orphans != .keep else { return }
    let groups = Set(moves.map(\.group))
    let found = try await self.found(
      group: groups.count == 1 ? groups.first : nil, node: nil)
    for index in moves.indices {
      let begin = Self.nanoseconds(moves[index].beginAt) ?? .min
      let end = Self.nanoseconds(moves[index].endAt) ?? .max
      let own = found.filter {
        $0.group == moves[index].group && $0.part.segment.lowerBound >= begin
          && $0.part.segment.lowerBound < end
      }
      moves[index].orphans = Set(own.map(\.table.name)).sorted()
      moves[index].orphanRows = Self.rows(own)
    }
  }
}
