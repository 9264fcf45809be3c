/// One line of `grant list`.
package struct GrantRow: Hashable, Sendable {
  package var who: Who
  package var privilege: String
  package var resource: String
  package var isAllow: Bool
  /// `grant`, or the role or group that it comes from.
  package var source: String
}

extension IdentityService {
  /// Gives a grant; having it already is fine. True when something changed.
  package func addGrant(
    _ grant: Grant, to who: Who, by author: Author
  ) async throws(IdentityError) -> Bool {
    try grant.check()
    return try await self.editGrants(of: who, grant, "grant.add", by: author) { grants in
      if !grants.contains(grant) { grants.append(grant) }
    }
  }

  /// Takes a grant away; not having it is fine.
  package func removeGrant(
    _ grant: Grant, from who: Who, by author: Author
  ) async throws(IdentityError) -> Bool {
    try await self.editGrants(of: who, grant, "grant.remove", by: author) { grants in
      grants.removeAll { $0 == grant }
    }
  }

  private func editGrants(
    of who: Who, _ grant: Grant, _ action: String, by author: Author,
    _ edit: (inout [Grant]) -> Void
  ) async throws(IdentityError) -> Bool {
    let audit = AuditDraft(action, "grants/\(who)", details: [grant.description])
    return try await self.change(by: author) { directory throws(IdentityError) in
      let there = directory.grants[who.description]?.record
      var list = GrantList(who, there?.grants ?? [])
      let before = list.grants
      edit(&list.grants)
      try directory.checkExists(who)
      guard list.grants != before else { return ChangePlan([], audit) { _ in false } }
      if list.grants.isEmpty {
        let gone = RecordChange(key: RecordKey(.grants, list.name), value: nil)
        return ChangePlan([gone], audit) { _ in true }
      }
      try list.check(in: directory)
      return ChangePlan([RecordChange(list)], audit) { _ in true }
    }
  }
}

extension Directory {
  /// Grants, those of built-in roles included, ordered by who, privilege and resource.
  ///
  /// - Parameter who: with what comes from roles and groups.
  /// - Parameter resource: those that cover it.
  package func grantRows(to who: Who? = nil, on resource: String? = nil)
    throws(IdentityError) -> [GrantRow]
  {
    var rows: [GrantRow] = []
    if let who {
      _ = try self.standingForQuestions(about: who)
      for origin in self.origins(of: who) { rows += self.rows(of: origin, for: who) }
    } else {
      for name in BuiltInRoles.all.keys { rows += self.rows(of: .role(name), for: .role(name)) }
      for list in self.grants.values {
        rows += self.rows(of: list.record.who, for: list.record.who)
      }
    }
    if let resource {
      let canonical = try ResourceName.canonical(resource)
      rows = rows.filter { row in
        guard let pattern = try? ResourceName.canonical(row.resource) else { return false }
        return WildcardPattern(pattern, coversBelow: true).matches(canonical)
      }
    }
    return rows.sorted {
      ($0.who, $0.source, $0.privilege, $0.resource) < (
        $1.who, $1.source, $1.privilege, $1.resource
      )
    }
  }

  /// Everybody whose grants `who` has.
  private func origins(of who: Who) -> [Who] {
    var roles: [String] = []
    var origins = [who, .everyone]
    switch who.kind {
    case .user:
      guard let user = self.users[who.name]?.record else { break }
      origins += user.groups.map { .group($0) }
      roles = self.effectiveRoles(of: user)
    case .group:
      roles = self.roleClosure(of: self.groups[who.name]?.record.roles ?? []).names.sorted()
    case .client:
      roles = self.roleClosure(of: self.clients[who.name]?.record.roles ?? []).names.sorted()
    case .role: roles = self.roleClosure(of: [who.name]).names.sorted()
    case .account, .everyone, .anonymous: break
    }
    var seen: Set<Who> = []
    return (origins + roles.map { .role($0) }).filter { seen.insert($0).inserted }
  }

  private func rows(of origin: Who, for who: Who) -> [GrantRow] {
    let source = origin == who ? "grant" : origin.description.replacing(":", with: " ")
    if origin.kind == .role, let builtIn = BuiltInRoles.all[origin.name] {
      return builtIn.actions.map {
        GrantRow(who: who, privilege: $0, resource: "*", isAllow: true, source: source)
      }
    }
    return (self.grants[origin.description]?.record.grants ?? []).map {
      GrantRow(
        who: who, privilege: $0.privilege, resource: $0.resource, isAllow: $0.isAllow,
        source: source)
    }
  }
}
