import Values

extension Directory {
  /// Compiles what follows from records of the kinds that changed.
  func recompile(after changed: Set<RecordKey>) {
    // Whom a change of these reaches is not known without looking at everybody.
    let reaching = changed.contains { key in
      switch key.kind {
      case .account, .group, .role, .policy: true
      case .grants:
        !["user:", "client:", "account:"].contains { key.name.hasPrefix($0) }
      case .user, .client, .key, .token, .revocation, .root: false
      }
    }
    for key in changed {
      switch key.kind {
      case .policy: self.compilePolicy(key.name)
      case .grants: self.compileGrants(key.name)
      case .account, .user, .group, .role, .client, .key, .token, .revocation, .root: continue
      }
    }
    if reaching {
      self.compileEverybody()
      return
    }
    for key in changed {
      switch key.kind {
      case .user: self.compileUser(key.name)
      case .client: self.compileClient(key.name)
      case .grants:
        guard let who = try? Who(parsing: key.name) else { continue }
        switch who.kind {
        case .user: self.compileUser(who.name)
        case .client: self.compileClient(who.name)
        case .account: self.compileAccount(who.name)
        case .role, .group, .everyone, .anonymous: continue
        }
      case .account, .group, .role, .policy, .key, .token, .revocation, .root: continue
      }
    }
  }

  private func compilePolicy(_ name: String) {
    let place = "policy/\(name)"
    guard let policy = self.policies[name]?.record else {
      self.ruleSets[place] = nil
      return
    }
    do {
      let document = try PolicyDocument(parsing: policy.text, placement: .identity)
      self.ruleSets[place] = try RuleSet(document, source: "policy \(name)")
    } catch {
      self.markUnreadable(place, "policy \(name)", error)
    }
  }

  private func compileGrants(_ who: String) {
    let place = "grants/\(who)"
    guard let list = self.grants[who]?.record else {
      self.ruleSets[place] = nil
      return
    }
    do {
      let source = who.replacing(":", with: " ")
      self.ruleSets[place] = try RuleSet(list.grants, source: source)
    } catch {
      self.markUnreadable(place, "grants to \(who)", error)
    }
  }

  /// What cannot be read might deny something, so it denies everything.
  func markUnreadable(_ place: String, _ source: String, _ error: IdentityError) {
    self.damaged[place] = error.description
    let rule = Rule(text: "cannot be read, so nothing is allowed", actions: .all)
    self.ruleSets[place] = RuleSet(source: source, allows: [], denies: [rule])
  }

  func compileEverybody() {
    self.standings = [:]
    for name in self.users.keys { self.compileUser(name) }
    for name in self.clients.keys { self.compileClient(name) }
    for name in self.accounts.keys { self.compileAccount(name) }
    let rules = [self.ruleSets["grants/anonymous"]].compactMap { $0 }
    self.anonymous = Standing(subject: .anonymous, access: rules)
  }

  private func compileUser(_ name: String) {
    guard let user = self.users[name]?.record, user.state == .active else {
      self.standings[.user(name)] = nil
      return
    }
    self.standings[.user(name)] = Standing(
      subject: self.subject(.user(name), account: user.accountID),
      isAccountRoot: user.isAccountRoot, access: self.rules(of: user),
      stamp: user.stamp)
  }

  func rules(of user: User) -> [RuleSet] {
    var places = ["grants/user:\(user.name)"] + user.policies.map { "policy/\($0)" }
    for group in user.groups {
      places.append("grants/group:\(group)")
      places += (self.groups[group]?.record.policies ?? []).map { "policy/\($0)" }
    }
    return self.sets(places, roles: self.effectiveRoles(of: user))
  }

  private func compileClient(_ name: String) {
    guard let client = self.clients[name]?.record, client.state == .active else {
      self.standings[.client(name)] = nil
      return
    }
    let places = ["grants/client:\(name)"] + client.policies.map { "policy/\($0)" }
    self.standings[.client(name)] = Standing(
      subject: self.subject(.client(name), account: client.accountID),
      access: self.sets(places, roles: self.roleClosure(of: client.roles).names.sorted()),
      stamp: client.stamp)
  }

  private func compileAccount(_ id: String) {
    guard self.accounts[id] != nil else {
      self.standings[.account(id)] = nil
      return
    }
    self.standings[.account(id)] = Standing(
      subject: self.subject(.account(id), account: id), isAccountRoot: true,
      access: self.sets(["grants/account:\(id)"], roles: []))
  }

  /// How the evaluator and bucket policies see a principal.
  private func subject(_ who: Who, account: String) -> Subject {
    Subject(
      name: who.description, userName: who.kind == .account ? nil : who.name, accountID: account,
      accountName: self.accounts[account]?.record.displayName)
  }

  /// The sets of these places and roles, each once, those that are empty left out.
  func sets(_ places: [String], roles: [String]) -> [RuleSet] {
    var places = places
    var sets: [RuleSet] = []
    for role in roles {
      if let builtIn = BuiltInRoles.all[role] { sets.append(builtIn.rules) }
      places.append("grants/role:\(role)")
      places += (self.roles[role]?.record.policies ?? []).map { "policy/\($0)" }
    }
    places.append("grants/everyone")
    var seen: Set<String> = []
    for place in places where seen.insert(place).inserted {
      if let set = self.ruleSets[place], !set.isEmpty { sets.append(set) }
    }
    return sets
  }

  // MARK: Administrators

  /// Users who are active and may change identities. The last one cannot be taken away.
  package func administrators() -> [String] {
    self.users.keys.filter { self.isAdministrator($0) }.sorted()
  }

  func hasAdministrator() -> Bool {
    // Most often the first look answers.
    if let root = self.rootRecord, self.isAdministrator(root.user) { return true }
    return self.users.keys.contains { self.isAdministrator($0) }
  }

  private static let administration: Action = "identity:write"

  private func isAdministrator(_ name: String) -> Bool {
    guard let standing = self.standings[.user(name)] else { return false }
    let request = AccessRequest(
      Self.administration, on: "identity", AccessContext(time: WallTime(nanoseconds: 0)))
    return Evaluator.decide(request, standing).isAllowed
  }
}
