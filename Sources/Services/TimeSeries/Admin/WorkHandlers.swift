import Admin
import AdminServing
import Hosting
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
      _ = try await seriesWork { try self.sources.upkeep(on: input.node) }
      let request = Self.request(input)
      guard context.isDryRun else { return try await request.submit(self.sources, context) }
      return AdminChange(request.planned, changed: true, context: context, plan: request.what)
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
      }
    var request = SeriesJobRequest(kind, what, group: input.group)
    request.node = input.node
    return request
  }
}
