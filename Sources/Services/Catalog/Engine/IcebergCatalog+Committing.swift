import Iceberg
import JSON
import Observability
import Runtime
import Values

/// Commits: the requirements of a request decide, not the version that its client saw. The files of the
/// new versions are durable before the pointers move, and pointers move by compare-and-set.
extension IcebergCatalog {
  func commitTable(
    _ identifier: TableIdentifier, _ request: CommitTableRequest, in warehouse: Warehouse,
    by caller: Caller
  ) async throws -> LoadedObject {
    if let named = request.identifier, named != identifier {
      throw IcebergError(.badRequest, "identifier: \(named) is not the table of the path")
    }
    var request = request
    request.identifier = identifier
    let start = self.time.now
    let drafts = try await self.commit([request], in: warehouse, by: caller) { drafts in
      [self.event(ofCommit: drafts[0], in: warehouse, by: caller)]
    } answer: { drafts in
      drafts[0].id.map { (200, .object($0)) }
    }
    self.metrics.commitTime.record(from: start, to: self.time.now)
    let document = drafts[0].document
    return try await self.loaded(
      document, identifier, in: warehouse, LoadMode(), by: caller)
  }

  func commitTransaction(
    _ request: CommitTransactionRequest, in warehouse: Warehouse, by caller: Caller
  ) async throws {
    do {
      _ = try await self.commit(request.changes, in: warehouse, by: caller) { drafts in
        drafts.map { self.event(ofCommit: $0, in: warehouse, by: caller) } + [
          self.event(
            .transactionCommitted, by: caller, in: warehouse, nil, nil,
            ["tables": "\(drafts.count)"])
        ]
      } answer: { _ in
        (204, .nothing)
      }
      self.metrics.transactions.with("committed").add()
    } catch {
      self.metrics.transactions.with("failed").add()
      throw error
    }
  }

  /// Makes all changes or none.
  ///
  /// - Parameters:
  ///   - events: made of those tables that get a new version.
  ///   - answer: what a repeat of the request is told.
  private func commit(
    _ changes: [CommitTableRequest], in warehouse: Warehouse, by caller: Caller,
    events: ([CommittedTable]) -> [CatalogEvent],
    answer: ([CommittedTable]) -> (Int, RequestRecord.Answer)?
  ) async throws -> [CommittedTable] {
    var bases = try await self.bases(of: changes, in: warehouse, by: caller)
    let ids = bases.compactMap { $0?.record.id }
    let held = try await self.gate.holding(ids) { wereFree in
      for attempt in 0..<self.options.commitAttemptsMax {
        // What was read before is the present version unless somebody was in between.
        if attempt > 0 || !wereFree { bases = try await self.readAgain(bases) }
        if attempt > 0 {
          self.metrics.retries.add()
          self.activity.note(retries: 1, of: ids)
        }
        try self.checkTime(caller)
        let done = try await self.attempt(
          changes, bases, in: warehouse, by: caller, events, answer)
        if let done { return done }
      }
      self.metrics.conflicts.with("pointer").add()
      self.activity.note(conflicts: 1, of: ids)
      throw ErrorResponse.conflict("The table was changed by other requests again and again")
    }
    guard let held else {
      self.metrics.conflicts.with("queue").add()
      self.activity.note(conflicts: 1, of: ids)
      throw ErrorResponse.conflict("Too many commits wait for the table")
    }
    return held
  }

  /// The tables of a request as they are, in its order; nil of one that is to be created.
  private func bases(
    of changes: [CommitTableRequest], in warehouse: Warehouse, by caller: Caller
  ) async throws -> [ObjectState?] {
    var bases: [ObjectState?] = []
    for change in changes {
      guard let identifier = change.identifier else {
        throw IcebergError(.badRequest, "identifier: member is missing")
      }
      try identifier.namespace.check()
      guard change.requirements.contains(.create) else {
        bases.append(try await self.state(ofTable: identifier, in: warehouse, by: caller))
        continue
      }
      guard change.requirements.count == 1 else {
        throw IcebergError(.badRequest, "assert-create must be the only requirement")
      }
      try await self.checkCreated(identifier, in: warehouse, by: caller)
      bases.append(nil)
    }
    return bases
  }

