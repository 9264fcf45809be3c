import Admin
import AdminServing
import Runtime
import SeriesColumns
import SeriesQuery
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series cardinality`: different series, counted over all segments.
struct CardinalityHandlers: Sendable {
  let sources: SeriesAdminSources
  /// Series of one subject that are looked at; more are told to be more.
  private static let seriesCountMax = 5_000_000
  private static let day: Int64 = 86_400_000_000_000

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.cardinality) { input, context in
      var records = try await self.records(input)
      if input.top > 0 {
        records.sort { $0.series > $1.series }
        records.removeLast(max(0, records.count - Int(clamping: input.top)))
      }
      records.sort { Self.name($0).utf8.lexicographicallyPrecedes(Self.name($1).utf8) }
      return context.paging.page(records, by: Self.name)
    }
  }

  private static func name(_ record: SeriesCardinalityRecord) -> String {
    "\(record.subject)\u{0}\(record.tag ?? "")"
  }

  private func records(
    _ input: SeriesCardinalityInput
  ) async throws(AdminError) -> [SeriesCardinalityRecord] {
    _ = try await self.sources.group(input.group)
    let front = try await seriesWork { try self.sources.front }
    let schema = front.registry.current
    var subjects: [Subject] = []
    for kind in [SchemaKind.stream, .measure] {
      for name in schema.names(kind, in: input.group) {
        guard input.subject == nil || input.subject == name else { continue }
        if let subject = front.registry.subject(kind, input.group, name) {
          subjects.append(subject)
        }
      }
    }
    if let name = input.subject, subjects.isEmpty {
      throw AdminError(
        .notFound, "series.not_found", "there is no stream or measure \(input.group)/\(name)",
        why: "series are counted of streams and measures; of a trace each id is one",
        try: ["lakectl series cardinality \(input.group)"])
    }
    let options = schema.group(input.group)?.resourceOpts
    let stages = [SeriesStages.first] + (options?.stages.map(\.name) ?? [])
    let store = front.queries.store.reading(ReadChoice(stages: stages))
    let segments = try await seriesWork {
      try await store.view(group: input.group, times: .min ... .max)
    }
    var records: [SeriesCardinalityRecord] = []
    for subject in subjects {
      records += try await self.count(
        subject, segments, withTags: input.subject != nil, front.queries.mappings)
    }
    return records
  }

  /// Values that were seen, and how many of them are new.
  private struct Tally {
    var seen: Set<UInt64> = []
    var growth: Int64 = 0

    mutating func add(_ value: UInt64, isNew: Bool) {
      if self.seen.insert(value).inserted, isNew { self.growth += 1 }
    }
  }

  private func count(
    _ subject: Subject, _ segments: [StoredSegment], withTags: Bool, _ mappings: TableMappings
  ) async throws(AdminError) -> [SeriesCardinalityRecord] {
    let columns = withTags ? subject.entity.map { TableMapping.column(subject.tags[$0]) } : []
    var whole = Tally()
    var tags = [Tally](repeating: Tally(), count: columns.count)
    let yesterday = self.sources.time.wallNow.nanoseconds - Self.day
    // In the order of time: what the first segment of the last day brings was there before or is new.
    for segment in segments {
      let isNew = segment.times.upperBound > yesterday
      for shard in segment.shards {
        let rows = try await seriesWork {
          try await shard.series(table: subject.name, terms: [], columns: columns)
        }
        for id in rows.ids { whole.add(id, isNew: isNew) }
        for (at, column) in rows.columns.enumerated() {
          for row in 0..<column.count {
            tags[at].add(Self.hash(column, row), isNew: isNew)
          }
        }
        guard whole.seen.count <= Self.seriesCountMax else {
          throw AdminError(
            .overLimit, "series.over_limit",
            "\(subject.name) has more than \(Self.seriesCountMax) series",
            why: "that is the most that is counted")
        }
      }
    }
    var record = SeriesCardinalityRecord()
    record.subject = subject.name
    record.series = Int64(whole.seen.count)
    record.growthPerDay = whole.growth
    var records = [record]
    for (at, tally) in tags.enumerated() {
      record.tag = subject.tags[subject.entity[at]].name
      record.series = Int64(tally.seen.count)
      record.growthPerDay = tally.growth
      records.append(record)
    }
    return records
  }

  private static func hash(_ column: Column, _ row: Int) -> UInt64 {
    var hasher = Hasher()
    for term in IndexTerm.of(column, row: row) { hasher.combine(term) }
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}
