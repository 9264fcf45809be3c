import Bytes

/// The percent-encoding of signatures: letters, digits and `-._~` stay, the rest is `%XX` in upper case.
enum URIEncoding {
  /// Decodes `text` once and encodes it by the rule. A `%` that begins no pair of digits is a percent
  /// sign.
  static func append(
    reencoding text: RawSpan, keepsSlash: Bool, plusIsSpace: Bool, to target: inout ByteWriter
  ) {
    var index = 0
    while index < text.byteCount {
      var byte = text[byteAt: index]
      index += 1
      if byte == UInt8(ascii: "%"), index + 1 < text.byteCount,
        let high = Hexadecimal.value(ofDigit: text[byteAt: index]),
        let low = Hexadecimal.value(ofDigit: text[byteAt: index + 1])
      {
        byte = high << 4 | low
        index += 2
      } else if plusIsSpace, byte == UInt8(ascii: "+") {
        byte = UInt8(ascii: " ")
      }
      self.append(byte, keepsSlash: keepsSlash, to: &target)
    }
  }

  /// Encodes plain text.
  static func append(_ text: String, keepsSlash: Bool = false, to target: inout ByteWriter) {
    for byte in text.utf8 { self.append(byte, keepsSlash: keepsSlash, to: &target) }
  }

  private static func append(_ byte: UInt8, keepsSlash: Bool, to target: inout ByteWriter) {
    switch byte {
    case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      target.append(byte)
    case UInt8(ascii: "/") where keepsSlash:
      target.append(byte)
    default:
      target.append(UInt8(ascii: "%"))
      target.append(self.digit(byte >> 4))
      target.append(self.digit(byte & 15))
    }
  }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 0x30 + nibble : 0x37 + nibble
  }

  /// The plain text of a percent-encoded query piece; nil when it is not UTF-8.
  static func decoded(_ text: RawSpan) -> String? {
    var plain = ByteWriter(capacity: text.byteCount)
    var index = 0
    while index < text.byteCount {
      let byte = text[byteAt: index]
      index += 1
      if byte == UInt8(ascii: "%"), index + 1 < text.byteCount,
        let high = Hexadecimal.value(ofDigit: text[byteAt: index]),
        let low = Hexadecimal.value(ofDigit: text[byteAt: index + 1])
      {
        plain.append(high << 4 | low)
        index += 2
      } else {
        plain.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return plain.bytes.text
  }
}
