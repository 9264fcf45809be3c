public import JSON

/// When a snapshot became the current one.
public struct SnapshotLogEntry: Hashable, Sendable {
  public var timestampMS: Int64
  public var snapshotID: Int64
  public var unknown = JSONObject()

  public init(timestampMS: Int64, snapshotID: Int64) {
    self.timestampMS = timestampMS
    self.snapshotID = snapshotID
  }
}

/// An earlier metadata file, and when its content was last changed.
public struct MetadataLogEntry: Hashable, Sendable {
  public var timestampMS: Int64
  public var metadataFile: String
  public var unknown = JSONObject()

  public init(timestampMS: Int64, metadataFile: String) {
    self.timestampMS = timestampMS
    self.metadataFile = metadataFile
  }
}

extension SnapshotLogEntry: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.timestampMS = try json.long("timestamp-ms")
    self.snapshotID = try json.long("snapshot-id")
    self.unknown = json.unknownMembers(["timestamp-ms", "snapshot-id"])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("timestamp-ms", self.timestampMS)
      json.member("snapshot-id", self.snapshotID)
      json.members(self.unknown)
    }
  }
}

extension MetadataLogEntry: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.timestampMS = try json.long("timestamp-ms")
    self.metadataFile = try json.string("metadata-file")
    self.unknown = json.unknownMembers(["timestamp-ms", "metadata-file"])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("timestamp-ms", self.timestampMS)
      json.member("metadata-file", self.metadataFile)
      json.members(self.unknown)
    }
  }
}