  /// A name that a commit is to make: a view under it is told of as when a table is created.
  private func checkCreated(
    _ identifier: TableIdentifier, in warehouse: Warehouse, by caller: Caller
  ) async throws {
    do {
      _ = try await self.placeForNew(.table, identifier, in: warehouse, by: caller)
    } catch let error as ErrorResponse where error.type == .alreadyExists {
      guard error != .exists(.view, identifier, for: .table) else { throw error }
      throw ErrorResponse.conflict("Requirement failed: table already exists")
    }
  }

  /// A table that the caller may write.
  private func state(
    ofTable identifier: TableIdentifier, in warehouse: Warehouse, by caller: Caller
  ) async throws -> ObjectState {
    let missing = ErrorResponse.noSuch(.table, identifier)
    try self.require(caller, .write, on: .object(identifier), in: warehouse, orElse: missing)
    guard let state = try await self.store.state(of: identifier, in: warehouse.name),
      state.record.kind == .table
    else { throw missing }
    return state
  }

  private func readAgain(_ bases: [ObjectState?]) async throws -> [ObjectState?] {
    var present: [ObjectState?] = []
    for base in bases {
      guard let record = base?.record else {
        present.append(nil)
        continue
      }
      guard let state = try await self.store.state(record.id), state.record.dropped == nil else {
        throw ErrorResponse.noSuch(.table, record.identifier)
      }
      present.append(state)
    }
    return present
  }

  /// One attempt; nil when a pointer moved meanwhile and all is to be done anew.
  private func attempt(
    _ changes: [CommitTableRequest], _ bases: [ObjectState?], in warehouse: Warehouse,
    by caller: Caller, _ events: ([CommittedTable]) -> [CatalogEvent],
    _ answer: ([CommittedTable]) -> (Int, RequestRecord.Answer)?
  ) async throws -> [CommittedTable]? {
    let drafts = try await self.drafts(changes, bases, in: warehouse)
    for position in drafts.indices where drafts[position].isChanged {
      try await self.checkForeign(
        drafts[position].locations, of: drafts[position].base?.record.id,
        location: drafts[position].metadata?.location ?? "", in: warehouse)
    }
    try await self.writeFiles(of: drafts, in: warehouse)
    let written = drafts.compactMap(\.version)
    do { try self.checkTime(caller) } catch {
      await self.discard(written, in: warehouse)
      throw error
    }
    let committed = drafts.map { CommittedTable($0, id: self.newID(), atMS: self.nowMS) }
    let new = committed.filter(\.isChanged)
    var change = CatalogChange(
      in: warehouse.name, new.compactMap(\.step),
      request: answer(committed).flatMap { caller.claim?.record($0.0, $0.1, atMS: self.nowMS) },
      events: new.isEmpty ? [] : events(new))
    guard !change.steps.isEmpty || change.request != nil else { return committed }
    change.resized = Set(new.filter { $0.newSnapshot != nil }.compactMap(\.id))
    change.unsynced = Set(written.filter { !$0.isSynced }.map(\.metadataLocation))
    do {
      let outcome = try await self.settled(change) {
        try await self.areStored(new)
      }
      if case .applied = outcome {
        self.count(new)
        self.note(drafts, committed, change.unsynced, in: warehouse)
        await self.deleteForgotten(drafts, in: warehouse)
        return committed
      }
      guard case .refused(let refusal, let step) = outcome else { return committed }
      await self.discard(written, in: warehouse)
      return try self.retry(refusal, of: new.indices.contains(step) ? new[step] : nil)
    } catch let error as CatalogStoreError where error.code == .unknownOutcome {
      // The files may be the present ones: they stay.
      throw error
    } catch let error as CatalogStoreError {
      await self.discard(written, in: warehouse)
      throw error
    }
  }

