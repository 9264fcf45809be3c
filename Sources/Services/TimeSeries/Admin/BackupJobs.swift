import Admin
import Cluster
import JSON
import Protobuf
import Runtime
import SeriesBackup
import SeriesModel
import SeriesProperty
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// What backs up, proves, removes and restores.
struct BackupJobs: Sendable {
  let sources: SeriesAdminSources

  var kinds: [JobKind] {
    [
      self.kind(SeriesJob.backup) { try await self.create($0) },
      self.kind(SeriesJob.verifyBackup) { try await self.verify($0) },
      self.kind(SeriesJob.deleteBackup) { try await self.delete($0) },
      self.kind(SeriesJob.restore) { try await self.restore($0) },
    ]
  }

  private func kind(
    _ name: String, _ work: @escaping @Sendable (JobRun) async throws -> JobResult
  ) -> JobKind {
    JobKind(name, { $0.concurrentMax = 1 }) { run in try await seriesJob { try await work(run) } }
  }

  private func backups(_ run: JobRun) throws -> SeriesBackups {
    try self.sources.backups(in: run.parameters["place"]?.string ?? "")
  }

  private func manifest(_ run: JobRun, _ backups: SeriesBackups) async throws -> BackupManifest {
    let name = run.parameters["backup"]?.string ?? ""
    guard let manifest = try await backups.manifest(name) else {
      throw JobFailure("series.no_such_backup", "there is no backup \(name)", isFinal: true)
    }
    return manifest
  }

  private func groups(_ run: JobRun) -> [String] {
    (run.parameters["groups"]?.array ?? []).compactMap(\.string)
  }

  private static func report(_ run: JobRun) -> SeriesBackups.Report {
    { phase, done, total in
      try run.checkCancelled()
      run.report(JobProgress(phase: phase, doneBytes: done, totalBytes: total))
    }
  }

  // MARK: Making

  private func create(_ run: JobRun) async throws -> JobResult {
    let backups = try self.backups(run)
    let now = Timestamp(self.sources.time.wallNow)
    var groups: [BackupManifest.Group] = []
    for name in try self.wanted(run) { groups.append(try await self.described(name)) }
    let keep = run.parameters["keep"]?.int64.map { Int(clamping: $0) }
    let isScheduled = keep != nil
    let name =
      run.checkpoint.map { String(decoding: $0, as: UTF8.self) }
      ?? self.sources.snapshotName() + (isScheduled ? BackupSchedule.suffix : "")
    // A second try makes the same backup.
    try await run.save(checkpoint: Array(name.utf8))
    let draft = BackupManifest(
      name: name, node: self.sources.node, createdAt: now.description, groups: groups)
    let (manifest, written, leftOut) = try await backups.create(
      draft, from: try self.sources.upkeep, Self.report(run))
    for problem in leftOut { run.log("left out, others have its shards: \(problem)") }
    if let keep { try await self.removeOld(backups, keep, run) }
    return JobResult([
      "backup": .string(name), "files_count": .integer(manifest.files),
      "size_bytes": .integer(manifest.bytes), "written_bytes": .integer(written),
    ])
  }

  /// Those that it names; one by the clock is of all groups that there are, our own metrics left out.
  private func wanted(_ run: JobRun) throws -> [String] {
    let named = self.groups(run)
    guard named.isEmpty else { return named }
    return try self.sources.front.registry.current.groups.compactMap(\.metadata?.name).filter {
      !$0.hasPrefix("_")
    }
  }

  /// Of the backups that were made by the clock the newest stay.
  private func removeOld(_ backups: SeriesBackups, _ keep: Int, _ run: JobRun) async throws {
    let removed = try await backups.removeOld(
      keep: keep, suffix: BackupSchedule.suffix, Self.report(run))
    for name in removed { run.log("backup \(name) was removed: \(keep) are kept") }
  }

