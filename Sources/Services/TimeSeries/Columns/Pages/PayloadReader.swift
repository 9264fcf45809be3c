/// Takes the payload of a page apart. Valid while the memory it was made over is.
///
/// Every read is checked against the end: damage throws, it never traps.
struct PayloadReader {
  private let base: UnsafeRawPointer
  private let end: Int
  private(set) var offset = 0

  init(_ payload: UnsafeRawBufferPointer) {
    // An empty payload has nothing to read; any address will do.
    self.base =
      payload.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    self.end = payload.count
  }

  var remaining: Int { self.end - self.offset }

  mutating func take(_ count: Int) throws(ColumnError) -> UnsafeRawPointer {
    guard count >= 0, count <= self.remaining else {
      throw ColumnError("\(count) bytes are wanted where \(self.remaining) are left")
    }
    defer { self.offset += count }
    return self.base + self.offset
  }

  mutating func byte() throws(ColumnError) -> UInt8 {
    try self.take(1).load(as: UInt8.self)
  }

  mutating func number<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self
  ) throws(ColumnError) -> T {
    T(littleEndian: try self.take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
  }

  mutating func varint() throws(ColumnError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try self.byte()
      guard shift < 63 || byte <= 1 else { throw ColumnError("a number of more than 64 bits") }
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift += 7
      guard shift <= 63 else { throw ColumnError("a number of more than 64 bits") }
    }
  }

  mutating func zigzag() throws(ColumnError) -> Int64 {
    let value = try self.varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// A count that may not be above `limit`.
  mutating func count(upTo limit: Int) throws(ColumnError) -> Int {
    let value = try self.varint()
    guard value <= UInt64(limit) else {
      throw ColumnError("a count of \(value) where at most \(limit) fits")
    }
    return Int(value)
  }
}
