import Admin
import AdminServing
import SeriesStorage
import Values

/// `series topn status`: what is kept of rankings.
struct RankingHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.rankings) { input, context in
      context.paging.page(try await self.records(input), by: Self.key)
    }
  }

  private static func key(_ record: SeriesRankingRecord) -> String {
    "\(record.ranking)\u{0}\(record.node)"
  }

  private func records(
    _ input: SeriesPlaceInput
  ) async throws(AdminError) -> [SeriesRankingRecord] {
    if let group = input.group { _ = try await self.sources.group(group) }
    let reports = try await seriesWork {
      try await self.sources.upkeep(on: input.node).rankings(group: input.group)
    }
    return reports.map { report in
      var record = SeriesRankingRecord()
      record.ranking = "\(report.group)/\(report.name)"
      record.node = report.node.isEmpty ? self.sources.node : report.node
      record.measure = report.measure
      record.interval = report.interval > 0 ? DurationText.text(.nanoseconds(report.interval)) : ""
      record.windows = report.windows
      record.waiting = report.waiting
      record.entries = report.entries
      record.beginAt = report.times.map { Timestamp(nanoseconds: $0.lowerBound) }
      record.endAt = report.times.map { Timestamp(nanoseconds: $0.upperBound) }
      record.behindMilliseconds = report.behind / 1_000_000
      record.reason = report.reason
      return record
    }.sorted { Self.key($0).utf8.lexicographicallyPrecedes(Self.key($1).utf8) }
  }
}
