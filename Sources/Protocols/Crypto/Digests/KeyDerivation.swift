private import Bytes
private import COpenSSL

/// Keys from passwords (RFC 8018), with HMAC-SHA-256.
public enum PBKDF2 {
  /// The most iterations that are ever run: a count comes from a peer or a stored record.
  public static let iterationsMax = 10_000_000

  /// Takes about 0.3 µs an iteration on the calling thread: not on an event loop above some thousand.
  ///
  /// - Precondition: 1 to `iterationsMax` iterations; check what came from outside before.
  public static func key(
    password: RawSpan, salt: RawSpan, iterations: Int, byteCount: Int = 32
  ) -> [UInt8] {
    precondition(iterations >= 1 && iterations <= iterationsMax, "\(iterations) iterations")
    precondition(byteCount > 0 && byteCount <= 1 << 16, "a key of \(byteCount) bytes")
    return [UInt8](unsafeUninitializedCapacity: byteCount) { target, filled in
      password.withUnsafeBytes { password in
        salt.withUnsafeBytes { salt in
          let code = copenssl_pbkdf2(
            COPENSSL_SHA256, password.baseAddress, password.count, salt.baseAddress, salt.count,
            UInt32(iterations), target.baseAddress, byteCount)
          precondition(code == 0, "FATAL: OpenSSL refuses PBKDF2")
        }
      }
      filled = byteCount
    }
  }
}

/// Keys from keys (RFC 5869), with HMAC-SHA-256.
public enum HKDF {
  /// A key of even strength from input of uneven strength.
  public static func extract(from input: RawSpan, salt: RawSpan) -> Digest<32> {
    HMACSHA256(key: salt).code(of: input)
  }

  /// `byteCount` bytes for one purpose, named by `information`.
  ///
  /// - Precondition: at most 8160 bytes, 255 blocks.
  public static func expand(
    _ key: Digest<32>, information: RawSpan, byteCount: Int = 32
  ) -> [UInt8] {
    precondition(byteCount > 0 && byteCount <= 255 * 32, "\(byteCount) bytes of HKDF")
    let hmac = HMACSHA256(key: key)
    var output: [UInt8] = []
    output.reserveCapacity((byteCount + 31) / 32 * 32)
    var message = ByteWriter(capacity: 32 + information.byteCount + 1)
    var counter: UInt8 = 1
    while true {
      message.append(information)
      message.append(counter)
      let block = hmac.code(of: message.bytes)
      output.append(contentsOf: block.array)
      if output.count >= byteCount { break }
      message.removeAll()
      message.append(block)
      counter += 1
    }
    output.removeLast(output.count - byteCount)
    return output
  }

  public static func key(
    from input: RawSpan, salt: RawSpan, information: RawSpan, byteCount: Int = 32
  ) -> [UInt8] {
    self.expand(
      self.extract(from: input, salt: salt), information: information, byteCount: byteCount)
  }
}
