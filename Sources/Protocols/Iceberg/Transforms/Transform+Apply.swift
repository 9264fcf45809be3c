private import Bytes
private import Values

extension Transform {
  /// What it makes of a value; nil of nil, of a value that it does not accept, and always for `void`
  /// and unknown transforms.
  public func apply(_ value: Literal?) -> Literal? {
    guard let value else { return nil }
    switch self {
    case .identity: return value
    case .bucket(let count): return Self.hash(of: value).map { .int(Self.bucket($0, count)) }
    case .truncate(let width): return Self.truncate(value, width)
    case .year: return Self.date(value).map { .int(Int32(clamping: $0.year - 1970)) }
    case .month:
      return Self.date(value).map {
        .int(Int32(clamping: ($0.year - 1970) * 12 + Int64($0.month) - 1))
      }
    case .day: return Self.day(of: value).map { .date(Int32(clamping: $0)) }
    case .hour: return Self.hour(of: value).map { .int(Int32(clamping: $0)) }
    case .void, .unknown: return nil
    }
  }

  private static func bucket(_ hash: Int32, _ count: Int) -> Int32 {
    // The sign bit is dropped; the count is positive and fits 32 bits.
    Int32(truncatingIfNeeded: Int(hash & .max) % count)
  }

  /// The hash of Appendix B; nil for types that are not hashed.
  static func hash(of value: Literal) -> Int32? {
    switch value {
    case .int(let value), .date(let value): return Murmur3.hash(Int64(value))
    case .long(let value), .time(let value), .timestamp(let value), .timestamptz(let value):
      return Murmur3.hash(value)
    case .timestampNanos(let value), .timestamptzNanos(let value):
      // As microseconds, so that the same moment has one hash.
      return Murmur3.hash(value.flooredQuotient(1000))
    case .decimal(let value):
      let bytes = value.bytes
      return Murmur3.hash(bytes.rawBytes)
    case .string(var text):
      return text.withUTF8 { Murmur3.hash(UnsafeRawBufferPointer($0).bytes) }
    case .uuid(let value):
      return withUnsafeBytes(of: value.bits.bigEndian) { Murmur3.hash($0.bytes) }
    case .fixed(let bytes), .binary(let bytes): return Murmur3.hash(bytes.rawBytes)
    case .boolean, .float, .double: return nil
    }
  }

  private static func truncate(_ value: Literal, _ width: Int) -> Literal? {
    switch value {
    case .int(let value):
      // Below the smallest number it wraps around, as everywhere.
      return .int(Int32(truncatingIfNeeded: Self.floor(Int128(value), Int128(width))))
    case .long(let value):
      return .long(Int64(truncatingIfNeeded: Self.floor(Int128(value), Int128(width))))
    case .decimal(let value):
      return .decimal(
        DecimalNumber(unscaled: Self.floor(value.unscaled, Int128(width)), scale: value.scale))
    case .string(let text): return .string(Self.prefix(of: text, width))
    case .binary(let bytes): return .binary(Array(bytes.prefix(width)))
    default: return nil
    }
  }

  private static func floor(_ value: Int128, _ width: Int128) -> Int128 {
    let remainder = value % width
    return value &- (remainder < 0 ? remainder + width : remainder)
  }

  /// The first characters, which are code points here.
  static func prefix(of text: String, _ width: Int) -> String {
    text.utf8.count <= width ? text : String(text.unicodeScalars.prefix(width))
  }

  private static func day(of value: Literal) -> Int64? {
    switch value {
    case .date(let value): Int64(value)
    case .timestamp(let value), .timestamptz(let value):
      value.flooredQuotient(CalendarText.microsecondsPerDay)
    case .timestampNanos(let value), .timestamptzNanos(let value):
      value.flooredQuotient(CalendarText.microsecondsPerDay * 1000)
    default: nil
    }
  }

  private static func hour(of value: Literal) -> Int64? {
    switch value {
    case .timestamp(let value), .timestamptz(let value): value.flooredQuotient(3_600_000_000)
    case .timestampNanos(let value), .timestamptzNanos(let value):
      value.flooredQuotient(3_600_000_000_000)
    default: nil
    }
  }

  private static func date(_ value: Literal) -> (year: Int64, month: Int, day: Int)? {
    self.day(of: value).map(CalendarText.date(ofDay:))
  }
}
