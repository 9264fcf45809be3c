private import Bytes

/// A JSON value of its own: for documents that are built, changed or kept. Nothing of a text is lost:
/// members keep their order and numbers their digits.
public enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  public init(parsing text: RawSpan, limits: JSONLimits = .standard) throws(JSONError) {
    let document = try JSONDocument(parsing: text, limits: limits)
    self.init(json: document.root)
  }

  public init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
    let bytes = Array(text.utf8)
    try self.init(parsing: bytes.rawBytes, limits: limits)
  }

  /// A copy of the value at the cursor.
  public init(json cursor: JSONCursor) {
    switch cursor.kind {
    case .null: self = .null
    case .boolean: self = .boolean(cursor.boolean ?? false)
    case .number: self = .number(cursor.number ?? .integer(0))
    case .string: self = .string(cursor.string ?? "")
    case .array:
      var elements: [JSONValue] = []
      elements.reserveCapacity(cursor.count ?? 0)
      var walk = cursor.elements
      while let element = walk.next() { elements.append(JSONValue(json: element)) }
      self = .array(elements)
    case .object:
      var object = JSONObject()
      object.reserveCapacity(cursor.count ?? 0)
      var walk = cursor.members
      while let member = walk.next() {
        object.append(JSONValue(json: member.value), named: member.name)
      }
      self = .object(object)
    }
  }

  public static func integer(_ value: some BinaryInteger) -> JSONValue {
    .number(JSONNumber(value))
  }

  /// `null` when the value is not finite.
  public static func double(_ value: Double) -> JSONValue {
    value.isFinite ? .number(.double(value)) : .null
  }
}

/// Looking inside: nil when the value is of another kind.
extension JSONValue {
  public var isNull: Bool { self == .null }

  public var boolean: Bool? {
    guard case .boolean(let value) = self else { return nil }
    return value
  }

  public var number: JSONNumber? {
    guard case .number(let value) = self else { return nil }
    return value
  }

  public var int64: Int64? { self.number?.integer() }
  public var uint64: UInt64? { self.number?.integer() }
  public var double: Double? { self.number?.nearestDouble }

  public var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  public var array: [JSONValue]? {
    guard case .array(let value) = self else { return nil }
    return value
  }

  public var object: JSONObject? {
    guard case .object(let value) = self else { return nil }
    return value
  }

  public subscript(name: String) -> JSONValue? { self.object?[name] }

  public subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .number(.integer(value)) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  public init(dictionaryLiteral members: (String, JSONValue)...) {
    var object = JSONObject()
    for (name, value) in members { object.append(value, named: name) }
    self = .object(object)
  }
}

extension JSONValue: CustomStringConvertible {
  /// The compact text.
  public var description: String { self.text() }
}
