import Admin
import AdminServing
import Hosting
import Identity
import Values

/// `key` and `token`.
struct KeyHandlers: Sendable {
  let identity: IdentityService
  let isOpen: Bool

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(IdentityAPI.keys) { input, context in
      let used = try await identityWork(self.identity.lastUsed)
      let keys = self.identity.directory.keys.values.filter {
        input.user == nil || $0.record.owner.name == input.user
      }.map { self.record($0, used) }
      return context.paging.page(keys.sorted { $0.key < $1.key }, by: \.key)
    }
    try routes.on(IdentityAPI.key) { input, _ in
      let used = try await identityWork(self.identity.lastUsed)
      guard let stored = self.identity.directory.keys[input.name] else {
        throw AdminError.missing("key", input.name, among: self.identity.directory.keys.keys)
      }
      return AdminItem(self.record(stored, used))
    }
    try routes.on(IdentityAPI.createKey) { input, context in
      try await self.create(input, context)
    }
    try routes.on(IdentityAPI.rotateKey) { input, context in
      try await self.rotate(input, context)
    }
    try routes.on(IdentityAPI.disableKey) { input, context in
      try await self.turn(input.name, .disabled, context)
    }
    try routes.on(IdentityAPI.enableKey) { input, context in
      try await self.turn(input.name, .active, context)
    }
    try routes.on(IdentityAPI.deleteKey) { input, context in
      try await self.delete(input, context)
    }
    try TokenHandlers(identity: self.identity, isOpen: self.isOpen).register(in: &routes)
  }

  private func record(
    _ stored: Stored<AccessKey>, _ used: [RecordKey: WallTime] = [:], secret: Secret<String>? = nil
  ) -> KeyRecord {
    let key = stored.record
    var record = KeyRecord()
    record.key = key.id
    record.user = key.owner.kind == .user ? key.owner.name : key.owner.description
    let isOver = key.expiresAt.map { $0 <= self.identity.now } ?? false
    record.state = key.state == .disabled ? .disabled : isOver ? .expired : .active
    record.createdAt = Timestamp(key.createdAt)
    record.expiresAt = key.expiresAt.timestamp
    record.lastUsedAt = used[RecordKey(.key, key.id)].timestamp
    record.graceAt = key.formerUntil.timestamp
    record.summary = key.description ?? ""
    record.secret = secret
    return record
  }

  private func create(
    _ input: KeyInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<KeyRecord> {
    let owner = try await identityWork {
      try Who(parsing: input.user ?? context.principal.name)
    }
    let issued = try await identityWork {
      try await self.identity.createKey(
        owner: owner, expiresAt: try input.expiresAt.map(Self.wall),
        description: input.summary.isEmpty ? nil : input.summary, by: Author(context))
    }
    return AdminChange(
      self.record(issued.stored, secret: context.isDryRun ? nil : issued.secret),
      changed: issued.changed, context: context,
      undo: "lakectl key delete \(issued.record.id)", plan: "make an access key for \(owner)")
  }

  static func wall(_ time: Timestamp) throws(IdentityError) -> WallTime {
    do throws(ValueError) { return try WallTime(time) } catch {
      throw IdentityError(.valueMalformed, "the time cannot be used", why: error.message)
    }
  }

  private func rotate(
    _ input: KeyRotateInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<KeyRecord> {
    let grace = Duration.milliseconds(input.graceMilliseconds)
    let issued = try await identityWork {
      try await self.identity.rotateKey(
        input.key, grace: grace, ifMatch: context.ifMatch, by: Author(context))
    }
    return AdminChange(
      self.record(issued.stored, secret: context.isDryRun ? nil : issued.secret), changed: true,
      context: context,
      plan: "give key \(input.key) a new secret; the old one works \(DurationText.text(grace)) more"
    )
  }

  private func turn(
    _ id: String, _ state: IdentityState, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<KeyRecord> {
    let changed = try await identityWork {
      try await self.identity.update(
        AccessKey.self, id, ifMatch: context.ifMatch, by: Author(context),
        action: state == .active ? "enable" : "disable"
      ) { key throws(IdentityError) in key.state = state }
    }
    return AdminChange(
      self.record(changed.stored), changed: changed.changed, context: context,
      undo: "lakectl key \(state == .active ? "disable" : "enable") \(id)",
      plan: state == .active ? "accept key \(id) again" : "refuse key \(id)")
  }

  private func delete(
    _ input: NameInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<KeyRecord> {
    let changed = try await identityWork {
      try await self.identity.delete(
        AccessKey.self, input.name, ifExists: input.ifExists, ifMatch: context.ifMatch,
        by: Author(context))
    }
    var record = KeyRecord()
    record.key = input.name
    record.state = .disabled
    return AdminChange(
      changed.map { self.record($0.stored) } ?? record, changed: changed != nil, context: context,
      plan: "remove key \(input.name)")
  }
}

/// `token`.
struct TokenHandlers: Sendable {
  let identity: IdentityService
  let isOpen: Bool

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(IdentityAPI.tokens) { _, context in
      let tokens = self.identity.directory.tokens.values.map { self.record($0.record) }
      return context.paging.page(tokens.sorted { $0.token < $1.token }, by: \.token)
    }
    try routes.on(IdentityAPI.createToken) { input, context in
      try await self.create(input, context)
    }
    try routes.on(IdentityAPI.revokeToken) { input, context in
      let changed = try await identityWork {
        try await self.identity.revokeToken(
          input.name, ifExists: input.ifExists, by: Author(context))
      }
      var record = Admin.TokenRecord()
      record.token = input.name
      return AdminChange(
        changed.map { self.record($0.record) } ?? record, changed: changed != nil,
        context: context, plan: "end token \(input.name)")
    }
  }

  /// For oneself, or for anybody with `identity:write`.
  private func create(
    _ input: TokenInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<Admin.TokenRecord> {
    let owner = try await identityWork {
      try Who(parsing: input.user ?? context.principal.name)
    }
    if owner.description != context.principal.name {
      try IdentityGate(identity: self.identity, isOpen: self.isOpen).authorize(
        context.principal, AdminPrivilege("identity", .write), on: "tokens")
    }
    let issued = try await identityWork {
      try await self.identity.createToken(
        owner: owner, scope: input.scope.joined(separator: " "),
        lifetime: .milliseconds(input.forMilliseconds),
        description: input.summary.isEmpty ? nil : input.summary, by: Author(context))
    }
    var record = self.record(issued.record)
    record.secret = context.isDryRun ? nil : issued.secret
    return AdminChange(
      record, changed: issued.changed, context: context,
      undo: "lakectl token revoke \(record.token)", plan: "make a token for \(owner)")
  }

  private func record(_ token: Identity.TokenRecord) -> Admin.TokenRecord {
    var record = Admin.TokenRecord()
    record.token = token.id
    record.user = token.owner.kind == .user ? token.owner.name : token.owner.description
    record.scope = token.scope.text.split(separator: " ").map(String.init)
    record.createdAt = Timestamp(token.createdAt)
    record.expiresAt = token.expiresAt.timestamp
    record.summary = token.description ?? ""
    return record
  }
}
