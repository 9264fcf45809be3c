public import Bytes

// A sortable identifier, github.com/ulid/spec: big-endian,
//   48 bits  milliseconds since 1970
//   80 bits  random
// written as 26 digits of Crockford's base 32.
public struct ULID: Hashable, Comparable, Sendable {
  public let bits: UInt128

  public static let byteCount = 16
  public static let textCount = 26
  public static let millisecondsMax: UInt64 = (1 << 48) - 1

  public init(bits: UInt128) { self.bits = bits }

  /// - Precondition: the time fits 48 bits: it is before the year 10889.
  public init(milliseconds: UInt64, random: UInt128) {
    precondition(milliseconds <= Self.millisecondsMax, "\(milliseconds) ms")
    self.bits = UInt128(milliseconds) << 80 | random & Self.randomMask
  }

  static let randomMask: UInt128 = (1 << 80) - 1

  public var milliseconds: UInt64 { UInt64(truncatingIfNeeded: self.bits >> 80) }

  /// Nil when there are not exactly 16 bytes.
  public init?(bytes: RawSpan) {
    guard bytes.byteCount == Self.byteCount else { return nil }
    self.bits = UInt128(
      bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt128.self))
  }

  /// Appends the 16 bytes.
  public func append(to target: inout ByteWriter) { target.append(bigEndian: self.bits) }

  /// Reads 26 digits of either case; `I`, `L` and `O` are the digits they look like.
  public init(parsing text: String) throws(ValueError) {
    guard text.utf8.count == Self.textCount else { throw Self.malformed(text) }
    var bits: UInt128 = 0
    for (index, byte) in text.utf8.enumerated() {
      guard let digit = Self.value(ofDigit: byte) else { throw Self.malformed(text) }
      if index == 0, digit > 7 {
        throw ValueError(
          .outOfRange,
          "\(quoted(text)) is not in the range 00000000000000000000000000"
            + " to 7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
      }
      bits = bits << 5 | UInt128(digit)
    }
    self.bits = bits
  }

  private static func malformed(_ text: String) -> ValueError {
    .malformed(text, "an identifier of 26 digits such as 01J9FZ3V8K6Q2T4W5X7Y9ZABCD")
  }

  public func append(textTo target: inout ByteWriter) {
    let digits: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    target.reserve(Self.textCount)
    for index in (0..<Self.textCount).reversed() {
      target.append(digits.utf8Start[Int(truncatingIfNeeded: self.bits >> UInt128(5 * index)) & 31])
    }
  }

  private static func value(ofDigit byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: return byte - 0x30
    case 0x41...0x5A, 0x61...0x7A:
      // The letters without I, L, O and U.
      let letter = byte & 0x5F
      switch letter {
      case UInt8(ascii: "I"), UInt8(ascii: "L"): return 1
      case UInt8(ascii: "O"): return 0
      case UInt8(ascii: "U"): return nil
      case ..<UInt8(ascii: "I"): return letter - UInt8(ascii: "A") + 10
      case ..<UInt8(ascii: "L"): return letter - UInt8(ascii: "A") + 9
      case ..<UInt8(ascii: "O"): return letter - UInt8(ascii: "A") + 8
      case ..<UInt8(ascii: "U"): return letter - UInt8(ascii: "A") + 7
      default: return letter - UInt8(ascii: "A") + 6
      }
    default: return nil
    }
  }

  public static func < (left: Self, right: Self) -> Bool { left.bits < right.bits }
}

extension ULID: CustomStringConvertible {
  public var description: String {
    var target = ByteWriter(capacity: 32)
    self.append(textTo: &target)
    return target.bytes.lossyText
  }
}

/// Makes identifiers that only ever grow, also within one millisecond and when the clock steps back.
public struct ULIDGenerator: Sendable {
  private var last: ULID?

  public init() {}

  /// A new identifier, larger than all before. Time and randomness are handed in; when the time is
  /// not after the last identifier's, that one is counted up.
  public mutating func next(
    at time: WallTime, random: inout some RandomNumberGenerator
  ) -> ULID {
    let milliseconds = UInt64(clamping: time.nanoseconds / 1_000_000)
    if let last = self.last, last.milliseconds >= milliseconds {
      // The last of 2^80 carries into the next millisecond. Nobody lives to see the last of 2^128.
      let next = ULID(bits: last.bits + 1)
      self.last = next
      return next
    }
    let bits = UInt128(random.next()) << 64 | UInt128(random.next())
    let next = ULID(milliseconds: milliseconds, random: bits)
    self.last = next
    return next
  }
}
