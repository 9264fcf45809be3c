/// A moment of the calendar in the years 0001 to 9999, to the nanosecond: what RFC 3339 can write and
/// a Protobuf timestamp can hold. Leap seconds are not counted.
///
/// `WallTime` is the smaller sibling for clocks: one number, the years 1678 to 2261.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Since 1970-01-01T00:00:00Z, rounded down.
  public let seconds: Int64
  /// 0 to 999,999,999, on top of `seconds` also before 1970.
  public let nanosecond: Int32

  public static let secondRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
  public static let rangeText = "0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z"

  public init(seconds: Int64, nanosecond: Int32 = 0) throws(ValueError) {
    guard Self.secondRange.contains(seconds), (0..<1_000_000_000).contains(nanosecond) else {
      throw ValueError(
        .outOfRange, "\(seconds) s \(nanosecond) ns is not in the range \(Self.rangeText)")
    }
    self.seconds = seconds
    self.nanosecond = nanosecond
  }

  /// The wall clock's whole range is inside.
  public init(_ time: WallTime) {
    let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    self.seconds = remainder < 0 ? quotient - 1 : quotient
    self.nanosecond = Int32(remainder < 0 ? remainder + 1_000_000_000 : remainder)
  }

  public var date: CivilDate {
    // `seconds` is in range, so the day is.
    CivilDate(daysSinceEpoch: Int(self.seconds.flooredDivision(by: 86_400))).unsafelyUnwrapped
  }

  /// Seconds since midnight UTC.
  public var secondOfDay: Int {
    Int(self.seconds - self.seconds.flooredDivision(by: 86_400) * 86_400)
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.seconds, left.nanosecond) < (right.seconds, right.nanosecond)
  }
}

extension WallTime {
  public static let rangeText = "1677-09-21T00:12:43.145224192Z to 2262-04-11T23:47:16.854775807Z"

  /// The same moment; an error outside the years that 64 bits of nanoseconds hold.
  public init(_ timestamp: Timestamp) throws(ValueError) {
    let (product, overflow) = timestamp.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = product.addingReportingOverflow(Int64(timestamp.nanosecond))
    if !overflow, !carry {
      self.init(nanoseconds: sum)
    } else if timestamp.seconds == -9_223_372_037, timestamp.nanosecond >= 145_224_192 {
      // The first second overflows before its nanoseconds are added back.
      self.init(
        nanoseconds: (timestamp.seconds + 1) * 1_000_000_000
          - (1_000_000_000 - Int64(timestamp.nanosecond)))
    } else {
      throw ValueError(
        .outOfRange, "\(timestamp) is not in the range \(Self.rangeText)")
    }
  }
}

extension Int64 {
  func flooredDivision(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
