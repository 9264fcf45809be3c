public import JSON
private import Values

/// What must hold when a commit is applied.
public enum TableRequirement: Hashable, Sendable {
  /// There is no table of that name.
  case create
  case uuid(String)
  /// The reference points at the snapshot; nil: there is no such reference.
  case reference(name: String, snapshotID: Int64?)
  case lastAssignedFieldID(Int)
  case currentSchemaID(Int)
  case lastAssignedPartitionID(Int)
  case defaultSpecID(Int)
  case defaultSortOrderID(Int)
}

extension TableRequirement: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    let type = try json.string("type")
    switch type {
    case "assert-create": self = .create
    case "assert-table-uuid": self = .uuid(try json.string("uuid"))
    case "assert-ref-snapshot-id":
      self = .reference(
        name: try json.string("ref"), snapshotID: try json.longIfPresent("snapshot-id"))
    case "assert-last-assigned-field-id":
      self = .lastAssignedFieldID(try json.int("last-assigned-field-id"))
    case "assert-current-schema-id":
      self = .currentSchemaID(try json.int("current-schema-id"))
    case "assert-last-assigned-partition-id":
      self = .lastAssignedPartitionID(try json.int("last-assigned-partition-id"))
    case "assert-default-spec-id": self = .defaultSpecID(try json.int("default-spec-id"))
    case "assert-default-sort-order-id":
      self = .defaultSortOrderID(try json.int("default-sort-order-id"))
    case "assert-view-uuid":
      throw JSONError(.outOfRange, "assert-view-uuid is for views", path: "$")
        .inside(member: "type")
    default:
      throw JSONError(.outOfRange, "\(quoted(type)) is no requirement", path: "$")
        .inside(member: "type")
    }
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      switch self {
      case .create: json.member("type", "assert-create")
      case .uuid(let uuid):
        json.member("type", "assert-table-uuid")
        json.member("uuid", uuid)
      case .reference(let name, let snapshotID):
        json.member("type", "assert-ref-snapshot-id")
        json.member("ref", name)
        json.member("snapshot-id", snapshotID)
      case .lastAssignedFieldID(let id):
        json.member("type", "assert-last-assigned-field-id")
        json.member("last-assigned-field-id", id)
      case .currentSchemaID(let id):
        json.member("type", "assert-current-schema-id")
        json.member("current-schema-id", id)
      case .lastAssignedPartitionID(let id):
        json.member("type", "assert-last-assigned-partition-id")
        json.member("last-assigned-partition-id", id)
      case .defaultSpecID(let id):
        json.member("type", "assert-default-spec-id")
        json.member("default-spec-id", id)
      case .defaultSortOrderID(let id):
        json.member("type", "assert-default-sort-order-id")
        json.member("default-sort-order-id", id)
      }
    }
  }
}

extension TableRequirement {
  /// - Parameter metadata: the table as it is; nil when there is none of that name.
  public func check(_ metadata: TableMetadata?) throws(IcebergError) {
    if case .create = self {
      guard metadata == nil else { throw Self.failed("table already exists") }
      return
    }
    guard let metadata else { throw Self.failed("table does not exist") }
    switch self {
    case .create: break
    case .uuid(let uuid):
      let current = metadata.uuid.description
      guard current == uuid.lowercased() else {
        throw Self.failed("UUID does not match: expected \(uuid.prefix(100)) != \(current)")
      }
    case .reference(let name, let expected): try Self.check(name, expected, metadata)
    case .lastAssignedFieldID(let id):
      try Self.check("last assigned field id changed", id, metadata.lastColumnID)
    case .currentSchemaID(let id):
      try Self.check("current schema changed", id, metadata.currentSchemaID)
    case .lastAssignedPartitionID(let id):
      try Self.check("last assigned partition id changed", id, metadata.lastPartitionID)
    case .defaultSpecID(let id):
      try Self.check("default partition spec changed", id, metadata.defaultSpecID)
    case .defaultSortOrderID(let id):
      try Self.check("default sort order changed", id, metadata.defaultSortOrderID)
    }
  }

  private static func check(
    _ name: String, _ expected: Int64?, _ metadata: TableMetadata
  ) throws(IcebergError) {
    let reference = metadata.references[name]
    let text = name.prefix(255)
    switch (expected, reference) {
    case (nil, nil): break
    case (let expected?, let reference?) where expected == reference.snapshotID: break
    case (nil, let reference?):
      throw Self.failed("\(reference.kind.rawValue) \(text) was created concurrently")
    case (let expected?, nil):
      throw Self.failed("branch or tag \(text) is missing, expected \(expected)")
    case (let expected?, let reference?):
      throw Self.failed(
        "\(reference.kind.rawValue) \(text) has changed: expected id \(expected) != "
          + "\(reference.snapshotID)")
    }
  }

  private static func check(
    _ what: String, _ expected: Int, _ current: Int
  ) throws(IcebergError) {
    guard expected == current else {
      throw self.failed("\(what): expected id \(expected) != \(current)")
    }
  }

  static func failed(_ reason: String) -> IcebergError {
    IcebergError(.commitFailed, "Requirement failed: \(reason)")
  }
}
