import Bytes
import Testing

@Suite("Bytes as text")
struct TextTests {
  // RFC 4648, section 10.
  @Test(
    "base64 is that of the RFC",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func base64(plain: String, coded: String) {
    let bytes = Array(plain.utf8)
    #expect(Base64.text(of: bytes.rawBytes) == coded)
    #expect(Base64.bytes(of: coded) == bytes)
    let bare = String(coded.prefix { $0 != "=" })
    #expect(Base64.text(of: bytes.rawBytes, alphabet: .urlSafe) == bare)
    #expect(Base64.bytes(of: bare, alphabet: .urlSafe) == bytes)
    #expect(Base64.bytes(of: bare, lenient: true) == bytes)
  }

  @Test("every byte value survives both alphabets")
  func everyByte() {
    for count in [0, 1, 2, 3, 255, 256] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
      for alphabet in [Base64.Alphabet.standard, .urlSafe] {
        let text = Base64.text(of: bytes.rawBytes, alphabet: alphabet)
        #expect(Base64.bytes(of: text, alphabet: alphabet) == bytes)
      }
    }
  }

  @Test(
    "base64 that nobody writes is refused",
    arguments: ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "Zm 9", "Zm9v\n", "Zm-_", "====", "Zg==Zg=="])
  func badBase64(text: String) {
    #expect(Base64.bytes(of: text) == nil)
  }

  @Test("hexadecimal reads either case and writes the lower")
  func hexadecimal() {
    #expect(Hexadecimal.text(of: [0, 0x9A, 0xFF].rawBytes) == "009aff")
    #expect(Hexadecimal.bytes(of: "009AfF") == [0, 0x9A, 0xFF])
    #expect(Hexadecimal.bytes(of: "") == [])
    for bad in ["0", "0g", " 00", "0x00", "é0"] { #expect(Hexadecimal.bytes(of: bad) == nil) }
  }

  @Test("spans are searched and compared")
  func spans() {
    let bytes = Array("a,b,c".utf8)
    let first = bytes.rawBytes.firstOffset(of: UInt8(ascii: ","))
    let second = bytes.rawBytes.firstOffset(of: UInt8(ascii: ","), from: 2)
    let none = bytes.rawBytes.firstOffset(of: UInt8(ascii: ";"))
    let past = bytes.rawBytes.firstOffset(of: UInt8(ascii: ","), from: 5)
    #expect(first == 1)
    #expect(second == 3)
    #expect(none == nil)
    #expect(past == nil)
    let same = bytes.rawBytes.isEqual(to: "a,b,c")
    let other = bytes.rawBytes.isEqual(to: [UInt8]("a,b,d".utf8).rawBytes)
    #expect(same)
    #expect(!other)
    let broken: [UInt8] = [0x61, 0xFF]
    let text = broken.rawBytes.text
    let lossy = broken.rawBytes.lossyText
    #expect(text == nil)
    #expect(lossy == "a\u{FFFD}")
  }
}
