import Bytes
import Crypto
import Runtime
import Security
import Values

/// Seals the secrets of stores under the key ring and opens them again. The envelope names the access key
/// as its context: a secret moved to another key does not open.
struct WarehouseSecrets: Sendable {
  static let purpose = "catalog.secrets"

  let ring: KeyRing
  let random: any RandomSource

  func seal(
    _ secret: Secret<String>, keyID: String
  ) async throws(SecurityError) -> [UInt8] {
    let key: DataKey
    if let present = self.ring.sealingKey(for: Self.purpose) {
      key = present
    } else {
      key = try await self.ring.makeKey(for: Self.purpose)
    }
    var envelope = key.envelope()
    var message = Array(secret.exposed.utf8)
    defer { SecretBytes.clear(&message) }
    let nonce = self.random.bytes(AESGCM.nonceByteCount)
    var target = ByteWriter(capacity: message.count + EnvelopeHead.overheadByteCount)
    envelope.seal(
      message.rawBytes, nonce: nonce.rawBytes, context: Self.context(keyID).rawBytes, to: &target)
    return target.bytes.array
  }

  func open(_ sealed: [UInt8], keyID: String) throws(StorageError) -> Secret<String> {
    do {
      let head = try EnvelopeHead(of: sealed.rawBytes)
      let key = try self.ring.openingKey(id: head.keyID, version: head.keyVersion)
      var envelope = key.envelope()
      var bytes = ByteWriter(capacity: sealed.count)
      try envelope.open(sealed.rawBytes, context: Self.context(keyID).rawBytes, to: &bytes)
      return Secret(bytes.bytes.lossyText)
    } catch {
      throw StorageError(
        .unavailable, "the secret of access key \(keyID) cannot be opened with this key ring")
    }
  }

  private static func context(_ keyID: String) -> [UInt8] {
    Array("lakeworks warehouse key\n\(keyID)".utf8)
  }
}
