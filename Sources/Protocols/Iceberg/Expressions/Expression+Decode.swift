public import JSON

// Filters come in two forms, and both are read:
//
//   now       {"type":"lt","left":{"type":"reference","name":"a"},"right":5}
//             {"type":"is-null","child":REFERENCE}, {"type":"in","child":REFERENCE,"values":[…]}
//             {"type":"apply","function":"bucket","arguments":[16,REFERENCE]} for a transform
//   earlier   {"type":"lt","term":"a","value":5}, {"type":"in","term":TERM,"values":[…]}
//             TERM: a name, {"type":"reference","term":NAME} or
//             {"type":"transform","transform":"bucket[16]","term":TERM}
extension Expression: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    var decoder = ExpressionDecoder()
    self = try decoder.expression(json, depth: 1)
  }
}

struct ExpressionDecoder {
  private var nodeCount = 0

  mutating func expression(_ json: JSONCursor, depth: Int) throws(JSONError) -> Expression {
    try self.count(depth)
    if let constant = json.boolean { return constant ? .alwaysTrue : .alwaysFalse }
    guard json.kind == .object else { throw json.mismatch("a predicate") }
    let type = try json.string("type")
    switch type {
    case "true": return .alwaysTrue
    case "false": return .alwaysFalse
    case "and", "or":
      let left = try self.expression(json, "left", depth)
      let right = try self.expression(json, "right", depth)
      return type == "and" ? .and(left, right) : .or(left, right)
    case "not": return .not(try self.expression(json, "child", depth))
    default:
      guard let operation = Expression.Operation(rawValue: type) else {
        throw JSONError(.outOfRange, "\(quoted(type)) is no predicate", path: "$")
          .inside(member: "type")
      }
      return .predicate(try self.predicate(operation, json, depth))
    }
  }

  private mutating func count(_ depth: Int) throws(JSONError) {
    self.nodeCount += 1
    guard depth <= IcebergLimits.expressionDepthMax else {
      throw JSONError(
        .tooDeep, "more than \(IcebergLimits.expressionDepthMax) levels of predicates", path: "$")
    }
    guard self.nodeCount <= IcebergLimits.expressionNodeCountMax else {
      throw JSONError(
        .tooDeep, "more than \(IcebergLimits.expressionNodeCountMax) predicates", path: "$")
    }
  }

  private mutating func expression(
    _ json: JSONCursor, _ name: StaticString, _ depth: Int
  ) throws(JSONError) -> Expression {
    guard let value = json.member(name) else {
      throw JSONError(.missingMember, "member is missing", path: "$").inside(member: "\(name)")
    }
    do {
      return try self.expression(value, depth: depth + 1)
    } catch {
      throw error.inside(member: "\(name)")
    }
  }

  private mutating func predicate(
    _ operation: Expression.Operation, _ json: JSONCursor, _ depth: Int
  ) throws(JSONError) -> Expression.Predicate {
    let isEarlier = json.member("term") != nil
    if operation.isUnary || operation.isSet {
      let name: StaticString = isEarlier ? "term" : "child"
      let term = try json.member(name) { (value) throws(JSONError) in
        try Self.term(value, depth + 1)
      }
      guard operation.isSet else { return Expression.Predicate(operation, term) }
      let operands = try json.member("values") { (value) throws(JSONError) in
        try Self.operands(value)
      }
      return Expression.Predicate(operation, term, operands)
    }
    if isEarlier {
      let term = try json.member("term") { (value) throws(JSONError) in
        try Self.term(value, depth + 1)
      }
      let operand = try json.member("value") { (value) throws(JSONError) in
        try Self.operand(value)
      }
      return Expression.Predicate(operation, term, [operand])
    }
    return try self.comparison(operation, json, depth)
  }

  /// A constant may stand on either side.
  private func comparison(
    _ operation: Expression.Operation, _ json: JSONCursor, _ depth: Int
  ) throws(JSONError) -> Expression.Predicate {
    let left = try json.member("left") { (value) throws(JSONError) in
      try Self.value(value, depth + 1)
    }
    let right = try json.member("right") { (value) throws(JSONError) in
      try Self.value(value, depth + 1)
    }
    switch (left, right) {
    case (.term(let term), .operand(let operand)):
      return Expression.Predicate(operation, term, [operand])
    case (.operand(let operand), .term(let term)):
      guard let flipped = operation.flipped else {
        throw JSONError(
          .outOfRange, "\(operation.rawValue) has its constant on the right", path: "$")
      }
      return Expression.Predicate(flipped, term, [operand])
    case (.term, .term):
      throw JSONError(.outOfRange, "comparing two columns is not supported", path: "$")
    case (.operand, .operand):
      throw JSONError(.outOfRange, "comparing two constants is not supported", path: "$")
    }
  }

  private enum Side {
    case term(Expression.Term)
    case operand(Expression.Operand)
  }

  private static func value(_ json: JSONCursor, _ depth: Int) throws(JSONError) -> Side {
    guard json.kind == .object else { return .operand(try self.operand(json)) }
    if try json.string("type") == "literal" { return .operand(try self.operand(json)) }
    return .term(try self.term(json, depth))
  }
}
