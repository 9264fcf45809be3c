public import JSON
private import Values

/// A change to a view.
public enum ViewUpdate: Hashable, Sendable {
  case assignUUID(String)
  case upgradeFormatVersion(Int)
  case addSchema(Schema)
  case setLocation(String)
  case setProperties(Properties)
  case removeProperties([String])
  /// A schema id of -1 is the schema added last.
  case addVersion(ViewVersion)
  case setCurrentVersion(Int)

  static let actions: Set = ["add-view-version", "set-current-view-version"]
}

/// What must hold when a view is changed.
public enum ViewRequirement: Hashable, Sendable {
  case uuid(String)

  public func check(_ metadata: ViewMetadata) throws(IcebergError) {
    switch self {
    case .uuid(let uuid):
      let current = metadata.uuid.description
      guard current == uuid.lowercased() else {
        throw TableRequirement.failed(
          "view UUID does not match: expected \(uuid.prefix(100)) != \(current)")
      }
    }
  }
}

extension ViewUpdate: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    let action = try json.string("action")
    switch action {
    case "assign-uuid": self = .assignUUID(try json.string("uuid"))
    case "upgrade-format-version": self = .upgradeFormatVersion(try json.int("format-version"))
    case "add-schema": self = .addSchema(try json.decode("schema"))
    case "set-location": self = .setLocation(try json.string("location"))
    case "set-properties": self = .setProperties(try json.propertyUpdates())
    case "remove-properties": self = .removeProperties(try json.propertyRemovals())
    case "add-view-version": self = .addVersion(try json.decode("view-version"))
    case "set-current-view-version":
      self = .setCurrentVersion(try json.int("view-version-id"))
    default:
      throw JSONError(.outOfRange, "\(quoted(action)) is no update of a view", path: "$")
        .inside(member: "action")
    }
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      switch self {
      case .assignUUID(let uuid):
        json.member("action", "assign-uuid")
        json.member("uuid", uuid)
      case .upgradeFormatVersion(let version):
        json.member("action", "upgrade-format-version")
        json.member("format-version", version)
      case .addSchema(let schema):
        json.member("action", "add-schema")
        json.member("schema", schema)
      case .setLocation(let location):
        json.member("action", "set-location")
        json.member("location", location)
      case .setProperties(let updates):
        json.member("action", "set-properties")
        json.member("updates", updates)
      case .removeProperties(let names):
        json.member("action", "remove-properties")
        json.member("removals", names)
      case .addVersion(let version):
        json.member("action", "add-view-version")
        json.member("view-version", version)
      case .setCurrentVersion(let id):
        json.member("action", "set-current-view-version")
        json.member("view-version-id", id)
      }
    }
  }
}

extension ViewRequirement: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    let type = try json.string("type")
    guard type == "assert-view-uuid" else {
      throw JSONError(.outOfRange, "\(quoted(type)) is no requirement of a view", path: "$")
        .inside(member: "type")
    }
    self = .uuid(try json.string("uuid"))
  }

  public func encode(to json: inout JSONWriter) {
    switch self {
    case .uuid(let uuid):
      json.object { json in
        json.member("type", "assert-view-uuid")
        json.member("uuid", uuid)
      }
    }
  }
}
