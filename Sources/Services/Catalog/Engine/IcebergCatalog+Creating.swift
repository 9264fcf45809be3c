import Bytes
import Iceberg
import JSON
import Observability
import Values

/// New tables and views, and those that come from a metadata file.
extension IcebergCatalog {
  /// The namespace of a new object: it is there, the caller may write into it, and the name is free.
  func placeForNew(
    _ kind: ObjectKind, _ identifier: TableIdentifier, in warehouse: Warehouse,
    by caller: Caller
  ) async throws -> NamespaceRecord {
    try CatalogName.check(identifier.name, "\(kind.word) name")
    try self.require(
      caller, .write, on: .namespace(identifier.namespace), in: warehouse,
      orElse: .noSuch(identifier.namespace))
    let namespace = try await self.record(of: identifier.namespace, in: warehouse)
    if let taken = try await self.store.entry(identifier, in: warehouse.name) {
      throw ErrorResponse.exists(taken.kind, identifier, for: kind)
    }
    return namespace
  }

  func createTable(
    _ request: CreateTableRequest, in namespace: Namespace, of warehouse: Warehouse,
    _ mode: LoadMode, by caller: Caller
  ) async throws -> LoadedObject {
    let identifier = TableIdentifier(namespace, request.name)
    let place = try await self.placeForNew(.table, identifier, in: warehouse, by: caller)
    let uuid = self.newID()
    let location = try await self.newLocation(
      request.location, for: identifier, in: place, uuid: uuid, warehouse)
    let locations = LocationRules(warehouse, own: location)
    let metadata = try TableMetadata.create(
      schema: request.schema, spec: request.spec, order: request.order, location: location,
      properties: request.properties, uuid: uuid.uuid,
      rules: self.rules(locations, in: warehouse))
    try await self.checkForeign(locations, of: nil, location: location, in: warehouse)
    if request.isStaged {
      return try await self.staged(
        StagedTable(metadata), identifier, in: warehouse, mode, by: caller)
    }
    let record = try await self.create(
      .table, identifier, metadata.jsonBytes, uuid: ObjectID(metadata.uuid),
      location: metadata.location,
      properties: metadata.properties, in: warehouse, .tableCreated, by: caller)
    return try await self.loaded(record, identifier, in: warehouse, mode, by: caller)
  }

  /// Throws what creating the table would throw; nothing is made.
  func checkCreating(
    _ request: CreateTableRequest, in namespace: Namespace, of warehouse: Warehouse,
    by caller: Caller
  ) async throws {
    let identifier = TableIdentifier(namespace, request.name)
    let place = try await self.placeForNew(.table, identifier, in: warehouse, by: caller)
    let uuid = self.newID()
    let location = try await self.newLocation(
      request.location, for: identifier, in: place, uuid: uuid, warehouse)
    _ = try TableMetadata.create(
      schema: request.schema, spec: request.spec, order: request.order, location: location,
      properties: request.properties, uuid: uuid.uuid,
      rules: self.rules(LocationRules(warehouse, own: location), in: warehouse))
  }

  /// A table that its client commits later: nothing is stored, but its folders are made.
  private func staged(
    _ table: StagedTable, _ identifier: TableIdentifier, in warehouse: Warehouse,
    _ mode: LoadMode, by caller: Caller
  ) async throws -> LoadedObject {
    do throws(StorageError) {
      try await warehouse.storage.prepare(table.location)
    } catch {
      guard error.code == .unavailable else { throw IcebergError(.validation, error.message) }
      throw ErrorResponse.unavailable("The storage does not answer")
    }
    let record = ObjectRecord(
      id: table.uuid, .table, identifier, uuid: table.uuid, metadataLocation: "",
      location: table.location, createdAtMS: self.nowMS)
    var loaded = try await self.loaded(
      StoredDocument(record, table.document), identifier, in: warehouse, mode, by: caller)
    loaded.metadataLocation = nil
    loaded.entityTag = nil
    return loaded
  }

