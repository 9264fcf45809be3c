internal import Bytes
public import Crypto

/// Which keys seal a journal: new segments with the current one, older segments stay readable by the
/// keys they name.
public struct JournalSealing: Sendable {
  public var current: JournalKey
  public var older: [JournalKey]

  public init(current: JournalKey, older: [JournalKey] = []) {
    self.current = current
    self.older = older
  }

  func key(_ id: JournalKeyID) -> JournalKey? {
    self.current.id == id ? self.current : self.older.first { $0.id == id }
  }
}

/// The public name of a key: 16 bytes, not all zeros.
public struct JournalKeyID: Hashable, Sendable, CustomStringConvertible {
  var low: UInt64
  var high: UInt64

  init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// Nil unless `bytes` are 16 and not all zeros.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount == 16, !bytes.isBlank else { return nil }
    self.low = bytes.load(UInt64.self, at: 0)
    self.high = bytes.load(UInt64.self, at: 8)
  }

  public var description: String {
    var writer = ByteWriter(capacity: 16)
    writer.append(littleEndian: self.low)
    writer.append(littleEndian: self.high)
    return Hexadecimal.text(of: writer.bytes)
  }
}

/// A key of 32 bytes and its name.
public final class JournalKey: Sendable {
  public let id: JournalKeyID
  let secret: SecretBytes

  /// - Precondition: `secret` has 32 bytes.
  public init(id: JournalKeyID, secret: consuming SecretBytes) {
    precondition(secret.count == 32, "a key of \(secret.count) bytes")
    self.id = id
    self.secret = secret
  }

  /// The key of one opening. The caller clears it.
  func derived(salt: RawSpan) -> [UInt8] {
    Self.derive(self.secret, salt: salt)
  }

  private static func derive(_ secret: borrowing SecretBytes, salt: RawSpan) -> [UInt8] {
    var purpose = ByteWriter(capacity: 32)
    purpose.append("lakeworks journal 1" as StaticString)
    return HKDF.key(from: secret.bytes, salt: salt, information: purpose.bytes)
  }
}

/// Drawn at random by each opening, so that no two seal with the same key: a sequence number that was
/// torn away and is used again never repeats a nonce.
package struct BlockSalt: Hashable, Sendable {
  package var low: UInt64
  package var high: UInt64
  package static let none = BlockSalt(low: 0, high: 0)
}

/// Seals and opens the payloads of one opening: AES-256-GCM under
/// HKDF(key, salt, "lakeworks journal 1"), nonce = sequence and four zeros, bound to the header.
struct BlockCipher: ~Copyable {
  let keyID: JournalKeyID
  let salt: BlockSalt
  private var cipher: AESGCM

  init(_ key: JournalKey, salt: BlockSalt) {
    self.keyID = key.id
    self.salt = salt
    var text = ByteWriter(capacity: 16)
    text.append(littleEndian: salt.low)
    text.append(littleEndian: salt.high)
    var derived = key.derived(salt: text.bytes)
    self.cipher = AESGCM(key: derived.rawBytes)
    SecretBytes.clear(&derived)
  }

  /// Seals the first bytes of `payload` in place; the last 16 become the tag.
  mutating func seal(_ payload: UnsafeMutableRawBufferPointer, _ header: BlockHeader) {
    let count = payload.count - BlockHeader.tagByteCount
    precondition(count >= 0, "no room for a tag")
    let message = UnsafeMutableRawBufferPointer(rebasing: payload[..<count])
    let tag = payload.baseAddress.unsafelyUnwrapped + count  // At least the tag's 16 bytes.
    var nonce = ByteWriter(capacity: 16)
    var context = ByteWriter(capacity: 96)
    Self.bind(header, &nonce, &context)
    self.cipher.seal(inPlace: message, nonce: nonce.bytes, context: context.bytes, tag: tag)
  }

  /// Appends the opened payload.
  mutating func open(
    _ payload: RawSpan, _ header: BlockHeader, to target: inout ByteWriter
  ) throws(CryptoError) {
    var nonce = ByteWriter(capacity: 16)
    var context = ByteWriter(capacity: 96)
    Self.bind(header, &nonce, &context)
    try self.cipher.open(payload, nonce: nonce.bytes, context: context.bytes, to: &target)
  }

  private static func bind(
    _ header: BlockHeader, _ nonce: inout ByteWriter, _ context: inout ByteWriter
  ) {
    nonce.append(littleEndian: header.sequence)
    nonce.append(littleEndian: UInt32(0))
    var bound = header
    bound.blankSectorCount = 0
    _ = context.appendFilling(minimum: 80) { room in
      bound.writeFields(to: UnsafeMutableRawBufferPointer(rebasing: room[..<80]))
      return 80
    }
  }
}
