/// Values of number texts whose grammar has been checked.
enum Decimal {
  /// The magnitude and sign of an integer text; nil above 64 bits.
  static func integer(_ text: UnsafeBufferPointer<UInt8>) -> (magnitude: UInt64, isNegative: Bool)?
  {
    var index = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { index = 1 }
    guard text.count &- index <= 20 else { return nil }
    var magnitude: UInt64 = 0
    // Nineteen digits fit always; only the twentieth can overflow.
    let safe = min(text.count, index &+ 19)
    while index < safe {
      magnitude = magnitude &* 10 &+ UInt64(text[index] &- 0x30)
      index &+= 1
    }
    if index < text.count {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(text[index] &- 0x30))
      guard !overflow, !carry else { return nil }
      magnitude = sum
    }
    return (magnitude, isNegative)
  }

  /// The nearest double; infinite when the magnitude is too large.
  static func double(_ text: UnsafeBufferPointer<UInt8>) -> Double {
    quickDouble(text) ?? Double(String(decoding: text, as: UTF8.self)) ?? .infinity
  }

  /// Clinger's fast path: a significand below 2^53 times or through a power of ten below 10^23 is
  /// rounded once, so it is right. Nil when the number needs more care.
  private static func quickDouble(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var digits = SignificantDigits(text)
    guard !digits.isZero else { return digits.isNegative ? -0.0 : 0 }
    guard digits.count <= 15 else { return nil }
    var significand: UInt64 = 0
    while let digit = digits.next() { significand = significand &* 10 &+ UInt64(digit) }
    // The value is 0.d1d2d3… times ten to the scale.
    let exponent = digits.scale - digits.count
    let magnitude: Double
    switch exponent {
    case 0...22: magnitude = Double(significand) * powersOfTen[exponent]
    case -22..<0: magnitude = Double(significand) / powersOfTen[-exponent]
    default: return nil
    }
    return digits.isNegative ? -magnitude : magnitude
  }

  /// True when the shortest text of `value` has exactly the value of `text`.
  static func isExact(_ text: UnsafeBufferPointer<UInt8>, _ value: Double) -> Bool {
    guard value.isFinite else { return false }
    var source = SignificantDigits(text)
    if source.isZero || value == 0 { return source.isZero && value == 0 }
    // Fifteen digits always survive the way through a double that is not subnormal.
    if source.count <= 15, value.isNormal { return true }
    guard source.count <= 17 else { return false }
    var printed = value.description
    return printed.withUTF8 { bytes in
      var target = SignificantDigits(bytes)
      guard source.count == target.count, source.scale == target.scale else { return false }
      while let digit = source.next() {
        guard digit == target.next() else { return false }
      }
      return true
    }
  }

  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}

/// The digits of a number text without leading and trailing zeros, and where the point is:
/// the value is 0.d1d2d3… times ten to `scale`.
struct SignificantDigits {
  private let text: UnsafeBufferPointer<UInt8>
  private var index = 0
  let isNegative: Bool
  /// Digits in all, and those not taken yet.
  let count: Int
  private var left: Int
  let scale: Int

  var isZero: Bool { self.count == 0 }

  init(_ text: UnsafeBufferPointer<UInt8>) {
    self.text = text
    self.isNegative = text.first == UInt8(ascii: "-")
    var digitsBeforePoint = 0
    var leadingZeros = 0
    var seen = 0
    var lastNonZero = 0
    var afterPoint = false
    var exponent = 0
    var at = self.isNegative ? 1 : 0
    while at < text.count {
      let byte = text[at]
      if isDigit(byte) {
        if seen == 0, byte == 0x30 {
          leadingZeros += 1
        } else {
          if seen == 0 { self.index = at }
          seen += 1
          if byte != 0x30 { lastNonZero = seen }
        }
        if !afterPoint { digitsBeforePoint += 1 }
      } else if byte == UInt8(ascii: ".") {
        afterPoint = true
      } else {
        exponent = Self.exponent(text, from: at + 1)
        break
      }
      at += 1
    }
    self.count = lastNonZero
    self.left = lastNonZero
    self.scale = digitsBeforePoint - leadingZeros + exponent
  }

  /// Cut at a million: no double is near.
  private static func exponent(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var value = 0
    var isNegative = false
    for index in start..<text.count {
      let byte = text[index]
      if isDigit(byte) {
        value = min(value * 10 + Int(byte &- 0x30), 1_000_000)
      } else {
        isNegative = byte == UInt8(ascii: "-")
      }
    }
    return isNegative ? -value : value
  }

  mutating func next() -> UInt8? {
    guard self.left > 0 else { return nil }
    if self.text[self.index] == UInt8(ascii: ".") { self.index &+= 1 }
    self.left &-= 1
    self.index &+= 1
    return self.text[self.index &- 1] &- 0x30
  }
}
