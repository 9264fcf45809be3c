import Iceberg
import Values

/// The next version of one table while a commit works on it. Belongs to the task of the commit.
final class TableDraft {
  let identifier: TableIdentifier
  /// Nil of a table that the commit creates.
  let base: Base?
  /// The place of a table that the commit creates.
  let place: NamespaceRecord?
  let locations: LocationRules
  var metadata: TableMetadata?
  var isChanged = false
  /// The file, once it is written.
  var version: NewVersion?

  struct Base {
    var record: ObjectRecord
    var document: StoredDocument
    var metadata: TableMetadata
  }

  init(
    _ identifier: TableIdentifier, base: Base?, place: NamespaceRecord?, _ locations: LocationRules
  ) {
    self.identifier = identifier
    self.base = base
    self.place = place
    self.locations = locations
  }

  /// Applies one request on what those before have made.
  func apply(
    _ request: CommitTableRequest, _ rules: CommitRules, uuid: ObjectID, location: String?
  ) throws(IcebergError) {
    let before = self.metadata ?? self.base?.metadata
    // One version is made of all requests for a table: the log gets one entry.
    let previous = self.isChanged ? nil : self.base?.record.metadataLocation
    let next = try TableMetadata.commit(
      before, requirements: request.requirements, updates: request.updates, rules: rules,
      previousLocation: previous, uuid: uuid.uuid, location: location)
    guard let next else { return }
    self.metadata = next
    self.isChanged = true
  }

  /// The pointer as it shall be.
  func record(id: ObjectID, atMS now: Int64) -> ObjectRecord? {
    guard let metadata, let version else { return nil }
    var record: ObjectRecord
    if let base {
      record = base.record.moved(
        to: version.metadataLocation, uuid: ObjectID(metadata.uuid),
        location: metadata.location, atMS: now)
    } else {
      record = ObjectRecord(
        id: id, .table, self.identifier, uuid: ObjectID(metadata.uuid),
        metadataLocation: version.metadataLocation, location: metadata.location, createdAtMS: now)
    }
    record.size = TableSize(metadata)
    return record
  }
}
