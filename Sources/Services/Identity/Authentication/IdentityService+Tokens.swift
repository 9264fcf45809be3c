import Bytes
import Crypto
import Runtime
package import Values

/// What the token endpoint answers.
package struct IssuedSession: Sendable {
  package var token: Secret<String>
  package var id: String
  package var scope: TokenScope
  package var expiresAt: WallTime
  package var lifetime: Duration
}

extension IdentityService {
  // MARK: Bearer tokens

  /// For `Authorization: Bearer`: a token that an operator made, or a session token. Throws `expired` for
  /// one that was good once.
  package func authenticate(bearer token: String, source: String) throws(IdentityError)
    -> Principal
  {
    if token.hasPrefix(TokenRecord.prefix + "_") {
      return try self.principal(ofStored: token, source)
    }
    guard let session = self.session(token), session.claims.kind == .bearer else {
      throw self.failed(.session, "", from: source, reason: "unknown_token")
    }
    let principal = try self.principal(of: session)
    self.noteUse(of: principal)
    return principal
  }

  private func principal(
    ofStored token: String, _ source: String
  ) throws(IdentityError) -> Principal {
    let directory = self.directory
    // Looked up by digest: the time it takes says nothing about the token.
    let digest = SHA256.digest(of: Array(token.utf8.prefix(512)).rawBytes)
    guard let id = directory.tokensByDigest[digest],
      let record = directory.tokens[id]?.record,
      directory.standing(of: record.owner) != nil
    else { throw self.failed(.token, "", from: source, reason: "unknown_token") }
    if let end = record.expiresAt, end <= self.now {
      throw IdentityError(.expired, "the token \(id) expired", why: "at \(end)")
    }
    var principal = Principal(record.owner, .token)
    principal.tokenID = id
    principal.scope = record.scope
    principal.expiresAt = record.expiresAt
    if let rules = record.scope.rules { principal.narrowing = [rules] }
    self.noteUse(of: principal)
    return principal
  }

  /// A token that we signed, whoever holds it and whether or not it is still good. From the cache, or
  /// checked and compiled.
  func session(_ token: String) -> SessionCache.Session? {
    if let session = self.sessions.session(token) { return session }
    guard let claims = self.signer.claims(of: token) else { return nil }
    let scope = TokenScope(lenient: claims.scope)
    var narrowing = [scope.rules].compactMap { $0 }
    var rights: RuleSet?
    if !claims.policy.isEmpty {
      let rules = SecretOpener.narrowing(claims.policy, source: "policy of the session")
      if claims.kind == .delegated { rights = rules } else { narrowing.append(rules) }
    }
    let session = SessionCache.Session(
      claims: claims, scope: scope,
      secret: claims.kind == .bearer ? nil : self.signer.secret(of: claims),
      narrowing: narrowing, rights: rights)
    self.sessions.put(session, for: token)
    return session
  }

  /// Throws `expired`, or `notAuthenticated` when the session or what it came from was taken back.
  func principal(of session: SessionCache.Session) throws(IdentityError) -> Principal {
    let claims = session.claims
    var principal = Principal(
      claims.who, claims.kind == .bearer ? .session : .temporaryCredentials)
    if claims.keyID.hasPrefix(SessionClaims.tokenMark) {
      principal.parentTokenID = String(claims.keyID.dropFirst(SessionClaims.tokenMark.utf8.count))
    } else if !claims.keyID.isEmpty {
      principal.keyID = claims.keyID
    }
    principal.tokenID = claims.id.description
    principal.scope = session.scope
    principal.expiresAt = claims.expiresAt
    principal.stamp = claims.stamp
    principal.narrowing = session.narrowing
    principal.rights = session.rights
    try self.check(principal)
    return principal
  }

  // MARK: Sessions

