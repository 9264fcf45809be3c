internal import JSON

/// Columns, transforms and constants of filters.
extension ExpressionDecoder {
  static func term(_ json: JSONCursor, _ depth: Int) throws(JSONError) -> Expression.Term {
    guard depth <= IcebergLimits.expressionDepthMax else {
      throw JSONError(.tooDeep, "the term is too deep", path: "$")
    }
    if let name = json.string { return .reference(.name(name)) }
    guard json.kind == .object else { throw json.mismatch("a column") }
    let type = try json.string("type")
    switch type {
    case "reference": return .reference(try self.reference(json))
    case "transform":
      let transform: Transform = try json.decode("transform")
      let inner = try json.member("term") { (value) throws(JSONError) in
        try self.term(value, depth + 1)
      }
      return try self.apply(transform, to: inner)
    case "apply": return try self.application(json, depth)
    default:
      throw JSONError(
        .outOfRange, "\(quoted(type)) is neither reference, transform nor apply", path: "$"
      ).inside(member: "type")
    }
  }

  private static func reference(_ json: JSONCursor) throws(JSONError) -> Expression.Reference {
    if let id = try json.intIfPresent("id") { return .id(id) }
    if let name = try json.stringIfPresent("name") { return .name(name) }
    return .name(try json.string("term"))
  }

  private static func apply(
    _ transform: Transform, to term: Expression.Term
  ) throws(JSONError) -> Expression.Term {
    guard case .reference(let reference) = term else {
      throw JSONError(.outOfRange, "a transform of a transform is not supported", path: "$")
    }
    return transform == .identity ? term : .transform(transform, reference)
  }

  /// A function that is a partition transform.
  private static func application(
    _ json: JSONCursor, _ depth: Int
  ) throws(JSONError) -> Expression.Term {
    let name = try json.member("function") { (value) throws(JSONError) in
      try self.functionName(value)
    }
    guard let list = json.member("arguments"), list.kind == .array else {
      throw JSONError(.missingMember, "an array is missing", path: "$")
        .inside(member: "arguments")
    }
    let isParameterized = name == "bucket" || name == "truncate"
    guard list.count == (isParameterized ? 2 : 1), let last = list.element(isParameterized ? 1 : 0)
    else {
      throw JSONError(
        .outOfRange, "\(name) takes \(isParameterized ? 2 : 1) arguments", path: "$"
      ).inside(member: "arguments")
    }
    let term = try self.term(last, depth + 1)
    var text = name
    if isParameterized, let first = list.element(0) {
      let operand = try self.operand(first)
      guard case .json(let value, _) = operand, let count = value.int64 else {
        throw JSONError(.wrongType, "the first argument of \(name) is an integer", path: "$")
          .inside(member: "arguments")
      }
      text = "\(name)[\(count)]"
    }
    let transform: Transform
    do throws(IcebergError) {
      transform = try Transform(parsing: text)
    } catch {
      throw JSONError(.outOfRange, error.message, path: "$")
    }
    return try self.apply(transform, to: term)
  }

  private static let functions: Set = [
    "identity", "bucket", "truncate", "year", "month", "day", "hour",
  ]

  private static func functionName(_ json: JSONCursor) throws(JSONError) -> String {
    var parts: [String]
    if let name = json.string {
      parts = [name]
    } else if json.kind == .array {
      parts = try [String](json: json)
    } else {
      if let catalog = try json.stringIfPresent("catalog"), catalog != "iceberg_functions" {
        throw JSONError(.outOfRange, "functions of \(quoted(catalog)) are not supported", path: "$")
      }
      parts = try json.strings("identifier")
    }
    guard parts.count == 1, Self.functions.contains(parts[0]) else {
      throw JSONError(
        .outOfRange, "\(quoted(parts.joined(separator: "."))) is no function that is known",
        path: "$")
    }
    return parts.removeLast()
  }

  // MARK: Constants

  static func operand(_ json: JSONCursor) throws(JSONError) -> Expression.Operand {
    guard json.kind == .object else { return .json(JSONValue(json: json), type: nil) }
    guard try json.string("type") == "literal", let value = json.member("value") else {
      throw json.mismatch("a constant")
    }
    return .json(JSONValue(json: value), type: try self.dataType(json))
  }

  private static func dataType(_ json: JSONCursor) throws(JSONError) -> PrimitiveType? {
    guard let type = try json.decodeIfPresent("data-type", as: IcebergType.self) else { return nil }
    guard let primitive = type.primitive else {
      throw JSONError(.outOfRange, "a constant is of a primitive type", path: "$")
        .inside(member: "data-type")
    }
    return primitive
  }

  static func operands(_ json: JSONCursor) throws(JSONError) -> [Expression.Operand] {
    var type: PrimitiveType?
    var list = json
    if json.kind == .object {
      type = try self.dataType(json)
      guard let values = json.member("values") else {
        throw JSONError(.missingMember, "member is missing", path: "$").inside(member: "values")
      }
      list = values
    }
    guard list.kind == .array else { throw list.mismatch("an array of constants") }
    guard list.count ?? 0 <= IcebergLimits.expressionValueCountMax else {
      throw JSONError(
        .tooLarge, "more than \(IcebergLimits.expressionValueCountMax) constants", path: "$")
    }
    return try list.readArray { (element) throws(JSONError) in
      let operand = try self.operand(element)
      if let type, case .json(let value, nil) = operand { return .json(value, type: type) }
      return operand
    }
  }
}
