public import JSON

/// A Puffin file with statistics of a snapshot.
public struct StatisticsFile: Hashable, Sendable {
  public var snapshotID: Int64
  public var path: String
  public var fileSizeInBytes: Int64
  public var fileFooterSizeInBytes: Int64
  public var keyMetadata: String?
  public var blobs: [StatisticsBlob]
  public var unknown: JSONObject
}

public struct StatisticsBlob: Hashable, Sendable {
  public var type: String
  public var snapshotID: Int64
  public var sequenceNumber: Int64
  public var fields: [Int]
  public var properties: Properties?
  public var unknown: JSONObject
}

/// Statistics of the partitions of a snapshot.
public struct PartitionStatisticsFile: Hashable, Sendable {
  public var snapshotID: Int64
  public var path: String
  public var fileSizeInBytes: Int64
  public var unknown: JSONObject
}

extension StatisticsFile: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.snapshotID = try json.long("snapshot-id")
    self.path = try json.string("statistics-path")
    self.fileSizeInBytes = try json.long("file-size-in-bytes")
    self.fileFooterSizeInBytes = try json.long("file-footer-size-in-bytes")
    self.keyMetadata = try json.stringIfPresent("key-metadata")
    self.blobs = try json.decode("blob-metadata")
    self.unknown = json.unknownMembers([
      "snapshot-id", "statistics-path", "file-size-in-bytes", "file-footer-size-in-bytes",
      "key-metadata", "blob-metadata",
    ])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("snapshot-id", self.snapshotID)
      json.member("statistics-path", self.path)
      json.member("file-size-in-bytes", self.fileSizeInBytes)
      json.member("file-footer-size-in-bytes", self.fileFooterSizeInBytes)
      json.member("key-metadata", ifPresent: self.keyMetadata)
      json.member("blob-metadata", self.blobs)
      json.members(self.unknown)
    }
  }
}

extension StatisticsBlob: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.type = try json.string("type")
    self.snapshotID = try json.long("snapshot-id")
    self.sequenceNumber = try json.long("sequence-number")
    self.fields = try json.ints("fields")
    self.properties = try json.memberIfPresent("properties") { (value) throws(JSONError) in
      try value.readStrings()
    }
    self.unknown = json.unknownMembers([
      "type", "snapshot-id", "sequence-number", "fields", "properties",
    ])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("type", self.type)
      json.member("snapshot-id", self.snapshotID)
      json.member("sequence-number", self.sequenceNumber)
      json.member("fields", self.fields)
      json.member("properties", ifPresent: self.properties)
      json.members(self.unknown)
    }
  }
}

extension PartitionStatisticsFile: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.snapshotID = try json.long("snapshot-id")
    self.path = try json.string("statistics-path")
    self.fileSizeInBytes = try json.long("file-size-in-bytes")
    self.unknown = json.unknownMembers(["snapshot-id", "statistics-path", "file-size-in-bytes"])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("snapshot-id", self.snapshotID)
      json.member("statistics-path", self.path)
      json.member("file-size-in-bytes", self.fileSizeInBytes)
      json.members(self.unknown)
    }
  }
}
