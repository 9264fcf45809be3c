/// Takes a span apart from front to back. Every read that finds too few bytes answers nil and leaves
/// the reader where it was, so a parser can say what it missed and at which `offset`.
public struct ByteReader: ~Escapable {
  @usableFromInline let all: RawSpan
  /// How many bytes have been taken.
  public var offset: Int

  @inlinable @_lifetime(copy bytes)
  public init(_ bytes: RawSpan) {
    self.all = bytes
    self.offset = 0
  }

  @inlinable public var remaining: Int { self.all.byteCount &- self.offset }
  @inlinable public var isAtEnd: Bool { self.offset >= self.all.byteCount }

  /// What has not been taken yet.
  @inlinable public var rest: RawSpan {
    @_lifetime(copy self) get { self.all.extracting(self.offset..<self.all.byteCount) }
  }

  @inlinable public func peek() -> UInt8? {
    guard self.offset < self.all.byteCount else { return nil }
    return self.all.unsafeLoad(fromUncheckedByteOffset: self.offset, as: UInt8.self)
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func byte() -> UInt8? {
    guard self.offset < self.all.byteCount else { return nil }
    let byte = self.all.unsafeLoad(fromUncheckedByteOffset: self.offset, as: UInt8.self)
    self.offset &+= 1
    return byte
  }

  @inlinable @_lifetime(self: copy self) @_lifetime(copy self)
  public mutating func take(_ count: Int) -> RawSpan? {
    guard count >= 0, count <= self.remaining else { return nil }
    let taken = self.all.extracting(self.offset..<(self.offset &+ count))
    self.offset &+= count
    return taken
  }

  /// Skips `count` bytes; false when there are fewer.
  @inlinable @_lifetime(self: copy self)
  public mutating func skip(_ count: Int) -> Bool {
    guard count >= 0, count <= self.remaining else { return false }
    self.offset &+= count
    return true
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self
  ) -> T? {
    guard self.remaining >= MemoryLayout<T>.size else { return nil }
    let value = self.all.unsafeLoadUnaligned(
      fromUncheckedByteOffset: self.offset, as: T.self)
    self.offset &+= MemoryLayout<T>.size
    return T(littleEndian: value)
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func bigEndian<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self
  ) -> T? {
    guard self.remaining >= MemoryLayout<T>.size else { return nil }
    let value = self.all.unsafeLoadUnaligned(
      fromUncheckedByteOffset: self.offset, as: T.self)
    self.offset &+= MemoryLayout<T>.size
    return T(bigEndian: value)
  }

  /// An unsigned LEB128 number of at most 10 bytes. Nil when it is cut off or over 64 bits.
  @inlinable @_lifetime(self: copy self)
  public mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    var at = self.offset
    while at < self.all.byteCount {
      let byte = self.all.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self)
      at &+= 1
      if shift == 63, byte > 1 { return nil }
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 {
        self.offset = at
        return value
      }
      shift &+= 7
      if shift > 63 { return nil }
    }
    return nil
  }
}
