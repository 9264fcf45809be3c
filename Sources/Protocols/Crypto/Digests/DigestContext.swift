private import COpenSSL

/// A hash algorithm of OpenSSL.
enum HashAlgorithm: UInt32, Sendable {
  case md5 = 0
  case sha1 = 1
  case sha256 = 2
  case sha512 = 3

  /// How many bytes one compression takes: the length of an HMAC key block.
  var blockByteCount: Int { self == .sha512 ? 128 : 64 }
}

/// A hash in progress; owns OpenSSL's context and frees it once.
struct DigestContext: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of `raw`.
  private let raw: OpaquePointer

  init(_ algorithm: HashAlgorithm) {
    guard let raw = copenssl_digest_new(algorithm.rawValue) else {
      preconditionFailure("FATAL: OpenSSL refuses \(algorithm)")
    }
    self.raw = raw
  }

  private init(adopting raw: OpaquePointer) { self.raw = raw }

  deinit { copenssl_digest_free(self.raw) }

  borrowing func copy() -> DigestContext {
    guard let copy = copenssl_digest_copy(self.raw) else {
      preconditionFailure("FATAL: OpenSSL cannot copy a digest")
    }
    return DigestContext(adopting: copy)
  }

  mutating func update(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { buffer in
      let code = copenssl_digest_update(self.raw, buffer.baseAddress, buffer.count)
      precondition(code == 0, "FATAL: OpenSSL refuses to hash")
    }
  }

  /// Gives the digest and begins anew.
  mutating func finish<let byteCount: Int>(_ type: Digest<byteCount>.Type) -> Digest<byteCount> {
    var digest = Digest<byteCount>()
    digest.fill { copenssl_digest_finish(self.raw, $0) }
    self.reset()
    return digest
  }

  mutating func reset() {
    let code = copenssl_digest_reset(self.raw)
    precondition(code == 0, "FATAL: OpenSSL cannot begin a digest")
  }

  /// Hashes in one call, without allocating.
  static func digest<let byteCount: Int>(
    of bytes: RawSpan, by algorithm: HashAlgorithm
  ) -> Digest<byteCount> {
    var digest = Digest<byteCount>()
    bytes.withUnsafeBytes { buffer in
      digest.fill {
        copenssl_digest_once(algorithm.rawValue, buffer.baseAddress, buffer.count, $0)
      }
    }
    return digest
  }
}
