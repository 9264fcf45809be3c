package import Cluster
import Bytes
import Crypto
import Values

/// Every identity at one revision, ready to be asked. Writers make the next one, readers keep the one
/// they took.
///
/// A class, because a value of so many tables counts a reference for each when it is handed on: that
/// was half of an evaluation.
package final class Directory: @unchecked Sendable {
  // Sendable: whoever makes one is its only owner until it is whole; then nobody changes it.
  /// The revision of the guard: every change of a record counts it up, so the directory is exactly what
  /// the store holds at it.
  package internal(set) var revision = FactRevision.zero

  package internal(set) var accounts: [String: Stored<Account>] = [:]
  package internal(set) var users: [String: Stored<User>] = [:]
  package internal(set) var groups: [String: Stored<Group>] = [:]
  /// Without the built-in ones.
  package internal(set) var roles: [String: Stored<Role>] = [:]
  package internal(set) var policies: [String: Stored<PolicyRecord>] = [:]
  /// By the text of their `Who`.
  package internal(set) var grants: [String: Stored<GrantList>] = [:]
  package internal(set) var clients: [String: Stored<OAuthClient>] = [:]
  package internal(set) var keys: [String: Stored<AccessKey>] = [:]
  package internal(set) var tokens: [String: Stored<TokenRecord>] = [:]
  package internal(set) var revocations: [String: Stored<Revocation>] = [:]
  package internal(set) var root: [String: Stored<RootRecord>] = [:]

  // What follows from the records.
  var ruleSets: [String: RuleSet] = [:]
  /// What speaks for users, clients and accounts that are active.
  var standings: [Who: Standing] = [:]
  var anonymous = Standing.anonymous
  var openedKeys: [String: OpenedKey] = [:]
  var tokensByDigest: [Digest<32>: String] = [:]
  /// Records that could not be read, by fact key, with the reason.
  package internal(set) var damaged: [String: String] = [:]

  init() {}

  /// A next one to be changed; the tables are shared until they are.
  init(copying other: Directory) {
    self.revision = other.revision
    self.accounts = other.accounts
    self.users = other.users
    self.groups = other.groups
    self.roles = other.roles
    self.policies = other.policies
    self.grants = other.grants
    self.clients = other.clients
    self.keys = other.keys
    self.tokens = other.tokens
    self.revocations = other.revocations
    self.root = other.root
    self.ruleSets = other.ruleSets
    self.standings = other.standings
    self.anonymous = other.anonymous
    self.openedKeys = other.openedKeys
    self.tokensByDigest = other.tokensByDigest
    self.damaged = other.damaged
  }

  package var rootRecord: RootRecord? { self.root[RootRecord.onlyName]?.record }
}

/// What looking an access key up needs, as one reference.
final class OpenedKey: Sendable {
  let id: String
  let owner: Who
  let isActive: Bool
  let expiresAt: WallTime?
  let stamp: UInt64
  /// Nil when the key ring does not open it.
  let secret: SecretText?
  let former: SecretText?
  let formerUntil: WallTime?
  let narrowing: RuleSet?

  init(_ key: AccessKey, secret: SecretText?, former: SecretText?, narrowing: RuleSet?) {
    self.id = key.id
    self.owner = key.owner
    self.isActive = key.state == .active
    self.expiresAt = key.expiresAt
    self.stamp = key.stamp
    self.secret = secret
    self.former = former
    self.formerUntil = key.former?.until
    self.narrowing = narrowing
  }

  func isGood(at now: WallTime) -> Bool {
    self.isActive && (self.expiresAt.map { now < $0 } ?? true)
  }
}

/// A secret in the clear, never printed; overwritten when the last directory that has it goes.
final class SecretText: Sendable, CustomStringConvertible {
  private let bytes: SecretBytes

  init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

  var exposed: String {
    self.bytes.withBytes { bytes in
      bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
  }

  var exposedBytes: [UInt8] { self.bytes.withBytes { $0.array } }

  func isEqual(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return self.bytes.withBytes { ConstantTime.isEqual($0, bytes.rawBytes) }
  }

  var description: String { "•••" }
}

// MARK: References

extension Directory {
  package func isThere<Record: IdentityRecord>(_ type: Record.Type, _ name: String) -> Bool {
    if type == Role.self, BuiltInRoles.all[name] != nil { return true }
    return self[keyPath: Record.table][name] != nil
  }

  func checkReference<Record: IdentityRecord>(
    _ type: Record.Type, _ name: String, of referrer: String
  ) throws(IdentityError) {
    guard self.isThere(type, name) else {
      throw IdentityError(
        .notFound, "there is no \(Record.kind.rawValue) \(IdentityError.quoted(name))",
        why: "\(referrer) would refer to it",
        tries: ["lakectl \(Record.kind.rawValue) list"])
    }
  }

  func checkReferences<Record: IdentityRecord>(
    _ type: Record.Type, _ names: [String], of referrer: String
  ) throws(IdentityError) {
    guard names.count <= IdentityLimits.referenceMax else {
      throw IdentityError(
        .limitReached, "\(referrer) would refer to \(names.count) of \(Record.kind.rawValue)",
        why: "the limit is \(IdentityLimits.referenceMax)")
    }
    guard Set(names).count == names.count else {
      throw IdentityError(
        .valueMalformed, "\(referrer) would refer to a \(Record.kind.rawValue) twice")
    }
    for name in names { try self.checkReference(type, name, of: referrer) }
  }

  func checkExists(_ who: Who) throws(IdentityError) {
    switch who.kind {
    case .user: try self.checkReference(User.self, who.name, of: "it")
    case .role:
      guard BuiltInRoles.all[who.name] == nil else { throw BuiltInRoles.cannotChange(who.name) }
      try self.checkReference(Role.self, who.name, of: "it")
    case .group: try self.checkReference(Group.self, who.name, of: "it")
    case .client: try self.checkReference(OAuthClient.self, who.name, of: "it")
    case .account: try self.checkReference(Account.self, who.name, of: "it")
    case .everyone, .anonymous: break
    }
  }

  /// The roles that `names` stand for, inherited ones included, and over how many steps.
  func roleClosure(of names: [String]) -> (names: Set<String>, depth: Int) {
    var seen: Set<String> = []
    var step = names
    var depth = 0
    while !step.isEmpty {
      let fresh = step.filter { seen.insert($0).inserted }
      if fresh.isEmpty { break }
      depth += 1
      step = fresh.flatMap { self.roles[$0]?.record.inherits ?? [] }
    }
    return (seen, depth)
  }

  /// Every role a user has: its own, its groups', and what those inherit.
  package func effectiveRoles(of user: User) -> [String] {
    let groups = user.groups.flatMap { self.groups[$0]?.record.roles ?? [] }
    return self.roleClosure(of: user.roles + groups).names.sorted()
  }
}
