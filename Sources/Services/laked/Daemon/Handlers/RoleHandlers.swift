import Admin
import AdminServing
import Hosting
import Identity
import Values

/// `role` and `grant`.
struct RoleHandlers: Sendable {
  let identity: IdentityService

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(IdentityAPI.roles) { _, context in
      let names = Set(BuiltInRoles.all.keys).union(self.identity.directory.roles.keys)
      return context.paging.page(names.sorted().compactMap(self.record), by: \.role)
    }
    try routes.on(IdentityAPI.role) { input, _ in AdminItem(try self.known(input.name)) }
    try routes.on(IdentityAPI.createRole) { input, context in
      let role = Role(
        input.role, inherits: input.inherits,
        description: input.summary.isEmpty ? nil : input.summary)
      let changed = try await identityWork {
        try await self.identity.create(
          role, ifNotExists: input.ifNotExists, by: Author(context))
      }
      return AdminChange(
        self.record(changed.stored), changed: changed.changed, context: context,
        undo: "lakectl role delete \(input.role)", plan: "make role \(input.role)")
    }
    try routes.on(IdentityAPI.deleteRole) { input, context in
      let changed = try await identityWork {
        try await self.identity.delete(
          Role.self, input.name, ifExists: input.ifExists, ifMatch: context.ifMatch,
          by: Author(context))
      }
      var record = RoleRecord()
      record.role = input.name
      return AdminChange(
        changed.map { self.record($0.stored) } ?? record, changed: changed != nil,
        context: context, plan: "remove role \(input.name) with its grants")
    }
    try routes.on(IdentityAPI.assignRole) { input, context in
      try await self.assign(input, context)
    }
    try routes.on(IdentityAPI.unassignRole) { input, context in
      try await self.unassign(input, context)
    }
    try self.registerGrants(in: &routes)
  }

  private func registerGrants(in routes: inout AdminRoutes) throws {
    try routes.on(IdentityAPI.grants) { input, context in
      let rows = try await identityWork {
        try self.identity.directory.grantRows(
          to: try input.who.map { (text) throws(IdentityError) in try Who(parsing: text) },
          on: input.resource)
      }
      return context.paging.page(
        rows.map(GrantRecord.init).sorted { $0.name < $1.name }, by: \.name)
    }
    try routes.on(IdentityAPI.addGrant) { input, context in
      try await self.edit(input, context, undo: "remove") { grant, who throws(IdentityError) in
        try await self.identity.addGrant(grant, to: who, by: Author(context))
      }
    }
    try routes.on(IdentityAPI.removeGrant) { input, context in
      try await self.edit(input, context, undo: "add") { grant, who throws(IdentityError) in
        try await self.identity.removeGrant(grant, from: who, by: Author(context))
      }
    }
    try routes.on(IdentityAPI.explain) { input, _ in try await self.explain(input) }
  }

  // MARK: Roles

  private func known(_ name: String) throws(AdminError) -> RoleRecord {
    guard let record = self.record(name) else {
      throw AdminError.missing(
        "role", name,
        among: Array(BuiltInRoles.all.keys) + Array(self.identity.directory.roles.keys))
    }
    return record
  }

  private func record(_ name: String) -> RoleRecord? {
    if let stored = self.identity.directory.roles[name] { return self.record(stored) }
    guard let builtIn = BuiltInRoles.all[name] else { return nil }
    var record = RoleRecord()
    record.role = name
    record.isBuiltIn = true
    record.summary = builtIn.description
    record.grantCount = Int64(builtIn.actions.count)
    record.userCount = self.userCount(of: name)
    return record
  }

  private func record(_ stored: Stored<Role>) -> RoleRecord {
    let role = stored.record
    var record = RoleRecord()
    record.role = role.name
    record.inherits = role.inherits
    record.summary = role.description ?? ""
    record.userCount = self.userCount(of: role.name)
    record.grantCount = Int64(
      self.identity.directory.grants["role:\(role.name)"]?.record.grants.count ?? 0)
    record.etag = stored.etag
    return record
  }

  private func userCount(of role: String) -> Int64 {
    Int64(self.identity.directory.users.values.filter { $0.record.roles.contains(role) }.count)
  }

  private func assign(
    _ input: MemberInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<RoleRecord> {
    let changed = try await identityWork {
      try await self.identity.assign(
        role: input.name, to: Who(parsing: input.member), by: Author(context))
    }
    return AdminChange(
      try self.known(input.name), changed: changed, context: context,
      undo: "lakectl role unassign \(input.name) --to \(input.member)",
      plan: "give role \(input.name) to \(input.member)")
  }

  private func unassign(
    _ input: MemberInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<RoleRecord> {
    let changed = try await identityWork {
      try await self.identity.unassign(
        role: input.name, from: Who(parsing: input.member), by: Author(context))
    }
    return AdminChange(
      try self.known(input.name), changed: changed, context: context,
      undo: "lakectl role assign \(input.name) --to \(input.member)",
      plan: "take role \(input.name) from \(input.member)")
  }

  // MARK: Grants

  private func edit(
    _ input: GrantInput, _ context: AdminContext, undo: String,
    _ change: @Sendable (Grant, Who) async throws(IdentityError) -> Bool
  ) async throws(AdminError) -> AdminChange<GrantRecord> {
    let grant = Grant(input.privilege, on: input.resource, isAllow: !input.deny)
    let changed = try await identityWork {
      try await change(grant, try Who(parsing: input.who))
    }
    var record = GrantRecord()
    record.who = input.who
    record.privilege = input.privilege
    record.resource = input.resource
    record.effect = input.deny ? "deny" : "allow"
    record.source = "direct"
    let deny = input.deny ? " --deny" : ""
    return AdminChange(
      record, changed: changed, context: context,
      undo: "lakectl grant \(undo) \(input.privilege) --on '\(input.resource)' --to \(input.who)"
        + deny,
      plan: "\(grant) for \(input.who)")
  }

  private func explain(_ input: DecisionInput) async throws(AdminError) -> AdminItem<DecisionRecord>
  {
    let decision = try await identityWork {
      var values: [AccessContext.Value] = []
      var address: NetworkAddress?
      for (name, text) in input.context.sorted(by: { $0.key < $1.key }) {
        if name.lowercased() == "aws:sourceip" { address = NetworkAddress(text) }
        guard let key = ConditionKey(name) else {
          throw IdentityError(.valueMalformed, "\(name.prefix(80)) is no key of a condition")
        }
        values.append(AccessContext.Value(key, [text]))
      }
      return try self.identity.explain(
        try Who(parsing: input.who), input.privilege, on: input.resource,
        context: AccessContext(
          time: self.identity.now, sourceAddress: address, values: values))
    }
    var record = DecisionRecord()
    record.decision = decision.isAllowed ? "allowed" : "denied"
    record.rule = decision.rule
    record.source = decision.source
    return AdminItem(record)
  }
}

extension GrantRecord {
  /// Orders grants; page tokens are made of it.
  var name: String {
    "\(self.who) \(self.source) \(self.privilege) \(self.resource) \(self.effect)"
  }

  init(_ row: GrantRow) {
    self.init()
    self.who = row.who.commandText
    self.privilege = row.privilege
    self.resource = row.resource
    self.effect = row.isAllow ? "allow" : "deny"
    let isBuiltIn = row.who.kind == .role && BuiltInRoles.all[row.who.name] != nil
    self.source = row.source == "grant" ? (isBuiltIn ? "built-in" : "direct") : row.source
  }
}
