public import Bytes

/// Takes Avro's binary values from a span, front to back. Every read says what was missing and where.
public struct AvroDecoder: ~Escapable {
  @usableFromInline var reader: ByteReader
  /// How many more values may be taken: types without bytes, such as null, would otherwise let a few
  /// bytes ask for endless work.
  @usableFromInline var budget: Int
  public let limits: AvroLimits

  @_lifetime(copy bytes)
  public init(_ bytes: RawSpan, limits: AvroLimits = .standard) {
    self.reader = ByteReader(bytes)
    self.budget = 8 * bytes.byteCount + 65_536
    self.limits = limits
  }

  @inlinable public var isAtEnd: Bool { self.reader.isAtEnd }
  @inlinable public var offset: Int { self.reader.offset }
  @inlinable public var remaining: Int { self.reader.remaining }

  @usableFromInline @inline(never)
  func truncated(_ what: StaticString) -> AvroError {
    AvroError(
      .truncated,
      "the bytes end at \(self.reader.offset + self.reader.remaining), in the middle of \(what) at "
        + "\(self.reader.offset)")
  }

  @usableFromInline @inline(never)
  func malformed(_ what: String) -> AvroError {
    AvroError(.malformed, "\(what) at byte \(self.reader.offset)")
  }

  /// Counts one value against the work that the bytes are worth.
  @inlinable @_lifetime(self: copy self)
  public mutating func spend(_ count: Int = 1) throws(AvroError) {
    self.budget &-= count
    guard self.budget >= 0 else {
      throw AvroError(.tooLarge, "more values than the bytes can hold")
    }
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func long() throws(AvroError) -> Int64 {
    // Most numbers have one byte.
    if let first = self.reader.peek(), first < 0x80 {
      self.reader.offset &+= 1
      return Int64(first >> 1) ^ -Int64(first & 1)
    }
    guard let raw = self.reader.varint() else {
      throw self.reader.remaining < 10
        ? self.truncated("a number") : self.malformed("a number above 64 bits")
    }
    return Int64(bitPattern: raw &>> 1) ^ -Int64(bitPattern: raw & 1)
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func int() throws(AvroError) -> Int32 {
    let value = try self.long()
    guard let narrow = Int32(exactly: value) else {
      throw self.malformed("\(value) is no int")
    }
    return narrow
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func boolean() throws(AvroError) -> Bool {
    guard let byte = self.reader.byte() else { throw self.truncated("a boolean") }
    guard byte <= 1 else { throw self.malformed("byte \(byte) is no boolean") }
    return byte == 1
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func float() throws(AvroError) -> Float {
    guard let bits = self.reader.littleEndian(UInt32.self) else { throw self.truncated("a float") }
    return Float(bitPattern: bits)
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func double() throws(AvroError) -> Double {
    guard let bits = self.reader.littleEndian(UInt64.self) else {
      throw self.truncated("a double")
    }
    return Double(bitPattern: bits)
  }

  @inlinable @_lifetime(self: copy self) @_lifetime(copy self)
  public mutating func bytes() throws(AvroError) -> RawSpan {
    let count = try self.long()
    guard count >= 0 else { throw self.malformed("a length of \(count)") }
    return try self.fixed(Int(count))
  }

  @inlinable @_lifetime(self: copy self) @_lifetime(copy self)
  public mutating func fixed(_ count: Int) throws(AvroError) -> RawSpan {
    guard let bytes = self.reader.take(count) else { throw self.truncated("bytes") }
    return bytes
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func string() throws(AvroError) -> String {
    let bytes = try self.bytes()
    guard let text = bytes.text else { throw self.malformed("a string that is not UTF-8") }
    return text
  }

  /// The number of items in the next block of an array or map; 0 at its end.
  @inlinable @_lifetime(self: copy self)
  public mutating func blockCount() throws(AvroError) -> Int {
    let count = try self.long()
    guard count < 0 else {
      try self.spend(Int(count))
      return Int(count)
    }
    // The size in bytes is for those who skip.
    _ = try self.long()
    guard count > .min else { throw self.malformed("a block of \(count) items") }
    try self.spend(Int(-count))
    return Int(-count)
  }

  /// The branch of a union of `count`.
  @inlinable @_lifetime(self: copy self)
  public mutating func branch(of count: Int) throws(AvroError) -> Int {
    let index = try self.long()
    guard index >= 0, index < Int64(count) else {
      throw self.malformed("branch \(index) of a union of \(count)")
    }
    return Int(index)
  }
}
