/// A moment of the monotonic clock: good for measuring and for deadlines inside one process.
public struct MonotonicTime: Hashable, Comparable, Sendable {
  public var nanoseconds: UInt64

  @inlinable public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  public static let distantFuture = MonotonicTime(nanoseconds: .max)

  @inlinable public static func < (left: Self, right: Self) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The moment `duration` later; at the end of time when that is too far.
  @inlinable public static func + (moment: Self, duration: Duration) -> Self {
    let step = duration.nanosecondsClamped
    let (sum, overflow) =
      step < 0
      ? moment.nanoseconds.subtractingReportingOverflow(step.magnitude)
      : moment.nanoseconds.addingReportingOverflow(UInt64(step))
    return Self(nanoseconds: overflow ? (step < 0 ? 0 : .max) : sum)
  }

  @inlinable public static func - (later: Self, earlier: Self) -> Duration {
    .nanoseconds(Int64(clamping: later.nanoseconds) - Int64(clamping: earlier.nanoseconds))
  }
}

/// A moment of the calendar: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct WallTime: Hashable, Comparable, Sendable {
  public var nanoseconds: Int64

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  @inlinable public static func < (left: Self, right: Self) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  @inlinable public static func + (moment: Self, duration: Duration) -> Self {
    let (sum, overflow) = moment.nanoseconds.addingReportingOverflow(duration.nanosecondsClamped)
    return Self(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
  }

  @inlinable public static func - (later: Self, earlier: Self) -> Duration {
    let (difference, overflow) = later.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
    return .nanoseconds(overflow ? (later < earlier ? .min : .max) : difference)
  }
}

extension Duration {
  /// Whole nanoseconds, cut to what 64 bits hold: 292 years.
  @inlinable public var nanosecondsClamped: Int64 {
    let (seconds, attoseconds) = self.components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carried ? (seconds < 0 ? .min : .max) : sum
  }
}
