import Admin
import AdminServing
import Hosting
import SeriesSchema
import SeriesServing
import SeriesStorage
import Values

/// `series flush` and the jobs on parts.
struct WorkHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.flush) { input, context in
      let upkeep = try await seriesWork { try self.sources.upkeep(on: input.node) }
      let shards = try await seriesWork { try await upkeep.shards(group: nil) }
      var record = SeriesFlushRecord()
      let nodes = Set(shards.map(\.node)).subtracting([""]).sorted()
      record.node =
        input.node ?? (nodes.isEmpty ? self.sources.node : nodes.joined(separator: ","))
      record.rows = shards.reduce(0) { $0 + $1.memoryRows }
      record.bytes = shards.reduce(0) { $0 + $1.memoryBytes }
      if !context.isDryRun { try await seriesWork { try await upkeep.flush() } }
      return AdminChange(
        record, changed: record.rows > 0, context: context,
        plan: "write \(record.rows) rows, \(ByteCount(record.bytes)) of memory")
    }
    try routes.on(SeriesAPI.startJob) { input, context in
      if let group = input.group { _ = try await self.sources.group(group) }
      if input.work == .rebuild { try self.checkRanking(input) }
      _ = try await seriesWork { try self.sources.upkeep(on: input.node) }
      let request = Self.request(input)
      guard context.isDryRun else { return try await request.submit(self.sources, context) }
      return AdminChange(request.planned, changed: true, context: context, plan: request.what)
    }
  }

  private func checkRanking(_ input: SeriesJobInput) throws(AdminError) {
    guard let group = input.group, let name = input.name else {
      throw AdminError(
        .badRequest, "series.bad_input", "the ranking that is to be rebuilt is not named",
        why: "a rebuild is of one ranking", try: ["lakectl series topn rebuild GROUP/NAME"])
    }
    let names: [String]
    do {
      names = try self.sources.front.registry.current.names(.topN, in: group)
    } catch {
      throw AdminError(.unavailable, "series.unavailable", "the time series have not started yet")
    }
    guard names.contains(name) else {
      throw AdminError(
        .notFound, "series.not_found", "there is no ranking \(group)/\(name)",
        why: "a ranking is an object of kind topn", try: ["lakectl series topn list \(group)"])
    }
  }

  private static func request(_ input: SeriesJobInput) -> SeriesJobRequest {
    let place =
      (input.group.map { "group \($0)" } ?? "all groups")
      + (input.node.map { " on \($0)" } ?? "")
    let (kind, what) =
      switch input.work {
      case .merge: (SeriesJob.merge, "merge the parts of \(place)")
      case .scrub: (SeriesJob.scrub, "read and compare the parts of \(place)")
      case .retain: (SeriesJob.retain, "drop the segments whose time is over")
      case .migrate: (SeriesJob.migrate, "move old rows of \(place) to the next stage")
      case .place: (SeriesJob.place, "move the shards of \(place) to where they belong")
      case .rebuild:
        (SeriesJob.rebuild, "make the counters of ranking \(input.name ?? "") of \(place) anew")
      }
    var request = SeriesJobRequest(kind, what, group: input.group)
    request.ranking = input.work == .rebuild ? input.name : nil
    request.node = input.node
    return request
  }
}
