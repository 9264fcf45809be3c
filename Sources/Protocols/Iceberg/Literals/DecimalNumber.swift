/// A decimal of up to 38 digits: `unscaled` times ten to minus `scale`.
public struct DecimalNumber: Hashable, Sendable {
  public var unscaled: Int128
  public var scale: Int

  public init(unscaled: Int128, scale: Int) {
    self.unscaled = unscaled
    self.scale = scale
  }

  static let powersOfTen: [Int128] = {
    var powers: [Int128] = [1]
    for _ in 0..<PrimitiveType.decimalPrecisionMax { powers.append((powers.last ?? 1) * 10) }
    return powers
  }()

  public func fits(precision: Int) -> Bool {
    (0...PrimitiveType.decimalPrecisionMax).contains(precision)
      && self.unscaled.magnitude < Self.powersOfTen[precision].magnitude
  }

  /// The same number with another scale; nil when digits would be lost or there is no room.
  public func rescaled(to scale: Int) -> DecimalNumber? {
    let difference = scale - self.scale
    guard difference.magnitude <= PrimitiveType.decimalPrecisionMax else {
      return self.unscaled == 0 ? DecimalNumber(unscaled: 0, scale: scale) : nil
    }
    let power = Self.powersOfTen[Int(difference.magnitude)]
    if difference >= 0 {
      let (product, overflow) = self.unscaled.multipliedReportingOverflow(by: power)
      return overflow ? nil : DecimalNumber(unscaled: product, scale: scale)
    }
    let (quotient, remainder) = self.unscaled.quotientAndRemainder(dividingBy: power)
    return remainder == 0 ? DecimalNumber(unscaled: quotient, scale: scale) : nil
  }

  /// How many bytes of two's complement a precision takes.
  public static func byteCount(ofPrecision precision: Int) -> Int {
    let largest = Self.powersOfTen[precision] - 1
    // One bit more for the sign.
    return (128 - largest.leadingZeroBitCount + 1 + 7) / 8
  }

  /// The fewest bytes of big-endian two's complement.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var rest = self.unscaled
    repeat {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    } while !(rest == 0 && bytes[bytes.count - 1] < 0x80)
      && !(rest == -1 && bytes[bytes.count - 1] >= 0x80)
    return bytes.reversed()
  }

  /// Nil when there are no bytes or more than 16 that matter.
  public init?(bytes: RawSpan, scale: Int) {
    guard bytes.byteCount > 0 else { return nil }
    let first = bytes.unsafeLoad(fromUncheckedByteOffset: 0, as: UInt8.self)
    let padding: UInt8 = first >= 0x80 ? 0xFF : 0
    var value: Int128 = first >= 0x80 ? -1 : 0
    for index in 0..<bytes.byteCount {
      let byte = bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      if index + 16 < bytes.byteCount, byte != padding { return nil }
      value = value << 8 | Int128(byte)
    }
    if bytes.byteCount > 16, (value < 0) != (padding == 0xFF) { return nil }
    self.init(unscaled: value, scale: scale)
  }
}

extension DecimalNumber: CustomStringConvertible {
  /// `14.20`, with all digits of the scale.
  public var description: String {
    var digits = String(self.unscaled.magnitude)
    let sign = self.unscaled < 0 ? "-" : ""
    guard self.scale > 0 else { return sign + digits }
    if digits.count <= self.scale {
      digits = String(repeating: "0", count: self.scale + 1 - digits.count) + digits
    }
    return sign + digits.dropLast(self.scale) + "." + digits.suffix(self.scale)
  }

  /// Reads `-14.20` or `2E+20`; nil when the text is no number or has over 38 digits.
  public init?(_ text: some StringProtocol) {
    var unscaled: UInt128 = 0
    var scale = 0
    var digitCount = 0
    var isNegative = false
    var afterPoint = false
    var exponent: Substring?
    guard text.utf8.count <= 200 else { return nil }
    scan: for (index, character) in text.enumerated() {
      switch character {
      case "-" where index == 0: isNegative = true
      case "+" where index == 0: break
      case "." where !afterPoint: afterPoint = true
      case "0"..."9":
        let digit = UInt128(character.wholeNumberValue ?? 0)
        let (product, overflow) = unscaled.multipliedReportingOverflow(by: 10)
        guard !overflow, product <= UInt128.max - digit else { return nil }
        unscaled = product + digit
        digitCount += 1
        if afterPoint { scale += 1 }
      case "e", "E":
        exponent = Substring(text.dropFirst(index + 1))
        break scan
      default: return nil
      }
    }
    if let exponent {
      guard let power = Int(exponent), power.magnitude < 1000 else { return nil }
      scale -= power
    }
    guard digitCount > 0, unscaled <= Int128.max.magnitude else { return nil }
    let magnitude = Int128(unscaled)
    self.init(unscaled: isNegative ? -magnitude : magnitude, scale: scale)
    if scale < 0 {
      guard let whole = self.rescaled(to: 0) else { return nil }
      self = whole
    }
  }
}
