package import JSON
package import Values
private import Bytes
import Crypto

/// A token that an operator made and can list and take back: random, kept as its SHA-256. Session tokens
/// are not stored: see `SessionClaims`.
package struct TokenRecord: IdentityRecord {
  package static let kind = RecordKind.token
  package static let countMax = IdentityLimits.tokenMax
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<TokenRecord>]> {
    \.tokens
  }
  package static let prefix = "lkt"

  package var id: String
  package var owner: Who
  /// Empty: everything the owner may do.
  package var scope: TokenScope
  package var description: String?
  package var createdAt: WallTime
  package var expiresAt: WallTime?
  var digest: Digest<32>

  init(
    id: String, owner: Who, scope: TokenScope, description: String?, createdAt: WallTime,
    expiresAt: WallTime?, digest: Digest<32>
  ) {
    self.id = id
    self.owner = owner
    self.scope = scope
    self.description = description
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.digest = digest
  }

  package var name: String { self.id }

  package func check(in directory: Directory) throws(IdentityError) {
    try Names.checkDescription(self.description)
    guard [.user, .client].contains(self.owner.kind) else {
      throw IdentityError(.valueMalformed, "\(self.owner) cannot have a token")
    }
    try directory.checkExists(self.owner)
    guard directory.tokens[self.id] == nil else { return }
    let count = directory.tokens.values.reduce(0) { $0 + ($1.record.owner == self.owner ? 1 : 0) }
    guard count < IdentityLimits.tokensPerOwnerMax else {
      throw IdentityError(
        .limitReached, "\(self.owner) has too many tokens",
        why: "it has \(count); the limit is \(IdentityLimits.tokensPerOwnerMax)",
        tries: ["lakectl token list"])
    }
  }

  package func differences(from asked: TokenRecord) -> [String] { [] }
}

extension TokenRecord {
  package init(json: JSONCursor) throws(JSONError) {
    self.id = try json.decode("id")
    self.owner = try json.who("owner")
    self.scope = TokenScope(lenient: try json.decode("scope", default: ""))
    self.description = try json.decodeIfPresent("description")
    self.createdAt = try json.time("created_at")
    self.expiresAt = try json.timeIfPresent("expires_at")
    let digest: String = try json.decode("digest")
    guard let bytes = Hexadecimal.bytes(of: digest), let digest = Digest<32>(bytes.rawBytes) else {
      throw JSONError(.wrongType, "the digest is no 64 digits", path: "$.digest")
    }
    self.digest = digest
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id)
      json.member("owner", self.owner.description)
      if !self.scope.text.isEmpty { json.member("scope", self.scope.text) }
      json.member("description", ifPresent: self.description)
      json.member("created_at", time: self.createdAt)
      json.member("expires_at", time: self.expiresAt)
      json.member("digest", self.digest.description)
    }
  }
}

/// A session token or temporary credential that was taken back, remembered until it would have ended.
package struct Revocation: IdentityRecord {
  package static let kind = RecordKind.revocation
  package static let countMax = IdentityLimits.revocationMax
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<Revocation>]> {
    \.revocations
  }

  /// The session's id.
  package var name: String
  package var until: WallTime

  package func check(in directory: Directory) throws(IdentityError) {}
  package func differences(from asked: Revocation) -> [String] { [] }

  init(_ name: String, until: WallTime) {
    self.name = name
    self.until = until
  }

  package init(json: JSONCursor) throws(JSONError) {
    self.name = try json.decode("id")
    self.until = try json.time("until")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.name)
      json.member("until", time: self.until)
    }
  }
}

/// Which records the first start made.
package struct RootRecord: IdentityRecord {
  package static let kind = RecordKind.root
  package static let countMax = 1
  package static var table: ReferenceWritableKeyPath<Directory, [String: Stored<RootRecord>]> {
    \.root
  }
  static let onlyName = "root"

  package var accountID: String
  package var user: String
  package var keyID: String
  package var tokenID: String

  package var name: String { Self.onlyName }
  package func check(in directory: Directory) throws(IdentityError) {}
  package func differences(from asked: RootRecord) -> [String] { [] }
}

extension RootRecord {
  package init(json: JSONCursor) throws(JSONError) {
    self.accountID = try json.decode("account")
    self.user = try json.decode("user")
    self.keyID = try json.decode("key")
    self.tokenID = try json.decode("token")
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("account", self.accountID)
      json.member("user", self.user)
      json.member("key", self.keyID)
      json.member("token", self.tokenID)
    }
  }
}
