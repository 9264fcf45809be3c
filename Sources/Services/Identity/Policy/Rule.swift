/// One statement of a policy or one grant, ready to be asked: sets of bits and patterns.
struct Rule: Sendable {
  /// How people are told which rule it was.
  let text: String
  let actions: ActionSet
  let resources: [WildcardPattern]
  let negatesResources: Bool
  /// Nil where the rule hangs on the principal itself.
  let principals: [PrincipalPattern]?
  let negatesPrincipals: Bool
  let conditions: [Condition]

  @inline(__always) func applies(
    to action: Action, _ resource: String, _ subject: Subject, _ context: AccessContext
  ) -> Bool {
    self.actions.contains(action) && self.matchesRest(resource, subject, context)
  }

  private func matchesRest(
    _ resource: String, _ subject: Subject, _ context: AccessContext
  ) -> Bool {
    if let principals = self.principals {
      var isNamed = false
      for principal in principals where principal.matches(subject) {
        isNamed = true
        break
      }
      if isNamed == self.negatesPrincipals { return false }
    }
    var isNamed = false
    for pattern in self.resources where pattern.matches(resource) {
      isNamed = true
      break
    }
    if isNamed == self.negatesResources { return false }
    for condition in self.conditions where !condition.holds(in: context, subject) { return false }
    return true
  }
}

extension Rule {
  init(_ statement: PolicyDocument.Statement, number: Int) throws(PolicyProblem) {
    var actions = ActionSet()
    for pattern in statement.actions {
      guard let named = ActionSet(pattern: pattern) else {
        throw PolicyProblem("\(IdentityError.quoted(pattern)) names no action")
      }
      actions.formUnion(named)
    }
    self.actions = statement.negatesActions ? actions.inverted : actions
    self.resources = statement.resources.map { WildcardPattern($0) }
    self.negatesResources = statement.negatesResources
    self.principals = statement.principals.map { $0.names.compactMap { PrincipalPattern($0) } }
    self.negatesPrincipals = statement.principals?.isNegated ?? false
    var conditions: [Condition] = []
    for clause in statement.conditions {
      conditions.append(try Condition(clause.by, clause.key, clause.values))
    }
    self.conditions = conditions
    self.text =
      "\(statement.isAllow ? "allow" : "deny"), statement \(number)"
      + (statement.sid.map { " \"\($0)\"" } ?? "")
  }

  /// A grant covers its resource and what lies below it.
  init(_ grant: Grant) throws(IdentityError) {
    guard let actions = ActionSet(pattern: grant.privilege) else {
      throw Grant.unknown(grant.privilege)
    }
    self.actions = actions
    self.resources = [
      WildcardPattern(try ResourceName.canonical(grant.resource), coversBelow: true)
    ]
    self.negatesResources = false
    self.principals = nil
    self.negatesPrincipals = false
    self.conditions = []
    self.text = grant.description
  }
}
