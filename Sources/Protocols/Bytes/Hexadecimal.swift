/// Bytes as hexadecimal text and back.
public enum Hexadecimal {
  /// Lower-case digits.
  public static func text(of bytes: RawSpan) -> String {
    String(unsafeUninitializedCapacity: bytes.byteCount * 2) { target in
      for index in 0..<bytes.byteCount {
        let byte = bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
        target[index * 2] = hexadecimalDigit(byte >> 4)
        target[index * 2 + 1] = hexadecimalDigit(byte & 15)
      }
      return bytes.byteCount * 2
    }
  }

  /// Nil when the text has an odd length or a character that is no digit.
  public static func bytes(of text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text.utf8 {
      guard let value = value(ofDigit: character) else { return nil }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return high == nil ? bytes : nil
  }

  public static func value(ofDigit character: UInt8) -> UInt8? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x41...0x46: character - 0x37
    case 0x61...0x66: character - 0x57
    default: nil
    }
  }
}
