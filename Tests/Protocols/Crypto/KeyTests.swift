import Bytes
import Crypto
import Testing

@Suite("Keyed hashes and derived keys")
struct KeyTests {
  @Test(
    "HMAC gives the values of RFC 4231",
    arguments: [
      (
        hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), "Hi There".bytes,
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        "Jefe".bytes, "what do ya want for nothing?".bytes,
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xAA, count: 131),
        "Test Using Larger Than Block-Size Key - Hash Key First".bytes,
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
    ] as [([UInt8], [UInt8], String)])
  func hmac(key: [UInt8], message: [UInt8], code: String) {
    let hmac = HMACSHA256(key: key)
    #expect(hmac.code(of: message).description == code)
    #expect(hmac.isValid(hex(code), for: message))
    #expect(!hmac.isValid(Array(hex(code).reversed()), for: message))
    var stream = hmac.stream()
    for byte in message { stream.update([byte].rawBytes) }
    let streamed = stream.finish()
    #expect(streamed.description == code)
  }

  @Test("HMAC over SHA-512 gives the value of RFC 4231")
  func hmac512() {
    let code = HMACSHA512(key: "Jefe".bytes.rawBytes)
      .code(of: "what do ya want for nothing?".bytes.rawBytes)
    #expect(
      code.description
        == "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737")
  }

  @Test("PBKDF2 gives the values of RFC 7914")
  func pbkdf2() {
    let short = PBKDF2.key(
      password: "passwd".bytes, salt: "salt".bytes, iterations: 1, byteCount: 64)
    #expect(
      Hexadecimal.text(of: short)
        == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        + "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783")
    let long = PBKDF2.key(
      password: "Password".bytes, salt: "NaCl".bytes, iterations: 80_000,
      byteCount: 64)
    #expect(
      Hexadecimal.text(of: long)
        == "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
        + "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d")
    let empty = PBKDF2.key(password: [], salt: "s".bytes, iterations: 1)
    #expect(empty.count == 32)
  }

  @Test("HKDF gives the values of RFC 5869")
  func hkdf() {
    let key = HKDF.key(
      from: [UInt8](repeating: 0x0B, count: 22),
      salt: hex("000102030405060708090a0b0c"),
      information: hex("f0f1f2f3f4f5f6f7f8f9"), byteCount: 42)
    #expect(
      Hexadecimal.text(of: key)
        == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    let bare = HKDF.key(
      from: [UInt8](repeating: 0x0B, count: 22), salt: [],
      information: [], byteCount: 42)
    #expect(
      Hexadecimal.text(of: bare)
        == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
  }

  @Test("comparison in constant time compares")
  func constantTime() {
    #expect(ConstantTime.isEqual("secret", "secret"))
    #expect(!ConstantTime.isEqual("secret", "secreT"))
    #expect(!ConstantTime.isEqual("secret", "secrets"))
    #expect(ConstantTime.isEqual("", ""))
  }

  @Test("a stored password hash fits its password and reads back as it was written")
  func passwordHash() throws {
    let hash = PasswordHash(of: "correct horse", salt: pattern(16), iterations: 1000)
    let read = try PasswordHash(parsing: hash.description)
    #expect(read == hash)
    #expect(read.matches("correct horse"))
    #expect(!read.matches("correct house"))
    #expect(hash.description.hasPrefix("pbkdf2-sha256$1000$AIMGiQ"))
  }

  @Test(
    "a stored password hash of another form is refused",
    arguments: [
      "", "plain", "pbkdf2-sha256$0$AAAAAAAAAAAAAAAAAAAAAA==$", "md5$1$$",
      "pbkdf2-sha256$99999999999$AAAAAAAAAAAAAAAAAAAAAA==$AAAA", "pbkdf2-sha256$1$AAAA$AAAA",
    ])
  func badPasswordHash(text: String) {
    #expect(throws: CryptoError.self) { try PasswordHash(parsing: text) }
  }

  @Test("a token knows its own form")
  func token() {
    let token = Token.text(prefix: "lake", random: pattern(32))
    #expect(token.hasPrefix("lake_"))
    #expect(Token.isWellFormed(token, prefix: "lake"))
    #expect(!Token.isWellFormed(token, prefix: "other"))
    #expect(!Token.isWellFormed(token + "A", prefix: "lake"))
    #expect(!Token.isWellFormed("lake_", prefix: "lake"))
    for index in token.indices.dropFirst(5) {
      var changed = token
      changed.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
      #expect(!Token.isWellFormed(changed, prefix: "lake"), "\(changed)")
    }
    #expect(Token.accessKeyID(random: pattern(18)).count == 20)
    #expect(Token.secretAccessKey(random: pattern(30)).count == 40)
  }

  @Test("a secret is copied by demand and clears what it took")
  func secretBytes() {
    var source: [UInt8] = [1, 2, 3]
    let secret = SecretBytes(taking: &source)
    #expect(source.isEmpty)
    let copied = secret.copy().bytes.array
    #expect(copied == [1, 2, 3])
  }
}
