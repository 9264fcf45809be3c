import Iceberg
import JSON
import Values

/// Tables and views share the names of a namespace.
enum ObjectKind: UInt8, Sendable, Hashable, CaseIterable {
  case table = 1
  case view = 2

  var word: String { self == .table ? "table" : "view" }
}

/// The pointer of a table or view: which metadata file is the present one, and where the object lies.
struct ObjectRecord: Hashable, Sendable {
  /// Of the entry: made when it is created or registered, kept over renames.
  var id: ObjectID
  var kind: ObjectKind
  var identifier: TableIdentifier
  /// Of the metadata document.
  var uuid: ObjectID
  /// Counts the changes of the pointer, from 1.
  var version: Int64
  var metadataLocation: String
  /// Where the object lies, as `Location` writes it.
  var location: String
  var createdAtMS: Int64
  var updatedAtMS: Int64
  var isProtected = false
  /// What the newest snapshot says of the table's size.
  var size: TableSize?
  /// Of an object that was dropped and is held: when, and until when.
  var dropped: Dropped?

  struct Dropped: Hashable, Sendable {
    var atMS: Int64
    var purgeAtMS: Int64
    /// Whether its files go when the time is over.
    var purges: Bool

    init(atMS: Int64, purgeAtMS: Int64, purges: Bool) {
      self.atMS = atMS
      self.purgeAtMS = purgeAtMS
      self.purges = purges
    }
  }

  init(
    id: ObjectID, _ kind: ObjectKind, _ identifier: TableIdentifier, uuid: ObjectID,
    metadataLocation: String, location: String, createdAtMS: Int64
  ) {
    self.id = id
    self.kind = kind
    self.identifier = identifier
    self.uuid = uuid
    self.version = 1
    self.metadataLocation = metadataLocation
    self.location = location
    self.createdAtMS = createdAtMS
    self.updatedAtMS = createdAtMS
  }

  /// The pointer after one more change.
  func moved(
    to metadataLocation: String, uuid: ObjectID, location: String, atMS now: Int64
  ) -> ObjectRecord {
    var next = self
    next.version += 1
    next.metadataLocation = metadataLocation
    next.uuid = uuid
    next.location = location
    next.updatedAtMS = max(now, self.updatedAtMS)
    return next
  }
}

/// Counts of a table, from the summary of its current snapshot.
struct TableSize: Hashable, Sendable {
  var snapshotID: Int64
  var rows: Int64?
  var files: Int64?
  var bytes: Int64?
  var deleteFiles: Int64?
}

/// A table's size when a commit had made it so.
struct TablePoint: Hashable, Sendable {
  var atMS: Int64
  var size: TableSize
}

extension TableSize: JSONDecodable, JSONEncodable {
  init(json: JSONCursor) throws(JSONError) {
    self.snapshotID = try json.decode("snapshot-id")
    self.rows = try json.decodeIfPresent("rows")
    self.files = try json.decodeIfPresent("files")
    self.bytes = try json.decodeIfPresent("bytes")
    self.deleteFiles = try json.decodeIfPresent("delete-files")
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("snapshot-id", self.snapshotID)
      json.member("rows", ifPresent: self.rows)
      json.member("files", ifPresent: self.files)
      json.member("bytes", ifPresent: self.bytes)
      json.member("delete-files", ifPresent: self.deleteFiles)
    }
  }
}

extension ObjectRecord: JSONDecodable, JSONEncodable {
  init(json: JSONCursor) throws(JSONError) {
    let number: UInt8 = try json.decode("kind")
    guard let kind = ObjectKind(rawValue: number) else {
      throw JSONError(.outOfRange, "\(number) is no kind of object", path: "$.kind")
    }
    self.init(
      id: try json.uuid("id"), kind, try json.decode("identifier"), uuid: try json.uuid("uuid"),
      metadataLocation: try json.decode("metadata-location"),
      location: try json.decode("location"), createdAtMS: try json.decode("created-at-ms"))
    self.version = try json.decode("version")
    self.updatedAtMS = try json.decode("updated-at-ms")
    self.isProtected = try json.decode("protected", default: false)
    self.size = try json.decodeIfPresent("size")
    if let at: Int64 = try json.decodeIfPresent("dropped-at-ms") {
      self.dropped = Dropped(
        atMS: at, purgeAtMS: try json.decode("purge-at-ms"),
        purges: try json.decode("purges", default: false))
    }
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id.description)
      json.member("kind", self.kind.rawValue)
      json.member("identifier", self.identifier)
      json.member("uuid", self.uuid.description)
      json.member("version", self.version)
      json.member("metadata-location", self.metadataLocation)
      json.member("location", self.location)
      json.member("created-at-ms", self.createdAtMS)
      json.member("updated-at-ms", self.updatedAtMS)
      json.member("protected", self.isProtected)
      json.member("size", ifPresent: self.size)
      json.member("dropped-at-ms", ifPresent: self.dropped?.atMS)
      json.member("purge-at-ms", ifPresent: self.dropped?.purgeAtMS)
      if let dropped = self.dropped { json.member("purges", dropped.purges) }
    }
  }
}

extension JSONCursor {
  func uuid(_ name: StaticString) throws(JSONError) -> ObjectID {
    let text: String = try self.decode(name)
    guard let uuid = try? ObjectID(parsing: text) else {
      throw JSONError(.outOfRange, "\(text.prefix(80)) is no UUID", path: "$.\(name)")
    }
    return uuid
  }
}
