import Iceberg
import Values

/// The next version of one table while a commit works on it.
struct TableDraft: Sendable {
  let identifier: TableIdentifier
  /// Nil of a table that the commit creates.
  var base: Base?
  /// The place of a table that the commit creates.
  var place: NamespaceRecord?
  let locations: LocationRules
  var metadata: TableMetadata?
  var isChanged = false
  /// The file, once it is written.
  var version: NewVersion?

  struct Base: Sendable {
    var record: ObjectRecord
    var document: StoredDocument
    var metadata: TableMetadata
  }

  /// Applies one request on what those before have made.
  mutating func apply(
    _ request: CommitTableRequest, _ rules: CommitRules, uuid: UUID, location: String?
  ) throws(IcebergError) {
    let before = self.metadata ?? self.base?.metadata
    // One version is made of all requests for a table: the log gets one entry.
    let previous = self.isChanged ? nil : self.base?.record.metadataLocation
    let next = try TableMetadata.commit(
      before, requirements: request.requirements, updates: request.updates, rules: rules,
      previousLocation: previous, uuid: uuid, location: location)
    guard let next else { return }
    self.metadata = next
    self.isChanged = true
  }

  /// The pointer as it shall be.
  func record(id: UUID, atMS now: Int64) -> ObjectRecord? {
    guard let metadata, let version else { return nil }
    var record: ObjectRecord
    if let base {
      record = base.record.moved(
        to: version.metadataLocation, uuid: metadata.uuid, location: metadata.location, atMS: now)
    } else {
      record = ObjectRecord(
        id: id, .table, self.identifier, uuid: metadata.uuid,
        metadataLocation: version.metadataLocation, location: metadata.location, createdAtMS: now)
    }
    record.size = TableSize(metadata)
    return record
  }
}
