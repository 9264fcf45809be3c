public import Bytes

/// Percent-encoding of RFC 3986.
public enum PercentCoding {
  public enum Plus: Sendable {
    /// In a path: itself.
    case literal
    /// In a form or query: a blank.
    case blank
  }

  /// Appends the decoded bytes. False when a percent sign is not followed by two hexadecimal digits;
  /// `target` is then as it was.
  public static func decode(_ bytes: RawSpan, plus: Plus = .literal, to target: inout ByteWriter)
    -> Bool
  {
    let mark = target.count
    let isWhole = bytes.withUnsafeBytes { buffer in
      let window = Window(buffer)
      var at = 0
      while at < window.count {
        let byte = window[at]
        if byte == UInt8(ascii: "%") {
          guard at + 2 < window.count, let high = Grammar.hexadecimal(window[at + 1]),
            let low = Grammar.hexadecimal(window[at + 2])
          else { return false }
          target.append(high << 4 | low)
          at += 3
        } else {
          target.append(byte == UInt8(ascii: "+") && plus == .blank ? 0x20 : byte)
          at += 1
        }
      }
      return true
    }
    if !isWhole { target.truncate(to: mark) }
    return isWhole
  }

  /// The decoded text; nil when an escape is broken or the bytes are not UTF-8.
  public static func text(_ bytes: RawSpan, plus: Plus = .literal) -> String? {
    let isPlain =
      bytes.firstOffset(of: UInt8(ascii: "%")) == nil
      && (plus == .literal || bytes.firstOffset(of: UInt8(ascii: "+")) == nil)
    guard !isPlain else { return bytes.text }
    var decoded = ByteWriter(capacity: bytes.byteCount)
    guard Self.decode(bytes, plus: plus, to: &decoded) else { return nil }
    return decoded.bytes.text
  }

  /// Appends `bytes` with everything escaped but letters, digits, `-._~` and, in a path, the slash.
  /// Digits of escapes are upper case, as signatures want them.
  public static func encode(
    _ bytes: RawSpan, keepingSlashes: Bool = false, to target: inout ByteWriter
  ) {
    for offset in 0..<bytes.byteCount {
      let byte = bytes[byteAt: offset]
      if Grammar.isUnreserved(byte) || keepingSlashes && byte == UInt8(ascii: "/") {
        target.append(byte)
      } else {
        target.append(UInt8(ascii: "%"))
        target.append(Self.digit(byte >> 4))
        target.append(Self.digit(byte & 15))
      }
    }
  }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? 0x30 + nibble : 0x37 + nibble
  }
}
