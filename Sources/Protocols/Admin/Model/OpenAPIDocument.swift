private import HTTP
public import JSON

/// The routes as an OpenAPI 3.1 document.
public enum OpenAPIDocument {
  public static func make(_ routes: [AdminRoute], version: String) -> JSONValue {
    var paths = JSONObject()
    var records: [String: AdminRecordSchema] = [:]
    AdminWarning.schema.collect(into: &records)
    AdminPlanLine.schema.collect(into: &records)
    for route in routes {
      AdminSchema.record(route.input).collect(into: &records)
      route.answer.collect(into: &records)
      let path = route.path.replacing("...}", with: "}")
      var item = paths[path]?.object ?? JSONObject()
      item["\(route.method.text)".lowercased()] = self.operation(route)
      paths[path] = .object(item)
    }
    var schemas = JSONObject()
    for (kind, record) in records.sorted(by: { $0.key < $1.key }) where kind != "Nothing" {
      schemas[kind] = record.json
    }
    schemas["Error"] = self.error
    return [
      "openapi": "3.1.0",
      "info": ["title": "Lakeworks admin API", "version": .string(version)],
      "security": [["token": []]],
      "paths": .object(paths),
      "components": [
        "schemas": .object(schemas),
        "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
        "responses": [
          "Error": [
            "description": "what happened, why, and what to try",
            "content": [
              "application/json": ["schema": ["$ref": "#/components/schemas/Error"]]
            ],
          ]
        ],
      ],
    ]
  }

  private static func operation(_ route: AdminRoute) -> JSONValue {
    var operation = JSONObject()
    operation["operationId"] = .string(route.id)
    operation["summary"] = .string(route.summary)
    operation["x-lake-privilege"] = .string(route.privilege.description)
    operation["x-lake-effect"] = .string(route.effect.rawValue)
    operation["parameters"] = .array(self.parameters(route))
    if route.isJob { operation["x-lake-job"] = true }
    if route.hasBody {
      var body = route.input
      body.fields.removeAll { route.pathNames.contains($0.name) }
      operation["requestBody"] = [
        "required": .boolean(body.fields.contains { $0.isRequired }),
        "content": ["application/json": ["schema": body.json]],
      ]
    }
    operation["responses"] = [
      "200": [
        "description": .string(route.shape.rawValue),
        "content": ["application/json": ["schema": self.envelope(route)]],
      ],
      "default": ["$ref": "#/components/responses/Error"],
    ]
    return .object(operation)
  }

  private static func parameters(_ route: AdminRoute) -> [JSONValue] {
    var parameters: [JSONValue] = []
    for field in route.input.fields {
      let isInPath = route.pathNames.contains(field.name)
      guard isInPath || !route.hasBody, field.schema.isText else { continue }
      parameters.append([
        "name": .string(field.name), "in": isInPath ? "path" : "query",
        "required": .boolean(isInPath || field.isRequired), "description": .string(field.summary),
        "schema": field.schema.json,
      ])
    }
    if route.shape == .list, route.method == .get {
      parameters.append([
        "name": "limit", "in": "query", "description": "at most this many items",
        "schema": ["type": "integer", "minimum": 1, "maximum": .integer(AdminPaging.limitMax)],
      ])
      parameters.append([
        "name": "page_token", "in": "query", "description": "go on from an answer's next",
        "schema": ["type": "string"],
      ])
    }
    if route.effect != .reads {
      parameters.append([
        "name": "dry_run", "in": "query", "description": "say what would happen, change nothing",
        "schema": ["type": "boolean"],
      ])
      parameters.append([
        "name": "X-Request-Id", "in": "header", "schema": ["type": "string", "maxLength": 128],
        "description": "a repeat within 24 h is answered with the first result",
      ])
    }
    return parameters
  }

  private static func envelope(_ route: AdminRoute) -> JSONValue {
    let warnings: JSONValue = [
      "type": "array", "items": ["$ref": "#/components/schemas/Warning"],
    ]
    let text: JSONValue = ["type": ["string", "null"]]
    switch route.shape {
    case .document: return [:]
    case .list:
      return [
        "type": "object", "required": ["items", "next", "warnings"],
        "properties": [
          "items": ["type": "array", "items": route.answer.json], "next": text,
          "warnings": warnings,
        ],
      ]
    case .item:
      return [
        "type": "object", "required": ["item", "warnings"],
        "properties": ["item": route.answer.json, "warnings": warnings],
      ]
    case .change:
      return [
        "type": "object", "required": ["changed", "item", "job", "undo", "plan", "warnings"],
        "properties": [
          "changed": ["type": "boolean"], "item": route.answer.json, "job": text, "undo": text,
          "plan": ["type": "array", "items": ["$ref": "#/components/schemas/PlanLine"]],
          "warnings": warnings,
        ],
      ]
    }
  }

  private static let error: JSONValue = [
    "type": "object",
    "required": [
      "code", "exit", "message", "why", "try", "retryable", "changed", "request_id", "details",
    ],
    "properties": [
      "code": ["type": "string"], "exit": ["type": "integer"], "message": ["type": "string"],
      "why": ["type": ["string", "null"]],
      "try": ["type": "array", "items": ["type": "string"]],
      "retryable": ["type": "boolean"], "changed": ["type": ["boolean", "null"]],
      "request_id": ["type": "string"], "details": ["type": "object"],
    ],
  ]
}
