private import Bytes
import Crypto
private import Glibc
public import Runtime

/// The key that seals all others: 256 bits, given by the operator, never written by us.
///
/// Its text is 64 hexadecimal digits, base64 of 32 bytes, 32 raw bytes of a file, or any text of at least
/// 32 characters, from which a key is derived.
public struct MasterKey: ~Copyable, Sendable {
  public static let textByteCountMin = 32
  static let textByteCountMax = 4096

  /// Names the key without giving it away: the ring says which one it is sealed under.
  public let id: UInt64
  private let bytes: SecretBytes

  /// - Parameter origin: how messages call the place it came from.
  public init(text: consuming [UInt8], origin: String) throws(SecurityError) {
    var text = text
    let isRaw = text.count == 32 && text.contains { $0 < 0x21 || $0 > 0x7E }
    if !isRaw {
      while let last = text.last, [0x20, 0x09, 0x0A, 0x0D].contains(last) { text.removeLast() }
    }
    defer { SecretBytes.clear(&text) }
    guard text.count >= Self.textByteCountMin else {
      throw SecurityError(
        .masterKeyShort,
        "the master key in \(origin) has \(text.count) characters, fewer than "
          + "\(Self.textByteCountMin)",
        hint: "make one with: openssl rand -hex 32")
    }
    self.init(bytes: isRaw ? SecretBytes(copying: text.rawBytes) : Self.key(from: text))
  }

  private static func key(from text: [UInt8]) -> SecretBytes {
    let word = String(decoding: text, as: UTF8.self)
    if var bytes = Hexadecimal.bytes(of: word) ?? Base64.bytes(of: word), bytes.count == 32 {
      return SecretBytes(taking: &bytes)
    }
    var derived = HKDF.key(
      from: text.rawBytes, salt: Array("lakeworks master key".utf8).rawBytes,
      information: Array("1".utf8).rawBytes)
    return SecretBytes(taking: &derived)
  }

  private init(bytes: consuming SecretBytes) {
    let code = HMACSHA256(key: bytes.bytes).code(of: "lakeworks master key id")
    var reader = ByteReader(code.bytes)
    self.id = reader.littleEndian(UInt64.self).unsafelyUnwrapped  // A code has 32 bytes.
    self.bytes = bytes
  }

  /// A key of random bytes: for tests and for `lakectl` to print.
  public static func random(_ source: any RandomSource) -> MasterKey {
    MasterKey(bytes: SecretBytes(byteCount: 32) { source.fill($0) })
  }

  /// Reads the key from a file that only its owner may read.
  public static func file(_ path: String, on disk: any Disk) async throws(SecurityError)
    -> MasterKey
  {
    let text: [UInt8]
    do {
      let permissions = try await disk.information(path).permissions & 0o777
      guard permissions & 0o077 == 0 else {
        throw SecurityError(
          .masterKeyExposed,
          "the master key in \(path) has mode \(String(permissions, radix: 8)): "
            + "others than its owner may use it",
          hint: "run: chmod 600 \(path)")
      }
      text = try await disk.readAll(path, limit: Self.textByteCountMax)
    } catch let error as IOFailure {
      guard !error.isNotFound else {
        throw SecurityError(
          .masterKeyMissing, "there is no master key at \(path)",
          hint: "make one with: (umask 077; openssl rand -hex 32 > \(path))", cause: error)
      }
      throw SecurityError(
        .diskFailed, "cannot read the master key at \(path): \(error)", cause: error)
    } catch let error as SecurityError {
      throw error
    } catch {
      throw SecurityError(.diskFailed, "cannot read the master key at \(path)", cause: error)
    }
    return try MasterKey(text: text, origin: path)
  }

  /// Reads the key from an environment variable.
  public static func environment(_ name: String) throws(SecurityError) -> MasterKey {
    guard let value = getenv(name) else {
      throw SecurityError(
        .masterKeyMissing, "the environment variable \(name) with the master key is not set")
    }
    return try MasterKey(text: Array(String(cString: value).utf8), origin: name)
  }

  public borrowing func copy() -> MasterKey { MasterKey(bytes: self.bytes.copy()) }

  /// Seals and opens the data keys.
  borrowing func envelope() -> EnvelopeKey {
    EnvelopeKey(EnvelopeHead(keyID: self.id, keyVersion: 0), key: self.bytes.bytes)
  }
}
