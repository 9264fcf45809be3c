import Admin
import CommandTable
import JSON
import Values

// The calls that bring a thing to what its document says.

extension ApplyPlan {
  static func creation(_ wanted: ApplyDocument) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      switch wanted.kind {
      case .role:
        var input = RoleInput()
        input.role = wanted.name
        input.inherits = wanted.names("inherits") ?? []
        input.summary = wanted.text("description")
        input.ifNotExists = true
        _ = try await call.ask(IdentityAPI.createRole, input, part: part)
      case .group:
        var input = GroupInput()
        input.group = wanted.name
        input.roles = wanted.names("roles")
        input.ifNotExists = true
        _ = try await call.ask(IdentityAPI.createGroup, input, part: part)
      case .user:
        var input = UserInput()
        input.user = wanted.name
        input.roles = wanted.names("roles")
        input.groups = wanted.names("groups")
        input.ifNotExists = true
        _ = try await call.ask(IdentityAPI.createUser, input, part: part)
      case .policy:
        var input = self.policy(wanted)
        input.ifNotExists = true
        _ = try await call.ask(IdentityAPI.createPolicy, input, part: part)
      case .grant:
        _ = try await call.ask(IdentityAPI.addGrant, self.grant(wanted), part: part)
      case .setting:
        _ = try await call.ask(ClusterAPI.set, self.setting(wanted), part: part)
      }
    }
  }

  /// What differs from `found`; all that creation did not do when there is none.
  static func updates(_ wanted: ApplyDocument, _ found: ApplyDocument?) -> [ApplyItem.Step] {
    switch wanted.kind {
    case .role: found == nil ? [] : [self.refusal(wanted)]
    case .group: self.groupUpdates(wanted, found)
    case .user: found == nil ? [] : [self.userUpdate(wanted)]
    case .policy: self.policyUpdates(wanted, found)
    case .grant: []
    case .setting: found == nil ? [] : [self.creation(wanted)]
    }
  }

  /// What a role inherits decides over everybody who has it: it is not changed in passing.
  private static func refusal(_ wanted: ApplyDocument) -> ApplyItem.Step {
    { (_, _) throws(CommandError) in
      let name = wanted.name.visible.shellQuoted
      throw CommandError(
        .isDifferent, "there is a role \(wanted.name.visible.quoted) that is different",
        why: "what a role inherits is fixed when it is made",
        try: ["lakectl role show \(name)", "lakectl role delete \(name)"])
    }
  }

  private static func userUpdate(_ wanted: ApplyDocument) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      var input = UserInput()
      input.user = wanted.name
      input.roles = wanted.names("roles")
      input.groups = wanted.names("groups")
      _ = try await call.ask(IdentityAPI.setUser, input, part: part)
    }
  }

  private static func groupUpdates(
    _ wanted: ApplyDocument, _ found: ApplyDocument?
  ) -> [ApplyItem.Step] {
    var steps: [ApplyItem.Step] = []
    let group = wanted.name
    // Creation has given it its roles.
    if let found, let roles = wanted.names("roles") {
      let before = Set(found.names("roles") ?? [])
      for role in roles where !before.contains(role) { steps.append(self.give(role, to: group)) }
      for role in before.subtracting(roles).sorted() { steps.append(self.take(role, from: group)) }
    }
    if let users = wanted.names("users") {
      let before = Set(found?.names("users") ?? [])
      for user in users where !before.contains(user) { steps.append(self.put(user, into: group)) }
      for user in before.subtracting(users).sorted() { steps.append(self.pull(user, from: group)) }
    }
    return steps
  }

  private static func give(_ role: String, to group: String) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      let input = MemberInput(name: role, member: "group/\(group)")
      _ = try await call.ask(IdentityAPI.assignRole, input, part: "\(part).+\(role)")
    }
  }

  private static func take(_ role: String, from group: String) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      let input = MemberInput(name: role, member: "group/\(group)")
      _ = try await call.ask(IdentityAPI.unassignRole, input, part: "\(part).-\(role)")
    }
  }

  private static func put(_ user: String, into group: String) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      let input = MemberInput(name: group, member: user)
      _ = try await call.ask(IdentityAPI.addMember, input, part: "\(part).+\(user)")
    }
  }

  private static func pull(_ user: String, from group: String) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      let input = MemberInput(name: group, member: user)
      _ = try await call.ask(IdentityAPI.removeMember, input, part: "\(part).-\(user)")
    }
  }

  private static func policyUpdates(
    _ wanted: ApplyDocument, _ found: ApplyDocument?
  ) -> [ApplyItem.Step] {
    var steps: [ApplyItem.Step] = []
    let description = wanted.members["description"]
    if let found,
      wanted.members["document"] != found.members["document"]
        || description.map({ $0 != found.members["description"] }) ?? false
    {
      steps.append(self.replacement(wanted))
    }
    guard let names = wanted.names("attached_to") else { return steps }
    let before = Set(found?.names("attached_to") ?? [])
    for name in names where !before.contains(name) {
      steps.append(self.attachment(wanted.name, name))
    }
    for name in before.subtracting(names).sorted() {
      steps.append(self.detachment(wanted.name, name))
    }
    return steps
  }

  // Each is a function of its own: Swift 6.3 crashes over such a closure as an argument of `append`.

  private static func replacement(_ wanted: ApplyDocument) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      _ = try await call.ask(IdentityAPI.setPolicy, self.policy(wanted), part: part)
    }
  }

  private static func attachment(_ policy: String, _ who: String) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      let input = MemberInput(name: policy, member: who)
      _ = try await call.ask(IdentityAPI.attachPolicy, input, part: "\(part).+\(who)")
    }
  }

  private static func detachment(_ policy: String, _ who: String) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      let input = MemberInput(name: policy, member: who)
      _ = try await call.ask(IdentityAPI.detachPolicy, input, part: "\(part).-\(who)")
    }
  }

  static func removal(_ document: ApplyDocument) -> ApplyItem.Step {
    { (call, part) throws(CommandError) in
      let name = NameInput(document.name, ifExists: true)
      switch document.kind {
      case .role: _ = try await call.ask(IdentityAPI.deleteRole, name, part: part)
      case .group: _ = try await call.ask(IdentityAPI.deleteGroup, name, part: part)
      case .user: _ = try await call.ask(IdentityAPI.deleteUser, name, part: part)
      case .policy: _ = try await call.ask(IdentityAPI.deletePolicy, name, part: part)
      case .grant: _ = try await call.ask(IdentityAPI.removeGrant, self.grant(document), part: part)
      case .setting:
        _ = try await call.ask(ClusterAPI.unset, SettingInput(key: document.name), part: part)
      }
    }
  }

  // MARK: Inputs

  private static func policy(_ wanted: ApplyDocument) -> PolicyInput {
    var input = PolicyInput()
    input.policy = wanted.name
    input.document = wanted.members["document"] ?? .null
    input.summary = wanted.text("description")
    return input
  }

  private static func grant(_ wanted: ApplyDocument) -> GrantInput {
    var input = GrantInput()
    input.who = wanted.text("who")
    input.privilege = wanted.text("privilege")
    input.resource = wanted.text("resource")
    input.deny = wanted.effect == "deny"
    return input
  }

  private static func setting(_ wanted: ApplyDocument) -> SettingInput {
    let value = wanted.members["value"] ?? .null
    return SettingInput(key: wanted.name, value: value.string ?? value.text())
  }
}