  /// What is known of new versions without reading them again.
  private func note(
    _ drafts: [TableDraft], _ committed: [CommittedTable], _ unsynced: Set<String>,
    in warehouse: Warehouse
  ) {
    for (draft, table) in zip(drafts, committed) {
      guard let metadata = draft.metadata, table.isChanged else { continue }
      let document = table.document
      self.parsed.keep(metadata, of: document, insteadOf: draft.base?.document.metadataLocation)
      guard unsynced.contains(document.metadataLocation) else { continue }
      self.settling.add([
        FileSettling.File(location: document.metadataLocation, warehouse: warehouse.name)
      ])
    }
  }

  /// Nil when another attempt may succeed.
  private func retry(
    _ refusal: ChangeRefusal, of table: CommittedTable?
  ) throws -> [CommittedTable]? {
    switch refusal {
    case .pointerMoved: return nil
    case .nameTaken(let identifier, .view):
      throw ErrorResponse.exists(.view, identifier, for: .table)
    case .nameTaken(_, .table):
      throw ErrorResponse.conflict("Requirement failed: table already exists")
    default: throw ErrorResponse(refusal)
    }
  }

  /// Deletes metadata files that have left the log, of tables that ask for it.
  private func deleteForgotten(_ drafts: [TableDraft], in warehouse: Warehouse) async {
    for draft in drafts where draft.isChanged {
      guard let metadata = draft.metadata, let base = draft.base,
        metadata.properties["write.metadata.delete-after-commit.enabled"]?.lowercased() == "true"
      else { continue }
      let kept = Set(metadata.metadataLog.map(\.metadataFile))
      let gone = base.metadata.metadataLog.map(\.metadataFile).filter { !kept.contains($0) }
      guard !gone.isEmpty else { continue }
      // The commit stands; a file that stays is for the sweep of orphans.
      _ = try? await warehouse.storage.delete(gone)
    }
  }

  private func count(_ new: [CommittedTable]) {
    for table in new { self.metrics.commits.with(table.isNew ? "create" : "update").add() }
  }

  private func areStored(_ tables: [CommittedTable]) async throws -> Bool {
    for table in tables {
      guard let id = table.id, let record = try await self.store.object(id) else { return false }
      guard record.metadataLocation != table.document.metadataLocation else { continue }
      // Somebody may have gone on from there.
      guard let document = try await self.store.document(id) else { return false }
      let log = try self.metadata(document).metadataLog
      guard log.contains(where: { $0.metadataFile == table.document.metadataLocation }) else {
        return false
      }
    }
    return true
  }

  /// Builds the next version of each table, requests of one table in their order.
  private func drafts(
    _ changes: [CommitTableRequest], _ bases: [ObjectState?], in warehouse: Warehouse
  ) async throws -> [TableDraft] {
    var drafts: [TableDraft] = []
    var positions: [TableIdentifier: Int] = [:]
    for (change, base) in zip(changes, bases) {
      guard let identifier = change.identifier else { continue }
      let position: Int
      if let known = positions[identifier] {
        position = known
      } else {
        position = drafts.count
        positions[identifier] = position
        drafts.append(try await self.draft(identifier, base, in: warehouse))
      }
      let uuid = self.newID()
      var location: String?
      if let place = drafts[position].place, drafts[position].metadata == nil {
        location = try await self.newLocation(
          nil, for: identifier, in: place, uuid: uuid, warehouse)
      }
      do {
        try drafts[position].apply(
          change, self.rules(drafts[position].locations, in: warehouse), uuid: uuid,
          location: location)
      } catch {
        if error.code == .commitFailed {
          self.metrics.conflicts.with("requirement").add()
          self.activity.note(conflicts: 1, of: base.map { [$0.record.id] } ?? [])
        }
        throw error
      }
    }
    return drafts
  }

  private func draft(
    _ identifier: TableIdentifier, _ base: ObjectState?, in warehouse: Warehouse
  ) async throws -> TableDraft {
    guard let base else {
      return TableDraft(
        identifier, base: nil,
        place: try await self.record(of: identifier.namespace, in: warehouse),
        LocationRules(warehouse, own: nil))
    }
    return TableDraft(
      identifier,
      base: TableDraft.Base(
        record: base.record, document: base.document,
        metadata: try self.metadata(base.document)),
      place: nil, LocationRules(warehouse, own: base.document.location))
  }

