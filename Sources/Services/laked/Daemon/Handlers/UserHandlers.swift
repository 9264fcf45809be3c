import Admin
import AdminServing
import Hosting
import Identity
import Values

/// `user`, `group` and `whoami`.
struct UserHandlers: Sendable {
  let identity: IdentityService
  let isOpen: Bool

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(IdentityAPI.whoami) { _, context in self.whoami(context) }
    try routes.on(IdentityAPI.users) { _, context in
      let used = try await identityWork(self.identity.lastUsed)
      let users = self.identity.directory.users.values.map { self.record($0, used) }
      return context.paging.page(users.sorted { $0.user < $1.user }, by: \.user)
    }
    try routes.on(IdentityAPI.user) { input, _ in
      let used = try await identityWork(self.identity.lastUsed)
      return AdminItem(self.record(try self.stored(input.name), used))
    }
    try routes.on(IdentityAPI.createUser) { input, context in try await self.create(input, context)
    }
    try routes.on(IdentityAPI.setUser) { input, context in try await self.set(input, context) }
    try routes.on(IdentityAPI.deleteUser) { input, context in
      try await self.delete(input, context)
    }
    try routes.on(IdentityAPI.disableUser) { input, context in
      try await self.turn(input.name, .disabled, context)
    }
    try routes.on(IdentityAPI.enableUser) { input, context in
      try await self.turn(input.name, .active, context)
    }
    try routes.on(IdentityAPI.setPassword) { input, context in
      try await self.setPassword(input, context)
    }
  }

  private func whoami(_ context: AdminContext) -> AdminItem<WhoamiRecord> {
    var record = WhoamiRecord()
    record.user = context.principal.name
    record.roles = context.principal.roles
    record.method = context.principal.method
    record.tokenExpiresAt = context.principal.expiresAt
    return AdminItem(record)
  }

  private func stored(_ name: String) throws(AdminError) -> Stored<User> {
    guard let stored = self.identity.directory.users[name] else {
      throw AdminError.missing("user", name, among: self.identity.directory.users.keys)
    }
    return stored
  }

  private func record(_ stored: Stored<User>, _ used: [RecordKey: WallTime] = [:]) -> UserRecord {
    let user = stored.record
    var record = UserRecord()
    record.user = user.name
    record.state = user.state == .active ? .active : .disabled
    record.roles = user.roles
    record.groups = user.groups
    record.account =
      self.identity.directory.accounts[user.accountID]?.record.displayName ?? user.accountID
    record.isAccountRoot = user.isAccountRoot
    record.auth = user.hasPassword ? "scram-sha-256" : "none"
    record.createdAt = Timestamp(user.createdAt)
    record.lastLoginAt = used[RecordKey(.user, user.name)].timestamp
    record.etag = stored.etag
    return record
  }

  private func create(
    _ input: UserInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<UserRecord> {
    guard let account = self.identity.directory.rootRecord?.accountID else {
      throw AdminError(
        .unavailable, "identity.not_ready", "the first administrator is not made yet")
    }
    let own = try input.account.map { (name) throws(AdminError) in
      try AccountHandlers.find(name, in: self.identity).record.id
    }
    let user = User(
      input.user, account: own ?? account, roles: input.roles ?? [], groups: input.groups ?? [],
      isAccountRoot: input.isAccountRoot)
    let changed = try await identityWork {
      try await self.identity.createUser(
        user, password: input.password, ifNotExists: input.ifNotExists, by: Author(context))
    }
    return AdminChange(
      self.record(changed.stored), changed: changed.changed, context: context,
      undo: "lakectl user delete \(input.user)",
      plan: "make user \(input.user) with roles \(user.roles.listed)")
  }

  private func set(
    _ input: UserInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<UserRecord> {
    guard input.password == nil else {
      throw AdminError(
        .badRequest, "request.bad_value", "the password of \(input.user) was not changed",
        why: "it has a call of its own", try: ["lakectl user password \(input.user)"])
    }
    let changed = try await identityWork {
      try await self.identity.update(
        User.self, input.user, ifMatch: context.ifMatch, by: Author(context)
      ) { user throws(IdentityError) in
        if let roles = input.roles { user.roles = roles }
        if let groups = input.groups { user.groups = groups }
      }
    }
    return AdminChange(
      self.record(changed.stored), changed: changed.changed, context: context,
      plan: "give user \(input.user) roles \(changed.record.roles.listed) and groups "
        + changed.record.groups.listed)
  }

  private func delete(
    _ input: NameInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<UserRecord> {
    let keys = self.identity.directory.keys.values.filter {
      $0.record.owner == .user(input.name)
    }.count
    let changed = try await identityWork {
      try await self.identity.delete(
        User.self, input.name, ifExists: input.ifExists, ifMatch: context.ifMatch, cascade: true,
        by: Author(context))
    }
    var record = UserRecord()
    record.user = input.name
    record.state = .disabled
    return AdminChange(
      changed.map { self.record($0.stored) } ?? record, changed: changed != nil, context: context,
      plan: "remove user \(input.name) with \(keys) access keys and its tokens and grants")
  }

  private func turn(
    _ name: String, _ state: IdentityState, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<UserRecord> {
    let changed = try await identityWork {
      try await self.identity.update(
        User.self, name, ifMatch: context.ifMatch, by: Author(context),
        action: state == .active ? "enable" : "disable"
      ) { user throws(IdentityError) in user.state = state }
    }
    return AdminChange(
      self.record(changed.stored), changed: changed.changed, context: context,
      undo: "lakectl user \(state == .active ? "disable" : "enable") \(name)",
      plan: state == .active
        ? "accept user \(name) again" : "refuse user \(name) and end its sessions")
  }

  /// One's own password, or anybody's with `identity:write`.
  private func setPassword(
    _ input: PasswordInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<UserRecord> {
    if context.principal.name != "user:\(input.user)" {
      try IdentityGate(identity: self.identity, isOpen: self.isOpen).authorize(
        context.principal, AdminPrivilege("identity", .write), on: "users/\(input.user)/password")
    }
    let changed = try await identityWork {
      try await self.identity.setPassword(
        input.password, of: input.user, ifMatch: context.ifMatch, by: Author(context))
    }
    return AdminChange(
      self.record(changed.stored), changed: changed.changed, context: context,
      plan: "change the password of \(input.user) and end its sessions")
  }
}

extension [String] {
  /// For a sentence.
  var listed: String { self.isEmpty ? "none" : self.joined(separator: ", ") }
}

extension AdminError {
  static func missing(
    _ kind: String, _ name: String, among names: some Sequence<String>
  ) -> AdminError {
    let near = Suggestions.nearest(to: name, in: names)
    return AdminError(
      .notFound, "identity.not_found", "there is no \(kind) \(name.prefix(80).debugDescription)",
      try: near.map { "lakectl \(kind) show \($0)" } + ["lakectl \(kind) list"])
  }
}