  /// Writes the first metadata file and the entry. The file goes again when the entry cannot be made.
  func create(
    _ kind: ObjectKind, _ identifier: TableIdentifier, _ document: [UInt8], uuid: ObjectID,
    location: String, properties: Properties, in warehouse: Warehouse,
    _ event: CatalogEvent.Kind, by caller: Caller
  ) async throws -> StoredDocument {
    let version = try await self.write(
      document, properties: properties, location: location, after: nil, in: warehouse)
    let record = ObjectRecord(
      id: self.newID(), kind, identifier, uuid: uuid,
      metadataLocation: version.metadataLocation, location: location, createdAtMS: self.nowMS)
    do {
      try await self.insert(record, document, in: warehouse, event, by: caller)
    } catch let error as CatalogStoreError where error.code == .unknownOutcome {
      throw error
    } catch {
      await self.discard([version], in: warehouse)
      throw error
    }
    return StoredDocument(record, document)
  }

  /// Makes the entry of an object whose metadata file is there.
  func insert(
    _ record: ObjectRecord, _ document: [UInt8], in warehouse: Warehouse,
    _ event: CatalogEvent.Kind, by caller: Caller
  ) async throws {
    let change = CatalogChange(
      in: warehouse.name, [.create(record, document: document)],
      request: caller.claim?.record(200, .object(record.id), atMS: self.nowMS),
      events: [self.event(event, of: record, in: warehouse, by: caller)])
    let outcome = try await self.settled(change, isDone: { try await self.isStored(record) })
    switch outcome {
    case .applied: return
    case .refused(.nameTaken(_, let taken), _):
      throw ErrorResponse.exists(taken, record.identifier, for: record.kind)
    case .refused(let refusal, _): throw ErrorResponse(refusal)
    }
  }

  private func isStored(_ record: ObjectRecord) async throws -> Bool {
    try await self.store.object(record.id) != nil
  }

  /// Makes a change; when the store cannot say what came of it, looks whether it is there.
  ///
  /// Throws `unknownOutcome` when that does not show it either: a write that failed may still be found
  /// in the store's log when it is opened again.
  func settled(
    _ change: CatalogChange, isDone: () async throws -> Bool
  ) async throws -> ChangeOutcome {
    do {
      return try await self.apply(change)
    } catch let error as CatalogStoreError where error.code == .unknownOutcome {
      if (try? await isDone()) == true { return .applied }
      self.metrics.unknownOutcomes.add()
      self.log.error("the outcome of a change is not known", ["error": .describing(error)])
      throw error
    }
  }

  func event(
    _ kind: CatalogEvent.Kind, of record: ObjectRecord, in warehouse: Warehouse,
    by caller: Caller, _ details: Properties = [:]
  ) -> CatalogEvent {
    var details = details
    details["metadata-location"] = record.metadataLocation
    details["uuid"] = record.uuid.description
    return self.event(
      kind, by: caller, in: warehouse, record.identifier.namespace, record.identifier.name,
      details)
  }
}

/// A table of which nothing is stored.
private struct StagedTable: Sendable {
  var document: [UInt8]
  var location: String
  var uuid: ObjectID

  init(_ metadata: TableMetadata) {
    self.document = metadata.jsonBytes
    self.location = metadata.location
    self.uuid = ObjectID(metadata.uuid)
  }
}

/// Registering.
extension IcebergCatalog {
  func registerTable(
    _ request: RegisterRequest, in namespace: Namespace, of warehouse: Warehouse,
    _ mode: LoadMode, by caller: Caller
  ) async throws -> LoadedObject {
    let identifier = TableIdentifier(namespace, request.name)
    let taken = try await self.placeForRegistered(
      .table, identifier, request, in: warehouse, by: caller)
    let bytes = try await self.readMetadataFile(request.metadataLocation, in: warehouse)
    let metadata = try self.parsed(bytes)
    try metadata.check()
    guard metadata.formatVersion <= warehouse.record.formatVersionMax else {
      throw IcebergError(
        .validation, "format version \(metadata.formatVersion) is not allowed in the warehouse")
    }
    let document = metadata.jsonBytes
    var record = ObjectRecord(
      id: taken?.id ?? self.newID(), .table, identifier, uuid: ObjectID(metadata.uuid),
      metadataLocation: request.metadataLocation, location: metadata.location,
      createdAtMS: self.nowMS)
    try self.checkInside(metadata.location, warehouse)
    record.size = TableSize(metadata)
    if let taken {
      try await self.overwrite(taken, with: record, document, in: warehouse, by: caller)
    } else {
      try await self.insert(record, document, in: warehouse, .tableRegistered, by: caller)
    }
    return try await self.loaded(
      StoredDocument(record, document), identifier, in: warehouse, mode, by: caller)
  }

