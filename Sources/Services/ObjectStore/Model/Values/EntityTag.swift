private import Bytes
package import Crypto

/// What an ETag says: the MD5 of the content, or the MD5 of the parts' MD5s and how many there were.
package struct EntityTag: Hashable, Sendable, CustomStringConvertible {
  package var md5: Digest<16>
  /// 0: the object was put in one piece.
  package var partCount: UInt16

  package init(_ md5: Digest<16>, partCount: UInt16 = 0) {
    self.md5 = md5
    self.partCount = partCount
  }

  /// Reads `d41d8…` and `d41d8…-12`, with or without quotes and `W/`; nil for anything else, which
  /// therefore never equals the tag of an object.
  package init?(_ text: some StringProtocol) {
    var bytes = Array(text.utf8)
    if bytes.starts(with: Array("W/".utf8)) { bytes.removeFirst(2) }
    if bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") {
      bytes = Array(bytes.dropFirst().dropLast())
    }
    guard bytes.count >= 32,
      let md5 = Digest<16>(hexadecimal: bytes.rawBytes.extracting(0..<32))
    else { return nil }
    self.md5 = md5
    self.partCount = 0
    guard bytes.count > 32 else { return }
    guard bytes[32] == UInt8(ascii: "-"), bytes.count <= 38 else { return nil }
    guard let count = UInt16(String(decoding: bytes[33...], as: UTF8.self)), count > 0 else {
      return nil
    }
    self.partCount = count
  }

  /// Without quotes.
  package var description: String {
    self.partCount == 0 ? "\(self.md5)" : "\(self.md5)-\(self.partCount)"
  }

  package var quoted: String { "\"\(self)\"" }
}
