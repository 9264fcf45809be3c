import Bytes
import Configuration
import Iceberg
import JSON
import Values

/// A named place for tables, with a tree of namespaces of its own.
struct WarehouseRecord: Hashable, Sendable {
  var name: String
  var id: ObjectID
  /// `file:///…` or `s3://bucket/prefix`, without a slash at its end.
  var location: String
  var storage: StorageProfile
  var isActive = true
  var isProtected = false
  /// How long a dropped table is held; 0: not at all.
  var holdSeconds: Int64 = 0
  var formatVersionMax = IcebergLimits.formatVersionMax
  /// Counts changes of this record.
  var revision: Int64 = 1
  var createdAtMS: Int64

  init(
    _ name: String, id: ObjectID, location: String, storage: StorageProfile, createdAtMS: Int64
  ) {
    self.name = name
    self.id = id
    self.location = location
    self.storage = storage
    self.createdAtMS = createdAtMS
  }

  /// Segments of the protocol's paths: a warehouse of such a name could not be told from them.
  static let reservedNames: Set = [
    "namespaces", "tables", "views", "transactions", "config", "oauth", "events", "api-keys",
    "functions",
  ]

  /// Letters, digits and `-_.`, so that a name is one segment of any URL.
  static func check(name: String) throws(IcebergError) {
    try CatalogName.check(name, "warehouse name")
    let isPlain = name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F
    }
    guard isPlain, name.utf8.count <= 63, !self.reservedNames.contains(name) else {
      throw IcebergError(
        .badRequest,
        "a warehouse is named by 1 to 63 letters, digits, '-', '_' and '.', and not by a word of "
          + "the protocol; \(name.prefix(80).debugDescription) is not such a name")
    }
  }
}

/// How the files of a warehouse are reached, and what clients get to reach them.
struct StorageProfile: Hashable, Sendable {
  var kind: Kind
  var access: Access
  /// Of S3: with scheme; nil for files, and for the S3 of this cluster, wherever it listens.
  var endpoint: String?
  var region: String?
  var usesPathStyle = true
  var accessKeyID: String?
  /// Under the key ring, as `WarehouseSecrets` seals it; nil when the key is one of this cluster.
  var sealedSecret: [UInt8]?

  enum Kind: String, Sendable, JSONEncodable {
    case file, s3
  }

  /// What a client is given that asks for delegated access.
  enum Access: String, Sendable, CaseIterable, JSONEncodable, ConfigurationValue {
    /// Nothing: it has keys of its own, or the files are local.
    case none
    /// Keys for the table's prefix, minted by Identity.
    case vended
    /// The configured key itself, with all it may do.
    case shared
    /// Requests are signed by the catalog.
    case signed
  }

  init(_ kind: Kind, access: Access = .none) {
    self.kind = kind
    self.access = access
  }

  static let file = StorageProfile(.file)

  /// The S3 of this cluster.
  var isOwn: Bool { self.kind == .s3 && self.endpoint == nil }
}

extension StorageProfile: JSONDecodable, JSONEncodable {
  init(json: JSONCursor) throws(JSONError) {
    let (kind, access): (String, String) = (try json.decode("kind"), try json.decode("access"))
    guard let kind = Kind(rawValue: kind), let access = Access(rawValue: access) else {
      throw JSONError(.outOfRange, "\(kind) with \(access) is no storage", path: "$")
    }
    self.init(kind, access: access)
    self.endpoint = try json.decodeIfPresent("endpoint")
    self.region = try json.decodeIfPresent("region")
    self.usesPathStyle = try json.decode("path-style", default: true)
    self.accessKeyID = try json.decodeIfPresent("access-key-id")
    self.sealedSecret = try json.decodeIfPresent("sealed-secret", as: String.self)
      .flatMap { Base64.bytes(of: $0) }
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("kind", self.kind)
      json.member("access", self.access)
      json.member("endpoint", ifPresent: self.endpoint)
      json.member("region", ifPresent: self.region)
      json.member("path-style", self.usesPathStyle)
      json.member("access-key-id", ifPresent: self.accessKeyID)
      json.member(
        "sealed-secret", ifPresent: self.sealedSecret.map { Base64.text(of: $0.rawBytes) })
    }
  }
}

extension WarehouseRecord: JSONDecodable, JSONEncodable {
  init(json: JSONCursor) throws(JSONError) {
    self.init(
      try json.decode("name"), id: try json.uuid("id"), location: try json.decode("location"),
      storage: try json.decode("storage"), createdAtMS: try json.decode("created-at-ms"))
    self.isActive = try json.decode("active", default: true)
    self.isProtected = try json.decode("protected", default: false)
    self.holdSeconds = try json.decode("hold-seconds", default: 0)
    self.formatVersionMax = try json.decode("format-version-max", default: 3)
    self.revision = try json.decode("revision")
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("id", self.id.description)
      json.member("location", self.location)
      json.member("storage", self.storage)
      json.member("active", self.isActive)
      json.member("protected", self.isProtected)
      json.member("hold-seconds", self.holdSeconds)
      json.member("format-version-max", self.formatVersionMax)
      json.member("revision", self.revision)
      json.member("created-at-ms", self.createdAtMS)
    }
  }
}
