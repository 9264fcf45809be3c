import Bytes
import Crypto
import Runtime
package import Values

/// A record that was made or rotated, with the secret that is shown this once.
package struct Issued<Record: IdentityRecord>: Sendable {
  package var stored: Stored<Record>
  /// Nil when the record was there already.
  package var secret: Secret<String>?
  package var changed: Bool

  package var record: Record { self.stored.record }
}

extension IdentityService {
  package static let graceMax: Duration = .seconds(30 * 86_400)

  // MARK: Access keys

  /// Makes an access key for a user, client or account.
  ///
  /// - Parameters:
  ///   - id: one that is brought along; otherwise made: 20 characters.
  ///   - secret: likewise, 40 characters.
  package func createKey(
    owner: Who, id: String? = nil, secret: Secret<String>? = nil, expiresAt: WallTime? = nil,
    policy: String? = nil, description: String? = nil, ifNotExists: Bool = false,
    by author: Author
  ) async throws(IdentityError) -> Issued<AccessKey> {
    let id = id ?? Token.accessKeyID(random: self.random.bytes(18).rawBytes)
    try Names.checkKeyID(id)
    let text = secret?.exposed ?? self.freshSecret()
    try Names.checkSecret(text)
    try self.checkExpiry(expiresAt)
    let asked = AccessKey(
      id, owner: owner, expiresAt: expiresAt, policy: policy, description: description)
    var record = asked.prepared(at: self.now, stamp: self.freshStamp())
    record.sealed = try self.opener.seal(text, keyID: id, random: self.random)
    let opener = self.opener
    let changed = try await self.create(
      record, asked: asked, ifNotExists: ifNotExists, by: author
    ) { there in
      guard secret != nil else { return [] }
      let isSame = (try? opener.open(there.sealed, keyID: id))?.isEqual(text) ?? false
      return isSame ? [] : ["secret"]
    }
    return Issued(
      stored: changed.stored, secret: changed.changed ? Secret(text) : nil,
      changed: changed.changed)
  }

  /// Gives a key a new secret. The old one goes on working for `grace`; with zero it ends at once, and
  /// with it all sessions that came from the key.
  package func rotateKey(
    _ id: String, grace: Duration, secret: Secret<String>? = nil, ifMatch etag: String? = nil,
    by author: Author
  ) async throws(IdentityError) -> Issued<AccessKey> {
    try self.checkGrace(grace)
    let text = secret?.exposed ?? self.freshSecret()
    try Names.checkSecret(text)
    let sealed = try self.opener.seal(text, keyID: id, random: self.random)
    let until = self.now + grace
    let stamp = self.freshStamp()
    let changed = try await self.update(
      AccessKey.self, id, ifMatch: etag, by: author, action: "rotate"
    ) { key throws(IdentityError) in
      key.former = grace > .zero ? AccessKey.Former(sealed: key.sealed, until: until) : nil
      key.sealed = sealed
      if grace == .zero { key.stamp = stamp }
    }
    return Issued(stored: changed.stored, secret: Secret(text), changed: true)
  }

  private func freshSecret() -> String {
    Token.secretAccessKey(random: self.random.bytes(30).rawBytes)
  }

  private func checkGrace(_ grace: Duration) throws(IdentityError) {
    guard grace >= .zero, grace <= Self.graceMax else {
      throw IdentityError(
        .valueMalformed, "a grace of \(DurationText.text(grace))", why: "it is 0s to 30d")
    }
  }

  private func checkExpiry(_ end: WallTime?) throws(IdentityError) {
    guard let end, end <= self.now else { return }
    throw IdentityError(.valueMalformed, "it would have expired already", why: "at \(end)")
  }

  // MARK: OAuth2 clients

  package func createClient(
    _ client: OAuthClient, secret: Secret<String>? = nil, ifNotExists: Bool = false,
    by author: Author
  ) async throws(IdentityError) -> Issued<OAuthClient> {
    let text = secret?.exposed ?? self.freshSecret()
    try Names.checkSecret(text)
    var record = client.prepared(at: self.now, stamp: self.freshStamp())
    record.hash = try await self.hash(of: text, isGenerated: secret == nil)
    let changed = try await self.create(
      record, asked: client, ifNotExists: ifNotExists, by: author
    ) { there in
      guard secret != nil else { return [] }
      return (try? PasswordHash(parsing: there.hash))?.matches(text) ?? false ? [] : ["secret"]
    }
    return Issued(
      stored: changed.stored, secret: changed.changed ? Secret(text) : nil,
      changed: changed.changed)
  }

  package func rotateClient(
    _ name: String, grace: Duration, ifMatch etag: String? = nil, by author: Author
  ) async throws(IdentityError) -> Issued<OAuthClient> {
    try self.checkGrace(grace)
    let text = self.freshSecret()
    let hash = try await self.hash(of: text, isGenerated: true)
    let until = self.now + grace
    let stamp = self.freshStamp()
    let changed = try await self.update(
      OAuthClient.self, name, ifMatch: etag, by: author, action: "rotate"
    ) { client throws(IdentityError) in
      client.former =
        grace > .zero ? OAuthClient.Former(hash: client.hash, until: until) : nil
      client.hash = hash
      if grace == .zero { client.stamp = stamp }
    }
    return Issued(stored: changed.stored, secret: Secret(text), changed: true)
  }

  /// A secret that somebody brings along may be weak: it costs as much to guess as a password.
  private func hash(of secret: String, isGenerated: Bool) async throws(IdentityError) -> String {
    let salt = self.random.bytes(PasswordHash.saltByteCount)
    let iterations = isGenerated ? PasswordHash.iterationsForGenerated : 4096
    return try await self.hashing {
      PasswordHash(of: secret, salt: salt, iterations: iterations).description
    }
  }

  // MARK: Tokens

  /// Makes a token for a user or client. Its text is shown this once.
  package func createToken(
    owner: Who, scope: String = "", lifetime: Duration? = nil, description: String? = nil,
    by author: Author
  ) async throws(IdentityError) -> Issued<TokenRecord> {
    if let lifetime, lifetime < .seconds(1) {
      throw IdentityError(.valueMalformed, "a token cannot last \(DurationText.text(lifetime))")
    }
    let (record, text) = try self.freshToken(
      owner: owner, scope: TokenScope(parsing: scope), lifetime: lifetime, description)
    let changed = try await self.create(
      record, asked: record, ifNotExists: false, by: author, further: { _ in [] })
    return Issued(stored: changed.stored, secret: Secret(text), changed: true)
  }

  func freshToken(
    owner: Who, scope: TokenScope, lifetime: Duration?, _ description: String?
  ) throws(IdentityError) -> (TokenRecord, String) {
    let now = self.now
    let text = Token.text(
      prefix: TokenRecord.prefix, random: self.random.bytes(24).rawBytes)
    let id = ULID(
      milliseconds: UInt64(clamping: now.nanoseconds / 1_000_000),
      random: UInt128(self.random.next()) << 64 | UInt128(self.random.next()))
    let record = TokenRecord(
      id: id.description, owner: owner, scope: scope, description: description, createdAt: now,
      expiresAt: lifetime.map { now + $0 },
      digest: SHA256.digest(of: Array(text.utf8).rawBytes))
    return (record, text)
  }

  /// Takes a token back, and with it the sessions it got.
  package func revokeToken(
    _ id: String, ifExists: Bool = false, by author: Author
  ) async throws(IdentityError) -> Changed<TokenRecord>? {
    try await self.delete(TokenRecord.self, id, ifExists: ifExists, by: author)
  }
}