  /// The OAuth2 client credentials grant: an access key and its secret, or a client and its secret.
  /// Words of `scope` that mean nothing here do not count.
  package func clientCredentials(
    id: String, secret: String, scope: String, source: String, lifetime: Duration? = nil
  ) async throws(IdentityError) -> IssuedSession {
    let principal = try await self.authenticate(user: id, password: secret, source: source)
    return try self.issueSession(for: principal, scope: scope, lifetime: lifetime)
  }

  /// A session token for somebody who has logged in; also the token-exchange grant, which gives a fresh
  /// expiry. It is narrowed to what the principal is narrowed to and, with `scope`, further.
  package func issueSession(
    for principal: Principal, scope: String = "", lifetime: Duration? = nil
  ) throws(IdentityError) -> IssuedSession {
    try self.check(principal)
    guard principal.method != .temporaryCredentials, principal.method != .trusted,
      principal.method != .anonymous
    else {
      throw IdentityError(
        .denied, "\(principal.who) cannot get a session token",
        why: "it logged in by \(principal.method.rawValue)")
    }
    let lifetime = min(
      lifetime ?? self.options.sessionLifetime, self.options.sessionLifetimeMax)
    guard lifetime >= .seconds(1) else {
      throw IdentityError(.valueMalformed, "a session cannot last \(DurationText.text(lifetime))")
    }
    let asked = TokenScope(lenient: scope)
    let granted = asked.isEverything ? principal.scope : asked.narrowed(to: principal.scope)
    var end = self.now + lifetime
    // A token of an operator's and an expiring key end all that came from them. A session may be
    // exchanged for a fresh one.
    if principal.method != .session, let limit = principal.expiresAt { end = min(end, limit) }
    let claims = self.claims(.bearer, principal, end: end, scope: granted.text)
    return IssuedSession(
      token: Secret(try self.signer.token(claims)), id: claims.id.description, scope: granted,
      expiresAt: end, lifetime: end - self.now)
  }

  func claims(
    _ kind: SessionClaims.Kind, _ principal: Principal, end: WallTime, scope: String = "",
    accessKeyID: String = "", policy: String = ""
  ) -> SessionClaims {
    let id = ULID(
      milliseconds: UInt64(clamping: self.now.nanoseconds / 1_000_000),
      random: UInt128(self.random.next()) << 64 | UInt128(self.random.next()))
    let stamp =
      principal.method == .token
      ? self.directory.standing(of: principal.who)?.stamp ?? 0 : principal.stamp
    let parent = principal.method == .token ? principal.tokenID : principal.parentTokenID
    let origin = principal.keyID ?? parent.map { SessionClaims.tokenMark + $0 } ?? ""
    return SessionClaims(
      kind, keyVersion: self.signer.version, id: id, issuedAt: self.now, expiresAt: end,
      who: principal.who, keyID: origin, stamp: stamp, scope: scope,
      accessKeyID: accessKeyID, policy: policy)
  }

  /// Ends a session or temporary credentials before their time.
  package func revokeSession(
    _ token: String, by author: Author
  ) async throws(IdentityError) -> Bool {
    guard let claims = self.signer.claims(of: token) else {
      throw IdentityError(.notFound, "that is no session token of this cluster")
    }
    guard claims.expiresAt > self.now else { return false }
    let revocation = Revocation(claims.id.description, until: claims.expiresAt)
    return try await self.create(revocation, ifNotExists: true, by: author).changed
  }
}

extension TokenScope {
  /// What both allow; the scope that was asked for when it lies within the other.
  func narrowed(to other: TokenScope) -> TokenScope {
    if other.isEverything { return self }
    let both = Action.all.filter { self.actions.contains($0) && other.actions.contains($0) }
    if ActionSet(both) == ActionSet(Action.all.filter { self.actions.contains($0) }) { return self }
    if both.count == Action.all.count(where: { other.actions.contains($0) }) { return other }
    // Nothing in common is not everything: a scope of the other one is the safe answer.
    if both.isEmpty { return other }
    return TokenScope(lenient: both.map(\.description).joined(separator: " "))
  }
}
