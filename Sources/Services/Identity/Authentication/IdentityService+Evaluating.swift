import Values

extension IdentityService {
  private static let gone = Decision(
    false, rule: "the credentials are good no more", source: "session")

  /// Whether `principal` may do this now. Takes no store access; see `Evaluator` for the rules.
  package func evaluate(_ principal: Principal, _ request: AccessRequest) -> Decision {
    if principal.method == .trusted {
      return Decision(true, rule: "authentication is off", source: "daemon")
    }
    let directory = self.directory
    guard let standing = directory.standing(of: principal, at: request.context.time)
    else { return Self.gone }
    return Evaluator.decide(request, standing)
  }

  package func evaluate(
    _ principal: Principal, _ action: Action, on resource: String, _ context: AccessContext
  ) -> Decision {
    self.evaluate(principal, AccessRequest(action, on: resource, context))
  }

  /// Throws `denied`, with the rule, when the answer is no.
  package func require(
    _ principal: Principal, _ action: Action, on resource: String, _ context: AccessContext
  ) throws(IdentityError) {
    let decision = self.evaluate(principal, action, on: resource, context)
    guard !decision.isAllowed else { return }
    throw IdentityError(
      .denied, "\(principal.who) may not \(action) on \(resource)",
      why: "\(decision.rule) (\(decision.source))",
      tries: ["lakectl grant explain \(principal.who) \(action) \(resource)"])
  }

  /// Whether the credentials behind a principal are still good: for connections that live long.
  package func check(_ principal: Principal) throws(IdentityError) {
    guard principal.method != .trusted else { return }
    if let end = principal.expiresAt, end <= self.now {
      throw IdentityError(.expired, "the credentials of \(principal.who) expired", why: "at \(end)")
    }
    guard self.directory.standing(of: principal, at: self.now) != nil else {
      throw IdentityError(
        .notAuthenticated, "the credentials of \(principal.who) were taken back or disabled")
    }
  }

  /// Why somebody may or may not: `grant explain`. A privilege of several actions is allowed when all
  /// are; the answer is then that of the first one that is not.
  package func explain(
    _ who: Who, _ privilege: String, on resource: String, context: AccessContext? = nil
  ) throws(IdentityError) -> Decision {
    guard let actions = ActionSet(pattern: privilege) else { throw Grant.unknown(privilege) }
    let standing = try self.directory.standingForQuestions(about: who)
    let context = context ?? AccessContext(time: self.now)
    let canonical = try ResourceName.canonical(resource)
    var answer = Decision(false, rule: "no rule allows it", source: "default")
    for action in Action.all where actions.contains(action) {
      answer = Evaluator.decide(AccessRequest(action, on: canonical, context), standing)
      guard answer.isAllowed else { return answer }
    }
    return answer
  }

  /// What a policy would say, alone: `policy test`. With `principal` the policy is one of a bucket's.
  package static func test(
    policy text: String, placement: PolicyDocument.Placement = .identity,
    as subject: Subject = Subject(name: "user:test", userName: "test"), _ request: AccessRequest
  ) throws(IdentityError) -> Decision {
    let document = try PolicyDocument(parsing: text, placement: placement)
    let rules = try RuleSet(document, source: "policy")
    var request = request
    switch placement {
    case .identity:
      return Evaluator.decide(request, Standing(subject: subject, access: [rules]))
    case .bucket:
      request.resourcePolicy = rules
      return Evaluator.decide(request, Standing(subject: subject, access: []))
    }
  }
}

extension Directory {
  /// Nil when the principal's credentials are good no more.
  func standing(of principal: Principal, at now: WallTime) -> Standing? {
    if let end = principal.expiresAt, end <= now { return nil }
    guard var standing = self.standing(of: principal.who),
      self.isGood(principal, standing, at: now)
    else { return nil }
    if let rights = principal.rights { standing = standing.having(only: rights) }
    if !principal.narrowing.isEmpty { standing = standing.narrowed(by: principal.narrowing) }
    if let keyID = principal.keyID, let policy = self.openedKeys[keyID]?.narrowing {
      standing = standing.narrowed(by: [policy])
    }
    return standing
  }

  private func isGood(_ principal: Principal, _ standing: Standing, at now: WallTime) -> Bool {
    if let keyID = principal.keyID {
      guard let key = self.openedKeys[keyID], key.isGood(at: now), key.owner == principal.who,
        key.stamp == principal.stamp
      else { return false }
    } else {
      switch principal.method {
      case .anonymous, .trusted, .token: break
      case .password, .accessKey, .clientSecret, .session, .temporaryCredentials:
        guard standing.stamp == principal.stamp else { return false }
      }
    }
    if let parent = principal.parentTokenID {
      guard let token = self.tokens[parent]?.record, token.expiresAt.map({ now < $0 }) ?? true
      else {
        return false
      }
    }
    guard let tokenID = principal.tokenID else { return true }
    return principal.method == .token
      ? self.tokens[tokenID] != nil : self.revocations[tokenID] == nil
  }
}
