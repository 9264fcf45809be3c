public import JSON

/// What a value of the admin API looks like: the OpenAPI document and the texts of paths and queries are
/// made from it.
public indirect enum AdminSchema: Sendable {
  /// Text of some form: `date-time`, `password`; nil for any.
  case string(format: String?)
  case integer
  case number
  case boolean
  /// One of these; readers must expect more of them.
  case words([String])
  case list(AdminSchema)
  case map(AdminSchema)
  case nullable(AdminSchema)
  case record(AdminRecordSchema)
  /// Any JSON value.
  case anything
}

public struct AdminRecordSchema: Sendable {
  public struct Field: Sendable {
    public var name: String
    public var summary: String
    public var schema: AdminSchema
    public var isRequired: Bool
  }

  public var kind: String
  public var fields: [Field]
}

extension AdminSchema {
  /// Texts of a path or query can be read as it.
  var isText: Bool {
    switch self {
    case .string, .integer, .number, .boolean, .words: true
    case .list(let element), .nullable(let element): element.isText
    case .map, .record, .anything: false
    }
  }

  /// Every record in it, by kind.
  func collect(into records: inout [String: AdminRecordSchema]) {
    switch self {
    case .string, .integer, .number, .boolean, .words, .anything: break
    case .list(let inner), .map(let inner), .nullable(let inner): inner.collect(into: &records)
    case .record(let record):
      guard records[record.kind] == nil else { return }
      records[record.kind] = record
      for field in record.fields { field.schema.collect(into: &records) }
    }
  }

  /// The JSON Schema of OpenAPI 3.1; records are references.
  public var json: JSONValue {
    switch self {
    case .string(nil): ["type": "string"]
    case .string(let format?): ["type": "string", "format": .string(format)]
    case .integer: ["type": "integer", "format": "int64"]
    case .number: ["type": "number"]
    case .boolean: ["type": "boolean"]
    case .words(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
    case .list(let element): ["type": "array", "items": element.json]
    case .map(let element): ["type": "object", "additionalProperties": element.json]
    case .nullable(let inner): ["anyOf": [inner.json, ["type": "null"]]]
    case .record(let record): ["$ref": .string("#/components/schemas/\(record.kind)")]
    case .anything: [:]
    }
  }
}

extension AdminRecordSchema {
  public var json: JSONValue {
    var properties = JSONObject()
    var required: [JSONValue] = []
    for field in self.fields {
      var schema = field.schema.json.object ?? JSONObject()
      if !field.summary.isEmpty { schema["description"] = .string(field.summary) }
      properties[field.name] = .object(schema)
      if field.isRequired { required.append(.string(field.name)) }
    }
    var object = JSONObject()
    object["type"] = "object"
    object["properties"] = .object(properties)
    if !required.isEmpty { object["required"] = .array(required) }
    return .object(object)
  }
}
