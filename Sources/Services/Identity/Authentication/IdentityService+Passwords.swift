import Bytes
package import Crypto
import Observability
import Runtime
import Values

extension IdentityService {
  // MARK: SCRAM

  /// The verifier for a SCRAM exchange with `user`, who may be a user or an access key id (whose secret
  /// is the password). An unknown or disabled one gets a verifier that no password fits, always the same
  /// for a name. Call `admits` before and `loggedIn` or `loginFailed` after.
  package func scramVerifier(user: String) -> SCRAMVerifier {
    let directory = self.directory
    if let known = directory.users[user]?.record, known.state == .active,
      let verifier = known.verifier
    {
      return verifier
    }
    if let key = self.goodKey(user, in: directory), let secret = key.secret {
      return SCRAMVerifier(password: secret.exposed, salt: self.salt(for: key.id))
    }
    return self.decoy(user)
  }

  private func decoy(_ user: String) -> SCRAMVerifier {
    SCRAMVerifier.decoy(
      forUser: user, secret: Array(self.decoySecret.exposedBytes).rawBytes)
  }

  private func salt(for name: String) -> [UInt8] { self.decoy(name).salt }

  /// Whether another attempt of `user` from `source` may be looked at.
  package func admits(user: String, source: String) throws(IdentityError) {
    guard self.throttle.admits(user, from: source, at: self.clock.now) else {
      self.metrics.throttled.add()
      throw IdentityError(
        .tooManyAttempts, "too many failed log-ins of \(IdentityError.quoted(user)) from \(source)",
        why: "the limit is \(self.options.failuresPerMinuteMax) a minute", tries: ["wait a minute"])
    }
  }

  /// After a SCRAM exchange that succeeded: who it is.
  package func loggedIn(user: String, source: String) throws(IdentityError) -> Principal {
    let directory = self.directory
    let principal: Principal
    if let known = directory.users[user]?.record, known.state == .active {
      principal = self.principal(of: known)
    } else if let key = self.goodKey(user, in: directory) {
      principal = self.principal(of: key)
    } else {
      throw self.failed(.password, user, from: source, reason: "disabled")
    }
    self.succeeded(principal, user, from: source)
    return principal
  }

  package func loginFailed(user: String, source: String) {
    _ = self.failed(.password, user, from: source, reason: "wrong_password")
  }

  // MARK: Passwords in the clear

  /// For HTTP Basic, gRPC and clear-text SQL log-ins: a user and password, an access key and its secret,
  /// a client and its secret, or temporary credentials with `secret:token` as the password. A wrong name
  /// takes as long as a wrong password.
  package func authenticate(
    user: String, password: String, source: String
  ) async throws(IdentityError) -> Principal {
    try self.admits(user: user, source: source)
    guard user.utf8.count <= 256, password.utf8.count <= 8192 else {
      throw self.failed(.password, String(user.prefix(256)), from: source, reason: "too_long")
    }
    let directory = self.directory
    if let known = directory.users[user]?.record, known.state == .active,
      let verifier = known.verifier
    {
      guard try await self.matches(user, password, verifier) else {
        throw self.failed(.password, user, from: source, reason: "wrong_password")
      }
      let principal = self.principal(of: known)
      self.succeeded(principal, user, from: source)
      return principal
    }
    if let principal = self.principal(ofKeyOrClient: user, password, directory) {
      self.succeeded(principal, user, from: source)
      return principal
    }
    _ = try await self.matches(user, password, self.decoy(user))
    throw self.failed(.password, user, from: source, reason: "unknown_user")
  }

  private func matches(
    _ user: String, _ password: String, _ verifier: SCRAMVerifier
  ) async throws(IdentityError) -> Bool {
    if self.passwords.knows(user, password, verifier) { return true }
    let isRight = try await self.hashing { verifier.matches(password: password) }
    if isRight { self.passwords.remember(user, password, verifier) }
    return isRight
  }

