/// The rules of one place: a policy, the grants of a role, a bucket's policy, the scope of a token.
/// Compiled once and shared.
package final class RuleSet: Sendable {
  /// How people are told where the rule is: `role reader`, `policy nightly`, `bucket policy`.
  package let source: String
  let allows: [Rule]
  let denies: [Rule]
  /// What some rule allows or denies: most sets are passed by after one look.
  let allowed: ActionSet
  let denied: ActionSet

  init(source: String, allows: [Rule], denies: [Rule]) {
    self.source = source
    self.allows = allows
    self.denies = denies
    self.allowed = allows.reduce(into: ActionSet()) { $0.formUnion($1.actions) }
    self.denied = denies.reduce(into: ActionSet()) { $0.formUnion($1.actions) }
  }

  package convenience init(_ document: PolicyDocument, source: String) throws(IdentityError) {
    var allows: [Rule] = []
    var denies: [Rule] = []
    for (index, statement) in document.statements.enumerated() {
      do throws(PolicyProblem) {
        let rule = try Rule(statement, number: index + 1)
        if statement.isAllow { allows.append(rule) } else { denies.append(rule) }
      } catch {
        throw PolicyDocument.malformed("statement \(index + 1): \(error.text)")
      }
    }
    self.init(source: source, allows: allows, denies: denies)
  }

  convenience init(_ grants: some Sequence<Grant>, source: String) throws(IdentityError) {
    var allows: [Rule] = []
    var denies: [Rule] = []
    for grant in grants {
      let rule = try Rule(grant)
      if grant.isAllow { allows.append(rule) } else { denies.append(rule) }
    }
    self.init(source: source, allows: allows, denies: denies)
  }

  /// Allows these actions on everything: what a token's scope narrows to.
  convenience init(actions: ActionSet, source: String) {
    self.init(source: source, allows: [Rule(text: source, actions: actions)], denies: [])
  }

  var isEmpty: Bool { self.allows.isEmpty && self.denies.isEmpty }

  /// Whether some rule looks at a key: whoever asks then brings its values.
  package func asks(about key: ConditionKey) -> Bool {
    (self.allows + self.denies).contains { $0.conditions.contains { $0.key == key } }
  }

  /// Whether some rule looks at a key that begins so, such as `s3:existingobjecttag/`.
  package func asks(aboutKeysFrom prefix: String) -> Bool {
    (self.allows + self.denies).contains {
      $0.conditions.contains { $0.key.text.hasPrefix(prefix) }
    }
  }

  /// Whether it lets anybody in, without a condition that names who or from where.
  package var isPublic: Bool {
    self.allows.contains { rule in
      (rule.principals ?? []).contains { $0.isEverybody }
        && !rule.conditions.contains { $0.limitsWho }
    }
  }

  func denial(
    of action: Action, _ resource: String, _ subject: Subject, _ context: AccessContext
  ) -> Rule? {
    guard self.denied.contains(action) else { return nil }
    for rule in self.denies where rule.applies(to: action, resource, subject, context) {
      return rule
    }
    return nil
  }

  func allowance(
    of action: Action, _ resource: String, _ subject: Subject, _ context: AccessContext
  ) -> Rule? {
    guard self.allowed.contains(action) else { return nil }
    for rule in self.allows where rule.applies(to: action, resource, subject, context) {
      return rule
    }
    return nil
  }
}

extension Condition {
  /// Ties a rule to a network, an account or a user.
  var limitsWho: Bool {
    guard !self.by.isNegated, !self.by.ifExists, self.by.quantifier != .all else { return false }
    switch self.key {
    case .sourceAddress:
      return self.by.comparison == .ipAddress
        && self.operands.allSatisfy {
          guard case .block(let block) = $0 else { return false }
          return !block.isEverything
        }
    case .principalAccount, .userID, .userName:
      return self.by.comparison == .stringEquals || self.by.comparison == .stringEqualsIgnoreCase
    default: return false
    }
  }
}
