import Bytes
import Crypto
import Runtime
import Security

/// Signs session tokens and checks them: HMAC-SHA-256 under keys that follow from the ring's. Any process
/// of the cluster with the same ring believes them at once; nothing is stored.
final class SessionSigner: Sendable {
  static let purpose = "identity.sessions"
  static let prefix = "lks_"

  /// Of one version of the ring's key. Values, copied freely.
  struct Keys: Sendable {
    let signing: HMACSHA256
    let secrets: HMACSHA256
  }

  private let ring: KeyRing
  private let cached = Guarded<[UInt32: Keys]>([:])

  init(ring: KeyRing) { self.ring = ring }

  var version: UInt32 { self.ring.sealingKey(for: Self.purpose)?.version ?? 0 }

  /// Nil when the ring has no such version, or no more.
  private func keys(_ version: UInt32) -> Keys? {
    if let keys = self.cached.withLock({ $0[version] }) { return keys }
    guard let sealing = self.ring.sealingKey(for: Self.purpose),
      let key = try? self.ring.openingKey(id: sealing.id, version: version)
    else { return nil }
    let keys = Keys(
      signing: HMACSHA256(key: key.derived(for: "session signatures").bytes),
      secrets: HMACSHA256(key: key.derived(for: "temporary secrets").bytes))
    self.cached.withLock { $0[version] = keys }
    return keys
  }

  /// Forgets derived keys, so that a version that was destroyed is good no more.
  func forget() { self.cached.withLock { $0 = [:] } }

  func decoySecret() -> SecretText {
    guard let key = self.ring.sealingKey(for: Self.purpose) else {
      preconditionFailure("BUG: the session key was not made")
    }
    return SecretText(key.derived(for: "verifiers of unknown users"))
  }

  func token(_ claims: SessionClaims) throws(IdentityError) -> String {
    guard let keys = self.keys(claims.keyVersion) else {
      throw IdentityError(.keysUnavailable, "the key ring has no key for sessions")
    }
    var bytes = ByteWriter(capacity: 256 + claims.policy.utf8.count)
    claims.append(to: &bytes)
    bytes.append(keys.signing.code(of: bytes.bytes))
    return Self.prefix + Base64.text(of: bytes.bytes, alphabet: .urlSafe)
  }

  /// The claims of a token that we signed; nil for any other text.
  func claims(of token: String) -> SessionClaims? {
    guard token.utf8.count <= SessionClaims.textByteCountMax, token.hasPrefix(Self.prefix),
      let bytes = Base64.bytes(
        of: token.dropFirst(Self.prefix.utf8.count), alphabet: .urlSafe),
      bytes.count > 32
    else { return nil }
    let span = bytes.rawBytes
    let body = span.extracting(0..<bytes.count - 32)
    guard let claims = SessionClaims(body), let keys = self.keys(claims.keyVersion),
      keys.signing.isValid(span.extracting((bytes.count - 32)..<bytes.count), for: body)
    else { return nil }
    return claims
  }

  /// The secret that belongs to temporary credentials: 40 characters that follow from the claims.
  func secret(of claims: SessionClaims) -> String? {
    guard let keys = self.keys(claims.keyVersion) else { return nil }
    var bytes = ByteWriter(capacity: 256 + claims.policy.utf8.count)
    claims.append(to: &bytes)
    let code = keys.secrets.code(of: bytes.bytes)
    return Token.secretAccessKey(random: code.bytes.extracting(0..<30))
  }
}
