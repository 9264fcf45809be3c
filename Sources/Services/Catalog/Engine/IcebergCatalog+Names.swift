import Bytes
import Iceberg
import Values

/// Renaming and dropping.
extension IcebergCatalog {
  func rename(
    _ kind: ObjectKind, _ source: TableIdentifier, to target: TableIdentifier,
    in warehouse: Warehouse, by caller: Caller
  ) async throws {
    try source.check()
    try target.check()
    try self.require(
      caller, .manage, on: .object(source), in: warehouse, orElse: .noSuch(kind, source))
    guard let entry = try await self.store.entry(source, in: warehouse.name), entry.kind == kind
    else { throw ErrorResponse.noSuch(kind, source) }
    try self.require(
      caller, .write, on: .namespace(target.namespace), in: warehouse,
      orElse: .noSuch(target.namespace))
    let event: CatalogEvent.Kind = kind == .table ? .tableRenamed : .viewRenamed
    let outcome = try await self.apply(
      CatalogChange(
        in: warehouse.name, [.rename(source, to: target, kind)],
        request: caller.claim?.record(204, .nothing, atMS: self.nowMS),
        events: source == target
          ? []
          : [
            self.event(
              event, by: caller, in: warehouse, target.namespace, target.name,
              ["source": source.description])
          ]))
    switch outcome {
    case .applied: return
    case .refused(.nameTaken(_, let taken), _):
      throw ErrorResponse.cannotRename(source, target, taken)
    case .refused(let refusal, _): throw ErrorResponse(refusal)
    }
  }

  /// Takes a table's name away. With `purges` its files go, too: by a job, after the hold of the
  /// warehouse.
  ///
  /// - Parameter holds: false: the hold of the warehouse does not count.
  func drop(
    _ kind: ObjectKind, _ identifier: TableIdentifier, purges: Bool, holds: Bool = true,
    in warehouse: Warehouse, by caller: Caller
  ) async throws {
    let entry = try await self.entry(kind, identifier, in: warehouse, .manage, by: caller)
    let now = self.nowMS
    let hold = holds ? warehouse.record.holdSeconds * 1000 : 0
    var held: ObjectRecord.Dropped?
    if purges || hold > 0 {
      held = ObjectRecord.Dropped(atMS: now, purgeAtMS: now + hold, purges: purges)
    }
    let event: CatalogEvent.Kind = kind == .table ? .tableDropped : .viewDropped
    let outcome = try await self.apply(
      CatalogChange(
        in: warehouse.name, [.drop(identifier, kind, id: entry.id, held: held)],
        request: caller.claim?.record(204, .nothing, atMS: now),
        events: [
          self.event(
            event, by: caller, in: warehouse, identifier.namespace, identifier.name,
            ["purge": "\(purges)", "object": entry.id.description])
        ]))
    if case .refused(let refusal, _) = outcome { throw ErrorResponse(refusal) }
    if held != nil { self.dropBell.ring() }
  }

  /// Takes the entry away and keeps every file; the last committed state comes back.
  func unregister(
    _ identifier: TableIdentifier, in warehouse: Warehouse, by caller: Caller
  ) async throws -> LoadedObject {
    let entry = try await self.entry(.table, identifier, in: warehouse, .manage, by: caller)
    let document = try await self.document(of: entry)
    let loaded = LoadedObject(
      metadataLocation: document.metadataLocation,
      document: document.replacing(document.withBytes { $0.array }))
    let (before, after) = StorageAccess().envelope(metadataLocation: document.metadataLocation)
    let body = before + loaded.document.withBytes { $0.array } + after
    let outcome = try await self.apply(
      CatalogChange(
        in: warehouse.name, [.drop(identifier, .table, id: entry.id, held: nil)],
        request: caller.claim?.record(
          200, .body(String(decoding: body, as: UTF8.self)), atMS: self.nowMS),
        events: [
          self.event(
            .tableUnregistered, by: caller, in: warehouse, identifier.namespace, identifier.name)
        ]))
    if case .refused(let refusal, _) = outcome { throw ErrorResponse(refusal) }
    return loaded
  }
}
