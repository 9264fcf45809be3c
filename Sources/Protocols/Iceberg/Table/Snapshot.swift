public import JSON

/// The state of a table at one moment.
public struct Snapshot: Hashable, Sendable {
  public var id: Int64
  public var parentID: Int64?
  /// 0 in version 1.
  public var sequenceNumber: Int64
  public var timestampMS: Int64
  public var manifestList: String?
  /// Version 1 may name the manifests themselves.
  public var manifests: [String]?
  public var summary: SnapshotSummary?
  public var schemaID: Int?
  /// Since version 3.
  public var firstRowID: Int64?
  public var addedRows: Int64?
  public var keyID: String?
  public var unknown: JSONObject

  public init(
    id: Int64, parentID: Int64? = nil, sequenceNumber: Int64 = 0, timestampMS: Int64,
    manifestList: String?, summary: SnapshotSummary? = nil, schemaID: Int? = nil,
    firstRowID: Int64? = nil, addedRows: Int64? = nil
  ) {
    self.id = id
    self.parentID = parentID
    self.sequenceNumber = sequenceNumber
    self.timestampMS = timestampMS
    self.manifestList = manifestList
    self.summary = summary
    self.schemaID = schemaID
    self.firstRowID = firstRowID
    self.addedRows = addedRows
    self.unknown = JSONObject()
  }
}

extension Snapshot: JSONDecodable {
  private static let known: [StaticString] = [
    "snapshot-id", "parent-snapshot-id", "sequence-number", "timestamp-ms", "manifest-list",
    "manifests", "summary", "schema-id", "first-row-id", "added-rows", "key-id",
  ]

  public init(json: JSONCursor) throws(JSONError) {
    self.id = try json.long("snapshot-id")
    self.parentID = try json.longIfPresent("parent-snapshot-id")
    self.sequenceNumber = try json.longIfPresent("sequence-number") ?? 0
    self.timestampMS = try json.long("timestamp-ms")
    self.manifestList = try json.stringIfPresent("manifest-list")
    self.manifests = try json.memberIfPresent("manifests") { (value) throws(JSONError) in
      try value.readArray { (element) throws(JSONError) in try element.readString() }
    }
    self.summary = try json.decodeIfPresent("summary")
    self.schemaID = try json.intIfPresent("schema-id")
    self.firstRowID = try json.longIfPresent("first-row-id")
    self.addedRows = try json.longIfPresent("added-rows")
    self.keyID = try json.stringIfPresent("key-id")
    self.unknown = json.unknownMembers(Self.known)
    for (name, value) in [
      ("snapshot-id", self.id), ("sequence-number", self.sequenceNumber),
      ("timestamp-ms", self.timestampMS), ("first-row-id", self.firstRowID ?? 0),
      ("added-rows", self.addedRows ?? 0),
    ] where value < 0 {
      throw JSONError(.outOfRange, "\(value) is negative", path: "$").inside(member: name)
    }
  }
}

extension Snapshot: JSONEncodable {
  public func encode(to json: inout JSONWriter) { self.encode(to: &json, formatVersion: 3) }

  func encode(to json: inout JSONWriter, formatVersion: Int) {
    json.object { json in
      json.member("snapshot-id", self.id)
      json.member("parent-snapshot-id", ifPresent: self.parentID)
      if formatVersion > 1 { json.member("sequence-number", self.sequenceNumber) }
      json.member("timestamp-ms", self.timestampMS)
      json.member("summary", ifPresent: self.summary)
      json.member("manifest-list", ifPresent: self.manifestList)
      json.member("manifests", ifPresent: self.manifests)
      json.member("schema-id", ifPresent: self.schemaID)
      json.member("first-row-id", ifPresent: self.firstRowID)
      json.member("added-rows", ifPresent: self.addedRows)
      json.member("key-id", ifPresent: self.keyID)
      json.members(self.unknown)
    }
  }
}