  /// A group with its schema and its properties, as documents.
  private func described(_ name: String) async throws -> BackupManifest.Group {
    let front = try self.sources.front
    let schema = front.registry.current
    guard let group = schema.group(name) else {
      throw JobFailure("series.no_such_group", "there is no group \(name)", isFinal: true)
    }
    var documents = [SchemaDocument.document(.group, group)]
    for word in SeriesKindWord.allCases where word != .group {
      for object in schema.names(SchemaDocument.kind(word), in: name) {
        let key = SchemaKey(SchemaDocument.kind(word), name, object)
        guard let item = schema.item(key) else { continue }
        documents.append(Self.document(word, item.object))
      }
    }
    var described = BackupManifest.Group(name: name, documents: documents)
    guard group.catalog == .property else { return described }
    let request = PropertyWire.QueryRequest {
      $0.groups = [name]
      $0.limit = .max
    }
    let response = try await front.properties.query(request)
    described.properties = response.properties.map { property in
      var tags = JSONObject()
      for tag in property.tags {
        tags[tag.key] = tag.value.map { SeriesValue($0).json } ?? .null
      }
      return [
        "name": .string(property.metadata?.name ?? ""), "id": .string(property.id),
        "tags": .object(tags),
      ]
    }
    return described
  }

  private static func document(_ word: SeriesKindWord, _ object: some SchemaObject) -> JSONValue {
    SchemaDocument.document(word, object)
  }

  // MARK: Proving and removing

  private func verify(_ run: JobRun) async throws -> JobResult {
    let backups = try self.backups(run)
    let manifest = try await self.manifest(run, backups)
    let problems = try await backups.verify(manifest, Self.report(run))
    for problem in problems.prefix(100) { run.log(problem) }
    guard problems.isEmpty else {
      throw JobFailure(
        "series.damaged", "\(problems.count) things are wrong: the job's log names them",
        isFinal: true)
    }
    return JobResult([
      "files_count": .integer(manifest.files), "size_bytes": .integer(manifest.bytes),
    ])
  }

  private func delete(_ run: JobRun) async throws -> JobResult {
    let backups = try self.backups(run)
    let manifest = try await self.manifest(run, backups)
    let removed = try await backups.remove(manifest, Self.report(run))
    return JobResult(["pieces_count": .integer(removed)])
  }

  // MARK: Taking back

  private func restore(_ run: JobRun) async throws -> JobResult {
    let backups = try self.backups(run)
    let manifest = try await self.manifest(run, backups)
    let wanted = Set(self.groups(run))
    var (objects, properties) = (0, 0)
    for group in manifest.groups where wanted.contains(group.name) {
      objects += try await self.makeSchema(group)
      if !group.files.isEmpty {
        let isNew = try await backups.restore(
          group, of: manifest.name, to: try self.sources.upkeep, Self.report(run))
        if !isNew { run.log("group \(group.name) has its rows since an earlier try") }
      }
      for property in group.properties {
        try await self.make(property, in: group.name)
        properties += 1
      }
      run.log("group \(group.name) is back")
    }
    return JobResult([
      "groups_count": .integer(wanted.count), "objects_count": .integer(objects),
      "properties_count": .integer(properties),
    ])
  }

  /// Makes what is not there; what is there stays as it is.
  private func makeSchema(_ group: BackupManifest.Group) async throws -> Int {
    let front = try self.sources.front
    var made = 0
    for document in group.documents {
      guard let word = document["kind"]?.string.flatMap({ SeriesKindWord(rawValue: $0) }) else {
        throw JobFailure("series.damaged", "a document has no kind that is known", isFinal: true)
      }
      let object = try SchemaDocument.object(word, document)
      guard front.registry.current.item(object.key) == nil else { continue }
      _ = try await front.create(object)
      made += 1
    }
    return made
  }

  private func make(_ property: JSONValue, in group: String) async throws {
    let front = try self.sources.front
    let name = property["name"]?.string ?? ""
    let subject = front.registry.subject(.property, group, name)
    var made = PropertyWire.Property {
      $0.metadata = CommonWire.Metadata {
        $0.group = group
        $0.name = name
      }
      $0.id = property["id"]?.string ?? ""
    }
    for tag in property["tags"]?.object?.members ?? [] {
      guard let at = subject?.tag(tag.name), let type = subject?.tags[at].type,
        let value = SeriesValue(tag.value, as: type)
      else { continue }
      made.tags.append(
        ModelWire.Tag {
          $0.key = tag.name
          $0.value = value.tagValue
        })
    }
    let whole = made
    let request = PropertyWire.ApplyRequest {
      $0.property = whole
      $0.strategy = .replace
    }
    _ = try await front.properties.apply(request)
  }
}
