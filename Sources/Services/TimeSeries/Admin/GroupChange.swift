import Admin
import AdminServing
import Hosting
import Runtime
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// A change of how a group keeps its rows: it says what will expire before it is made.
struct GroupChange: Sendable {
  let sources: SeriesAdminSources

  func apply<Record: AdminRecord>(
    _ there: CommonWire.Group, _ group: CommonWire.Group, _ context: AdminContext, undo: String?,
    record: () async throws -> Record
  ) async throws -> AdminChange<Record> {
    let front = try await seriesWork { try self.sources.front }
    let name = there.metadata?.name ?? ""
    try await seriesWork { try front.check(group, over: there) }
    let isSame = there.bare == group.bare
    let expiring = try await self.expiring(name, there, group)
    if !isSame, !context.isDryRun {
      _ = try await seriesWork { try await front.update(group) }
    }
    var change = AdminChange(
      try await record(), changed: !isSame, context: context, undo: undo,
      plan: "change group \(name)")
    if context.isDryRun, !isSame { change.plan += expiring }
    return change
  }

  /// What is over at once under the new time, and not under the old one.
  private func expiring(
    _ name: String, _ there: CommonWire.Group, _ group: CommonWire.Group
  ) async throws(AdminError) -> [AdminPlanLine] {
    let now = self.sources.time.wallNow.nanoseconds
    let shards = try await seriesWork { try await self.sources.upkeep.shards(group: name) }
    let gone = shards.filter { shard in
      let before = there.expiry(of: shard.segment) ?? .max
      let after = group.expiry(of: shard.segment) ?? .max
      return after <= now && before > now
    }
    guard !gone.isEmpty else { return [] }
    let segments = Set(gone.map(\.segment)).sorted { $0.lowerBound < $1.lowerBound }
    let rows = gone.reduce(0) { $0 + $1.rows }
    let bytes = gone.reduce(0) { $0 + $1.bytes }
    let first = segments.first.map { Timestamp(nanoseconds: $0.lowerBound).description } ?? ""
    let last = segments.last.map { Timestamp(nanoseconds: $0.upperBound).description } ?? ""
    return [
      AdminPlanLine(
        "expires", "\(segments.count) segments, \(rows) rows, \(ByteCount(bytes)), at once"),
      AdminPlanLine("from", "\(first) to \(last)"),
      AdminPlanLine("after", "rows that have expired do not come back"),
    ]
  }
}
