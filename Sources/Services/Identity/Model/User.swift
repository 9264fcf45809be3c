package import Crypto
package import JSON
package import Values

/// Somebody who logs in: the same for SQL, gRPC and the admin API.
package struct User: IdentityRecord {
  package static let kind = RecordKind.user
  package static let countMax = IdentityLimits.userMax
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<User>]> { \.users }

  package var name: String
  package var accountID: String
  /// Root of its account: may do all with what the account owns.
  package var isAccountRoot: Bool
  package var state: IdentityState
  /// Nil when there is no password: such a user has keys and tokens only.
  package internal(set) var verifier: SCRAMVerifier?
  package var roles: [String]
  package var groups: [String]
  /// Attached policies, by name.
  package var policies: [String]
  package var createdAt: WallTime
  package internal(set) var passwordChangedAt: WallTime?
  /// Session tokens carry it: a new one ends them all.
  var stamp: UInt64

  /// It can prove itself by one.
  package var hasPassword: Bool { self.verifier != nil }

  package init(
    _ name: String, account: String, roles: [String] = [], groups: [String] = [],
    policies: [String] = [], isAccountRoot: Bool = false, state: IdentityState = .active
  ) {
    self.name = name
    self.accountID = account
    self.isAccountRoot = isAccountRoot
    self.state = state
    self.roles = roles
    self.groups = groups
    self.policies = policies
    self.createdAt = WallTime(nanoseconds: 0)
    self.stamp = 0
  }

  package func check(in directory: Directory) throws(IdentityError) {
    try Names.check(self.name, "a user")
    try directory.checkReference(Account.self, self.accountID, of: "user \(self.name)")
    try directory.checkReferences(Role.self, self.roles, of: "user \(self.name)")
    try directory.checkReferences(Group.self, self.groups, of: "user \(self.name)")
    try directory.checkReferences(PolicyRecord.self, self.policies, of: "user \(self.name)")
  }

  package static func users(of name: String, in directory: Directory) -> String? {
    directory.keys.values.first { $0.record.owner == .user(name) }
      .map { "access key \($0.record.id)" }
  }

  package func prepared(at now: WallTime, stamp: UInt64) -> User {
    var record = self
    record.createdAt = now
    record.stamp = stamp
    return record
  }

  /// Disabling ends its sessions for good, also when it is enabled again.
  package mutating func settle(after former: User, stamp: UInt64) {
    if self.state == .disabled, former.state == .active { self.stamp = stamp }
  }

  package func differences(from asked: User) -> [String] {
    var names: [String] = []
    if self.accountID != asked.accountID { names.append("account") }
    if self.isAccountRoot != asked.isAccountRoot { names.append("account_root") }
    if self.state != asked.state { names.append("state") }
    if Set(self.roles) != Set(asked.roles) { names.append("roles") }
    if Set(self.groups) != Set(asked.groups) { names.append("groups") }
    if Set(self.policies) != Set(asked.policies) { names.append("policies") }
    return names
  }
}

extension User {
  package init(json: JSONCursor) throws(JSONError) {
    self.name = try json.decode("name")
    self.accountID = try json.decode("account")
    self.isAccountRoot = try json.decode("account_root", default: false)
    self.state = try json.decode("state", default: .active)
    if let text: String = try json.decodeIfPresent("verifier") {
      guard let verifier = SCRAMVerifier(parsing: text) else {
        throw JSONError(.wrongType, "the verifier is none", path: "$.verifier")
      }
      self.verifier = verifier
    }
    self.roles = try json.decode("roles", default: [])
    self.groups = try json.decode("groups", default: [])
    self.policies = try json.decode("policies", default: [])
    self.createdAt = try json.time("created_at")
    self.passwordChangedAt = try json.timeIfPresent("password_changed_at")
    self.stamp = try json.decode("stamp")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("account", self.accountID)
      if self.isAccountRoot { json.member("account_root", true) }
      json.member("state", self.state)
      json.member("verifier", ifPresent: self.verifier?.description)
      json.member("roles", list: self.roles)
      json.member("groups", list: self.groups)
      json.member("policies", list: self.policies)
      json.member("created_at", time: self.createdAt)
      json.member("password_changed_at", time: self.passwordChangedAt)
      json.member("stamp", self.stamp)
    }
  }
}
