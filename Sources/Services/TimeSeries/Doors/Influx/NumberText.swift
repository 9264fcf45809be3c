import Bytes

/// Numbers from their digits, without making a text of them where it can be helped.
enum NumberText {
  private static let powers: [Double] = (0...22).map { exponent in
    (0..<exponent).reduce(1.0) { product, _ in product * 10 }
  }

  @inline(__always) private static func digit(_ text: RawSpan, _ at: Int) -> UInt8? {
    guard at < text.byteCount else { return nil }
    let digit = text.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self) &- 0x30
    return digit < 10 ? digit : nil
  }

  /// Digits with a sign or without; nil for everything else and beyond 64 bits.
  static func integer(_ text: RawSpan) -> Int64? {
    var at = 0
    let isNegative = text.byteCount > 0 && text[byteAt: 0] == UInt8(ascii: "-")
    if isNegative { at = 1 }
    guard at < text.byteCount, text.byteCount &- at <= 19 else { return nil }
    var magnitude: UInt64 = 0
    while at < text.byteCount {
      guard let digit = self.digit(text, at) else { return nil }
      magnitude = magnitude &* 10 &+ UInt64(digit)
      at &+= 1
    }
    if isNegative {
      return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }
    return Int64(exactly: magnitude)
  }

  /// A decimal number, exactly rounded; nil for everything else, and for infinity and not-a-number.
  static func float(_ text: RawSpan) -> Double? {
    var at = 0
    var isNegative = false
    if text.byteCount > 0 {
      let sign = text[byteAt: 0]
      isNegative = sign == UInt8(ascii: "-")
      if isNegative || sign == UInt8(ascii: "+") { at = 1 }
    }
    var significand: UInt64 = 0
    var digits = 0
    var exponent = 0
    let start = at
    while let digit = self.digit(text, at) {
      significand = significand &* 10 &+ UInt64(digit)
      at &+= 1
    }
    digits = at &- start
    if at < text.byteCount, text[byteAt: at] == UInt8(ascii: ".") {
      at &+= 1
      let point = at
      while let digit = self.digit(text, at) {
        significand = significand &* 10 &+ UInt64(digit)
        at &+= 1
      }
      digits &+= at &- point
      exponent = point &- at
    }
    guard digits > 0 else { return nil }
    // Clinger: both are exact, so that the one operation rounds right.
    if at == text.byteCount, digits <= 15, exponent >= -22 {
      let value = Double(significand) / self.powers[-exponent]
      return isNegative ? -value : value
    }
    return self.slow(text, at)
  }

  private static func slow(_ text: RawSpan, _ at: Int) -> Double? {
    var at = at
    if at < text.byteCount {
      guard text[byteAt: at] | 0x20 == UInt8(ascii: "e") else { return nil }
      at += 1
      if at < text.byteCount,
        text[byteAt: at] == UInt8(ascii: "-") || text[byteAt: at] == UInt8(ascii: "+")
      {
        at += 1
      }
      guard at < text.byteCount else { return nil }
      while self.digit(text, at) != nil { at += 1 }
      guard at == text.byteCount else { return nil }
    }
    // Swift's own reader wants a digit before the point and none missing after it.
    guard let value = Double(self.padded(text)), value.isFinite else { return nil }
    return value
  }

  private static func padded(_ text: RawSpan) -> String {
    var padded = ""
    var previous: Character = " "
    for character in text.lossyText {
      if character == ".", !previous.isNumber { padded.append("0") }
      if character.isLetter, previous == "." { padded.append("0") }
      padded.append(character)
      previous = character
    }
    if previous == "." { padded.append("0") }
    return padded
  }
}
