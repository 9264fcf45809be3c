import JSON

/// A policy as people write it, AWS's form: read once, then compiled into a `RuleSet`.
package struct PolicyDocument: Hashable, Sendable {
  package static let byteCountMax = 20 << 10
  package static let statementCountMax = 200
  /// Actions, resources, principals and conditions of one statement.
  package static let listCountMax = 500

  /// Where a policy stands, which decides what it must and must not say.
  package enum Placement: Hashable, Sendable {
    /// With a user, group, role, client or key: names no principal.
    case identity
    /// With a bucket: names principals, and resources of that bucket only.
    case bucket(String)
  }

  package struct Statement: Hashable, Sendable {
    package var sid: String?
    package var isAllow: Bool
    /// Nil in a policy of an identity.
    package var principals: Principals?
    package var actions: [String]
    package var negatesActions = false
    package var resources: [String]
    package var negatesResources = false
    package var conditions: [Clause] = []
  }

  package struct Principals: Hashable, Sendable {
    /// `*`, or what stood under `AWS` and `CanonicalUser`.
    package var names: [String]
    package var isNegated: Bool
  }

  package struct Clause: Hashable, Sendable {
    package var by: ConditionOperator
    package var key: ConditionKey
    package var values: [String]
  }

  package var placement: Placement
  package var version: String
  package var id: String?
  package var statements: [Statement]
}

extension PolicyDocument {
  static let versions = ["2012-10-17", "2008-10-17", "1"]

  /// Throws `policyMalformed`, naming the statement and what is wrong with it.
  package init(parsing text: String, placement: Placement) throws(IdentityError) {
    guard text.utf8.count <= Self.byteCountMax else {
      throw IdentityError(
        .limitReached, "the policy is too long",
        why: "it has \(text.utf8.count) bytes; the limit is \(Self.byteCountMax)")
    }
    let value: JSONValue
    do {
      value = try JSONValue(
        parsing: text, limits: JSONLimits(byteCountMax: Self.byteCountMax, depthMax: 10))
    } catch {
      throw Self.malformed("\(error)")
    }
    do {
      try self.init(value, placement)
    } catch {
      throw Self.malformed(error.text)
    }
    // Whatever can be wrong is found now, not when a request comes.
    _ = try RuleSet(self, source: "")
  }

  static func malformed(_ why: String) -> IdentityError {
    IdentityError(.policyMalformed, "the policy cannot be read", why: why)
  }

  private init(_ value: JSONValue, _ placement: Placement) throws(PolicyProblem) {
    guard let object = value.object else { throw PolicyProblem("it is no JSON object") }
    try PolicyReading.refuse(object, otherThan: ["Version", "Id", "Statement"], in: "the policy")
    let version = try PolicyReading.text(object["Version"], "Version") ?? "2012-10-17"
    guard Self.versions.contains(version) else {
      throw PolicyProblem("Version is \(IdentityError.quoted(version)), not 2012-10-17")
    }
    let list: [JSONValue]
    switch object["Statement"] {
    case .array(let elements): list = elements
    case .object(let one): list = [.object(one)]
    default: throw PolicyProblem("Statement is missing or no list of objects")
    }
    guard !list.isEmpty else { throw PolicyProblem("it has no statement") }
    guard list.count <= Self.statementCountMax else {
      throw PolicyProblem("it has \(list.count) statements; the limit is \(Self.statementCountMax)")
    }
    self.placement = placement
    self.version = version
    self.id = try PolicyReading.text(object["Id"], "Id")
    self.statements = []
    for (index, element) in list.enumerated() {
      do throws(PolicyProblem) {
        self.statements.append(try Statement(element, placement, version: version))
      } catch {
        throw PolicyProblem("statement \(index + 1): \(error.text)")
      }
    }
    let sids = self.statements.compactMap(\.sid)
    guard Set(sids).count == sids.count else { throw PolicyProblem("a Sid is there twice") }
  }
}
