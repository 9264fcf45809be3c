/// Strings: checked as UTF-8, unescaped in place.
extension JSONParser {
  /// Reads the string that starts at the current quote.
  @inline(__always)
  mutating func string() -> Bool {
    let first = self.at + 1
    var at = first
    while true {
      at = skipPlain(at)
      let byte = at.pointee
      if _fastPath(byte == UInt8(ascii: "\"")) {
        self.append(TapeEntry(.string, low: first - self.start, high: at - first))
        self.at = at + 1
        return true
      }
      if byte < 0x80 { break }
      // Text in other scripts: one character after the other, without looking eight bytes ahead.
      repeat {
        let length = validLength(at)
        guard length > 0 else { return self.notUTF8(at) }
        at += length
      } while at.pointee >= 0x80
    }
    return self.escapedString(from: first, firstEscape: at)
  }

  /// From the first byte that is not copied as it is: an escape, or a byte that may not be there.
  @inline(never)
  private mutating func escapedString(
    from first: UnsafeMutablePointer<UInt8>, firstEscape: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    var at = firstEscape
    var target = firstEscape
    while true {
      let plainEnd = skipPlain(at)
      let count = plainEnd - at
      // The target is behind the source: moving forwards is right even where they overlap.
      if count > 0 { UnsafeMutableRawPointer(target).copyMemory(from: at, byteCount: count) }
      target += count
      at = plainEnd
      switch at.pointee {
      case UInt8(ascii: "\""):
        self.append(TapeEntry(.string, low: first - self.start, high: target - first))
        self.at = at + 1
        return true
      case UInt8(ascii: "\\"):
        guard self.escape(&at, into: &target) else { return false }
      case 0x80...0xFF:
        let length = validLength(at)
        guard length > 0 else { return self.notUTF8(at) }
        for _ in 0..<length {
          target.pointee = at.pointee
          at += 1
          target += 1
        }
      case let byte:
        guard at < self.end else {
          return self.fail(.malformed, "a string is not closed", at: first - 1)
        }
        let digits = String(byte, radix: 16)
        return self.fail(
          .malformed, "control character 0x\(digits) in a string is not escaped", at: at)
      }
    }
  }

  private mutating func escape(
    _ at: inout UnsafeMutablePointer<UInt8>, into target: inout UnsafeMutablePointer<UInt8>
  ) -> Bool {
    let byte: UInt8
    switch at[1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte = at[1]
    case UInt8(ascii: "b"): byte = 0x08
    case UInt8(ascii: "f"): byte = 0x0C
    case UInt8(ascii: "n"): byte = 0x0A
    case UInt8(ascii: "r"): byte = 0x0D
    case UInt8(ascii: "t"): byte = 0x09
    case UInt8(ascii: "u"): return self.unicodeEscape(&at, into: &target)
    default:
      return self.fail(
        .malformed, "no escape \"\\\" followed by \(self.found(at: at + 1)) exists", at: at)
    }
    target.pointee = byte
    target += 1
    at += 2
    return true
  }

  private mutating func unicodeEscape(
    _ at: inout UnsafeMutablePointer<UInt8>, into target: inout UnsafeMutablePointer<UInt8>
  ) -> Bool {
    let escape = at
    guard let first = hexadecimal(at + 2) else {
      return self.fail(.malformed, "expected four hexadecimal digits after \"\\u\"", at: escape)
    }
    at += 6
    var scalar = first
    if first & 0xFC00 == 0xD800 {
      guard at[0] == UInt8(ascii: "\\"), at[1] == UInt8(ascii: "u"),
        let second = hexadecimal(at + 2), second & 0xFC00 == 0xDC00
      else { return self.fail(.malformed, "half of a surrogate pair", at: escape) }
      at += 6
      scalar = 0x10000 + (first & 0x3FF) << 10 + second & 0x3FF
    } else if first & 0xFC00 == 0xDC00 {
      return self.fail(.malformed, "half of a surrogate pair", at: escape)
    }
    // Neither half of a pair is left, and a pair is at most U+10FFFF.
    let unicode = Unicode.Scalar(scalar).unsafelyUnwrapped
    for unit in UTF8.encode(unicode).unsafelyUnwrapped {
      target.pointee = unit
      target += 1
    }
    return true
  }

  @inline(never)
  private mutating func notUTF8(_ place: UnsafeMutablePointer<UInt8>) -> Bool {
    let digits = String(place.pointee, radix: 16)
    return self.fail(.malformed, "byte 0x\(digits) is not UTF-8 here", at: place)
  }
}

/// The first byte at or after `at` that is a quote, a backslash, a control character or not ASCII.
@inline(__always)
private func skipPlain(_ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
  var at = start
  while true {
    let word = UInt64(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt64.self))
    let quote = word ^ 0x2222_2222_2222_2222
    let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
    let ones: UInt64 = 0x0101_0101_0101_0101
    // The high bit of each byte that ends a plain run. A borrow can set bits only above the first
    // one that is right, and only the first one is used.
    let stops =
      (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        | (word &- 0x2020_2020_2020_2020) | word) & 0x8080_8080_8080_8080
    if stops != 0 { return at + stops.trailingZeroBitCount &>> 3 }
    at += 8
  }
}

/// The length of the well-formed UTF-8 sequence of two to four bytes at `at`; 0 when it is none
/// (overlong, half a surrogate pair, above U+10FFFF, cut off: the padding is no continuation).
@inline(__always)
func validLength(_ at: UnsafePointer<UInt8>) -> Int {
  let first = at[0]
  let second = at[1]
  switch first {
  case 0xC2...0xDF: return second & 0xC0 == 0x80 ? 2 : 0
  case 0xE0...0xEF:
    guard second & 0xC0 == 0x80, at[2] & 0xC0 == 0x80 else { return 0 }
    if first == 0xE0, second < 0xA0 { return 0 }
    if first == 0xED, second > 0x9F { return 0 }
    return 3
  case 0xF0...0xF4:
    guard second & 0xC0 == 0x80, at[2] & 0xC0 == 0x80, at[3] & 0xC0 == 0x80 else { return 0 }
    if first == 0xF0, second < 0x90 { return 0 }
    if first == 0xF4, second > 0x8F { return 0 }
    return 4
  default: return 0
  }
}

@inline(__always)
private func validLength(_ at: UnsafeMutablePointer<UInt8>) -> Int {
  validLength(UnsafePointer(at))
}

/// Four hexadecimal digits.
private func hexadecimal(_ at: UnsafeMutablePointer<UInt8>) -> UInt32? {
  var value: UInt32 = 0
  for index in 0..<4 {
    let digit: UInt8
    switch at[index] {
    case let byte where byte &- 0x30 < 10: digit = byte &- 0x30
    case let byte where (byte | 0x20) &- 0x61 < 6: digit = (byte | 0x20) &- 0x57
    default: return nil
    }
    value = value << 4 | UInt32(digit)
  }
  return value
}
