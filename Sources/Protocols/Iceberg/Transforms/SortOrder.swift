public import JSON

/// How rows of a file are sorted, under a number that never changes its meaning. Order 0 has no fields.
public struct SortOrder: Hashable, Sendable {
  public var id: Int
  public var fields: [SortField]
  public var unknown: JSONObject

  public init(id: Int = 0, fields: [SortField] = [], unknown: JSONObject = JSONObject()) {
    self.id = id
    self.fields = fields
    self.unknown = unknown
  }

  public static let unsorted = SortOrder()

  public func isSame(as other: SortOrder) -> Bool { self.fields == other.fields }

  public func check(against index: SchemaIndex) throws(IcebergError) {
    for (position, field) in self.fields.enumerated() {
      try TransformRules.check(
        field.transform, of: field.sourceIDs, "sort field \(position)", index)
    }
  }
}

public struct SortField: Hashable, Sendable {
  public var transform: Transform
  public var sourceIDs: [Int]
  public var direction: Direction
  public var nullOrder: NullOrder
  public var unknown: JSONObject

  public enum Direction: String, CaseIterable, Sendable, JSONDecodable, JSONEncodable {
    case ascending = "asc"
    case descending = "desc"
  }

  public enum NullOrder: String, CaseIterable, Sendable, JSONDecodable, JSONEncodable {
    case first = "nulls-first"
    case last = "nulls-last"
  }

  public init(
    sourceID: Int, transform: Transform = .identity, direction: Direction = .ascending,
    nullOrder: NullOrder = .first, unknown: JSONObject = JSONObject()
  ) {
    self.transform = transform
    self.sourceIDs = [sourceID]
    self.direction = direction
    self.nullOrder = nullOrder
    self.unknown = unknown
  }
}

extension SortOrder: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      id: try json.intIfPresent("order-id") ?? 0, fields: try json.decode("fields"),
      unknown: json.unknownMembers(["order-id", "fields"]))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("order-id", self.id)
      json.member("fields", self.fields)
      json.members(self.unknown)
    }
  }
}

extension SortField: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    let direction = try Self.word(json, "direction", Direction.self)
    self.init(
      sourceID: 0, transform: try json.decode("transform"), direction: direction,
      nullOrder: try Self.word(json, "null-order", NullOrder.self),
      unknown: json.unknownMembers([
        "transform", "source-id", "source-ids", "direction", "null-order",
      ]))
    self.sourceIDs = try json.sourceIDs()
  }

  /// A word in either case, as the Java client reads it.
  private static func word<T: RawRepresentable & CaseIterable>(
    _ json: JSONCursor, _ name: StaticString, _ type: T.Type
  ) throws(JSONError) -> T where T.RawValue == String {
    let text = try json.string(name)
    guard let value = T(rawValue: text.lowercased()) else {
      let words = T.allCases.map(\.rawValue).joined(separator: ", ")
      throw JSONError(.ruleBroken, "\(quoted(text)) is not one of \(words)", path: "$")
        .inside(member: "\(name)")
    }
    return value
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("transform", self.transform)
      json.sourceIDs(self.sourceIDs)
      json.member("direction", self.direction)
      json.member("null-order", self.nullOrder)
      json.members(self.unknown)
    }
  }
}
