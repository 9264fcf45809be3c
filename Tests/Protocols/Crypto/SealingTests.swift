import Bytes
import Crypto
import Testing

@Suite("Sealing")
struct SealingTests {
  /// Test cases 14 and 16 of the GCM specification, and one with context and no message.
  @Test(
    "AES-256-GCM gives the values of the specification",
    arguments: [
      (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000", "00000000000000000000000000000000", "",
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
      ),
      (
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          + "76fc6ece0f4e1768cddf8853bb2d551b"
      ),
      (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"
      ),
    ])
  func vectors(key: String, nonce: String, message: String, context: String, sealed: String) throws
  {
    var cipher = AESGCM(key: hex(key).rawBytes)
    for _ in 0..<2 {
      var target = ByteWriter()
      cipher.seal(
        hex(message), nonce: hex(nonce), context: hex(context),
        to: &target)
      #expect(Hexadecimal.text(of: target.bytes.array) == sealed)
      var opened = ByteWriter()
      try cipher.open(
        hex(sealed), nonce: hex(nonce), context: hex(context),
        to: &opened)
      #expect(Hexadecimal.text(of: opened.bytes.array) == message)
    }
  }

  @Test("sealing and opening where the bytes are gives the same", arguments: [0, 1, 16, 1000])
  func inPlace(count: Int) throws {
    var cipher = AESGCM(key: pattern(32).rawBytes)
    let nonce = pattern(12)
    let context: [UInt8] = [9]
    let message = pattern(count)
    var apart = ByteWriter()
    cipher.seal(message, nonce: nonce, context: [9], to: &apart)
    var memory = message + [UInt8](repeating: 0, count: 16)
    memory.withUnsafeMutableBytes { memory in
      guard let base = memory.baseAddress else { return }
      cipher.seal(
        inPlace: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]),
        nonce: nonce.rawBytes, context: context.rawBytes, tag: base + count)
    }
    #expect(memory == apart.bytes.array)
    let opened = try memory.withUnsafeMutableBytes {
      try cipher.open(inPlace: $0, nonce: nonce, context: [9])
    }
    #expect(opened == count)
    #expect(Array(memory[..<count]) == message)
  }

  @Test("any flipped bit is refused, and leaves nothing behind")
  func flippedBits() {
    var cipher = AESGCM(key: pattern(32).rawBytes)
    var sealed = ByteWriter()
    cipher.seal(
      pattern(20), nonce: pattern(12), context: [], to: &sealed)
    for bit in 0..<sealed.count * 8 {
      var changed = sealed.bytes.array
      changed[bit / 8] ^= 1 << (bit % 8)
      var opened = ByteWriter()
      opened.append(7 as UInt8)
      #expect(throws: CryptoError.self) {
        try cipher.open(
          changed, nonce: pattern(12), context: [], to: &opened)
      }
      #expect(opened.bytes.array == [7])
      #expect(throws: CryptoError.self) {
        try changed.withUnsafeMutableBytes {
          try cipher.open(inPlace: $0, nonce: pattern(12), context: [])
        }
      }
      #expect(changed[..<20].allSatisfy { $0 == 0 })
    }
    var opened = ByteWriter()
    #expect(throws: CryptoError.self) {
      try cipher.open(
        [1, 2], nonce: pattern(12), context: [], to: &opened)
    }
  }

  @Test("an envelope opens with its key and context, and with no other")
  func envelope() throws {
    var key = EnvelopeKey(EnvelopeHead(keyID: 7, keyVersion: 2), key: pattern(32).rawBytes)
    var sealed = ByteWriter()
    key.seal(
      "hello".bytes.rawBytes, nonce: pattern(12).rawBytes, context: "a".bytes.rawBytes, to: &sealed)
    #expect(sealed.count == 5 + EnvelopeHead.overheadByteCount)
    #expect(try EnvelopeHead(of: sealed.bytes.array) == EnvelopeHead(keyID: 7, keyVersion: 2))
    var opened = ByteWriter()
    try key.open(sealed.bytes, context: "a".bytes.rawBytes, to: &opened)
    #expect(opened.bytes.lossyText == "hello")
    let secret = try key.openSecret(sealed.bytes, context: "a".bytes.rawBytes)
    let secretText = secret.bytes.lossyText
    #expect(secretText == "hello")
    #expect(throws: CryptoError.self) {
      _ = try key.openSecret(sealed.bytes, context: "b".bytes.rawBytes)
    }
    let refused: CryptoError? = #expect(throws: CryptoError.self) {
      try key.open(sealed.bytes, context: "b".bytes.rawBytes, to: &opened)
    }
    #expect(refused?.code == .notAuthentic)
    var other = EnvelopeKey(EnvelopeHead(keyID: 7, keyVersion: 3), key: pattern(32).rawBytes)
    let wrongKey: CryptoError? = #expect(throws: CryptoError.self) {
      try other.open(sealed.bytes, context: "a".bytes.rawBytes, to: &opened)
    }
    #expect(wrongKey?.code == .otherKey)
    for index in 0..<sealed.count {
      var changed = sealed.bytes.array
      changed[index] ^= 0x40
      #expect(throws: CryptoError.self) {
        try key.open(changed.rawBytes, context: "a".bytes.rawBytes, to: &opened)
      }
      #expect(throws: CryptoError.self) {
        try key.open(
          sealed.bytes.extracting(0..<index), context: "a".bytes.rawBytes, to: &opened)
      }
    }
  }
}
