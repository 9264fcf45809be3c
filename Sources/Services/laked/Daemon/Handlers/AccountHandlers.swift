import Admin
import AdminServing
import Bytes
import Hosting
import Identity
import Runtime
import Values

/// `account`: owners of buckets and users. They are called by their display names, or by their ids.
struct AccountHandlers: Sendable {
  let identity: IdentityService

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(IdentityAPI.accounts) { _, context in
      let records = self.identity.directory.accounts.values.map(self.record)
      return context.paging.page(records.sorted { $0.account < $1.account }, by: \.account)
    }
    try routes.on(IdentityAPI.account) { input, _ in
      AdminItem(self.record(try Self.find(input.name, in: self.identity)))
    }
    try routes.on(IdentityAPI.createAccount) { input, context in
      try await self.create(input, context)
    }
    try routes.on(IdentityAPI.deleteAccount) { input, context in
      let name = (try? Self.find(input.name, in: self.identity))?.record.id ?? input.name
      let changed = try await identityWork {
        try await self.identity.delete(
          Account.self, name, ifExists: input.ifExists, ifMatch: context.ifMatch,
          by: Author(context))
      }
      var record = AccountRecord()
      record.account = input.name
      return AdminChange(
        changed.map { self.record($0.stored) } ?? record, changed: changed != nil,
        context: context, plan: "remove account \(input.name)")
    }
  }

  static func find(
    _ name: String, in identity: IdentityService
  ) throws(AdminError) -> Stored<Account> {
    let accounts = identity.directory.accounts
    if let stored = accounts[name] { return stored }
    if let stored = accounts.values.first(where: { $0.record.displayName == name }) {
      return stored
    }
    throw AdminError.missing("account", name, among: accounts.values.map(\.record.displayName))
  }

  private func create(
    _ input: AccountInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<AccountRecord> {
    let there = self.identity.directory.accounts.values.first {
      $0.record.displayName == input.account
    }
    let account = Account(
      id: there?.record.id ?? Hexadecimal.text(of: SystemRandom.shared.bytes(32).rawBytes),
      displayName: input.account, email: input.email, createdAt: WallTime(nanoseconds: 0))
    let changed = try await identityWork {
      try await self.identity.create(
        account, ifNotExists: input.ifNotExists, by: Author(context))
    }
    return AdminChange(
      self.record(changed.stored), changed: changed.changed, context: context,
      undo: "lakectl account delete \(input.account)", plan: "make account \(input.account)")
  }

  private func record(_ stored: Stored<Account>) -> AccountRecord {
    let account = stored.record
    var record = AccountRecord()
    record.account = account.displayName
    record.accountID = account.id
    record.email = account.email
    record.userCount = Int64(
      self.identity.directory.users.values.count { $0.record.accountID == account.id })
    record.createdAt = Timestamp(account.createdAt)
    record.etag = stored.etag
    return record
  }
}
