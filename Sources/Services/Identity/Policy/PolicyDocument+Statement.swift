import JSON

extension PolicyDocument.Statement {
  private static let members = [
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
    "Condition",
  ]

  init(
    _ value: JSONValue, _ placement: PolicyDocument.Placement, version: String
  ) throws(PolicyProblem) {
    guard let object = value.object else { throw PolicyProblem("it is no object") }
    try PolicyReading.refuse(object, otherThan: Self.members, in: "it")
    self.sid = try PolicyReading.text(object["Sid"], "Sid")
    guard (self.sid?.utf8.count ?? 0) <= 128 else { throw PolicyProblem("its Sid is too long") }
    switch object["Effect"] {
    case .string("Allow"): self.isAllow = true
    case .string("Deny"): self.isAllow = false
    default: throw PolicyProblem("Effect is not \"Allow\" or \"Deny\"")
    }
    (self.actions, self.negatesActions) = try PolicyReading.either(object, "Action", "NotAction")
    (self.resources, self.negatesResources) = try PolicyReading.either(
      object, "Resource", "NotResource")
    self.principals = try Self.principals(object, isAllow: self.isAllow, placement)
    self.conditions = try Self.conditions(object["Condition"])
    try self.check(placement, version: version)
  }

  private static func principals(
    _ object: JSONObject, isAllow: Bool, _ placement: PolicyDocument.Placement
  ) throws(PolicyProblem) -> PolicyDocument.Principals? {
    let given = object["Principal"]
    let negated = object["NotPrincipal"]
    switch placement {
    case .identity:
      guard given == nil, negated == nil else {
        throw PolicyProblem("it names a Principal: a policy of an identity has none")
      }
      return nil
    case .bucket:
      guard (given == nil) != (negated == nil), let value = given ?? negated else {
        throw PolicyProblem("it must have a Principal or a NotPrincipal")
      }
      guard negated == nil || !isAllow else {
        throw PolicyProblem("NotPrincipal goes with Deny only")
      }
      return PolicyDocument.Principals(
        names: try Self.principalNames(value), isNegated: negated != nil)
    }
  }

  private static func principalNames(_ value: JSONValue) throws(PolicyProblem) -> [String] {
    if value == "*" { return ["*"] }
    guard let object = value.object, !object.isEmpty else {
      throw PolicyProblem("Principal is neither \"*\" nor an object")
    }
    try PolicyReading.refuse(object, otherThan: ["AWS", "CanonicalUser"], in: "Principal")
    var names: [String] = []
    for member in object.members { names += try PolicyReading.texts(member.value, member.name) }
    for name in names where PrincipalPattern(name) == nil {
      throw PolicyProblem("\(IdentityError.quoted(name)) is no principal")
    }
    return names
  }

  private static func conditions(
    _ value: JSONValue?
  ) throws(PolicyProblem) -> [PolicyDocument.Clause] {
    guard let value else { return [] }
    guard let blocks = value.object else { throw PolicyProblem("Condition is no object") }
    var clauses: [PolicyDocument.Clause] = []
    for block in blocks.members {
      guard let by = ConditionOperator(parsing: block.name) else {
        throw PolicyProblem("\(IdentityError.quoted(block.name)) is no operator of a condition")
      }
      guard let keys = block.value.object, !keys.isEmpty else {
        throw PolicyProblem("\(block.name) is no object of keys")
      }
      for member in keys.members {
        guard let key = ConditionKey(member.name) else {
          throw PolicyProblem("\(IdentityError.quoted(member.name)) is no key of a condition")
        }
        let values = try PolicyReading.texts(member.value, member.name)
        clauses.append(PolicyDocument.Clause(by: by, key: key, values: values))
      }
    }
    guard clauses.count <= PolicyDocument.listCountMax else {
      throw PolicyProblem("it has \(clauses.count) conditions")
    }
    return clauses
  }

  private func check(
    _ placement: PolicyDocument.Placement, version: String
  ) throws(PolicyProblem) {
    for action in self.actions where ActionSet(pattern: action) == nil {
      throw PolicyProblem("\(IdentityError.quoted(action)) names no action")
    }
    for resource in self.resources {
      guard resource.utf8.count <= WildcardPattern.byteCountMax else {
        throw PolicyProblem("a resource of \(resource.utf8.count) bytes is too long")
      }
      if version == "2012-10-17", resource.contains("${") {
        throw PolicyProblem("variables such as ${aws:username} are not supported")
      }
      if case .bucket(let bucket) = placement {
        let arn = "arn:aws:s3:::\(bucket)"
        guard resource == arn || resource.hasPrefix(arn + "/") else {
          throw PolicyProblem("\(IdentityError.quoted(resource)) is not in the bucket \(bucket)")
        }
      }
    }
  }
}

/// Taking a policy's JSON apart.
enum PolicyReading {
  static func refuse(
    _ object: JSONObject, otherThan names: [String], in place: String
  ) throws(PolicyProblem) {
    for member in object.members where !names.contains(member.name) {
      throw PolicyProblem(
        "\(place) has \(IdentityError.quoted(member.name)), known are "
          + names.joined(separator: ", "))
    }
  }

  static func text(_ value: JSONValue?, _ name: String) throws(PolicyProblem) -> String? {
    guard let value else { return nil }
    guard let text = value.string, text.utf8.count <= 256 else {
      throw PolicyProblem("\(name) is no short text")
    }
    return text
  }

  /// A text or a list of texts; numbers and booleans are what their texts are.
  static func texts(_ value: JSONValue, _ name: String) throws(PolicyProblem) -> [String] {
    var texts: [String] = []
    for element in value.array ?? [value] {
      switch element {
      case .string(let text): texts.append(text)
      case .boolean(let truth): texts.append(truth ? "true" : "false")
      case .number: texts.append(element.description)
      case .null, .array, .object: throw PolicyProblem("\(name) is no text or list of texts")
      }
    }
    guard !texts.isEmpty else { throw PolicyProblem("\(name) is an empty list") }
    guard texts.count <= PolicyDocument.listCountMax else {
      throw PolicyProblem("\(name) has \(texts.count) values")
    }
    return texts
  }

  static func either(
    _ object: JSONObject, _ name: String, _ negated: String
  ) throws(PolicyProblem) -> ([String], Bool) {
    switch (object[name], object[negated]) {
    case (.some(let value), nil): return (try Self.texts(value, name), false)
    case (nil, .some(let value)): return (try Self.texts(value, negated), true)
    case (nil, nil), (.some, .some):
      throw PolicyProblem("it must have either \(name) or \(negated)")
    }
  }
}
