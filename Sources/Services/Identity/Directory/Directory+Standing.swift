extension Directory {
  /// What speaks for a principal now. Nil when it is gone or disabled.
  func standing(of who: Who) -> Standing? {
    who.kind == .anonymous ? self.anonymous : self.standings[who]
  }

  /// The same for questions of an operator: about roles and groups too, and about who is disabled.
  func standingForQuestions(about who: Who) throws(IdentityError) -> Standing {
    if let standing = self.standing(of: who) { return standing }
    switch who.kind {
    case .user:
      guard let user = self.users[who.name]?.record else { break }
      return Standing(
        subject: Subject(name: who.description, userName: user.name, accountID: user.accountID),
        access: self.rules(of: user))
    case .role:
      guard self.isThere(Role.self, who.name) else { break }
      let roles = self.roleClosure(of: [who.name]).names.sorted()
      return Standing(
        subject: Subject(name: who.description), access: self.sets([], roles: roles))
    case .group:
      guard let group = self.groups[who.name]?.record else { break }
      let places = ["grants/\(who)"] + group.policies.map { "policy/\($0)" }
      let roles = self.roleClosure(of: group.roles).names.sorted()
      return Standing(
        subject: Subject(name: who.description), access: self.sets(places, roles: roles))
    case .everyone:
      return Standing(subject: Subject(name: "everyone"), access: self.sets([], roles: []))
    case .client, .account, .anonymous: break
    }
    throw IdentityError(
      .notFound, "there is no \(who.kind.rawValue) \(IdentityError.quoted(who.name))",
      tries: ["lakectl \(who.kind.rawValue) list"])
  }
}
