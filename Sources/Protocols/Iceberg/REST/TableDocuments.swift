public import JSON

/// A page of tables or of views.
public struct ListTablesResponse: Hashable, Sendable {
  public var identifiers: [TableIdentifier]
  public var nextPageToken: String?

  public init(_ identifiers: [TableIdentifier], nextPageToken: String? = nil) {
    self.identifiers = identifiers
    self.nextPageToken = nextPageToken
  }
}

public struct CreateTableRequest: Hashable, Sendable {
  public var name: String
  public var location: String?
  public var schema: Schema
  public var spec: PartitionSpec?
  public var order: SortOrder?
  /// Nothing is stored: the client commits when its files are written.
  public var isStaged: Bool
  public var properties: Properties

  public init(
    name: String, schema: Schema, location: String? = nil, spec: PartitionSpec? = nil,
    order: SortOrder? = nil, isStaged: Bool = false, properties: Properties = [:]
  ) {
    self.name = name
    self.location = location
    self.schema = schema
    self.spec = spec
    self.order = order
    self.isStaged = isStaged
    self.properties = properties
  }
}

/// Takes a metadata file for a table's, or a view's, without writing a new one.
public struct RegisterRequest: Hashable, Sendable {
  public var name: String
  public var metadataLocation: String
  public var overwrites: Bool

  public init(name: String, metadataLocation: String, overwrites: Bool = false) {
    self.name = name
    self.metadataLocation = metadataLocation
    self.overwrites = overwrites
  }
}

public struct RenameRequest: Hashable, Sendable {
  public var source: TableIdentifier
  public var destination: TableIdentifier

  public init(_ source: TableIdentifier, to destination: TableIdentifier) {
    self.source = source
    self.destination = destination
  }
}

extension ListTablesResponse: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      try json.decode("identifiers"), nextPageToken: try json.stringIfPresent("next-page-token"))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("identifiers", self.identifiers)
      json.member("next-page-token", self.nextPageToken)
    }
  }
}

extension CreateTableRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      name: try json.string("name"), schema: try json.decode("schema"),
      location: try json.stringIfPresent("location"),
      spec: try json.decodeIfPresent("partition-spec"),
      order: try json.decodeIfPresent("write-order"),
      isStaged: try json.boolIfPresent("stage-create") ?? false,
      properties: try json.memberIfPresent("properties") { (value) throws(JSONError) in
        try value.readStrings()
      } ?? [:])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("location", ifPresent: self.location)
      json.member("schema", self.schema)
      json.member("partition-spec", ifPresent: self.spec)
      json.member("write-order", ifPresent: self.order)
      json.member("stage-create", self.isStaged)
      json.member("properties", self.properties)
    }
  }
}

extension RegisterRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      name: try json.string("name"), metadataLocation: try json.string("metadata-location"),
      overwrites: try json.boolIfPresent("overwrite") ?? false)
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("metadata-location", self.metadataLocation)
      if self.overwrites { json.member("overwrite", true) }
    }
  }
}

extension RenameRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(try json.decode("source"), to: try json.decode("destination"))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("source", self.source)
      json.member("destination", self.destination)
    }
  }
}
