/// Who asks what of what: all that a policy may look at.
public struct PolicyRequest: Sendable {
  /// The names that a Principal may call the caller by; empty for somebody without credentials.
  public var principals: [String]
  /// `s3:GetObject`
  public var action: String
  /// `arn:aws:s3:::bucket/key`
  public var resource: String
  /// By lower-case name.
  public var context: [String: [String]]

  public init(
    principals: [String], action: String, resource: String, context: [String: [String]] = [:]
  ) {
    self.principals = principals
    self.action = action
    self.resource = resource
    self.context = context
  }
}

extension BucketPolicy {
  public enum Decision: Sendable, Hashable {
    case allowed
    /// Wins over everything.
    case denied
    case noStatement
  }

  /// - Parameter ignoringPublic: statements that allow everybody do not count.
  public func evaluate(_ request: PolicyRequest, ignoringPublic: Bool = false) -> Decision {
    var decision = Decision.noStatement
    let action = request.action.lowercased()
    for statement in self.statements {
      guard statement.applies(to: request, action) else { continue }
      switch statement.effect {
      case .deny: return .denied
      case .allow: if !(ignoringPublic && statement.isPublic) { decision = .allowed }
      }
    }
    return decision
  }

  /// Whether a statement opens the bucket to everybody.
  public var isPublic: Bool { self.statements.contains(where: \.isPublic) }
}

extension BucketPolicy.Statement {
  func applies(to request: PolicyRequest, _ action: String) -> Bool {
    self.matchesPrincipal(request) != self.excludesPrincipals
      && self.actions.contains { Wildcard.matches($0, action, hasQuestionMark: true) }
        != self.excludesActions
      && self.resources.contains {
        Wildcard.matches($0, request.resource, hasQuestionMark: true)
      } != self.excludesResources
      && self.conditions.allSatisfy { $0.holds(request.context) }
  }

  private func matchesPrincipal(_ request: PolicyRequest) -> Bool {
    switch self.principals {
    case .everybody: true
    case .named(let names): names.contains(where: request.principals.contains)
    }
  }

  /// Allows everybody, unless a condition pins down who.
  var isPublic: Bool {
    guard self.effect == .allow, !self.excludesPrincipals else { return false }
    guard case .everybody = self.principals else { return false }
    return !self.conditions.contains(where: \.pinsCaller)
  }
}

extension BucketPolicy {
  /// Whether a statement is about some keys under one of the folders and not about others.
  public func distinguishes(bucket: String, folders: [String]) -> Bool {
    let root = "arn:aws:s3:::\(bucket)/"
    return self.statements.contains { statement in
      statement.resources.contains { resource in
        folders.contains { folder in
          let path = root + folder
          guard
            resource.hasPrefix(path) || path.hasPrefix(resource.prefix { $0 != "*" && $0 != "?" })
          else { return false }
          // `…/*` over the whole folder, or over more than it, is about all of it.
          return resource.hasPrefix(path) && resource != path + "*"
        }
      }
    }
  }
}
