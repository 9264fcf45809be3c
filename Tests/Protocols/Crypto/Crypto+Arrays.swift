import Bytes
import Crypto

// The calls under test with arrays for spans: `#expect` takes its arguments apart, and a span cannot
// outlive the array it was borrowed from.

extension MD5 {
  static func digest(of bytes: [UInt8]) -> Digest<16> { digest(of: bytes.rawBytes) }
}
extension SHA1 {
  static func digest(of bytes: [UInt8]) -> Digest<20> { digest(of: bytes.rawBytes) }
}
extension SHA256 {
  static func digest(of bytes: [UInt8]) -> Digest<32> { digest(of: bytes.rawBytes) }
}
extension SHA512 {
  static func digest(of bytes: [UInt8]) -> Digest<64> { digest(of: bytes.rawBytes) }
}
extension CRC32 {
  static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
    checksum(of: Array(bytes).rawBytes)
  }
}
extension CRC32C {
  static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
    checksum(of: Array(bytes).rawBytes)
  }
}
extension CRC64NVME {
  static func checksum(of bytes: ArraySlice<UInt8>) -> UInt64 {
    checksum(of: Array(bytes).rawBytes)
  }
}
extension XXH3 {
  static func hash64(of bytes: ArraySlice<UInt8>) -> UInt64 { hash64(of: Array(bytes).rawBytes) }
  static func hash128(of bytes: ArraySlice<UInt8>) -> UInt128 { hash128(of: Array(bytes).rawBytes) }
}
extension Digest {
  init?(_ bytes: [UInt8]) { self.init(bytes.rawBytes) }
  init?(hexadecimal text: String) { self.init(hexadecimal: text.bytes.rawBytes) }
}
extension HMACSHA256 {
  func isValid(_ code: [UInt8], for message: [UInt8]) -> Bool {
    self.isValid(code.rawBytes, for: message.rawBytes)
  }
}
extension Hexadecimal {
  static func text(of bytes: [UInt8]) -> String { text(of: bytes.rawBytes) }
}
extension Token {
  static func text(prefix: String, random: [UInt8]) -> String {
    text(prefix: prefix, random: random.rawBytes)
  }
  static func accessKeyID(random: [UInt8]) -> String { accessKeyID(random: random.rawBytes) }
  static func secretAccessKey(random: [UInt8]) -> String {
    secretAccessKey(random: random.rawBytes)
  }
}
extension EnvelopeHead {
  init(of bytes: [UInt8]) throws(CryptoError) { try self.init(of: bytes.rawBytes) }
}
extension SCRAMServer {
  mutating func received(clientFirst: [UInt8]) throws(SCRAMError) -> String {
    try self.received(clientFirst: clientFirst.rawBytes)
  }
}
extension SCRAMVerifier {
  static func decoy(forUser name: String, secret: [UInt8]) -> SCRAMVerifier {
    decoy(forUser: name, secret: secret.rawBytes)
  }
}
extension SigV4Time {
  init?(basic text: String) { self.init(basic: text.bytes.rawBytes) }
  init?(httpDate text: String) { self.init(httpDate: text.bytes.rawBytes) }
}
extension SigV4ChunkSignatures {
  mutating func next(chunk: [UInt8]) -> Digest<32> { self.next(chunk: chunk.rawBytes) }
  mutating func trailer(canonical: String) -> Digest<32> {
    self.trailer(canonical: canonical.bytes.rawBytes)
  }
}
extension PBKDF2 {
  static func key(
    password: [UInt8], salt: [UInt8], iterations: Int, byteCount: Int = 32
  ) -> [UInt8] {
    key(
      password: password.rawBytes, salt: salt.rawBytes, iterations: iterations,
      byteCount: byteCount)
  }
}
extension HKDF {
  static func key(from input: [UInt8], salt: [UInt8], information: [UInt8], byteCount: Int)
    -> [UInt8]
  {
    key(
      from: input.rawBytes, salt: salt.rawBytes, information: information.rawBytes,
      byteCount: byteCount)
  }
}
extension AESGCM {
  mutating func seal(
    _ message: [UInt8], nonce: [UInt8], context: [UInt8], to target: inout ByteWriter
  ) {
    self.seal(
      message.rawBytes, nonce: nonce.rawBytes, context: context.rawBytes, to: &target)
  }
  mutating func open(
    _ sealed: [UInt8], nonce: [UInt8], context: [UInt8], to target: inout ByteWriter
  ) throws(CryptoError) {
    try self.open(sealed.rawBytes, nonce: nonce.rawBytes, context: context.rawBytes, to: &target)
  }
  mutating func open(
    inPlace sealed: UnsafeMutableRawBufferPointer, nonce: [UInt8], context: [UInt8]
  ) throws(CryptoError) -> Int {
    try self.open(inPlace: sealed, nonce: nonce.rawBytes, context: context.rawBytes)
  }
}