  func checkInside(_ location: String, _ warehouse: Warehouse) throws(IcebergError) {
    guard try Location(parsing: location).isInside(warehouse.location) else {
      throw IcebergError(
        .validation,
        "the location \(location.prefix(300)) is not in the warehouse \(warehouse.location)")
    }
  }

  /// What stands under the name that is to be registered, when it may be overwritten.
  private func placeForRegistered(
    _ kind: ObjectKind, _ identifier: TableIdentifier, _ request: RegisterRequest,
    in warehouse: Warehouse, by caller: Caller
  ) async throws -> ObjectEntry? {
    guard request.overwrites,
      let taken = try await self.store.entry(identifier, in: warehouse.name)
    else {
      _ = try await self.placeForNew(kind, identifier, in: warehouse, by: caller)
      return nil
    }
    guard taken.kind == kind else {
      throw ErrorResponse.exists(taken.kind, identifier, for: kind)
    }
    try self.require(
      caller, .write, on: .object(identifier), in: warehouse, orElse: .noSuch(kind, identifier))
    return taken
  }

  private func overwrite(
    _ entry: ObjectEntry, with record: ObjectRecord, _ document: [UInt8],
    in warehouse: Warehouse, by caller: Caller
  ) async throws {
    for _ in 0..<self.options.commitAttemptsMax {
      guard let present = try await self.store.object(entry.id) else {
        throw ErrorResponse.noSuch(.table, entry.identifier)
      }
      var next = present.moved(
        to: record.metadataLocation, uuid: record.uuid, location: record.location,
        atMS: self.nowMS)
      next.size = record.size
      let outcome = try await self.apply(
        CatalogChange(
          in: warehouse.name,
          [.replace(next, document: document, version: present.version)],
          request: caller.claim?.record(200, .object(entry.id), atMS: self.nowMS),
          events: [self.event(.tableRegistered, of: next, in: warehouse, by: caller)]))
      switch outcome {
      case .applied: return
      case .refused(.pointerMoved, _): continue
      case .refused(let refusal, _): throw ErrorResponse(refusal)
      }
    }
    throw ErrorResponse(.pointerMoved(entry.identifier))
  }

  private func parsed(_ file: [UInt8]) throws -> TableMetadata {
    try TableMetadata.parse(file: file.rawBytes, uuid: self.newID().uuid)
  }

  func registerView(
    _ request: RegisterRequest, in namespace: Namespace, of warehouse: Warehouse,
    by caller: Caller
  ) async throws -> LoadedObject {
    let identifier = TableIdentifier(namespace, request.name)
    _ = try await self.placeForNew(.view, identifier, in: warehouse, by: caller)
    let bytes = try await self.readMetadataFile(request.metadataLocation, in: warehouse)
    let metadata = try ViewMetadata.parse(file: bytes.rawBytes)
    try metadata.check()
    try self.checkInside(metadata.location, warehouse)
    let record = ObjectRecord(
      id: self.newID(), .view, identifier, uuid: ObjectID(metadata.uuid),
      metadataLocation: request.metadataLocation, location: metadata.location,
      createdAtMS: self.nowMS)
    let document = metadata.jsonBytes
    try await self.insert(record, document, in: warehouse, .viewRegistered, by: caller)
    return LoadedObject(
      metadataLocation: record.metadataLocation, document: StoredDocument(record, document))
  }
}

extension TableSize {
  /// What the current snapshot's summary says; nil without a snapshot.
  init?(_ metadata: TableMetadata) {
    guard let snapshot = metadata.currentSnapshot else { return nil }
    func total(_ name: String) -> Int64? { snapshot.summary?[name].flatMap { Int64($0) } }
    self.init(
      snapshotID: snapshot.id, rows: total("total-records"), files: total("total-data-files"),
      bytes: total("total-files-size"), deleteFiles: total("total-delete-files"))
  }
}
