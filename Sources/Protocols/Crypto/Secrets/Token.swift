private import Bytes

// A token as people copy it:
//
//    prefix _ base64url of the random bytes, and of the CRC-32 (little-endian) of prefix and bytes
//
// The checksum lets a scanner or a log-in form say "that is no token" without asking the store.

/// Names and secrets made from random bytes that are handed in: at least 16 of a source fit for keys.
public enum Token {
  public static let randomByteCountMin = 16

  /// - Precondition: at least 16 random bytes; `prefix` is lower-case ASCII letters.
  public static func text(prefix: String, random: RawSpan) -> String {
    precondition(random.byteCount >= randomByteCountMin, "\(random.byteCount) random bytes")
    precondition(prefix.utf8.allSatisfy { $0 >= 0x61 && $0 <= 0x7A }, "prefix \(prefix)")
    var body = ByteWriter(capacity: random.byteCount + 4)
    body.append(random)
    body.append(littleEndian: checksum(prefix: prefix, random: random))
    return prefix + "_" + Base64.text(of: body.bytes, alphabet: .urlSafe)
  }

  /// Whether `text` was printed by `text(prefix:random:)`; says nothing about who holds it.
  public static func isWellFormed(_ text: String, prefix: String) -> Bool {
    guard text.utf8.count <= 512, text.hasPrefix(prefix + "_") else { return false }
    let digits = text.utf8.dropFirst(prefix.utf8.count + 1)
    guard let body = Base64.bytes(of: Substring(digits), alphabet: .urlSafe),
      body.count >= randomByteCountMin + 4
    else { return false }
    let random = body.rawBytes.extracting(0..<body.count - 4)
    let stored = body.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return stored == checksum(prefix: prefix, random: random)
  }

  private static func checksum(prefix: String, random: RawSpan) -> UInt32 {
    var crc = CRC32()
    crc.update(Array(prefix.utf8).rawBytes)
    crc.update(random)
    return crc.value
  }

  /// An access key id in S3's form: `LK` and 18 of A–Z and 2–7, 90 bits.
  ///
  /// - Precondition: at least 18 random bytes.
  public static func accessKeyID(random: RawSpan) -> String {
    precondition(random.byteCount >= 18, "\(random.byteCount) random bytes")
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    let tail = (0..<18).map { digits[Int(random[byteAt: $0] & 31)] }
    return "LK" + String(decoding: tail, as: UTF8.self)
  }

  /// A secret access key in S3's form: 40 characters of base64.
  ///
  /// - Precondition: 30 random bytes.
  public static func secretAccessKey(random: RawSpan) -> String {
    precondition(random.byteCount == 30, "\(random.byteCount) random bytes")
    return Base64.text(of: random)
  }
}
