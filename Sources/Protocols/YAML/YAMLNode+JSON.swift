public import JSON

extension YAMLNode {
  /// The node as a JSON value. Infinities and "not a number" have no JSON form and are refused.
  public func json() throws(YAMLError) -> JSONValue {
    switch self.content {
    case .scalar(let scalar):
      switch scalar.value {
      case .null: return .null
      case .boolean(let value): return .boolean(value)
      case .integer(let number), .real(let number): return .number(number)
      case .string: return .string(scalar.text)
      case .notFinite:
        throw YAMLError(
          .badValue, "\(scalar.text) has no JSON form", at: self.position)
      }
    case .sequence(let nodes):
      var elements: [JSONValue] = []
      elements.reserveCapacity(nodes.count)
      for node in nodes { elements.append(try node.json()) }
      return .array(elements)
    case .mapping(let pairs):
      var object = JSONObject()
      for pair in pairs { object.append(try pair.value.json(), named: pair.key) }
      return .object(object)
    }
  }
}
