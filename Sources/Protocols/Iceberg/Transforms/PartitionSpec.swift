public import JSON

/// How rows are assigned to partitions, under a number that never changes its meaning.
public struct PartitionSpec: Hashable, Sendable {
  public var id: Int
  public var fields: [PartitionField]
  public var unknown: JSONObject

  public init(id: Int = 0, fields: [PartitionField] = [], unknown: JSONObject = JSONObject()) {
    self.id = id
    self.fields = fields
    self.unknown = unknown
  }

  public static let unpartitioned = PartitionSpec()
  /// Ids of partition fields begin after this one.
  public static let lastAssignedIDOfNone = 999

  /// Whether all rows are in one partition.
  public var isUnpartitioned: Bool { self.fields.allSatisfy { $0.transform == .void } }

  public var highestFieldID: Int {
    self.fields.reduce(Self.lastAssignedIDOfNone) { max($0, $1.fieldID) }
  }

  /// The type of each partition value; nil where it is not known: the source was dropped, or the
  /// transform is of a later version.
  public func resultTypes(in index: SchemaIndex) -> [PrimitiveType?] {
    self.fields.map { field in
      switch field.transform {
      case .bucket, .year, .month, .hour: .int
      case .day: .date
      case .identity, .truncate, .void:
        field.sourceID.flatMap { index[$0]?.type.primitive }
      case .unknown: nil
      }
    }
  }
}

public struct PartitionField: Hashable, Sendable {
  /// One column, or several of a transform with more arguments.
  public var sourceIDs: [Int]
  public var fieldID: Int
  public var name: String
  public var transform: Transform
  public var unknown: JSONObject

  public init(
    sourceID: Int, fieldID: Int, name: String, transform: Transform,
    unknown: JSONObject = JSONObject()
  ) {
    self.sourceIDs = [sourceID]
    self.fieldID = fieldID
    self.name = name
    self.transform = transform
    self.unknown = unknown
  }

  /// The column, when there is exactly one.
  public var sourceID: Int? { self.sourceIDs.count == 1 ? self.sourceIDs[0] : nil }

  /// In a request a field may leave its id to the catalog.
  public static let unassignedID = -1
}

extension PartitionSpec: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      id: try json.intIfPresent("spec-id") ?? 0, fields: try json.decode("fields"),
      unknown: json.unknownMembers(["spec-id", "fields"]))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("spec-id", self.id)
      json.member("fields", self.fields)
      json.members(self.unknown)
    }
  }
}

extension PartitionField: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      sourceID: 0, fieldID: try json.intIfPresent("field-id") ?? Self.unassignedID,
      name: try json.string("name"), transform: try json.decode("transform"),
      unknown: json.unknownMembers(["source-id", "source-ids", "field-id", "name", "transform"]))
    self.sourceIDs = try json.sourceIDs()
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.sourceIDs(self.sourceIDs)
      json.member("field-id", self.fieldID)
      json.member("name", self.name)
      json.member("transform", self.transform)
      json.members(self.unknown)
    }
  }
}

extension JSONCursor {
  /// `source-id`, or `source-ids` of a transform with several arguments.
  func sourceIDs() throws(JSONError) -> [Int] {
    if let id = try self.intIfPresent("source-id") { return [id] }
    guard self.member("source-ids") != nil else { return [try self.int("source-id")] }
    let ids = try self.ints("source-ids")
    guard !ids.isEmpty else {
      throw JSONError(.ruleBroken, "a transform has a source", path: "$")
        .inside(member: "source-ids")
    }
    return ids
  }
}

extension JSONWriter {
  mutating func sourceIDs(_ ids: [Int]) {
    if ids.count == 1 { self.member("source-id", ids[0]) } else { self.member("source-ids", ids) }
  }
}
