public import JSON

public struct CreateViewRequest: Hashable, Sendable {
  public var name: String
  public var location: String?
  public var schema: Schema
  public var version: ViewVersion
  public var properties: Properties

  public init(
    name: String, schema: Schema, version: ViewVersion, location: String? = nil,
    properties: Properties = [:]
  ) {
    self.name = name
    self.location = location
    self.schema = schema
    self.version = version
    self.properties = properties
  }
}

public struct CommitViewRequest: Hashable, Sendable {
  public var identifier: TableIdentifier?
  public var requirements: [ViewRequirement]
  public var updates: [ViewUpdate]

  public init(
    identifier: TableIdentifier? = nil, requirements: [ViewRequirement] = [],
    updates: [ViewUpdate]
  ) {
    self.identifier = identifier
    self.requirements = requirements
    self.updates = updates
  }
}

extension CreateViewRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      name: try json.string("name"), schema: try json.decode("schema"),
      version: try json.decode("view-version"),
      location: try json.stringIfPresent("location"),
      properties: try json.memberIfPresent("properties") { (value) throws(JSONError) in
        try value.readStrings()
      } ?? [:])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("location", ifPresent: self.location)
      json.member("schema", self.schema)
      json.member("view-version", self.version)
      json.member("properties", self.properties)
    }
  }
}

extension CommitViewRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.identifier = try json.decodeIfPresent("identifier")
    self.requirements = try json.arrayIfPresent("requirements") { (value) throws(JSONError) in
      try ViewRequirement(json: value)
    }
    self.updates = try json.member("updates") { (value) throws(JSONError) in
      guard value.count ?? 0 <= IcebergLimits.updateCountMax else {
        throw JSONError(
          .outOfRange,
          "\(value.count ?? 0) updates, at most \(IcebergLimits.updateCountMax) are accepted",
          path: "$")
      }
      return try value.readArray { (element) throws(JSONError) in try ViewUpdate(json: element) }
    }
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("identifier", ifPresent: self.identifier)
      json.member("requirements", self.requirements)
      json.member("updates", self.updates)
    }
  }
}
