private import Bytes

/// `grpc-message`: UTF-8 where everything but printable ASCII, and `%` itself, is written as `%XX`.
enum PercentText {
  static func encoded(_ text: String) -> String {
    if text.utf8.allSatisfy({ self.isPlain($0) }) { return text }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if self.isPlain(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), self.digit(byte >> 4), self.digit(byte & 15)]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What is no escape stays as it is: a message is for people, and never an error.
  static func decoded(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    let source = Array(text.utf8)
    var bytes: [UInt8] = []
    var at = 0
    while at < source.count {
      if source[at] == UInt8(ascii: "%"), at + 2 < source.count,
        let high = Hexadecimal.value(ofDigit: source[at + 1]),
        let low = Hexadecimal.value(ofDigit: source[at + 2])
      {
        bytes.append(high << 4 | low)
        at += 3
      } else {
        bytes.append(source[at])
        at += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%")
  }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 0x30 + nibble : 0x37 + nibble
  }
}
