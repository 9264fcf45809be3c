private import Bytes

/// What a server keeps of a password for SCRAM-SHA-256, in the text form of PostgreSQL's catalog:
/// `SCRAM-SHA-256$4096:salt$StoredKey:ServerKey`, base64.
///
/// It opens no other server: neither key lets one log in elsewhere without the password.
public struct SCRAMVerifier: Hashable, Sendable, CustomStringConvertible {
  public static let iterationsDefault = 4096
  /// The most that a stored verifier or a server may ask for: about 0.3 s.
  public static let iterationsMax = 1_000_000
  public static let saltByteCountMax = 1024

  public let iterations: Int
  public let salt: [UInt8]
  public let storedKey: Digest<32>
  public let serverKey: Digest<32>

  /// - Precondition: `salt` is 16 random bytes (any 1 to 1024), 1 to `iterationsMax` iterations.
  public init(password: String, salt: [UInt8], iterations: Int = Self.iterationsDefault) {
    let keys = SCRAMKeys(password: password, salt: salt, iterations: iterations)
    self.iterations = iterations
    self.salt = salt
    self.storedKey = keys.storedKey
    self.serverKey = keys.serverKey
  }

  init(iterations: Int, salt: [UInt8], storedKey: Digest<32>, serverKey: Digest<32>) {
    self.iterations = iterations
    self.salt = salt
    self.storedKey = storedKey
    self.serverKey = serverKey
  }

  /// Reads the stored text; nil when it is anything else (a plain password, an MD5 hash).
  public init?(parsing text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "SCRAM-SHA-256" else { return nil }
    let cost = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    let keys = parts[2].split(separator: ":", omittingEmptySubsequences: false)
    guard cost.count == 2, keys.count == 2, let iterations = Int(cost[0]),
      (1...Self.iterationsMax).contains(iterations), let salt = Base64.bytes(of: cost[1]),
      (1...Self.saltByteCountMax).contains(salt.count),
      let stored = Base64.bytes(of: keys[0]), let storedKey = Digest<32>(stored.rawBytes),
      let server = Base64.bytes(of: keys[1]), let serverKey = Digest<32>(server.rawBytes)
    else { return nil }
    self.init(iterations: iterations, salt: salt, storedKey: storedKey, serverKey: serverKey)
  }

  /// A verifier that no password fits, the same each time for a name: an unknown user is answered as a
  /// known one, and the salt gives nothing away.
  ///
  /// - Parameter secret: random bytes that the server keeps to itself.
  public static func decoy(
    forUser name: String, secret: RawSpan, iterations: Int = Self.iterationsDefault
  ) -> SCRAMVerifier {
    let hmac = HMACSHA256(key: secret)
    return SCRAMVerifier(
      iterations: iterations, salt: Array(hmac.code(of: "salt:" + name).array.prefix(16)),
      storedKey: hmac.code(of: "stored:" + name), serverKey: hmac.code(of: "server:" + name))
  }

  /// Whether the password fits, for protocols that send it in the clear. As slow as making one.
  public func matches(password: String) -> Bool {
    let keys = SCRAMKeys(password: password, salt: self.salt, iterations: self.iterations)
    return keys.storedKey == self.storedKey
  }

  public var description: String {
    "SCRAM-SHA-256$\(self.iterations):\(Base64.text(of: self.salt.rawBytes))"
      + "$\(Base64.text(of: self.storedKey.bytes)):\(Base64.text(of: self.serverKey.bytes))"
  }
}

/// The keys that follow from a password (RFC 5802, section 3).
struct SCRAMKeys {
  let clientKey: Digest<32>
  let storedKey: Digest<32>
  let serverKey: Digest<32>

  init(password: String, salt: [UInt8], iterations: Int) {
    let salted = PBKDF2.key(
      password: SASLprep.prepared(password).rawBytes, salt: salt.rawBytes, iterations: iterations)
    let hmac = HMACSHA256(key: salted)
    self.clientKey = hmac.code(of: "Client Key")
    self.storedKey = SHA256.digest(of: self.clientKey.bytes)
    self.serverKey = hmac.code(of: "Server Key")
  }
}

extension Digest where byteCount == 32 {
  /// Byte by byte exclusive or: how a proof hides the client's key.
  func combined(with other: Digest<32>) -> Digest<32> {
    var result = Digest<32>()
    for index in 0..<32 { result.storage[index] = self.storage[index] ^ other.storage[index] }
    return result
  }
}
