/// Base64 of RFC 4648, strict on the way in: no blanks, right padding, no stray bits.
public enum Base64 {
  public enum Alphabet: Sendable {
    case standard
    /// `-` and `_`, without padding.
    case urlSafe
  }

  public static func text(of bytes: RawSpan, alphabet: Alphabet = .standard) -> String {
    var writer = ByteWriter(capacity: (bytes.byteCount + 2) / 3 * 4)
    append(bytes, to: &writer, alphabet: alphabet)
    return writer.bytes.lossyText
  }

  public static func append(
    _ bytes: RawSpan, to target: inout ByteWriter, alphabet: Alphabet = .standard
  ) {
    let digits: StaticString =
      switch alphabet {
      case .standard: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
      case .urlSafe: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
      }
    let table = digits.utf8Start
    target.reserve((bytes.byteCount + 2) / 3 * 4)
    var reader = ByteReader(bytes)
    while reader.remaining >= 3 {
      let group =
        UInt32(reader.byte() ?? 0) << 16 | UInt32(reader.byte() ?? 0) << 8
        | UInt32(reader.byte() ?? 0)
      for shift: UInt32 in [18, 12, 6, 0] {
        target.append(table[Int(group >> shift & 63)])
      }
    }
    guard let first = reader.byte() else { return }
    let second = reader.byte()
    let group = UInt32(first) << 16 | UInt32(second ?? 0) << 8
    target.append(table[Int(group >> 18 & 63)])
    target.append(table[Int(group >> 12 & 63)])
    if second != nil { target.append(table[Int(group >> 6 & 63)]) }
    guard alphabet == .standard else { return }
    target.append(UInt8(ascii: "="))
    if second == nil { target.append(UInt8(ascii: "=")) }
  }

  /// Nil when the text is not exactly what `text(of:)` prints for some bytes. With `lenient`, either
  /// alphabet, with or without padding, as canonical Protobuf JSON asks of a reader.
  public static func bytes(
    of text: some StringProtocol, alphabet: Alphabet = .standard, lenient: Bool = false
  ) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count / 4 * 3)
    var group: UInt32 = 0
    var digits = 0
    var padding = 0
    for character in text.utf8 {
      if character == UInt8(ascii: "=") {
        padding += 1
        continue
      }
      guard padding == 0,
        let value = value(of: character, alphabet: alphabet, lenient: lenient)
      else { return nil }
      group = group << 6 | value
      digits += 1
      if digits % 4 == 0 {
        bytes.append(UInt8(truncatingIfNeeded: group >> 16))
        bytes.append(UInt8(truncatingIfNeeded: group >> 8))
        bytes.append(UInt8(truncatingIfNeeded: group))
        group = 0
      }
    }
    let rest = digits % 4
    let expected = rest == 0 ? 0 : 4 - rest
    if padding > 0 || (alphabet == .standard && !lenient) {
      guard padding == expected else { return nil }
    }
    switch rest {
    case 0: return bytes
    case 2:
      guard lenient || group & 15 == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: group >> 4))
    case 3:
      guard lenient || group & 3 == 0 else { return nil }
      bytes.append(UInt8(truncatingIfNeeded: group >> 10))
      bytes.append(UInt8(truncatingIfNeeded: group >> 2))
    default: return nil
    }
    return bytes
  }

  private static func value(of character: UInt8, alphabet: Alphabet, lenient: Bool) -> UInt32? {
    switch character {
    case 0x41...0x5A: UInt32(character) - 0x41
    case 0x61...0x7A: UInt32(character) - 0x61 + 26
    case 0x30...0x39: UInt32(character) - 0x30 + 52
    case UInt8(ascii: "+") where alphabet == .standard || lenient: 62
    case UInt8(ascii: "/") where alphabet == .standard || lenient: 63
    case UInt8(ascii: "-") where alphabet == .urlSafe || lenient: 62
    case UInt8(ascii: "_") where alphabet == .urlSafe || lenient: 63
    default: nil
    }
  }
}
