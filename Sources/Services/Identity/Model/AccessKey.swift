package import JSON
package import Values
private import Bytes

/// An access key of S3, also good as an OAuth2 client id and secret and as a SQL user and password.
///
/// The secret is sealed, not hashed: SigV4 needs it in the clear.
package struct AccessKey: IdentityRecord {
  package static let kind = RecordKind.key
  package static let countMax = IdentityLimits.keyMax
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<AccessKey>]> {
    \.keys
  }

  package var id: String
  /// A user, a client, or an account itself (its root).
  package var owner: Who
  package var state: IdentityState
  package var createdAt: WallTime
  package var expiresAt: WallTime?
  /// A policy that the owner's rights are narrowed to.
  package var policy: String?
  package var description: String?
  /// The secret's envelope under the key ring.
  var sealed: [UInt8]
  /// The secret before the last rotation.
  var former: Former?
  var stamp: UInt64

  struct Former: Hashable, Sendable {
    var sealed: [UInt8]
    /// It is good before this moment.
    var until: WallTime
  }

  package init(
    _ id: String, owner: Who, state: IdentityState = .active, expiresAt: WallTime? = nil,
    policy: String? = nil, description: String? = nil
  ) {
    self.id = id
    self.owner = owner
    self.state = state
    self.createdAt = WallTime(nanoseconds: 0)
    self.expiresAt = expiresAt
    self.policy = policy
    self.description = description
    self.sealed = []
    self.stamp = 0
  }

  package var name: String { self.id }
  package var formerUntil: WallTime? { self.former?.until }

  package func check(in directory: Directory) throws(IdentityError) {
    try Names.checkKeyID(self.id)
    try Names.checkDescription(self.description)
    guard [.user, .client, .account].contains(self.owner.kind) else {
      throw IdentityError(
        .valueMalformed, "\(self.owner) cannot own an access key",
        why: "a user, a client or an account can")
    }
    try directory.checkExists(self.owner)
    if let policy = self.policy {
      _ = try PolicyDocument(parsing: policy, placement: .identity)
    }
    guard directory.clients[self.id] == nil else {
      throw IdentityError(.exists, "an OAuth2 client is named \(self.id)")
    }
    guard directory.keys[self.id] == nil else { return }
    let count = directory.keys.values.reduce(0) { $0 + ($1.record.owner == self.owner ? 1 : 0) }
    guard count < IdentityLimits.keysPerOwnerMax else {
      throw IdentityError(
        .limitReached, "\(self.owner) has too many access keys",
        why: "it has \(count); the limit is \(IdentityLimits.keysPerOwnerMax)",
        tries: ["lakectl key list --user \(self.owner.name)"])
    }
  }

  package func prepared(at now: WallTime, stamp: UInt64) -> AccessKey {
    var record = self
    record.createdAt = now
    record.stamp = stamp
    return record
  }

  /// Disabling ends its sessions for good, also when it is enabled again.
  package mutating func settle(after former: AccessKey, stamp: UInt64) {
    if self.state == .disabled, former.state == .active { self.stamp = stamp }
  }

  package func differences(from asked: AccessKey) -> [String] {
    var names: [String] = []
    if self.owner != asked.owner { names.append("owner") }
    if self.state != asked.state { names.append("state") }
    if self.expiresAt != asked.expiresAt { names.append("expires_at") }
    if self.policy != asked.policy { names.append("policy") }
    if self.description != asked.description { names.append("description") }
    return names
  }
}

extension AccessKey {
  package init(json: JSONCursor) throws(JSONError) {
    self.id = try json.decode("id")
    self.owner = try json.who("owner")
    self.state = try json.decode("state", default: .active)
    self.createdAt = try json.time("created_at")
    self.expiresAt = try json.timeIfPresent("expires_at")
    self.policy = try json.decodeIfPresent("policy")
    self.description = try json.decodeIfPresent("description")
    self.sealed = try Self.envelope(json.decode("sealed"), "$.sealed")
    if let former: String = try json.decodeIfPresent("former") {
      self.former = Former(
        sealed: try Self.envelope(former, "$.former"), until: try json.time("former_until"))
    }
    self.stamp = try json.decode("stamp")
  }

  private static func envelope(_ text: String, _ path: String) throws(JSONError) -> [UInt8] {
    guard let bytes = Base64.bytes(of: text) else {
      throw JSONError(.wrongType, "the sealed secret is no base64", path: path)
    }
    return bytes
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id)
      json.member("owner", self.owner.description)
      json.member("state", self.state)
      json.member("created_at", time: self.createdAt)
      json.member("expires_at", time: self.expiresAt)
      json.member("policy", ifPresent: self.policy)
      json.member("description", ifPresent: self.description)
      json.member("sealed", Base64.text(of: self.sealed.rawBytes))
      if let former = self.former {
        json.member("former", Base64.text(of: former.sealed.rawBytes))
        json.member("former_until", time: former.until)
      }
      json.member("stamp", self.stamp)
    }
  }
}
