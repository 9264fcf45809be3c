public import JSON

/// A change to one table.
public struct CommitTableRequest: Hashable, Sendable {
  /// In a transaction it must be there; alone, it must be that of the path when it is.
  public var identifier: TableIdentifier?
  public var requirements: [TableRequirement]
  public var updates: [TableUpdate]

  public init(
    identifier: TableIdentifier? = nil, requirements: [TableRequirement], updates: [TableUpdate]
  ) {
    self.identifier = identifier
    self.requirements = requirements
    self.updates = updates
  }
}

public struct CommitTransactionRequest: Hashable, Sendable {
  public var changes: [CommitTableRequest]

  public init(_ changes: [CommitTableRequest]) { self.changes = changes }
}

public struct CommitTableResponse: Hashable, Sendable {
  public var metadataLocation: String
  public var metadata: TableMetadata

  public init(metadataLocation: String, metadata: TableMetadata) {
    self.metadataLocation = metadataLocation
    self.metadata = metadata
  }
}

extension CommitTableRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.identifier = try json.decodeIfPresent("identifier")
    self.requirements = try json.member("requirements") { (value) throws(JSONError) in
      try value.readArray { (element) throws(JSONError) in try TableRequirement(json: element) }
    }
    self.updates = try json.member("updates") { (value) throws(JSONError) in
      guard value.count ?? 0 <= IcebergLimits.updateCountMax else {
        throw JSONError(
          .outOfRange,
          "\(value.count ?? 0) updates, at most \(IcebergLimits.updateCountMax) are accepted",
          path: "$")
      }
      return try value.readArray { (element) throws(JSONError) in try TableUpdate(json: element) }
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

extension CommitTransactionRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.changes = try json.member("table-changes") { (value) throws(JSONError) in
      guard let count = value.count, count > 0, count <= IcebergLimits.tableChangeCountMax else {
        throw JSONError(
          .outOfRange,
          "\(value.count ?? 0) changes; 1 to \(IcebergLimits.tableChangeCountMax) are accepted",
          path: "$")
      }
      return try value.readArray { (element) throws(JSONError) in
        let change = try CommitTableRequest(json: element)
        guard change.identifier != nil else {
          throw JSONError(.missingMember, "member is missing", path: "$")
            .inside(member: "identifier")
        }
        return change
      }
    }
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in json.member("table-changes", self.changes) }
  }
}

extension CommitTableResponse: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      metadataLocation: try json.string("metadata-location"),
      metadata: try json.decode("metadata"))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("metadata-location", self.metadataLocation)
      json.member("metadata", self.metadata)
    }
  }
}
