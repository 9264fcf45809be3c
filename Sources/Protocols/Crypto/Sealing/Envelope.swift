public import Bytes

// A sealed message with the name of its key, as it is stored:
//
//    0       4           12          16       28                 28+n      28+n+16
//    ┌───────┬───────────┬───────────┬────────┬──────────────────┬─────────┐
//    │ LKE1  │ key id    │ version   │ nonce  │ sealed message   │ tag     │
//    │       │ 8, little │ 4, little │ 12     │ n bytes          │ 16      │
//    └───────┴───────────┴───────────┴────────┴──────────────────┴─────────┘
//
// The tag covers bytes 0–15 and the caller's context (what the message is and where it belongs, so that
// it cannot be put in the place of another), then the message: AES-256-GCM.

/// The head of a sealed message: which key opens it.
public struct EnvelopeHead: Hashable, Sendable {
  public static let byteCount = 28
  /// How many bytes longer than the message its envelope is.
  public static let overheadByteCount = Self.byteCount + AESGCM.tagByteCount
  static let magic: StaticString = "LKE1"
  static let authenticatedByteCount = 16

  public var keyID: UInt64
  public var keyVersion: UInt32

  public init(keyID: UInt64, keyVersion: UInt32) {
    self.keyID = keyID
    self.keyVersion = keyVersion
  }

  /// Reads the head of an envelope, which is not proven before the envelope is opened.
  public init(of envelope: RawSpan) throws(CryptoError) {
    var reader = ByteReader(envelope)
    guard envelope.byteCount >= Self.overheadByteCount else {
      throw CryptoError(
        .malformed,
        "an envelope has \(envelope.byteCount) bytes, fewer than \(Self.overheadByteCount)")
    }
    guard let magic = reader.take(4), magic.isEqual(to: Self.magic),
      let keyID = reader.littleEndian(UInt64.self), let version = reader.littleEndian(UInt32.self)
    else { throw CryptoError(.malformed, "an envelope does not begin with LKE1") }
    self.init(keyID: keyID, keyVersion: version)
  }

  func append(to target: inout ByteWriter) {
    target.append(Self.magic)
    target.append(littleEndian: self.keyID)
    target.append(littleEndian: self.keyVersion)
  }
}

/// A key with its name: seals and opens envelopes.
public struct EnvelopeKey: ~Copyable, Sendable {
  public let head: EnvelopeHead
  private var cipher: AESGCM

  /// - Precondition: `key` has 32 bytes.
  public init(_ head: EnvelopeHead, key: RawSpan) {
    self.head = head
    self.cipher = AESGCM(key: key)
  }

  /// Appends the envelope of `message`.
  ///
  /// - Precondition: `nonce` is 12 random bytes, fresh for each call.
  public mutating func seal(
    _ message: RawSpan, nonce: RawSpan, context: RawSpan, to target: inout ByteWriter
  ) {
    var authenticated = ByteWriter(
      capacity: EnvelopeHead.authenticatedByteCount + context.byteCount)
    self.head.append(to: &authenticated)
    self.head.append(to: &target)
    target.append(nonce)
    authenticated.append(context)
    self.cipher.seal(message, nonce: nonce, context: authenticated.bytes, to: &target)
  }

  /// Appends the message of `envelope`; nothing when it throws. `otherKey` when another key sealed it.
  public mutating func open(
    _ envelope: RawSpan, context: RawSpan, to target: inout ByteWriter
  ) throws(CryptoError) {
    let authenticated = try self.authenticated(envelope, context: context)
    try self.cipher.open(
      Self.sealed(in: envelope), nonce: Self.nonce(in: envelope), context: authenticated.bytes,
      to: &target)
  }

  /// The message of `envelope` in memory that is cleared afterwards: for keys.
  public mutating func openSecret(
    _ envelope: RawSpan, context: RawSpan
  ) throws(CryptoError) -> SecretBytes {
    let authenticated = try self.authenticated(envelope, context: context)
    let sealed = Self.sealed(in: envelope)
    var opened = 0
    var secret = try SecretBytes(byteCount: sealed.byteCount) { memory throws(CryptoError) in
      sealed.withUnsafeBytes { memory.copyMemory(from: $0) }
      opened = try self.cipher.open(
        inPlace: memory, nonce: Self.nonce(in: envelope), context: authenticated.bytes)
    }
    secret.truncate(to: opened)
    return secret
  }

  /// What the tag covers beside the message; throws when the envelope is not of this key.
  private func authenticated(
    _ envelope: RawSpan, context: RawSpan
  ) throws(CryptoError) -> ByteWriter {
    let head = try EnvelopeHead(of: envelope)
    guard head == self.head else {
      throw CryptoError(
        .otherKey,
        "sealed under key \(head.keyID) version \(head.keyVersion), "
          + "opened with key \(self.head.keyID) version \(self.head.keyVersion)")
    }
    var authenticated = ByteWriter(
      capacity: EnvelopeHead.authenticatedByteCount + context.byteCount)
    authenticated.append(envelope.extracting(0..<EnvelopeHead.authenticatedByteCount))
    authenticated.append(context)
    return authenticated
  }

  @_lifetime(copy envelope)
  private static func nonce(in envelope: RawSpan) -> RawSpan {
    envelope.extracting(EnvelopeHead.authenticatedByteCount..<EnvelopeHead.byteCount)
  }

  @_lifetime(copy envelope)
  private static func sealed(in envelope: RawSpan) -> RawSpan {
    envelope.extracting(EnvelopeHead.byteCount..<envelope.byteCount)
  }
}
