import Admin
import AdminServing
import Hosting
import Runtime
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series snapshot`.
struct SnapshotHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.snapshots) { input, context in
      let found = try await seriesWork {
        try await self.sources.upkeep(on: input.node).snapshots()
      }
      let records = found.map(self.record).sorted {
        Self.key($0).utf8.lexicographicallyPrecedes(Self.key($1).utf8)
      }
      return context.paging.page(records, by: Self.key)
    }
    try routes.on(SeriesAPI.createSnapshot) { input, context in
      try await self.create(input, context)
    }
    try routes.on(SeriesAPI.deleteSnapshot) { input, context in
      let upkeep = try await seriesWork { try self.sources.upkeep(on: input.node) }
      let found = try await seriesWork { try await upkeep.snapshots() }
        .first { $0.name == input.snapshot }
      guard let found else {
        guard input.ifExists else {
          throw AdminError(
            .notFound, "series.no_such_snapshot", "there is no snapshot \(input.snapshot)",
            try: ["lakectl series snapshot list"])
        }
        var record = SeriesSnapshotRecord()
        record.snapshot = input.snapshot
        return AdminChange(record, changed: false, context: context, plan: "")
      }
      if !context.isDryRun {
        _ = try await seriesWork { try await upkeep.removeSnapshot(input.snapshot) }
      }
      return AdminChange(
        self.record(found), changed: true, context: context,
        plan: "remove snapshot \(input.snapshot)")
    }
  }

  private static func key(_ record: SeriesSnapshotRecord) -> String {
    "\(record.snapshot)\u{0}\(record.node)"
  }

  private func record(_ snapshot: StoredSnapshot) -> SeriesSnapshotRecord {
    var record = SeriesSnapshotRecord()
    record.snapshot = snapshot.name
    record.node = snapshot.node.isEmpty ? self.sources.node : snapshot.node
    record.groups = snapshot.groups
    record.createdAt = snapshot.takenAt.map { Timestamp(nanoseconds: $0) }
    record.files = Int64(snapshot.files.count)
    record.bytes = snapshot.files.reduce(0) { $0 + $1.bytes }
    return record
  }

  private func create(
    _ input: SeriesSnapshotInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesSnapshotRecord> {
    let groups = try await self.sources.groups(input.groups)
    var record = SeriesSnapshotRecord()
    record.node = input.node ?? self.sources.node
    record.groups = groups
    guard !context.isDryRun else {
      return AdminChange(
        record, changed: true, context: context, plan: "link the parts of \(groups.count) groups")
    }
    let name = self.sources.snapshotName()
    let upkeep = try await seriesWork { try self.sources.upkeep(on: input.node) }
    try await seriesWork { try await upkeep.takeSnapshot(name, groups: groups) }
    let taken = try await seriesWork { try await upkeep.snapshots() }.filter { $0.name == name }
    if let first = taken.first {
      record = self.record(first)
      record.node = taken.map { self.record($0).node }.joined(separator: ",")
      record.files = taken.reduce(0) { $0 + Int64($1.files.count) }
      record.bytes = taken.map { self.record($0) }.reduce(0) { $0 + $1.bytes }
    }
    return AdminChange(
      record, changed: true, context: context, undo: "lakectl series snapshot delete \(name)",
      plan: "")
  }
}

extension SeriesAdminSources {
  /// Those that were named, or all that keep rows.
  func groups(
    _ names: [String], withProperties: Bool = false
  ) async throws(AdminError) -> [String] {
    for name in names { _ = try await self.group(name) }
    guard names.isEmpty else { return names }
    let schema = try await seriesWork { try self.front.registry.current }
    return schema.groups.filter { withProperties || $0.catalog != .property }
      .compactMap(\.metadata?.name).filter { $0 != SchemaRegistry.deletionGroup }
  }

  /// `20260131235959-0123abcd`.
  func snapshotName() -> String {
    let digits = Timestamp(self.time.wallNow).description.prefix(19).filter(\.isNumber)
    let suffix = String(self.random.next() >> 32, radix: 16)
    return "\(digits)-" + String(repeating: "0", count: 8 - suffix.count) + suffix
  }
}
