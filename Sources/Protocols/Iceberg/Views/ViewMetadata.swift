private import Bytes
public import JSON
public import Values

/// The metadata document of a view.
public struct ViewMetadata: Hashable, Sendable {
  public var uuid: UUID
  public var formatVersion: Int
  public var location: String
  public var currentVersionID: Int
  public var versions: [ViewVersion]
  public var versionLog: [ViewLogEntry]
  public var schemas: [Schema]
  public var properties: Properties
  public var unknown: JSONObject

  public static let formatVersionMax = 1

  public init(uuid: UUID, location: String) {
    self.uuid = uuid
    self.formatVersion = 1
    self.location = location
    self.currentVersionID = -1
    self.versions = []
    self.versionLog = []
    self.schemas = []
    self.properties = Properties()
    self.unknown = JSONObject()
  }

  public func version(id: Int) -> ViewVersion? { self.versions.first { $0.id == id } }
  public var currentVersion: ViewVersion? { self.version(id: self.currentVersionID) }
  public func schema(id: Int) -> Schema? { self.schemas.first { $0.id == id } }

  /// Checks that a document from elsewhere holds together.
  public func check() throws(IcebergError) {
    guard self.currentVersion != nil else {
      throw IcebergError(
        .badRequest,
        "the view metadata contradicts itself: version \(self.currentVersionID) is not there")
    }
    for version in self.versions where self.schema(id: version.schemaID) == nil {
      throw IcebergError(
        .badRequest,
        "the view metadata contradicts itself: version \(version.id) has schema "
          + "\(version.schemaID), which is not there")
    }
  }
}

extension ViewMetadata {
  /// Reads a metadata file, of whatever compression: gzip is told by its first bytes.
  public static func parse(
    file bytes: RawSpan, limits: JSONLimits = IcebergLimits.metadata
  ) throws(IcebergError) -> ViewMetadata {
    guard MetadataFile.isGzip(bytes) else {
      return try IcebergDocument.parse(bytes, limits: limits)
    }
    let plain = try MetadataFile.unpack(bytes, byteCountMax: limits.byteCountMax)
    return try IcebergDocument.parse(plain.bytes, limits: limits)
  }
}

/// When a version became the current one.
public struct ViewLogEntry: Hashable, Sendable {
  public var timestampMS: Int64
  public var versionID: Int
  public var unknown = JSONObject()

  public init(timestampMS: Int64, versionID: Int) {
    self.timestampMS = timestampMS
    self.versionID = versionID
  }
}

extension ViewMetadata: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    let version = try json.int("format-version")
    guard version == 1 else {
      throw JSONError(.outOfRange, "version \(version) of views is not read; 1 is", path: "$")
        .inside(member: "format-version")
    }
    let text = try json.string("view-uuid")
    guard let uuid = try? UUID(parsing: text) else {
      throw JSONError(.outOfRange, "\(quoted(text)) is no UUID", path: "$")
        .inside(member: "view-uuid")
    }
    self.init(
      uuid: uuid, location: TableMetadata.withoutTrailingSlashes(try json.string("location")))
    self.currentVersionID = try json.int("current-version-id")
    self.versions = try json.decode("versions")
    self.versionLog = try json.decode("version-log")
    self.schemas = try json.decode("schemas")
    self.properties =
      try json.memberIfPresent("properties") { (value) throws(JSONError) in
        try value.readStrings()
      } ?? Properties()
    self.unknown = json.unknownMembers([
      "view-uuid", "format-version", "location", "current-version-id", "versions", "version-log",
      "schemas", "properties",
    ])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("view-uuid", self.uuid.description)
      json.member("format-version", self.formatVersion)
      json.member("location", self.location)
      json.member("schemas", self.schemas)
      json.member("current-version-id", self.currentVersionID)
      json.member("versions", self.versions)
      json.member("version-log", self.versionLog)
      json.member("properties", self.properties)
      json.members(self.unknown)
    }
  }
}

extension ViewLogEntry: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.timestampMS = try json.long("timestamp-ms")
    self.versionID = try json.int("version-id")
    self.unknown = json.unknownMembers(["timestamp-ms", "version-id"])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("timestamp-ms", self.timestampMS)
      json.member("version-id", self.versionID)
      json.members(self.unknown)
    }
  }
}
