import Bytes
import Crypto
import Runtime
import Security

/// Seals the secrets of access keys under the key ring and opens them again. The envelope names the key
/// id as its context: a secret moved to another key does not open.
struct SecretOpener: Sendable {
  static let purpose = "identity.secrets"

  let ring: KeyRing

  func seal(_ secret: String, keyID: String, random: any RandomSource) throws(IdentityError)
    -> [UInt8]
  {
    guard let key = self.ring.sealingKey(for: Self.purpose) else {
      throw IdentityError(
        .keysUnavailable, "the key ring has no key for the secrets of access keys")
    }
    var envelope = key.envelope()
    var message = Array(secret.utf8)
    defer { SecretBytes.clear(&message) }
    let nonce = random.bytes(AESGCM.nonceByteCount)
    var target = ByteWriter(capacity: message.count + EnvelopeHead.overheadByteCount)
    envelope.seal(
      message.rawBytes, nonce: nonce.rawBytes, context: Self.context(keyID).rawBytes, to: &target)
    return target.bytes.array
  }

  func open(_ sealed: [UInt8], keyID: String) throws(IdentityError) -> SecretText {
    do {
      let head = try EnvelopeHead(of: sealed.rawBytes)
      let key = try self.ring.openingKey(id: head.keyID, version: head.keyVersion)
      var envelope = key.envelope()
      return SecretText(
        try envelope.openSecret(sealed.rawBytes, context: Self.context(keyID).rawBytes))
    } catch {
      throw IdentityError(
        .secretSealed, "the secret of access key \(keyID) cannot be opened", why: "\(error)",
        tries: ["start with the key ring and the master key it was sealed with"])
    }
  }

  func open(_ key: AccessKey) -> OpenedKey {
    OpenedKey(
      key, secret: try? self.open(key.sealed, keyID: key.id),
      former: key.former.flatMap { try? self.open($0.sealed, keyID: key.id) },
      narrowing: key.policy.map {
        Self.narrowing($0, source: "policy of access key \(key.id)")
      })
  }

  /// Rules that narrow; ones that allow nothing when they cannot be read.
  static func narrowing(_ policy: String, source: String) -> RuleSet {
    guard let document = try? PolicyDocument(parsing: policy, placement: .identity),
      let rules = try? RuleSet(document, source: source)
    else { return RuleSet(source: source, allows: [], denies: []) }
    return rules
  }

  /// Which version of the ring's key a secret is sealed under.
  static func version(of sealed: [UInt8]) -> UInt32? {
    (try? EnvelopeHead(of: sealed.rawBytes))?.keyVersion
  }

  private static func context(_ keyID: String) -> [UInt8] {
    Array("lakeworks access key\n\(keyID)".utf8)
  }
}
