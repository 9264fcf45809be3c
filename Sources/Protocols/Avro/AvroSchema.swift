public import JSON

/// A schema: its shape, and the attributes beside it that Avro does not define, such as `logicalType`
/// or Iceberg's `element-id`.
public struct AvroSchema: Hashable, Sendable {
  public var shape: Shape
  public var attributes: JSONObject

  public indirect enum Shape: Hashable, Sendable {
    case null, boolean, int, long, float, double, bytes, string
    case fixed(name: String, byteCount: Int)
    case enumeration(name: String, symbols: [String])
    case record(name: String, fields: [AvroField])
    case array(AvroSchema)
    case map(AvroSchema)
    case union([AvroSchema])
    /// A named type that is defined elsewhere in the schema.
    case reference(String)
  }

  public init(_ shape: Shape, attributes: JSONObject = JSONObject()) {
    self.shape = shape
    self.attributes = attributes
  }

  public var logicalType: String? { self.attributes["logicalType"]?.string }

  /// The branch beside `null` of a union of two, and where `null` stands; nil for other shapes.
  public var optional: (some: AvroSchema, nullIndex: Int)? {
    guard case .union(let branches) = self.shape, branches.count == 2 else { return nil }
    if case .null = branches[0].shape { return (branches[1], 0) }
    if case .null = branches[1].shape { return (branches[0], 1) }
    return nil
  }

  public static func optional(_ schema: AvroSchema) -> AvroSchema {
    AvroSchema(.union([AvroSchema(.null), schema]))
  }
}

/// A field of a record, with its attributes that Avro does not define, such as Iceberg's `field-id`.
public struct AvroField: Hashable, Sendable {
  public var name: String
  public var schema: AvroSchema
  /// What a reader takes when the writer had no such field.
  public var fallback: JSONValue?
  public var attributes: JSONObject

  public init(
    _ name: String, _ schema: AvroSchema, fallback: JSONValue? = nil,
    attributes: JSONObject = JSONObject()
  ) {
    self.name = name
    self.schema = schema
    self.fallback = fallback
    self.attributes = attributes
  }
}
