public import JSON

/// Field ids for files that have none, by the names of their columns: the property
/// `schema.name-mapping.default`.
public struct NameMapping: Hashable, Sendable {
  public var fields: [Field]

  public static let property = "schema.name-mapping.default"

  public struct Field: Hashable, Sendable {
    /// Every name that the column has in some file. A dot in a name is a dot.
    public var names: [String]
    /// Nil for a column that the table does not have.
    public var fieldID: Int?
    public var fields: [Field]
    public var unknown = JSONObject()

    public init(names: [String], fieldID: Int?, fields: [Field] = []) {
      self.names = names
      self.fieldID = fieldID
      self.fields = fields
    }
  }

  public init(_ fields: [Field]) { self.fields = fields }

  /// The mapping of a schema's own names.
  public init(_ schema: Schema) { self.fields = Self.fields(schema.fields) }

  private static func fields(_ fields: [NestedField]) -> [Field] {
    fields.map {
      Field(names: [$0.name], fieldID: $0.id, fields: self.children($0.type))
    }
  }

  private static func children(_ type: IcebergType) -> [Field] {
    switch type {
    case .primitive: []
    case .structure(let structure): self.fields(structure.fields)
    case .list(let list):
      [Field(names: ["element"], fieldID: list.elementID, fields: self.children(list.element))]
    case .map(let map):
      [
        Field(names: ["key"], fieldID: map.keyID, fields: self.children(map.key)),
        Field(names: ["value"], fieldID: map.valueID, fields: self.children(map.value)),
      ]
    }
  }

  /// The field that a path of names leads to.
  public func field(at path: [String]) -> Field? {
    var level = self.fields
    var found: Field?
    for name in path {
      found = level.first { $0.names.contains { ExactText($0) == ExactText(name) } }
      guard let found else { return nil }
      level = found.fields
    }
    return found
  }

  /// Checks that no name of one level means two fields.
  public func check() throws(IcebergError) { try Self.check(self.fields) }

  private static func check(_ fields: [Field]) throws(IcebergError) {
    var names: Set<ExactText> = []
    for field in fields {
      for name in field.names {
        guard names.insert(ExactText(name)).inserted else {
          throw .validation("the name mapping has \(quoted(name)) twice on one level")
        }
      }
      try self.check(field.fields)
    }
  }

  /// The mapping after the schema changed: a new name joins those that the field had, a new field comes
  /// in, and a name that was given to another field leaves the one that had it.
  public func updated(for schema: Schema) -> NameMapping {
    NameMapping(Self.merge(self.fields, Self.fields(schema.fields)))
  }

  private static func merge(_ old: [Field], _ new: [Field]) -> [Field] {
    var merged: [Field] = []
    let fresh = new.filter { field in !old.contains { $0.fieldID == field.fieldID } }
    let taken = Set(fresh.flatMap(\.names).map(ExactText.init))
    for field in old {
      var kept = field
      kept.names.removeAll { taken.contains(ExactText($0)) }
      if let now = new.first(where: { $0.fieldID == field.fieldID && field.fieldID != nil }) {
        for name in now.names
        where !kept.names.contains(where: { ExactText($0) == ExactText(name) }) {
          kept.names.append(name)
        }
        kept.fields = self.merge(field.fields, now.fields)
      }
      merged.append(kept)
    }
    return merged + fresh
  }
}

extension NameMapping: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) { self.fields = try [Field](json: json) }
  public func encode(to json: inout JSONWriter) { self.fields.encode(to: &json) }
}

extension NameMapping.Field: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      names: try json.strings("names"), fieldID: try json.intIfPresent("field-id"),
      fields: try json.decode("fields", default: []))
    self.unknown = json.unknownMembers(["names", "field-id", "fields"])
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("field-id", ifPresent: self.fieldID)
      json.member("names", self.names)
      if !self.fields.isEmpty { json.member("fields", self.fields) }
      json.members(self.unknown)
    }
  }
}
