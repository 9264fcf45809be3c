package import JSON

/// The JSON Schema of a command's `json` output: what `-o schema` prints and the tests use.
package enum OutputSchema {
  package static func schema(of output: Output) -> JSONValue {
    guard output.shape != .document else {
      return [
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": "a document printed unchanged",
      ]
    }
    let item = self.item(output.columns)
    var properties: JSONObject = JSONObject()
    properties["kind"] = ["const": .string(output.kind)]
    properties["version"] = ["const": .integer(output.version)]
    switch output.shape {
    case .list:
      properties["items"] = ["type": "array", "items": item]
      properties["truncated"] = ["type": "boolean"]
      properties["next"] = ["type": ["string", "null"]]
    case .record: properties["item"] = item
    case .change:
      properties["changed"] = ["type": "boolean"]
      properties["item"] = item
      properties["job"] = ["type": ["string", "null"]]
    case .document: break
    }
    properties["warnings"] = [
      "type": "array",
      "items": [
        "type": "object", "required": ["code", "message"],
        "properties": ["code": ["type": "string"], "message": ["type": "string"]],
      ],
    ]
    return [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": .string(output.kind),
      "type": "object", "required": .array(properties.names.map { .string($0) }),
      "properties": .object(properties),
    ]
  }

  private static func item(_ columns: [Column]) -> JSONValue {
    var properties = JSONObject()
    for column in columns { properties[column.key] = self.property(column) }
    return [
      "type": "object", "required": .array(columns.map { .string($0.key) }),
      "properties": .object(properties),
    ]
  }

  private static func property(_ column: Column) -> JSONValue {
    var property = JSONObject()
    let type: String? =
      switch column.kind {
      case .text, .word, .time: "string"
      case .integer: "integer"
      case .real: "number"
      case .flag: "boolean"
      case .list: "array"
      case .document: nil
      }
    if let type {
      property["type"] =
        column.isNullable ? [.string(type), "null"] : .string(type)
    }
    if column.kind == .time { property["format"] = "date-time" }
    if column.kind == .list { property["items"] = ["type": "string"] }
    // Words may be added within a version, so they are told, not enforced.
    if case .word(let words) = column.kind {
      property["examples"] = .array(words.map { .string($0) })
    }
    if !column.summary.isEmpty { property["description"] = .string(column.summary) }
    return .object(property)
  }
}
