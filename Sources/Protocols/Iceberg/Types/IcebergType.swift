public import JSON

/// A type of a field.
public indirect enum IcebergType: Hashable, Sendable {
  case primitive(PrimitiveType)
  case structure(StructType)
  case list(ListType)
  case map(MapType)

  public var primitive: PrimitiveType? {
    guard case .primitive(let type) = self else { return nil }
    return type
  }
}

public struct StructType: Hashable, Sendable {
  public var fields: [NestedField]
  /// Members that are kept without being understood, here and in the types below.
  public var unknown: JSONObject

  public init(_ fields: [NestedField], unknown: JSONObject = JSONObject()) {
    self.fields = fields
    self.unknown = unknown
  }
}

public struct ListType: Hashable, Sendable {
  public var elementID: Int
  public var isElementRequired: Bool
  public var element: IcebergType
  public var unknown: JSONObject

  public init(
    elementID: Int, element: IcebergType, isElementRequired: Bool,
    unknown: JSONObject = JSONObject()
  ) {
    self.elementID = elementID
    self.element = element
    self.isElementRequired = isElementRequired
    self.unknown = unknown
  }
}

public struct MapType: Hashable, Sendable {
  public var keyID: Int
  public var key: IcebergType
  public var valueID: Int
  public var value: IcebergType
  public var isValueRequired: Bool
  public var unknown: JSONObject

  public init(
    keyID: Int, key: IcebergType, valueID: Int, value: IcebergType, isValueRequired: Bool,
    unknown: JSONObject = JSONObject()
  ) {
    self.keyID = keyID
    self.key = key
    self.valueID = valueID
    self.value = value
    self.isValueRequired = isValueRequired
    self.unknown = unknown
  }
}

/// A field of a struct.
public struct NestedField: Hashable, Sendable {
  public var id: Int
  public var name: String
  public var isRequired: Bool
  public var type: IcebergType
  public var doc: String?
  /// Single values in JSON; nil and `null` are the same.
  public var initialDefault: JSONValue?
  public var writeDefault: JSONValue?
  public var unknown: JSONObject

  public init(
    _ id: Int, _ name: String, _ type: IcebergType, isRequired: Bool = false, doc: String? = nil,
    initialDefault: JSONValue? = nil, writeDefault: JSONValue? = nil,
    unknown: JSONObject = JSONObject()
  ) {
    self.id = id
    self.name = name
    self.type = type
    self.isRequired = isRequired
    self.doc = doc
    self.initialDefault = initialDefault
    self.writeDefault = writeDefault
    self.unknown = unknown
  }

  public init(
    _ id: Int, _ name: String, _ type: PrimitiveType, isRequired: Bool = false
  ) {
    self.init(id, name, .primitive(type), isRequired: isRequired)
  }
}