  /// Writes the files side by side; when one fails, the others go again.
  private func writeFiles(of drafts: [TableDraft], in warehouse: Warehouse) async throws {
    let jobs = drafts.enumerated().compactMap { FileJob($1, $0) }
    if jobs.count == 1 {
      let job = jobs[0]
      drafts[job.position].version = try await self.write(job, in: warehouse)
      return
    }
    var written: [(Int, NewVersion)] = []
    var failure: (any Error)?
    await withTaskGroup(of: WrittenFile.self) { group in
      for job in jobs {
        group.addTask { await self.written(job, in: warehouse) }
      }
      for await file in group {
        switch file.outcome {
        case .success(let version): written.append((file.position, version))
        case .failure(let error): failure = error
        }
      }
    }
    if let failure {
      await self.discard(written.map(\.1), in: warehouse)
      throw failure
    }
    for (position, version) in written { drafts[position].version = version }
  }

  // A function of its own, and a struct: see `readManifest`.
  @inline(never)
  private func written(_ job: FileJob, in warehouse: Warehouse) async -> WrittenFile {
    do {
      let version = try await self.write(job, in: warehouse)
      return WrittenFile(position: job.position, outcome: .success(version))
    } catch {
      return WrittenFile(position: job.position, outcome: .failure(error))
    }
  }

  private func write(_ job: FileJob, in warehouse: Warehouse) async throws -> NewVersion {
    try await self.write(
      job.document, properties: job.properties, location: job.location, after: job.previous,
      in: warehouse, isSynced: !self.defersSync(in: warehouse))
  }

  private func event(
    ofCommit table: CommittedTable, in warehouse: Warehouse, by caller: Caller
  ) -> CatalogEvent {
    guard let record = table.record else {
      preconditionFailure("BUG: an event of a table that was not changed")
    }
    var details = Properties()
    if let snapshot = table.newSnapshot {
      details["snapshot-id"] = "\(snapshot.id)"
      details["operation"] = snapshot.summary?.operation.rawValue
    }
    return self.event(
      table.isNew ? .tableCreated : .tableCommitted, of: record, in: warehouse, by: caller,
      details)
  }
}

/// A metadata file that is to be written.
private struct FileJob: Sendable {
  var position: Int
  var document: [UInt8]
  var properties: Properties
  var location: String
  var previous: String?

  /// Nil when the table does not change.
  init?(_ draft: TableDraft, _ position: Int) {
    guard draft.isChanged, let metadata = draft.metadata else { return nil }
    self.position = position
    self.document = metadata.jsonBytes(
      capacity: (draft.base?.document.byteCount ?? 4096) + 4096)
    self.properties = metadata.properties
    self.location = metadata.location
    self.previous = draft.base?.record.metadataLocation
  }
}

private struct WrittenFile: Sendable {
  var position: Int
  var outcome: Result<NewVersion, any Error>
}

/// What a commit made of one table.
struct CommittedTable: Sendable {
  /// Nil when there is a new version of nothing.
  let id: ObjectID?
  let record: ObjectRecord?
  let document: StoredDocument
  let step: ChangeStep?
  let isNew: Bool
  let newSnapshot: Snapshot?

  var isChanged: Bool { self.step != nil }

  init(_ draft: TableDraft, id: ObjectID, atMS now: Int64) {
    self.isNew = draft.base == nil
    if let record = draft.record(id: id, atMS: now), let version = draft.version {
      self.id = record.id
      self.record = record
      self.document = StoredDocument(record, version.document)
      self.step =
        draft.base.map {
          .replace(record, document: version.document, version: $0.record.version)
        } ?? .create(record, document: version.document)
      let current = draft.metadata?.currentSnapshot
      self.newSnapshot =
        current?.id == draft.base?.metadata.currentSnapshotID ? nil : current
    } else {
      guard let base = draft.base else {
        preconditionFailure("BUG: a new table differs from none")
      }
      self.id = base.record.id
      self.record = nil
      self.document = base.document
      self.step = nil
      self.newSnapshot = nil
    }
  }
}