  /// Runs what takes a millisecond of hashing off the loop.
  func hashing<R: Sendable>(_ work: @escaping @Sendable () -> R) async throws(IdentityError) -> R {
    guard let pool = self.pool else { return work() }
    do {
      return try await pool.run { () -> sending R in work() }
    } catch {
      throw IdentityError(.busy, "too many log-ins at once", why: "\(error)")
    }
  }

  func goodKey(_ id: String, in directory: Directory) -> OpenedKey? {
    guard let key = directory.openedKeys[id], key.isGood(at: self.now),
      directory.standing(of: key.owner) != nil
    else { return nil }
    return key
  }

  func principal(
    ofKeyOrClient id: String, _ secret: String, _ directory: Directory
  ) -> Principal? {
    if let key = self.goodKey(id, in: directory) {
      guard key.accepts(secret, at: self.now) else { return nil }
      return self.principal(of: key)
    }
    if let client = directory.clients[id]?.record, client.state == .active {
      guard client.accepts(secret, at: self.now) else { return nil }
      return self.principal(of: client)
    }
    guard let colon = secret.firstIndex(of: ":"),
      let session = self.session(String(secret[secret.index(after: colon)...])),
      session.claims.accessKeyID == id, let expected = session.secret,
      ConstantTime.isEqual(String(secret[..<colon]), expected)
    else { return nil }
    return try? self.principal(of: session)
  }

  func principal(of user: User) -> Principal {
    var principal = Principal(.user(user.name), .password)
    principal.stamp = user.stamp
    return principal
  }

  func principal(of key: OpenedKey) -> Principal {
    var principal = Principal(key.owner, .accessKey)
    principal.keyID = key.id
    principal.stamp = key.stamp
    principal.expiresAt = key.expiresAt
    return principal
  }

  func principal(of client: OAuthClient) -> Principal {
    var principal = Principal(.client(client.name), .clientSecret)
    principal.stamp = client.stamp
    return principal
  }

  // MARK: What came of it

  func succeeded(_ principal: Principal, _ name: String, from source: String) {
    self.throttle.succeeded(name, from: source)
    self.metrics.logins.with(principal.method.rawValue).add()
    self.noteUse(of: principal)
  }

  func noteUse(of principal: Principal) {
    if let keyID = principal.keyID { self.usage.note(.key, keyID, at: self.now) }
    if principal.method == .token, let id = principal.tokenID {
      self.usage.note(.token, id, at: self.now)
    }
    switch principal.who.kind {
    case .user: self.usage.note(.user, principal.who.name, at: self.now)
    case .client: self.usage.note(.client, principal.who.name, at: self.now)
    case .account, .role, .group, .everyone, .anonymous: break
    }
  }

  /// Counts and logs a failure. The error says nothing about which part was wrong.
  func failed(
    _ method: Principal.Method, _ name: String, from source: String, reason: String
  ) -> IdentityError {
    self.throttle.failed(name, from: source, at: self.clock.now)
    self.metrics.failures.with(method.rawValue, reason).add()
    if let omitted = self.failureLog.admits(at: self.clock.now) {
      self.log.warning(
        "a log-in failed",
        [
          "name": .text(String(name.prefix(128))), "method": .text(method.rawValue),
          "reason": .text(reason), "source": .text(source), "omitted": .integer(omitted),
        ])
    }
    return IdentityError(
      .notAuthenticated, "the log-in was refused",
      why: "the name or the secret is wrong, or it is disabled")
  }
}

extension OpenedKey {
  /// Whether `secret` is the present one, or the one before while it is still good. Compares both, so
  /// that the time says nothing.
  func accepts(_ secret: String, at now: WallTime) -> Bool {
    let isPresent = self.secret?.isEqual(secret) ?? false
    let isFormer = self.former?.isEqual(secret) ?? false
    return isPresent || isFormer && (self.formerUntil.map { now < $0 } ?? false)
  }
}
