public import Crypto
private import Bytes
public import Values

/// One version of a key that seals data. Its bytes are cleared when the last user lets go.
public final class DataKey: Sendable, CustomStringConvertible {
  /// What the key seals: `journal`, `object.blocks`, `sql/shard/17`.
  public let purpose: String
  /// The same for all versions of a purpose.
  public let id: UInt64
  /// Counts up from 1. The newest seals, all open.
  public let version: UInt32
  public let created: WallTime
  private let bytes: SecretBytes

  init(
    purpose: String, id: UInt64, version: UInt32, created: WallTime, bytes: consuming SecretBytes
  ) {
    precondition(bytes.count == AESGCM.keyByteCount, "a data key of \(bytes.count) bytes")
    self.purpose = purpose
    self.id = id
    self.version = version
    self.created = created
    self.bytes = bytes
  }

  /// For what is sealed in place under nonces of its own: journal blocks, object blocks.
  public func cipher() -> AESGCM { self.withBytes { AESGCM(key: $0) } }

  /// For what carries the name of its key with it.
  public func envelope() -> EnvelopeKey { self.withBytes { EnvelopeKey(self.head, key: $0) } }

  /// The key's name as an envelope carries it.
  public var head: EnvelopeHead { EnvelopeHead(keyID: self.id, keyVersion: self.version) }

  /// The key itself, for a library that wants it (RocksDB's environment). It is good inside `body`.
  public func withBytes<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    try self.bytes.withBytes(body)
  }

  /// A key for a narrower purpose that follows from this one; nothing of it is stored.
  public func derived(for purpose: String) -> SecretBytes {
    let key = self.withBytes { HMACSHA256(key: $0) }
    return SecretBytes(copying: key.code(of: "lakeworks derived key:" + purpose).bytes)
  }

  /// Never the bytes.
  public var description: String { "key \(self.id) version \(self.version) for \(self.purpose)" }
}

extension DataKey {
  func sealed(by envelope: inout EnvelopeKey, nonce: [UInt8], context: [UInt8]) -> [UInt8] {
    var target = ByteWriter(capacity: AESGCM.keyByteCount + EnvelopeHead.overheadByteCount)
    self.withBytes {
      envelope.seal($0, nonce: nonce.rawBytes, context: context.rawBytes, to: &target)
    }
    return target.bytes.array
  }
}
