internal import JSON

/// Reads schemas from JSON, resolves names against namespaces and refuses those that are not defined.
struct AvroSchemaParser {
  let limits: AvroLimits
  /// The types that are defined; nil while one is being read.
  private var names: [String: AvroSchema?] = [:]
  private var typeCount = 0

  init(limits: AvroLimits) { self.limits = limits }

  mutating func schema(
    _ json: JSONCursor, namespace: String, depth: Int
  ) throws(AvroError) -> AvroSchema {
    self.typeCount += 1
    guard depth < self.limits.depthMax else {
      throw AvroError(.schema, "more than \(self.limits.depthMax) types inside of each other")
    }
    guard self.typeCount <= self.limits.schemaTypeCountMax else {
      throw AvroError(.schema, "more than \(self.limits.schemaTypeCountMax) types")
    }
    switch json.kind {
    case .string: return AvroSchema(try self.named(json.string ?? "", namespace))
    case .array: return try self.union(json, namespace, depth)
    case .object: return try self.object(json, namespace, depth)
    case .null, .boolean, .number:
      throw AvroError(.schema, "a type is a name, an object or an array")
    }
  }

  private func named(_ name: String, _ namespace: String) throws(AvroError) -> AvroSchema.Shape {
    switch name {
    case "null": return .null
    case "boolean": return .boolean
    case "int": return .int
    case "long": return .long
    case "float": return .float
    case "double": return .double
    case "bytes": return .bytes
    case "string": return .string
    default:
      let full = self.fullName(name, namespace)
      guard self.names[full] != nil else {
        throw AvroError(.schema, "no type \(full.prefix(100).debugDescription) is defined")
      }
      return .reference(full)
    }
  }

  private func fullName(_ name: String, _ namespace: String) -> String {
    name.contains(".") || namespace.isEmpty ? name : "\(namespace).\(name)"
  }

  private mutating func union(
    _ json: JSONCursor, _ namespace: String, _ depth: Int
  ) throws(AvroError) -> AvroSchema {
    var branches: [AvroSchema] = []
    var elements = json.elements
    while let element = elements.next() {
      let branch = try self.schema(element, namespace: namespace, depth: depth + 1)
      if case .union = branch.shape { throw AvroError(.schema, "a union directly in a union") }
      branches.append(branch)
    }
    guard !branches.isEmpty else { throw AvroError(.schema, "a union of nothing") }
    return AvroSchema(.union(branches))
  }

  private mutating func object(
    _ json: JSONCursor, _ namespace: String, _ depth: Int
  ) throws(AvroError) -> AvroSchema {
    guard let type = json.member("type") else {
      throw AvroError(.schema, "an object without \"type\"")
    }
    guard let kind = type.string else {
      // {"type": {"type": …}} is the inner type with the outer attributes.
      var inner = try self.schema(type, namespace: namespace, depth: depth + 1)
      for member in Self.attributes(json).members { inner.attributes[member.name] = member.value }
      return inner
    }
    let attributes = Self.attributes(json)
    switch kind {
    case "record", "error":
      let name = try self.define(json, namespace)
      let inside = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? ""
      let before = self.names.updateValue(nil, forKey: name)
      let record = AvroSchema(
        .record(name: name, fields: try self.fields(json, inside, depth)), attributes: attributes)
      return try self.defined(record, name, before: before)
    case "enum":
      let name = try self.define(json, namespace)
      let enumeration = AvroSchema(
        .enumeration(name: name, symbols: try Self.symbols(json)), attributes: attributes)
      return try self.defined(enumeration, name, before: self.names[name])
    case "fixed":
      let name = try self.define(json, namespace)
      guard let size = json.member("size")?.int64, let count = Int(exactly: size), count >= 0,
        count <= self.limits.blockByteCountMax
      else { throw AvroError(.schema, "fixed \(name.prefix(100)) needs a \"size\"") }
      let fixed = AvroSchema(.fixed(name: name, byteCount: count), attributes: attributes)
      return try self.defined(fixed, name, before: self.names[name])
    case "array":
      guard let items = json.member("items") else {
        throw AvroError(.schema, "an array without \"items\"")
      }
      return AvroSchema(
        .array(try self.schema(items, namespace: namespace, depth: depth + 1)),
        attributes: attributes)
    case "map":
      guard let values = json.member("values") else {
        throw AvroError(.schema, "a map without \"values\"")
      }
      return AvroSchema(
        .map(try self.schema(values, namespace: namespace, depth: depth + 1)),
        attributes: attributes)
    default: return AvroSchema(try self.named(kind, namespace), attributes: attributes)
    }
  }

  private func define(
    _ json: JSONCursor, _ namespace: String
  ) throws(AvroError) -> String {
    guard let name = json.member("name")?.string, !name.isEmpty else {
      throw AvroError(.schema, "a named type without \"name\"")
    }
    return self.fullName(name, json.member("namespace")?.string ?? namespace)
  }

  /// Python's Iceberg writer defines one fixed type again and again: what is the same is no mistake.
  private mutating func defined(
    _ schema: AvroSchema, _ name: String, before: AvroSchema??
  ) throws(AvroError) -> AvroSchema {
    guard before == nil || before == .some(schema) else {
      throw AvroError(.schema, "\(name.prefix(100).debugDescription) is defined twice")
    }
    self.names[name] = schema
    return schema
  }

  private mutating func fields(
    _ json: JSONCursor, _ namespace: String, _ depth: Int
  ) throws(AvroError) -> [AvroField] {
    guard let list = json.member("fields"), list.kind == .array else {
      throw AvroError(.schema, "a record without \"fields\"")
    }
    var fields: [AvroField] = []
    var elements = list.elements
    while let element = elements.next() {
      guard let name = element.member("name")?.string, let type = element.member("type") else {
        throw AvroError(.schema, "field \(fields.count) of a record needs \"name\" and \"type\"")
      }
      let schema = try self.schema(type, namespace: namespace, depth: depth + 1)
      var fallback: JSONValue?
      if let value = element.member("default") { fallback = JSONValue(json: value) }
      var attributes = JSONObject()
      var members = element.members
      while let member = members.next() {
        if ["name", "type", "default"].contains(member.name) { continue }
        attributes.append(JSONValue(json: member.value), named: member.name)
      }
      fields.append(
        AvroField(name, schema, fallback: fallback, attributes: attributes))
    }
    return fields
  }

  private static func symbols(_ json: JSONCursor) throws(AvroError) -> [String] {
    guard let list = json.member("symbols"), list.kind == .array else {
      throw AvroError(.schema, "an enum without \"symbols\"")
    }
    var symbols: [String] = []
    var elements = list.elements
    while let element = elements.next() {
      guard let symbol = element.string else { throw AvroError(.schema, "a symbol is a name") }
      symbols.append(symbol)
    }
    return symbols
  }

  private static let defined: Set = [
    "type", "name", "namespace", "fields", "symbols", "items", "values", "size",
  ]

  private static func attributes(_ json: JSONCursor) -> JSONObject {
    var attributes = JSONObject()
    var members = json.members
    while let member = members.next() {
      let name = member.name
      if Self.defined.contains(name) { continue }
      attributes.append(JSONValue(json: member.value), named: name)
    }
    return attributes
  }
}
