public import Bytes

// RFC 9562, big-endian:
//   version 4   122 random bits
//   version 7   48 bits of milliseconds since 1970, then 74 random bits
// with the version in bits 48 to 51 and the variant `10` in bits 64 and 65.
public struct UUID: Hashable, Comparable, Sendable {
  public let bits: UInt128

  public static let byteCount = 16
  public static let textCount = 36

  public init(bits: UInt128) { self.bits = bits }

  public static func version4(random: inout some RandomNumberGenerator) -> UUID {
    self.stamped(UInt128(random.next()) << 64 | UInt128(random.next()), version: 4)
  }

  /// Identifiers of later milliseconds are larger; a time before 1970 counts as 1970.
  public static func version7(
    at time: WallTime, random: inout some RandomNumberGenerator
  ) -> UUID {
    let milliseconds = UInt64(clamping: time.nanoseconds / 1_000_000)
    let bits = UInt128(random.next() & 0xFFFF) << 64 | UInt128(random.next())
    return self.stamped(UInt128(milliseconds) << 80 | bits, version: 7)
  }

  private static func stamped(_ bits: UInt128, version: UInt128) -> UUID {
    UUID(
      bits: bits & ~(0xF << 76) & ~(0b11 << 62) | version << 76 | 0b10 << 62)
  }

  public var version: Int { Int(truncatingIfNeeded: self.bits >> 76) & 15 }

  /// Nil when there are not exactly 16 bytes.
  public init?(bytes: RawSpan) {
    guard bytes.byteCount == Self.byteCount else { return nil }
    self.bits = UInt128(
      bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt128.self))
  }

  /// Appends the 16 bytes.
  public func append(to target: inout ByteWriter) { target.append(bigEndian: self.bits) }

  /// Reads `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`, in either case, and nothing else.
  public init(parsing text: String) throws(ValueError) {
    var bits: UInt128 = 0
    var count = 0
    for byte in text.utf8 {
      if [8, 13, 18, 23].contains(count) {
        guard byte == UInt8(ascii: "-") else { throw Self.malformed(text) }
      } else {
        guard let digit = Hexadecimal.value(ofDigit: byte) else { throw Self.malformed(text) }
        bits = bits << 4 | UInt128(digit)
      }
      count += 1
      guard count <= Self.textCount else { throw Self.malformed(text) }
    }
    guard count == Self.textCount else { throw Self.malformed(text) }
    self.bits = bits
  }

  private static func malformed(_ text: String) -> ValueError {
    .malformed(text, "an identifier such as f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
  }

  public func append(textTo target: inout ByteWriter) {
    target.reserve(Self.textCount)
    for index in 0..<Self.byteCount {
      if [4, 6, 8, 10].contains(index) { target.append(UInt8(ascii: "-")) }
      let byte = UInt8(truncatingIfNeeded: self.bits >> UInt128(120 - 8 * index))
      withUnsafeBytes(of: byte) { target.append(hexadecimal: $0.bytes) }
    }
  }

  public static func < (left: Self, right: Self) -> Bool { left.bits < right.bits }
}

extension UUID: CustomStringConvertible {
  public var description: String {
    var target = ByteWriter(capacity: Self.textCount)
    self.append(textTo: &target)
    return target.bytes.lossyText
  }
}
