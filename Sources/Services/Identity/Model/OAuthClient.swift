package import JSON
package import Values
private import Crypto

/// A program that logs in for itself by the OAuth2 client credentials grant. Its secret is hashed.
package struct OAuthClient: IdentityRecord {
  package static let kind = RecordKind.client
  package static let countMax = IdentityLimits.clientMax
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<OAuthClient>]> {
    \.clients
  }

  package var name: String
  package var accountID: String
  package var state: IdentityState
  package var roles: [String]
  package var policies: [String]
  package var description: String?
  package var createdAt: WallTime
  /// `PasswordHash` of the secret.
  var hash: String
  var former: Former?
  var stamp: UInt64

  struct Former: Hashable, Sendable {
    var hash: String
    var until: WallTime
  }

  package init(
    _ name: String, account: String, roles: [String] = [], policies: [String] = [],
    description: String? = nil
  ) {
    self.name = name
    self.accountID = account
    self.state = .active
    self.roles = roles
    self.policies = policies
    self.description = description
    self.createdAt = WallTime(nanoseconds: 0)
    self.hash = ""
    self.stamp = 0
  }

  package var formerUntil: WallTime? { self.former?.until }

  package func check(in directory: Directory) throws(IdentityError) {
    try Names.check(self.name, "a client")
    try Names.checkDescription(self.description)
    try directory.checkReference(Account.self, self.accountID, of: "client \(self.name)")
    try directory.checkReferences(Role.self, self.roles, of: "client \(self.name)")
    try directory.checkReferences(PolicyRecord.self, self.policies, of: "client \(self.name)")
    guard directory.keys[self.name] == nil else {
      throw IdentityError(.exists, "an access key has the id \(self.name)")
    }
  }

  package static func users(of name: String, in directory: Directory) -> String? {
    directory.keys.values.first { $0.record.owner == .client(name) }
      .map { "access key \($0.record.id)" }
  }

  package func prepared(at now: WallTime, stamp: UInt64) -> OAuthClient {
    var record = self
    record.createdAt = now
    record.stamp = stamp
    return record
  }

  /// Disabling ends its sessions for good, also when it is enabled again.
  package mutating func settle(after former: OAuthClient, stamp: UInt64) {
    if self.state == .disabled, former.state == .active { self.stamp = stamp }
  }

  package func differences(from asked: OAuthClient) -> [String] {
    var names: [String] = []
    if self.accountID != asked.accountID { names.append("account") }
    if self.state != asked.state { names.append("state") }
    if Set(self.roles) != Set(asked.roles) { names.append("roles") }
    if Set(self.policies) != Set(asked.policies) { names.append("policies") }
    if self.description != asked.description { names.append("description") }
    return names
  }

  /// Whether `secret` is the present one, or the one before while it is still good.
  func accepts(_ secret: String, at now: WallTime) -> Bool {
    let present = (try? PasswordHash(parsing: self.hash))?.matches(secret) ?? false
    guard let former = self.former, now < former.until else { return present }
    return ((try? PasswordHash(parsing: former.hash))?.matches(secret) ?? false) || present
  }
}

extension OAuthClient {
  package init(json: JSONCursor) throws(JSONError) {
    self.name = try json.decode("name")
    self.accountID = try json.decode("account")
    self.state = try json.decode("state", default: .active)
    self.roles = try json.decode("roles", default: [])
    self.policies = try json.decode("policies", default: [])
    self.description = try json.decodeIfPresent("description")
    self.createdAt = try json.time("created_at")
    self.hash = try json.decode("hash")
    if let former: String = try json.decodeIfPresent("former") {
      self.former = Former(hash: former, until: try json.time("former_until"))
    }
    self.stamp = try json.decode("stamp")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("account", self.accountID)
      json.member("state", self.state)
      json.member("roles", list: self.roles)
      json.member("policies", list: self.policies)
      json.member("description", ifPresent: self.description)
      json.member("created_at", time: self.createdAt)
      json.member("hash", self.hash)
      if let former = self.former {
        json.member("former", former.hash)
        json.member("former_until", time: former.until)
      }
      json.member("stamp", self.stamp)
    }
  }
}
