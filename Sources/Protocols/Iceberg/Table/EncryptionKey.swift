public import JSON

/// A wrapped key of an encrypted table. The catalog keeps it and knows nothing of it.
public struct EncryptionKey: Hashable, Sendable {
  public var id: String
  /// Base64.
  public var encryptedKeyMetadata: String
  public var encryptedByID: String?
  public var properties: Properties?
  public var unknown: JSONObject
}

extension EncryptionKey: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.id = try json.string("key-id")
    self.encryptedKeyMetadata = try json.string("encrypted-key-metadata")
    self.encryptedByID = try json.stringIfPresent("encrypted-by-id")
    self.properties = try json.memberIfPresent("properties") { (value) throws(JSONError) in
      try value.readStrings()
    }
    self.unknown = json.unknownMembers([
      "key-id", "encrypted-key-metadata", "encrypted-by-id", "properties",
    ])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("key-id", self.id)
      json.member("encrypted-key-metadata", self.encryptedKeyMetadata)
      json.member("encrypted-by-id", ifPresent: self.encryptedByID)
      json.member("properties", ifPresent: self.properties)
      json.members(self.unknown)
    }
  }
}
