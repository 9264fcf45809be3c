import Bytes
public import Values

/// A single value of a primitive type: a bound, a partition value, an operand of a filter.
public enum Literal: Hashable, Sendable {
  case boolean(Bool)
  case int(Int32)
  case long(Int64)
  case float(Float)
  case double(Double)
  case decimal(DecimalNumber)
  /// Days since 1970-01-01.
  case date(Int32)
  /// Microseconds since midnight.
  case time(Int64)
  /// Microseconds since 1970-01-01T00:00.
  case timestamp(Int64)
  case timestamptz(Int64)
  /// Nanoseconds since 1970-01-01T00:00.
  case timestampNanos(Int64)
  case timestamptzNanos(Int64)
  case string(String)
  case uuid(UUID)
  case fixed([UInt8])
  case binary([UInt8])

  /// Whether this is a value of `type`.
  public func isValue(of type: PrimitiveType) -> Bool {
    switch (self, type) {
    case (.boolean, .boolean), (.int, .int), (.long, .long), (.float, .float), (.double, .double),
      (.date, .date), (.time, .time), (.timestamp, .timestamp), (.timestamptz, .timestamptz),
      (.timestampNanos, .timestampNanos), (.timestamptzNanos, .timestamptzNanos),
      (.string, .string), (.uuid, .uuid), (.binary, .binary), (.binary, .geometry),
      (.binary, .geography), (.binary, .variant):
      true
    case (.decimal(let value), .decimal(let precision, let scale)):
      value.scale == scale && value.fits(precision: precision)
    case (.fixed(let bytes), .fixed(let length)): bytes.count == length
    default: false
    }
  }

  public var isNaN: Bool {
    switch self {
    case .float(let value): value.isNaN
    case .double(let value): value.isNaN
    default: false
    }
  }
}

extension Literal {
  /// By bits and bytes: two NaN are equal, the two zeros and two spellings of a letter are not.
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.boolean(let left), .boolean(let right)): left == right
    case (.int(let left), .int(let right)), (.date(let left), .date(let right)): left == right
    case (.long(let left), .long(let right)), (.time(let left), .time(let right)),
      (.timestamp(let left), .timestamp(let right)),
      (.timestamptz(let left), .timestamptz(let right)),
      (.timestampNanos(let left), .timestampNanos(let right)),
      (.timestamptzNanos(let left), .timestamptzNanos(let right)):
      left == right
    case (.float(let left), .float(let right)): left.bitPattern == right.bitPattern
    case (.double(let left), .double(let right)): left.bitPattern == right.bitPattern
    case (.decimal(let left), .decimal(let right)): left == right
    case (.string(let left), .string(let right)): left.isSame(as: right)
    case (.uuid(let left), .uuid(let right)): left == right
    case (.fixed(let left), .fixed(let right)), (.binary(let left), .binary(let right)):
      left == right
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .boolean(let value): hasher.combine(value)
    case .int(let value), .date(let value): hasher.combine(value)
    case .long(let value), .time(let value), .timestamp(let value), .timestamptz(let value),
      .timestampNanos(let value), .timestamptzNanos(let value):
      hasher.combine(value)
    case .float(let value): hasher.combine(value.bitPattern)
    case .double(let value): hasher.combine(value.bitPattern)
    case .decimal(let value): hasher.combine(value)
    case .string(let value): hasher.combine(ExactText(value))
    case .uuid(let value): hasher.combine(value)
    case .fixed(let value), .binary(let value): hasher.combine(value)
    }
  }

  /// Whether this value comes before `other` of the same type: numbers as numbers, with -0 before +0
  /// and NaN after all; text and bytes by their bytes without sign. Nil for values of two types.
  public func isBefore(_ other: Literal) -> Bool? {
    switch (self, other) {
    case (.boolean(let left), .boolean(let right)): !left && right
    case (.int(let left), .int(let right)), (.date(let left), .date(let right)): left < right
    case (.long(let left), .long(let right)), (.time(let left), .time(let right)),
      (.timestamp(let left), .timestamp(let right)),
      (.timestamptz(let left), .timestamptz(let right)),
      (.timestampNanos(let left), .timestampNanos(let right)),
      (.timestamptzNanos(let left), .timestamptzNanos(let right)):
      left < right
    case (.float(let left), .float(let right)): Self.isBefore(Double(left), Double(right))
    case (.double(let left), .double(let right)): Self.isBefore(left, right)
    case (.decimal(let left), .decimal(let right)):
      if left.scale == right.scale { left.unscaled < right.unscaled } else { nil }
    case (.string(let left), .string(let right)): Self.isBefore(left, right)
    case (.uuid(let left), .uuid(let right)): left < right
    case (.fixed(let left), .fixed(let right)), (.binary(let left), .binary(let right)):
      left.lexicographicallyPrecedes(right)
    default: nil
    }
  }

  private static func isBefore(_ left: Double, _ right: Double) -> Bool {
    if left.isNaN || right.isNaN { return !left.isNaN && right.isNaN }
    if left == 0, right == 0 { return left.sign == .minus && right.sign == .plus }
    return left < right
  }

  /// By UTF-8: Swift's own order is another one.
  private static func isBefore(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  /// The value as one of `type` where the format allows that: `int` as `long`, `date` as a
  /// `timestamp`. Nil when it is none.
  public func promoted(to type: PrimitiveType) -> Literal? {
    switch (self, type) {
    case (.int(let value), .long): .long(Int64(value))
    case (.int(let value), .date): .date(value)
    case (.date(let value), .int): .int(value)
    case (.float(let value), .double): .double(Double(value))
    case (.date(let value), .timestamp):
      .timestamp(Int64(value) * CalendarText.microsecondsPerDay)
    case (.date(let value), .timestampNanos):
      Self.nanoseconds(fromMicroseconds: Int64(value) * CalendarText.microsecondsPerDay)
        .map(Literal.timestampNanos)
    case (.decimal(let value), .decimal(let precision, let scale)):
      value.rescaled(to: scale).flatMap { $0.fits(precision: precision) ? .decimal($0) : nil }
    case (.binary(let bytes), .fixed(let length)): bytes.count == length ? .fixed(bytes) : nil
    case (.fixed(let bytes), .binary): .binary(bytes)
    case (.fixed(let bytes), .uuid): UUID(bytes: bytes.span.bytes).map(Literal.uuid)
    default: self.isValue(of: type) ? self : nil
    }
  }

  static func nanoseconds(fromMicroseconds value: Int64) -> Int64? {
    let (product, overflow) = value.multipliedReportingOverflow(by: 1000)
    return overflow ? nil : product
  }
}

extension Literal: CustomStringConvertible {
  public var description: String { self.jsonText }
}
