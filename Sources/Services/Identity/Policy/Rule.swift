/// One statement of a policy or one grant, ready to be asked: sets of bits and patterns.
///
/// A class, so that going through rules counts one reference a rule and not one a member.
final class Rule: Sendable {
  /// How people are told which rule it was.
  let text: String
  let actions: ActionSet
  let resources: [WildcardPattern]
  let negatesResources: Bool
  /// Nil where the rule hangs on the principal itself.
  let principals: [PrincipalPattern]?
  let negatesPrincipals: Bool
  let conditions: [Condition]

  init(
    text: String, actions: ActionSet, resources: [WildcardPattern] = [WildcardPattern("*")],
    negatesResources: Bool = false, principals: [PrincipalPattern]? = nil,
    negatesPrincipals: Bool = false, conditions: [Condition] = []
  ) {
    self.text = text
    self.actions = actions
    self.resources = resources
    self.negatesResources = negatesResources
    self.principals = principals
    self.negatesPrincipals = negatesPrincipals
    self.conditions = conditions
  }

  @inline(__always) func applies(
    to action: Action, _ resource: String, _ subject: Subject, _ context: AccessContext
  ) -> Bool {
    self.actions.contains(action) && self.matchesRest(resource, subject, context)
  }

  private func matchesRest(
    _ resource: String, _ subject: Subject, _ context: AccessContext
  ) -> Bool {
    if let principals = self.principals {
      let isNamed = principals.contains { $0.matches(subject) }
      if isNamed == self.negatesPrincipals { return false }
    }
    // Elements are looked at where they are: copying one counts references.
    let isNamed = self.resources.withUnsafeBufferPointer { patterns in
      for index in patterns.indices where patterns[index].matches(resource) { return true }
      return false
    }
    if isNamed == self.negatesResources { return false }
    if self.conditions.isEmpty { return true }
    return self.conditions.withUnsafeBufferPointer { conditions in
      for index in conditions.indices where !conditions[index].holds(in: context, subject) {
        return false
      }
      return true
    }
  }
}

extension Rule {
  convenience init(
    _ statement: PolicyDocument.Statement, number: Int
  ) throws(PolicyProblem) {
    var actions = ActionSet()
    for pattern in statement.actions {
      guard let named = ActionSet(pattern: pattern) else {
        throw PolicyProblem("\(IdentityError.quoted(pattern)) names no action")
      }
      actions.formUnion(named)
    }
    var conditions: [Condition] = []
    for clause in statement.conditions {
      conditions.append(try Condition(clause.by, clause.key, clause.values))
    }
    self.init(
      text: "\(statement.isAllow ? "allow" : "deny"), statement \(number)"
        + (statement.sid.map { " \"\($0)\"" } ?? ""),
      actions: statement.negatesActions ? actions.inverted : actions,
      resources: statement.resources.map { WildcardPattern($0) },
      negatesResources: statement.negatesResources,
      principals: statement.principals.map { $0.names.compactMap { PrincipalPattern($0) } },
      negatesPrincipals: statement.principals?.isNegated ?? false, conditions: conditions)
  }

  /// A grant covers its resource and what lies below it.
  convenience init(_ grant: Grant) throws(IdentityError) {
    guard let actions = ActionSet(pattern: grant.privilege) else {
      throw Grant.unknown(grant.privilege)
    }
    let pattern = WildcardPattern(
      try ResourceName.canonical(grant.resource), coversBelow: true)
    self.init(text: grant.description, actions: actions, resources: [pattern])
  }
}
