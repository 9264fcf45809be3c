import Bytes
import Iceberg
import JSON
import Observability
import Values

/// Reading tables and views.
extension IcebergCatalog {
  /// The entry of a name that the caller may use like that.
  func entry(
    _ kind: ObjectKind, _ identifier: TableIdentifier, in warehouse: Warehouse,
    _ right: CatalogRight, by caller: Caller
  ) async throws -> ObjectEntry {
    let missing = ErrorResponse.noSuch(kind, identifier)
    try self.require(caller, right, on: .object(identifier), in: warehouse, orElse: missing)
    guard let entry = try await self.store.entry(identifier, in: warehouse.name),
      entry.kind == kind
    else { throw missing }
    return entry
  }

  func checkExists(
    _ kind: ObjectKind, _ identifier: TableIdentifier, in warehouse: Warehouse,
    by caller: Caller
  ) async throws {
    _ = try await self.entry(kind, identifier, in: warehouse, .read, by: caller)
  }

  /// The document under a name that the caller may read.
  func document(
    _ kind: ObjectKind, _ identifier: TableIdentifier, in warehouse: Warehouse, by caller: Caller
  ) async throws -> StoredDocument {
    let missing = ErrorResponse.noSuch(kind, identifier)
    try self.require(caller, .read, on: .object(identifier), in: warehouse, orElse: missing)
    guard let loaded = try await self.store.load(identifier, in: warehouse.name),
      loaded.entry.kind == kind
    else { throw missing }
    return loaded.document
  }

  func document(of entry: ObjectEntry) async throws -> StoredDocument {
    guard let document = try await self.store.document(entry.id) else {
      // It was dropped between the two looks.
      throw ErrorResponse.noSuch(entry.kind, entry.identifier)
    }
    return document
  }

  /// - Parameter isCurrent: asked with the tag of the answer; true: the client has it, and gets nothing.
  func loadTable(
    _ identifier: TableIdentifier, in warehouse: Warehouse, _ mode: LoadMode,
    by caller: Caller
  ) async throws -> LoadedObject {
    let document = try await self.document(.table, identifier, in: warehouse, by: caller)
    self.metrics.documentBytes.record(UInt64(document.byteCount))
    if self.options.verifiesMetadataFile { try await self.verify(document, in: warehouse) }
    return try await self.loaded(document, identifier, in: warehouse, mode, by: caller)
  }

  private func verify(_ document: StoredDocument, in warehouse: Warehouse) async throws {
    do throws(StorageError) {
      _ = try await warehouse.storage.read(
        document.metadataLocation, limit: self.options.metadataBytesMax)
    } catch {
      guard error.code == .notFound else { throw ErrorResponse.unavailable(error.message) }
      throw ErrorResponse(
        .notFound, "Failed to open input stream for file: \(document.metadataLocation)")
    }
  }

  /// The answer with a table's document: with access to its files, and the tag.
  func loaded(
    _ document: StoredDocument, _ identifier: TableIdentifier, in warehouse: Warehouse,
    _ mode: LoadMode, by caller: Caller
  ) async throws -> LoadedObject {
    var mode = mode
    mode.canWrite = self.allows(caller, .write, on: .object(identifier), in: warehouse)
    let tag = mode.entityTag(of: document, revision: warehouse.record.revision)
    var shown = document
    if mode.snapshots == .referenced {
      let metadata = try self.metadata(document).withReferencedSnapshotsOnly()
      shown = document.replacing(metadata.jsonBytes)
    }
    return LoadedObject(
      metadataLocation: document.metadataLocation, document: shown,
      access: try await self.storageAccess(
        to: document.location, identifier, in: warehouse, mode, by: caller), entityTag: tag)
  }

  func metadata(_ document: StoredDocument) throws -> TableMetadata {
    if let known = self.parsed.find(document) { return known }
    do throws(JSONError) {
      let metadata = try document.withBytes { (bytes) throws(JSONError) in
        try TableMetadata(parsing: bytes, limits: IcebergLimits.metadata)
      }
      self.parsed.keep(metadata, of: document)
      return metadata
    } catch {
      throw CatalogStoreError(
        .damaged, "the document of \(document.metadataLocation) cannot be read: \(error)")
    }
  }

  func loadView(
    _ identifier: TableIdentifier, in warehouse: Warehouse, by caller: Caller
  ) async throws -> LoadedObject {
    let document = try await self.document(.view, identifier, in: warehouse, by: caller)
    return LoadedObject(metadataLocation: document.metadataLocation, document: document)
  }

  func list(
    _ kind: ObjectKind, in namespace: Namespace, of warehouse: Warehouse, by caller: Caller,
    after name: String?, limit: Int?
  ) async throws -> (identifiers: [TableIdentifier], next: String?) {
    _ = try await self.loadNamespace(namespace, in: warehouse, by: caller)
    let page = try await self.walk(
      after: name, limit: limit
    ) { name, count in
      try await self.store.entries(
        of: kind, in: namespace, of: warehouse.name, after: name, limit: count)
    } name: {
      $0.identifier.name
    } isVisible: {
      self.allows(caller, .read, on: .object($0.identifier), in: warehouse)
    }
    return (page.items.map(\.identifier), page.next)
  }

  /// What a client gets to reach the files of a table.
  func storageAccess(
    to location: String, _ identifier: TableIdentifier, in warehouse: Warehouse,
    _ mode: LoadMode, by caller: Caller
  ) async throws -> StorageAccess {
    switch warehouse.record.storage.kind {
    case .file: return StorageAccess()
    case .s3:
      return try await self.objectAccess(
        to: location, identifier, in: warehouse, mode, by: caller)
    }
  }
}

extension StoredDocument {
  /// The same version with another text.
  func replacing(_ text: [UInt8]) -> StoredDocument { StoredDocument(copying: self, text) }
}

extension JSONEncodable {
  /// The compact text, as it is stored and sent.
  var jsonBytes: [UInt8] { self.jsonBytes(capacity: 4096) }

  /// - Parameter capacity: about what it will take, so that nothing is copied while it grows.
  func jsonBytes(capacity: Int) -> [UInt8] {
    var writer = ByteWriter(capacity: capacity)
    writer.appendJSON(self)
    return writer.bytes.array
  }
}
