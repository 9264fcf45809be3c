public import Bytes
private import COpenSSL

/// AES-256-GCM under one key, whose expansion is kept from message to message.
///
/// **Nonces.** Under one key no nonce may seal two messages: a repeat gives both away and lets anyone
/// forge. Take a counter that is never reused (a block number, a sequence that survives restarts), or 12
/// random bytes for at most 2³² messages of a key, then a new key.
///
/// One message is at most `messageByteCountMax` bytes, the bound of the counter.
public struct AESGCM: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of `raw`, and sealing and opening need exclusive access.
  public static let keyByteCount = 32
  public static let nonceByteCount = 12
  public static let tagByteCount = 16
  public static let messageByteCountMax = (1 << 36) - 32

  private let raw: OpaquePointer

  /// - Precondition: `key` has 32 bytes.
  public init(key: RawSpan) {
    precondition(key.byteCount == Self.keyByteCount, "a key of \(key.byteCount) bytes")
    let raw = key.withUnsafeBytes {
      copenssl_aes256gcm_new($0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self))
    }
    guard let raw else { preconditionFailure("FATAL: OpenSSL refuses AES-256-GCM") }
    self.raw = raw
  }

  deinit { copenssl_aes256gcm_free(self.raw) }

  /// Appends the sealed message, then its tag: 16 bytes more than `message`. `context` is authenticated
  /// with it and not stored: whoever opens must bring the same.
  ///
  /// - Precondition: `nonce` has 12 bytes and was never used with this key.
  public mutating func seal(
    _ message: RawSpan, nonce: RawSpan, context: RawSpan, to target: inout ByteWriter
  ) {
    let total = message.byteCount + Self.tagByteCount
    _ = target.appendFilling(minimum: total) { room in
      message.withUnsafeBytes { message in
        self.seal(message, nonce: nonce, context: context, into: room)
      }
      return total
    }
  }

  /// Seals bytes where they are; the tag comes beside them.
  public mutating func seal(
    inPlace message: UnsafeMutableRawBufferPointer, nonce: RawSpan, context: RawSpan,
    tag: UnsafeMutableRawPointer
  ) {
    self.seal(
      UnsafeRawBufferPointer(message), nonce: nonce, context: context,
      output: message.baseAddress, tag: tag)
  }

  private func seal(
    _ message: UnsafeRawBufferPointer, nonce: RawSpan, context: RawSpan,
    into room: UnsafeMutableRawBufferPointer
  ) {
    let output = room.baseAddress.unsafelyUnwrapped  // At least the tag's 16 bytes.
    self.seal(
      message, nonce: nonce, context: context, output: output, tag: output + message.count)
  }

  private func seal(
    _ message: UnsafeRawBufferPointer, nonce: RawSpan, context: RawSpan,
    output: UnsafeMutableRawPointer?, tag: UnsafeMutableRawPointer
  ) {
    precondition(nonce.byteCount == Self.nonceByteCount, "a nonce of \(nonce.byteCount) bytes")
    precondition(message.count <= Self.messageByteCountMax, "a message of \(message.count) bytes")
    let code = nonce.withUnsafeBytes { nonce in
      context.withUnsafeBytes { context in
        copenssl_aes256gcm_seal(
          self.raw, nonce.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self),
          context.baseAddress, context.count, message.baseAddress, message.count, output,
          tag.assumingMemoryBound(to: UInt8.self))
      }
    }
    precondition(code == 0, "FATAL: OpenSSL refuses to seal")
  }

  /// Appends the message that `sealed` (message and tag) holds. Appends nothing when it throws.
  public mutating func open(
    _ sealed: RawSpan, nonce: RawSpan, context: RawSpan, to target: inout ByteWriter
  ) throws(CryptoError) {
    let count = sealed.byteCount - Self.tagByteCount
    guard count >= 0 else { throw Self.tooShort(sealed.byteCount) }
    let start = target.count
    var isAuthentic = false
    _ = target.appendFilling(minimum: max(count, 1)) { room in
      sealed.withUnsafeBytes { sealed in
        let base = sealed.baseAddress.unsafelyUnwrapped  // At least the tag.
        isAuthentic = self.open(
          UnsafeRawBufferPointer(rebasing: sealed[..<count]), nonce: nonce, context: context,
          output: room.baseAddress, tag: base + count)
      }
      return count
    }
    guard isAuthentic else {
      target.truncate(to: start)
      throw Self.notAuthentic(sealed.byteCount)
    }
  }

  /// Opens where the bytes are: the first `sealed.count - 16` bytes become the message, whose length is
  /// returned. When it throws they are zeros.
  public mutating func open(
    inPlace sealed: UnsafeMutableRawBufferPointer, nonce: RawSpan, context: RawSpan
  ) throws(CryptoError) -> Int {
    let count = sealed.count - Self.tagByteCount
    guard count >= 0 else { throw Self.tooShort(sealed.count) }
    let base = sealed.baseAddress.unsafelyUnwrapped  // At least the tag.
    let message = UnsafeRawBufferPointer(start: base, count: count)
    guard
      self.open(message, nonce: nonce, context: context, output: base, tag: base + count)
    else { throw Self.notAuthentic(sealed.count) }
    return count
  }

  private func open(
    _ message: UnsafeRawBufferPointer, nonce: RawSpan, context: RawSpan,
    output: UnsafeMutableRawPointer?, tag: UnsafeRawPointer
  ) -> Bool {
    precondition(nonce.byteCount == Self.nonceByteCount, "a nonce of \(nonce.byteCount) bytes")
    guard message.count <= Self.messageByteCountMax else { return false }
    return nonce.withUnsafeBytes { nonce in
      context.withUnsafeBytes { context in
        copenssl_aes256gcm_open(
          self.raw, nonce.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self),
          context.baseAddress, context.count, message.baseAddress, message.count, output,
          tag.assumingMemoryBound(to: UInt8.self)) == 0
      }
    }
  }

  private static func tooShort(_ count: Int) -> CryptoError {
    CryptoError(.malformed, "a sealed message has \(count) bytes, fewer than its tag of 16")
  }

  private static func notAuthentic(_ count: Int) -> CryptoError {
    CryptoError(
      .notAuthentic, "the tag of a sealed message of \(count) bytes does not match",
      hint: "the key, the context or the bytes are not those it was sealed with")
  }
}
