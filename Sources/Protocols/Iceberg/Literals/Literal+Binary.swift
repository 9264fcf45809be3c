public import Bytes
private import Values

// Single values as bytes, for bounds:
//   boolean                  1 byte, 0 or 1
//   int, date                4 bytes little-endian; long, time and timestamps 8
//   float, double            4 and 8 bytes IEEE 754, little-endian
//   decimal                  the unscaled value, big-endian two's complement, as few bytes as possible
//   string                   UTF-8; uuid 16 bytes big-endian; fixed and binary as they are
extension Literal {
  public func append(to target: inout ByteWriter) {
    switch self {
    case .boolean(let value): target.append(value ? 1 : 0)
    case .int(let value), .date(let value): target.append(littleEndian: value)
    case .long(let value), .time(let value), .timestamp(let value), .timestamptz(let value),
      .timestampNanos(let value), .timestamptzNanos(let value):
      target.append(littleEndian: value)
    case .float(let value): target.append(littleEndian: value.bitPattern)
    case .double(let value): target.append(littleEndian: value.bitPattern)
    case .decimal(let value): target.append(value.bytes)
    case .string(let value): target.append(value)
    case .uuid(let value): value.append(to: &target)
    case .fixed(let value), .binary(let value): target.append(value)
    }
  }

  public var bytes: [UInt8] {
    var target = ByteWriter(capacity: 16)
    self.append(to: &target)
    return target.bytes.array
  }

  /// Reads a bound of a column that has `type` now. When it was written the type may have been one
  /// that is promoted to it, which the number of bytes tells. Nil when the bytes are no such value.
  public init?(bytes: RawSpan, as type: PrimitiveType) {
    var reader = ByteReader(bytes)
    switch type {
    case .boolean:
      guard bytes.byteCount == 1, let byte = reader.byte() else { return nil }
      self = .boolean(byte != 0)
    case .int, .date:
      guard bytes.byteCount == 4, let value = reader.littleEndian(Int32.self) else { return nil }
      self = type == .int ? .int(value) : .date(value)
    case .float:
      guard bytes.byteCount == 4, let bits = reader.littleEndian(UInt32.self) else { return nil }
      self = .float(Float(bitPattern: bits))
    case .long, .double, .time, .timestamp, .timestamptz, .timestampNanos, .timestamptzNanos:
      if bytes.byteCount == 4 {
        guard let earlier = Self.earlierType(of: type),
          let value = Literal(bytes: bytes, as: earlier)?.promoted(to: type)
        else { return nil }
        self = value
        return
      }
      guard bytes.byteCount == 8, let bits = reader.littleEndian(Int64.self),
        let value = Self.wide(bits, type)
      else { return nil }
      self = value
    case .decimal(_, let scale):
      guard let value = DecimalNumber(bytes: bytes, scale: scale) else { return nil }
      self = .decimal(value)
    case .string:
      guard let text = bytes.text else { return nil }
      self = .string(text)
    case .uuid:
      guard let value = UUID(bytes: bytes) else { return nil }
      self = .uuid(value)
    case .fixed: self = .fixed(bytes.array)
    case .binary, .geometry, .geography, .variant: self = .binary(bytes.array)
    case .unknown: return nil
    }
  }

  private static func earlierType(of type: PrimitiveType) -> PrimitiveType? {
    switch type {
    case .long: .int
    case .double: .float
    case .timestamp, .timestampNanos: .date
    default: nil
    }
  }

  private static func wide(_ bits: Int64, _ type: PrimitiveType) -> Literal? {
    switch type {
    case .long: .long(bits)
    case .double: .double(Double(bitPattern: UInt64(bitPattern: bits)))
    case .time: .time(bits)
    case .timestamp: .timestamp(bits)
    case .timestamptz: .timestamptz(bits)
    case .timestampNanos: .timestampNanos(bits)
    case .timestamptzNanos: .timestamptzNanos(bits)
    default: nil
    }
  }
}
