import Iceberg
import JSON
import Observability
import Values

/// Views.
extension IcebergCatalog {
  func createView(
    _ request: CreateViewRequest, in namespace: Namespace, of warehouse: Warehouse,
    by caller: Caller
  ) async throws -> LoadedObject {
    let identifier = TableIdentifier(namespace, request.name)
    let place = try await self.placeForNew(.view, identifier, in: warehouse, by: caller)
    let uuid = self.newID()
    let location = try await self.newLocation(
      request.location, for: identifier, in: place, uuid: uuid, warehouse)
    let locations = LocationRules(warehouse, own: location)
    let metadata = try ViewMetadata.create(
      schema: request.schema, version: request.version, location: location,
      properties: request.properties, uuid: uuid.uuid, rules: self.rules(locations, in: warehouse))
    try await self.checkForeign(locations, of: nil, location: location, in: warehouse)
    let document = try await self.create(
      .view, identifier, metadata.jsonBytes, uuid: ObjectID(metadata.uuid),
      location: metadata.location,
      properties: metadata.properties, in: warehouse, .viewCreated, by: caller)
    return LoadedObject(metadataLocation: document.metadataLocation, document: document)
  }

  func replaceView(
    _ identifier: TableIdentifier, _ request: CommitViewRequest, in warehouse: Warehouse,
    by caller: Caller
  ) async throws -> LoadedObject {
    if let named = request.identifier, named != identifier {
      throw IcebergError(.badRequest, "identifier: \(named) is not the view of the path")
    }
    let entry = try await self.entry(.view, identifier, in: warehouse, .write, by: caller)
    let held = try await self.gate.holding([entry.id]) { _ in
      for _ in 0..<self.options.commitAttemptsMax {
        if let done = try await self.attempt(request, entry, in: warehouse, by: caller) {
          return LoadedObject(metadataLocation: done.metadataLocation, document: done)
        }
        self.metrics.retries.add()
      }
      throw ErrorResponse(.pointerMoved(identifier))
    }
    guard let held else { throw ErrorResponse.conflict("Too many commits wait for the view") }
    return held
  }

  /// Nil when the pointer moved meanwhile.
  private func attempt(
    _ request: CommitViewRequest, _ entry: ObjectEntry, in warehouse: Warehouse,
    by caller: Caller
  ) async throws -> StoredDocument? {
    guard let state = try await self.store.state(entry.id), state.record.dropped == nil else {
      throw ErrorResponse.noSuch(.view, entry.identifier)
    }
    let (record, document) = (state.record, state.document)
    let base: ViewMetadata = try document.withBytes { (bytes) throws(JSONError) in
      try ViewMetadata(parsing: bytes, limits: IcebergLimits.metadata)
    }
    let locations = LocationRules(warehouse, own: document.location)
    let next = try ViewMetadata.commit(
      base, requirements: request.requirements, updates: request.updates,
      rules: self.rules(locations, in: warehouse))
    guard let next else { return document }
    try await self.checkForeign(locations, of: entry.id, location: next.location, in: warehouse)
    let version = try await self.write(
      next.jsonBytes, properties: next.properties, location: next.location,
      after: document.metadataLocation, in: warehouse)
    do { try self.checkTime(caller) } catch {
      await self.discard([version], in: warehouse)
      throw error
    }
    let moved = record.moved(
      to: version.metadataLocation, uuid: ObjectID(next.uuid), location: next.location,
      atMS: self.nowMS)
    let change = CatalogChange(
      in: warehouse.name,
      [.replace(moved, document: version.document, version: document.version)],
      request: caller.claim?.record(200, .object(entry.id), atMS: self.nowMS),
      events: [self.event(.viewReplaced, of: moved, in: warehouse, by: caller)])
    do {
      let outcome = try await self.settled(change) {
        try await self.store.object(entry.id)?.metadataLocation == version.metadataLocation
      }
      guard case .refused(let refusal, _) = outcome else {
        self.metrics.commits.with("view").add()
        return StoredDocument(moved, version.document)
      }
      await self.discard([version], in: warehouse)
      if case .pointerMoved = refusal { return nil }
      throw ErrorResponse(refusal)
    } catch let error as CatalogStoreError where error.code != .unknownOutcome {
      await self.discard([version], in: warehouse)
      throw error
    }
  }
}
