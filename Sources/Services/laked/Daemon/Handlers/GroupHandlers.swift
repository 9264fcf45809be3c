import Admin
import AdminServing
import Hosting
import Identity
import Values

/// `group`.
struct GroupHandlers: Sendable {
  let identity: IdentityService

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(IdentityAPI.groups) { _, context in
      let groups = self.identity.directory.groups.values.map(self.record)
      return context.paging.page(groups.sorted { $0.group < $1.group }, by: \.group)
    }
    try routes.on(IdentityAPI.group) { input, _ in
      guard let stored = self.identity.directory.groups[input.name] else {
        throw AdminError.missing(
          "group", input.name, among: self.identity.directory.groups.keys)
      }
      return AdminItem(self.record(stored))
    }
    try routes.on(IdentityAPI.createGroup) { input, context in
      let changed = try await identityWork {
        try await self.identity.create(
          Group(input.group, roles: input.roles ?? []), ifNotExists: input.ifNotExists,
          by: Author(context))
      }
      return AdminChange(
        self.record(changed.stored), changed: changed.changed, context: context,
        undo: "lakectl group delete \(input.group)", plan: "make group \(input.group)")
    }
    try routes.on(IdentityAPI.deleteGroup) { input, context in
      let changed = try await identityWork {
        try await self.identity.delete(
          Group.self, input.name, ifExists: input.ifExists, ifMatch: context.ifMatch,
          by: Author(context))
      }
      var record = GroupRecord()
      record.group = input.name
      return AdminChange(
        changed.map { self.record($0.stored) } ?? record, changed: changed != nil,
        context: context, plan: "remove group \(input.name)")
    }
    try routes.on(IdentityAPI.addMember) { input, context in
      try await self.edit(input, context, undo: "remove") { groups in
        if !groups.contains(input.name) { groups.append(input.name) }
      }
    }
    try routes.on(IdentityAPI.removeMember) { input, context in
      try await self.edit(input, context, undo: "add") { groups in
        groups.removeAll { $0 == input.name }
      }
    }
  }

  private func edit(
    _ input: MemberInput, _ context: AdminContext, undo: String,
    _ change: @Sendable (inout [String]) -> Void
  ) async throws(AdminError) -> AdminChange<GroupRecord> {
    let member = input.member.hasPrefix("user:") ? String(input.member.dropFirst(5)) : input.member
    guard self.identity.directory.groups[input.name] != nil else {
      throw AdminError.missing("group", input.name, among: self.identity.directory.groups.keys)
    }
    let changed = try await identityWork {
      try await self.identity.update(
        User.self, member, by: Author(context), action: "groups"
      ) { user throws(IdentityError) in change(&user.groups) }
    }
    guard let stored = self.identity.directory.groups[input.name] else {
      throw AdminError.missing("group", input.name, among: self.identity.directory.groups.keys)
    }
    return AdminChange(
      self.record(stored), changed: changed.changed, context: context,
      undo: "lakectl group \(undo) \(input.name) \(member)",
      plan: "give user \(member) the groups \(changed.record.groups.listed)")
  }

  private func record(_ stored: Stored<Group>) -> GroupRecord {
    let group = stored.record
    var record = GroupRecord()
    record.group = group.name
    record.roles = group.roles
    record.users = self.identity.directory.users.values
      .filter { $0.record.groups.contains(group.name) }.map(\.record.name).sorted()
    record.userCount = Int64(record.users.count)
    record.createdAt = Timestamp(group.createdAt)
    record.etag = stored.etag
    return record
  }
}
