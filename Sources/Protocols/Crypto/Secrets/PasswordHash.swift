private import Bytes

// A password as it is stored, one line of text:
//
//    pbkdf2-sha256$ITERATIONS$SALT$HASH      salt and hash in base64

/// What is kept of a password or of a generated secret: nobody can turn it back.
public struct PasswordHash: Hashable, Sendable, CustomStringConvertible {
  /// For passwords that people choose.
  public static let iterationsForPasswords = 600_000
  /// For secrets of at least 128 random bits, which nobody can guess anyway.
  public static let iterationsForGenerated = 1
  public static let saltByteCount = 16

  public let iterations: Int
  public let salt: [UInt8]
  private let hash: Digest<32>

  /// Takes about 0.3 µs an iteration: 0.2 s for a password, on a pool thread.
  ///
  /// - Precondition: `salt` is 16 random bytes.
  public init(of secret: String, salt: [UInt8], iterations: Int) {
    precondition(salt.count == Self.saltByteCount, "a salt of \(salt.count) bytes")
    self.iterations = iterations
    self.salt = salt
    self.hash = Self.derive(secret, salt, iterations)
  }

  /// Reads the stored text. `malformed` for anything else, and for more iterations than PBKDF2 allows.
  public init(parsing text: String) throws(CryptoError) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "pbkdf2-sha256", let iterations = Int(parts[1]),
      (1...PBKDF2.iterationsMax).contains(iterations),
      let salt = Base64.bytes(of: parts[2]), salt.count == Self.saltByteCount,
      let hash = Base64.bytes(of: parts[3]), let digest = Digest<32>(hash.rawBytes)
    else {
      throw CryptoError(
        .malformed, "a stored password hash is not of the form pbkdf2-sha256$ITERATIONS$SALT$HASH")
    }
    self.iterations = iterations
    self.salt = salt
    self.hash = digest
  }

  public func matches(_ secret: String) -> Bool {
    Self.derive(secret, self.salt, self.iterations) == self.hash
  }

  public var description: String {
    "pbkdf2-sha256$\(self.iterations)$\(Base64.text(of: self.salt.rawBytes))$"
      + Base64.text(of: self.hash.bytes)
  }

  private static func derive(_ secret: String, _ salt: [UInt8], _ iterations: Int) -> Digest<32> {
    let key = PBKDF2.key(
      password: Array(secret.utf8).rawBytes, salt: salt.rawBytes, iterations: iterations)
    return Digest<32>(key.rawBytes).unsafelyUnwrapped  // PBKDF2 was asked for 32 bytes.
  }
}
