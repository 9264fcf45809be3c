/// The appends that codecs are made of.
extension ByteWriter {
  @inlinable @inline(__always) public mutating func append(_ byte: UInt8) {
    self.reserve(1)
    self.base.storeBytes(of: byte, toByteOffset: self.used, as: UInt8.self)
    self.used &+= 1
  }

  @inlinable public mutating func append(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { self.append(copying: $0) }
  }

  @inlinable public mutating func append(copying bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return }
    self.reserve(bytes.count)
    (self.base + self.used).copyMemory(from: start, byteCount: bytes.count)
    self.used &+= bytes.count
  }

  @inlinable public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { self.append(copying: $0) }
  }

  @inlinable public mutating func append(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBytes { self.append(copying: $0) }
  }

  /// The UTF-8 of `text`.
  @inlinable public mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { self.append(copying: UnsafeRawBufferPointer($0)) }
  }

  @inlinable public mutating func append(_ text: StaticString) {
    self.append(
      copying: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inlinable public mutating func append(_ text: Substring) {
    var text = text
    text.withUTF8 { self.append(copying: UnsafeRawBufferPointer($0)) }
  }

  public mutating func append(repeating byte: UInt8, count: Int) {
    self.reserve(count)
    UnsafeMutableRawBufferPointer(start: self.base + self.used, count: count)
      .initializeMemory(as: UInt8.self, repeating: byte)
    self.used += count
  }

  @inlinable public mutating func append<T: FixedWidthInteger & BitwiseCopyable>(
    littleEndian value: T
  ) {
    self.reserve(MemoryLayout<T>.size)
    self.base.storeBytes(of: value.littleEndian, toByteOffset: self.used, as: T.self)
    self.used &+= MemoryLayout<T>.size
  }

  @inlinable public mutating func append<T: FixedWidthInteger & BitwiseCopyable>(
    bigEndian value: T
  ) {
    self.reserve(MemoryLayout<T>.size)
    self.base.storeBytes(of: value.bigEndian, toByteOffset: self.used, as: T.self)
    self.used &+= MemoryLayout<T>.size
  }

  /// An unsigned LEB128 number, as Protobuf writes it: 1 to 10 bytes.
  @inlinable public mutating func append(varint value: UInt64) {
    self.reserve(10)
    var rest = value
    while rest >= 0x80 {
      self.base.storeBytes(
        of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: self.used, as: UInt8.self)
      self.used &+= 1
      rest &>>= 7
    }
    self.base.storeBytes(
      of: UInt8(truncatingIfNeeded: rest), toByteOffset: self.used, as: UInt8.self)
    self.used &+= 1
  }

  /// The decimal digits of `value`.
  @inlinable public mutating func append(decimal value: some BinaryInteger) {
    if value < 0 {
      self.append(UInt8(ascii: "-"))
      self.append(digits: UInt64(value.magnitude))
    } else {
      self.append(digits: UInt64(value))
    }
  }

  public mutating func append(digits value: UInt64) {
    self.reserve(20)
    var rest = value
    var count = 1
    while rest >= 10 {
      rest /= 10
      count &+= 1
    }
    // Written from the last digit backwards: one division a digit.
    rest = value
    var at = self.used &+ count
    repeat {
      at &-= 1
      self.base.storeBytes(
        of: UInt8(truncatingIfNeeded: rest % 10) &+ 0x30, toByteOffset: at, as: UInt8.self)
      rest /= 10
    } while rest > 0
    self.used &+= count
  }

  /// Lower-case hexadecimal, two digits a byte.
  public mutating func append(hexadecimal bytes: RawSpan) {
    self.reserve(bytes.byteCount * 2)
    for index in 0..<bytes.byteCount {
      let byte = bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      self.append(hexadecimalDigit(byte >> 4))
      self.append(hexadecimalDigit(byte & 15))
    }
  }
}

@inline(__always) func hexadecimalDigit(_ nibble: UInt8) -> UInt8 {
  nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble
}
