public import JSON

/// The columns of a table, under a number that never changes its meaning.
public struct Schema: Hashable, Sendable {
  public var id: Int
  public var fields: [NestedField]
  /// The columns that tell rows apart.
  public var identifierFieldIDs: [Int]
  public var unknown: JSONObject

  public init(
    id: Int = 0, fields: [NestedField], identifierFieldIDs: [Int] = [],
    unknown: JSONObject = JSONObject()
  ) {
    self.id = id
    self.fields = fields
    self.identifierFieldIDs = identifierFieldIDs
    self.unknown = unknown
  }

  /// Whether both have the same columns and identifiers, whatever their numbers.
  public func isSame(as other: Schema) -> Bool {
    self.fields == other.fields
      && Set(self.identifierFieldIDs) == Set(other.identifierFieldIDs)
  }

  /// The highest id of all fields; 0 when there are none.
  public var highestFieldID: Int {
    var highest = 0
    self.forEachField { field in highest = max(highest, field.id) }
    return highest
  }
}

extension Schema: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    if let type = try json.stringIfPresent("type"), type != "struct" {
      throw JSONError(.wrongType, "a schema is a struct", path: "$").inside(member: "type")
    }
    self.init(
      id: try json.intIfPresent("schema-id") ?? 0, fields: try json.decode("fields"),
      identifierFieldIDs: try json.memberIfPresent("identifier-field-ids") {
        (value) throws(JSONError) in
        try value.readArray { (element) throws(JSONError) in try element.readInt() }
      } ?? [],
      unknown: json.unknownMembers(["type", "schema-id", "fields", "identifier-field-ids"]))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("type", "struct")
      json.member("schema-id", self.id)
      if !self.identifierFieldIDs.isEmpty {
        json.member("identifier-field-ids", self.identifierFieldIDs)
      }
      json.member("fields", self.fields)
      json.members(self.unknown)
    }
  }
}

/// A field wherever it is: of a struct, or the element, key or value of a list or map.
public struct FieldPlace: Sendable {
  public var id: Int
  public var name: String
  public var type: IcebergType
  public var isRequired: Bool
  public var parentID: Int?
  /// Whether a list or map is above it.
  public var isRepeated: Bool
  /// Whether it or a struct above it may be null.
  public var isOptional: Bool
  /// The names from the root, joined by dots.
  public var path: String
}

extension Schema {
  /// Calls `body` with every field, parents first.
  public func forEachField<E: Error>(_ body: (FieldPlace) throws(E) -> Void) throws(E) {
    try Self.walk(self.fields, nil, isRepeated: false, isOptional: false, "", body)
  }

  private static func walk<E: Error>(
    _ fields: [NestedField], _ parent: Int?, isRepeated: Bool, isOptional: Bool, _ prefix: String,
    _ body: (FieldPlace) throws(E) -> Void
  ) throws(E) {
    for field in fields {
      try self.visit(
        FieldPlace(
          id: field.id, name: field.name, type: field.type, isRequired: field.isRequired,
          parentID: parent, isRepeated: isRepeated, isOptional: isOptional || !field.isRequired,
          path: prefix.isEmpty ? field.name : "\(prefix).\(field.name)"), body)
    }
  }

  private static func visit<E: Error>(
    _ place: FieldPlace, _ body: (FieldPlace) throws(E) -> Void
  ) throws(E) {
    try body(place)
    func inner(_ id: Int, _ name: String, _ type: IcebergType, _ isRequired: Bool) -> FieldPlace {
      FieldPlace(
        id: id, name: name, type: type, isRequired: isRequired, parentID: place.id,
        isRepeated: true, isOptional: place.isOptional || !isRequired,
        path: "\(place.path).\(name)")
    }
    switch place.type {
    case .primitive: break
    case .structure(let type):
      try self.walk(
        type.fields, place.id, isRepeated: place.isRepeated, isOptional: place.isOptional,
        place.path, body)
    case .list(let list):
      try self.visit(inner(list.elementID, "element", list.element, list.isElementRequired), body)
    case .map(let map):
      try self.visit(inner(map.keyID, "key", map.key, true), body)
      try self.visit(inner(map.valueID, "value", map.value, map.isValueRequired), body)
    }
  }
}
