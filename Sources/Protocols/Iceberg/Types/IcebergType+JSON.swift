public import JSON

extension IcebergType: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    if let text = json.string {
      do throws(IcebergError) {
        self = .primitive(try PrimitiveType(parsing: text))
      } catch {
        throw JSONError(.ruleBroken, error.message, path: "$")
      }
      return
    }
    guard json.kind == .object else { throw json.mismatch("a type") }
    switch try json.string("type") {
    case "struct": self = .structure(try StructType(json: json))
    case "list": self = .list(try ListType(json: json))
    case "map": self = .map(try MapType(json: json))
    case let other:
      throw JSONError(.ruleBroken, "\(quoted(other)) is no type", path: "$").inside(member: "type")
    }
  }

  public func encode(to json: inout JSONWriter) {
    switch self {
    case .primitive(let type): json.value(type.description)
    case .structure(let type): type.encode(to: &json)
    case .list(let type): type.encode(to: &json)
    case .map(let type): type.encode(to: &json)
    }
  }
}

extension StructType: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      try json.decode("fields"), unknown: json.unknownMembers(["type", "fields"]))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("type", "struct")
      json.member("fields", self.fields)
      json.members(self.unknown)
    }
  }
}

extension ListType: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      elementID: try json.int("element-id"), element: try json.decode("element"),
      isElementRequired: try json.bool("element-required"),
      unknown: json.unknownMembers(["type", "element-id", "element", "element-required"]))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("type", "list")
      json.member("element-id", self.elementID)
      json.member("element", self.element)
      json.member("element-required", self.isElementRequired)
      json.members(self.unknown)
    }
  }
}

extension MapType: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      keyID: try json.int("key-id"), key: try json.decode("key"),
      valueID: try json.int("value-id"), value: try json.decode("value"),
      isValueRequired: try json.bool("value-required"),
      unknown: json.unknownMembers(
        ["type", "key-id", "key", "value-id", "value", "value-required"]))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("type", "map")
      json.member("key-id", self.keyID)
      json.member("key", self.key)
      json.member("value-id", self.valueID)
      json.member("value", self.value)
      json.member("value-required", self.isValueRequired)
      json.members(self.unknown)
    }
  }
}

extension NestedField: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      try json.int("id"), try json.string("name"), try json.decode("type"),
      isRequired: try json.bool("required"), doc: try json.stringIfPresent("doc"),
      initialDefault: try json.decodeIfPresent("initial-default"),
      writeDefault: try json.decodeIfPresent("write-default"),
      unknown: json.unknownMembers([
        "id", "name", "required", "type", "doc", "initial-default", "write-default",
      ]))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id)
      json.member("name", self.name)
      json.member("required", self.isRequired)
      json.member("type", self.type)
      json.member("doc", ifPresent: self.doc)
      json.member("initial-default", ifPresent: self.initialDefault)
      json.member("write-default", ifPresent: self.writeDefault)
      json.members(self.unknown)
    }
  }
}
