/// Names for requests that have none: 26 digits of Crockford's base 32, as a ULID has them.
///
/// ```
/// 10 digits: milliseconds since 1970     16 digits: a random start, counted up
/// ```
///
/// They sort by time, and are no secret.
struct RequestIDSource {
  typealias Digits = InlineArray<26, UInt8>

  private var millisecond: Int64 = .min
  private var digits = Digits(repeating: 0x30)
  private var state: UInt64

  init(seed: UInt64) { self.state = seed }

  /// SplitMix64: every value of the state gives another number.
  mutating func random() -> UInt64 {
    self.state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = self.state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func next(millisecond: Int64) -> Digits {
    if millisecond != self.millisecond {
      self.millisecond = millisecond
      var rest = millisecond
      for index in (0..<10).reversed() {
        self.digits[index] = Self.digit(UInt8(truncatingIfNeeded: rest) & 31)
        rest >>= 5
      }
    }
    var mixed = self.random()
    var low = self.state >> 49
    for index in 0..<3 {
      self.digits[10 + index] = Self.digit(UInt8(truncatingIfNeeded: low) & 31)
      low >>= 5
    }
    for index in 13..<26 {
      self.digits[index] = Self.digit(UInt8(truncatingIfNeeded: mixed) & 31)
      mixed >>= 5
    }
    return self.digits
  }

  /// `0123456789ABCDEFGHJKMNPQRSTVWXYZ`
  @inline(__always) private static func digit(_ value: UInt8) -> UInt8 {
    let table: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return table.utf8Start[Int(value)]
  }
}
