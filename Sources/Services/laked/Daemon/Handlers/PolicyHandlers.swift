import Admin
import AdminServing
import Hosting
import Identity
import JSON
import Values

/// `policy`.
struct PolicyHandlers: Sendable {
  let identity: IdentityService

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(IdentityAPI.policies) { _, context in
      let policies = self.identity.directory.policies.values.map {
        self.record($0, withDocument: false)
      }
      return context.paging.page(policies.sorted { $0.policy < $1.policy }, by: \.policy)
    }
    try routes.on(IdentityAPI.policy) { input, _ in
      AdminItem(self.record(try self.stored(input.name), withDocument: true))
    }
    try routes.on(IdentityAPI.createPolicy) { input, context in
      let policy = Identity.PolicyRecord(
        input.policy, text: input.document.text(),
        description: input.summary.isEmpty ? nil : input.summary)
      let changed = try await identityWork {
        try await self.identity.create(
          policy, ifNotExists: input.ifNotExists, by: Author(context))
      }
      return AdminChange(
        self.record(changed.stored, withDocument: true), changed: changed.changed,
        context: context, undo: "lakectl policy delete \(input.policy)",
        plan: "make policy \(input.policy)")
    }
    try routes.on(IdentityAPI.setPolicy) { input, context in
      let changed = try await identityWork {
        try await self.identity.update(
          Identity.PolicyRecord.self, input.policy, ifMatch: context.ifMatch, by: Author(context)
        ) { policy throws(IdentityError) in
          policy.text = input.document.text()
          if !input.summary.isEmpty { policy.description = input.summary }
        }
      }
      return AdminChange(
        self.record(changed.stored, withDocument: true), changed: changed.changed,
        context: context, plan: "replace the document of policy \(input.policy)")
    }
    try routes.on(IdentityAPI.deletePolicy) { input, context in
      try await self.delete(input, context)
    }
    try routes.on(IdentityAPI.attachPolicy) { input, context in
      try await self.edit(input, context, undo: "detach") { policies in
        if !policies.contains(input.name) { policies.append(input.name) }
      }
    }
    try routes.on(IdentityAPI.detachPolicy) { input, context in
      try await self.edit(input, context, undo: "attach") { policies in
        policies.removeAll { $0 == input.name }
      }
    }
  }

  private func stored(_ name: String) throws(AdminError) -> Stored<Identity.PolicyRecord> {
    guard let stored = self.identity.directory.policies[name] else {
      throw AdminError.missing("policy", name, among: self.identity.directory.policies.keys)
    }
    return stored
  }

  private func record(
    _ stored: Stored<Identity.PolicyRecord>, withDocument: Bool
  ) -> Admin.PolicyRecord {
    let policy = stored.record
    let directory = self.identity.directory
    let document = try? JSONValue(parsing: policy.text)
    var record = Admin.PolicyRecord()
    record.policy = policy.name
    record.summary = policy.description ?? ""
    // One statement may stand without its list.
    let statements = document?["Statement"]
    record.statementCount = Int64(statements?.array?.count ?? (statements == nil ? 0 : 1))
    record.attachedTo =
      directory.users.values.filter { $0.record.policies.contains(policy.name) }
      .map { "user/\($0.record.name)" }
      + directory.groups.values.filter { $0.record.policies.contains(policy.name) }
      .map { "group/\($0.record.name)" }
      + directory.roles.values.filter { $0.record.policies.contains(policy.name) }
      .map { "role/\($0.record.name)" }
      + directory.clients.values.filter { $0.record.policies.contains(policy.name) }
      .map { "client/\($0.record.name)" }
    record.attachedTo.sort()
    record.updatedAt = Timestamp(policy.createdAt)
    if withDocument { record.document = document ?? .string(policy.text) }
    record.etag = stored.etag
    return record
  }

  private func delete(
    _ input: NameInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<Admin.PolicyRecord> {
    let changed = try await identityWork {
      try await self.identity.delete(
        Identity.PolicyRecord.self, input.name, ifExists: input.ifExists,
        ifMatch: context.ifMatch, by: Author(context))
    }
    var record = Admin.PolicyRecord()
    record.policy = input.name
    return AdminChange(
      changed.map { self.record($0.stored, withDocument: false) } ?? record,
      changed: changed != nil, context: context, plan: "remove policy \(input.name)")
  }

  private func edit(
    _ input: MemberInput, _ context: AdminContext, undo: String,
    _ change: @Sendable (inout [String]) -> Void
  ) async throws(AdminError) -> AdminChange<Admin.PolicyRecord> {
    _ = try self.stored(input.name)
    let author = Author(context)
    let changed = try await identityWork {
      let who = try Who(parsing: input.member)
      switch who.kind {
      case .user:
        return try await self.identity.update(
          User.self, who.name, by: author, action: "policies"
        ) { record throws(IdentityError) in change(&record.policies) }.changed
      case .group:
        return try await self.identity.update(
          Group.self, who.name, by: author, action: "policies"
        ) { record throws(IdentityError) in change(&record.policies) }.changed
      case .role:
        return try await self.identity.update(
          Role.self, who.name, by: author, action: "policies"
        ) { record throws(IdentityError) in change(&record.policies) }.changed
      case .client:
        return try await self.identity.update(
          OAuthClient.self, who.name, by: author, action: "policies"
        ) { record throws(IdentityError) in change(&record.policies) }.changed
      case .account, .everyone, .anonymous:
        throw IdentityError(
          .valueMalformed, "\(who) cannot have a policy",
          why: "users, groups, roles and clients can")
      }
    }
    return AdminChange(
      self.record(try self.stored(input.name), withDocument: false), changed: changed,
      context: context, undo: "lakectl policy \(undo) \(input.name) --to \(input.member)",
      plan: "change what policies hold for \(input.member)")
  }
}
