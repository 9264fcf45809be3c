import Admin
import AdminServing
import Hosting
import SeriesBackup
import SeriesStorage
import Values

/// `series backup` and `series restore`: what is asked for; `BackupJobs` does it.
struct BackupHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.backups) { input, context in
      let backups = try await seriesWork { try self.sources.backups(in: input.place) }
      let found = try await seriesWork { try await backups.manifests() }
      return context.paging.page(found.map { Self.record($0, input.place) }, by: \.backup)
    }
    try routes.on(SeriesAPI.createBackup) { input, context in
      let groups = try await self.sources.groups(input.groups, withProperties: true)
      return try await self.start(
        SeriesJob.backup, "back \(groups.count) groups up to \(input.place)", input.place, nil,
        groups, context)
    }
    try routes.on(SeriesAPI.verifyBackup) { input, context in
      let manifest = try await self.manifest(input.place, input.backup)
      return try await self.start(
        SeriesJob.verifyBackup, "prove backup \(manifest.name)", input.place, manifest.name, [],
        context)
    }
    try routes.on(SeriesAPI.deleteBackup) { input, context in
      let manifest = try await self.manifest(input.place, input.backup)
      var change = try await self.start(
        SeriesJob.deleteBackup, "remove backup \(manifest.name)", input.place, manifest.name, [],
        context)
      if context.isDryRun {
        change.plan.append(
          AdminPlanLine("holds", "\(manifest.files) files, \(ByteCount(manifest.bytes))"))
        change.plan.append(AdminPlanLine("stays", "what other backups have in common with it"))
      }
      return change
    }
    try routes.on(SeriesAPI.restore) { input, context in
      try await self.restore(input, context)
    }
  }

  private static func record(_ manifest: BackupManifest, _ place: String) -> SeriesBackupRecord {
    var record = SeriesBackupRecord()
    record.backup = manifest.name
    record.place = place
    record.node = manifest.node
    record.createdAt = try? Timestamp(parsing: manifest.createdAt)
    record.groups = manifest.groups.map(\.name)
    record.files = Int64(manifest.files)
    record.bytes = manifest.bytes
    return record
  }

  /// `last` is the newest one.
  private func manifest(
    _ place: String, _ name: String
  ) async throws(AdminError) -> BackupManifest {
    let backups = try await seriesWork { try self.sources.backups(in: place) }
    let found = try await seriesWork { () async throws -> BackupManifest? in
      let wanted = name == "last" ? try await backups.names().last : name
      guard let wanted else { return nil }
      return try await backups.manifest(wanted)
    }
    guard let found else {
      throw AdminError(
        .notFound, "series.no_such_backup",
        "there is no backup \(name.prefix(80).debugDescription) in \(place)",
        try: ["lakectl series backup list \(place)"])
    }
    return found
  }

  private func start(
    _ kind: String, _ what: String, _ place: String, _ backup: String?, _ groups: [String],
    _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<Admin.JobRecord> {
    var request = SeriesJobRequest(kind, what, group: nil)
    request.place = place
    request.backup = backup
    request.groups = groups
    guard context.isDryRun else { return try await request.submit(self.sources, context) }
    return AdminChange(request.planned, changed: true, context: context, plan: what)
  }

  private func restore(
    _ input: SeriesRestoreInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.JobRecord> {
    let manifest = try await self.manifest(input.place, input.backup)
    let wanted = manifest.groups.filter {
      input.groups.isEmpty || input.groups.contains($0.name)
    }
    for name in input.groups where !wanted.contains(where: { $0.name == name }) {
      throw AdminError(
        .notFound, "series.not_in_backup", "backup \(manifest.name) has no group \(name)",
        why: "it has \(manifest.groups.map(\.name).joined(separator: ", "))")
    }
    let upkeep = try await seriesWork { try self.sources.upkeep }
    for group in wanted {
      let shards = try await seriesWork { try await upkeep.shards(group: group.name) }
      // What an earlier try has brought back stays; the others are still to come.
      let restored = try await seriesWork { try await upkeep.restored(group: group.name) }
      guard shards.isEmpty || wanted.count > 1 && restored == manifest.name else {
        throw AdminError(
          .conflict, "series.not_empty", "group \(group.name) was not restored",
          why: restored == manifest.name
            ? "it was restored from this backup already"
            : "it holds rows, and they would be mixed",
          try: [
            "lakectl series group delete \(group.name) --data-only --force not-empty"
          ])
      }
    }
    var change = try await self.start(
      SeriesJob.restore, "restore \(wanted.count) groups of backup \(manifest.name)",
      input.place, manifest.name, wanted.map(\.name), context)
    if context.isDryRun {
      for group in wanted {
        let bytes = group.files.reduce(0) { $0 + $1.bytes }
        change.plan.append(
          AdminPlanLine(
            group.name,
            "\(group.documents.count) documents, \(group.properties.count) properties,"
              + " \(ByteCount(bytes))"))
      }
    }
    return change
  }
}

extension SeriesAdminSources {
  func backups(in place: String) throws -> SeriesBackups {
    SeriesBackups(
      try self.store(try BackupPlace(place)), concurrency: self.backupConcurrency)
  }
}
