public import JSON

/// What a Puffin file's footer says of one blob.
public struct PuffinBlob: Hashable, Sendable {
  public var type: String
  public var fields: [Int]
  public var snapshotID: Int64
  public var sequenceNumber: Int64
  public var offset: Int64
  public var length: Int64
  public var codec: Codec?
  public var properties: Properties
  public var unknown: JSONObject

  public enum Codec: String, CaseIterable, Sendable, JSONDecodable, JSONEncodable {
    case lz4, zstd
  }

  public static let thetaSketchType = "apache-datasketches-theta-v1"

  public init(
    type: String, fields: [Int], snapshotID: Int64 = -1, sequenceNumber: Int64 = -1,
    codec: Codec? = nil, properties: Properties = [:]
  ) {
    self.type = type
    self.fields = fields
    self.snapshotID = snapshotID
    self.sequenceNumber = sequenceNumber
    self.offset = 0
    self.length = 0
    self.codec = codec
    self.properties = properties
    self.unknown = JSONObject()
  }
}

extension PuffinBlob: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      type: try json.string("type"), fields: try json.ints("fields"),
      snapshotID: try json.long("snapshot-id"), sequenceNumber: try json.long("sequence-number"),
      codec: try json.decodeIfPresent("compression-codec"),
      properties: try json.memberIfPresent("properties") { (value) throws(JSONError) in
        try value.readStrings()
      } ?? [:])
    self.offset = try json.long("offset")
    self.length = try json.long("length")
    self.unknown = json.unknownMembers([
      "type", "fields", "snapshot-id", "sequence-number", "offset", "length", "compression-codec",
      "properties",
    ])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("type", self.type)
      json.member("fields", self.fields)
      json.member("snapshot-id", self.snapshotID)
      json.member("sequence-number", self.sequenceNumber)
      json.member("offset", self.offset)
      json.member("length", self.length)
      json.member("compression-codec", ifPresent: self.codec)
      if !self.properties.isEmpty { json.member("properties", self.properties) }
      json.members(self.unknown)
    }
  }
}
