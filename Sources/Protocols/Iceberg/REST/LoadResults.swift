private import Bytes
public import JSON

/// Credentials for what lies under a prefix.
public struct StorageCredential: Hashable, Sendable {
  public var prefix: String
  public var config: Properties

  public init(prefix: String, config: Properties) {
    self.prefix = prefix
    self.config = config
  }
}

/// How requests are signed by the service.
public struct RemoteSigningConfig: Hashable, Sendable {
  public var properties: Properties
  public var headers: Properties

  public init(properties: Properties = [:], headers: Properties = [:]) {
    self.properties = properties
    self.headers = headers
  }
}

/// A table or view with what a client needs to use it.
public struct LoadResult<Metadata: JSONDecodable & JSONEncodable & Hashable & Sendable>:
  Hashable, Sendable
{
  /// Nil of a table that is staged.
  public var metadataLocation: String?
  public var metadata: Metadata
  public var access: StorageAccess

  public init(
    metadataLocation: String?, metadata: Metadata, access: StorageAccess = StorageAccess()
  ) {
    self.metadataLocation = metadataLocation
    self.metadata = metadata
    self.access = access
  }
}

public typealias LoadTableResult = LoadResult<TableMetadata>
public typealias LoadViewResult = LoadResult<ViewMetadata>

/// Configuration and credentials of the storage.
public struct StorageAccess: Hashable, Sendable {
  /// Always written, at least `{}`: some clients take its absence for an error.
  public var config: Properties
  public var credentials: [StorageCredential]
  public var remoteSigning: RemoteSigningConfig?

  public init(
    config: Properties = [:], credentials: [StorageCredential] = [],
    remoteSigning: RemoteSigningConfig? = nil
  ) {
    self.config = config
    self.credentials = credentials
    self.remoteSigning = remoteSigning
  }

  func encodeMembers(to json: inout JSONWriter) {
    json.member("config", self.config)
    if !self.credentials.isEmpty { json.member("storage-credentials", self.credentials) }
    json.member("remote-signing-config", ifPresent: self.remoteSigning)
  }
}

extension StorageAccess {
  /// What stands before and after the document in the answer to a load: the document itself is sent as
  /// it was stored, byte for byte and without a copy.
  public func envelope(metadataLocation: String?) -> (before: [UInt8], after: [UInt8]) {
    var before = ByteWriter()
    before.append("{")
    if let metadataLocation {
      before.append("\"metadata-location\":")
      before.appendJSON(metadataLocation)
      before.append(",")
    }
    before.append("\"metadata\":")
    var after = ByteWriter()
    after.appendJSON { json in json.object { json in self.encodeMembers(to: &json) } }
    // The members go on after the document: a comma in place of the brace.
    after.overwrite(at: 0, littleEndian: UInt8(ascii: ","))
    return (before.bytes.withUnsafeBytes { Array($0) }, after.bytes.withUnsafeBytes { Array($0) })
  }
}

extension LoadResult: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      metadataLocation: try json.stringIfPresent("metadata-location"),
      metadata: try json.decode("metadata"),
      access: StorageAccess(
        config: try json.memberIfPresent("config") { (value) throws(JSONError) in
          try value.readStrings()
        } ?? [:], credentials: try json.decode("storage-credentials", default: []),
        remoteSigning: try json.decodeIfPresent("remote-signing-config")))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("metadata-location", ifPresent: self.metadataLocation)
      json.member("metadata", self.metadata)
      self.access.encodeMembers(to: &json)
    }
  }
}

extension StorageCredential: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      prefix: try json.string("prefix"),
      config: try json.member("config") { (value) throws(JSONError) in try value.readStrings() })
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("prefix", self.prefix)
      json.member("config", self.config)
    }
  }
}

extension RemoteSigningConfig: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    func strings(_ value: JSONCursor) throws(JSONError) -> Properties { try value.readStrings() }
    self.init(
      properties: try json.memberIfPresent("properties", strings) ?? [:],
      headers: try json.memberIfPresent("headers", strings) ?? [:])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("properties", self.properties)
      json.member("headers", self.headers)
    }
  }
}

/// Fresh credentials for a table that is loaded.
public struct LoadCredentialsResponse: Hashable, Sendable, JSONDecodable, JSONEncodable {
  public var credentials: [StorageCredential]

  public init(_ credentials: [StorageCredential]) { self.credentials = credentials }

  public init(json: JSONCursor) throws(JSONError) {
    self.credentials = try json.decode("storage-credentials")
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in json.member("storage-credentials", self.credentials) }
  }
}
