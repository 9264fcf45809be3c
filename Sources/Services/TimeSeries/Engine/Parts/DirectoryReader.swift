internal import SeriesColumns

/// Takes bytes apart that a checksum has already proven: directories, manifests, journal records.
///
/// What is missing or out of bounds throws all the same.
struct DirectoryReader {
  private let content: [UInt8]
  private(set) var offset: Int

  init(_ content: [UInt8], from offset: Int = 0) {
    self.content = content
    self.offset = offset
  }

  var remaining: Int { self.content.count - self.offset }
  var isAtEnd: Bool { self.remaining == 0 }

  mutating func byte() throws(ColumnError) -> UInt8 {
    guard self.remaining > 0 else { throw ColumnError("bytes end early") }
    defer { self.offset += 1 }
    return self.content[self.offset]
  }

  mutating func bytes(_ count: Int) throws(ColumnError) -> [UInt8] {
    guard count >= 0, count <= self.remaining else {
      throw ColumnError("\(count) bytes are wanted where \(self.remaining) are left")
    }
    defer { self.offset += count }
    return Array(self.content[self.offset..<(self.offset + count)])
  }

  mutating func number<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self
  ) throws(ColumnError) -> T {
    let size = MemoryLayout<T>.size
    guard size <= self.remaining else { throw ColumnError("a number ends early") }
    defer { self.offset += size }
    let at = self.offset
    return self.content.withUnsafeBytes {
      T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self))
    }
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

  mutating func count(upTo limit: Int) throws(ColumnError) -> Int {
    let value = try self.varint()
    guard value <= UInt64(limit) else {
      throw ColumnError("a count of \(value) where at most \(limit) is allowed")
    }
    return Int(value)
  }

  mutating func text() throws(ColumnError) -> String {
    String(decoding: try self.bytes(try self.count(upTo: self.remaining)), as: UTF8.self)
  }

  /// Everything that was not taken yet, for a reader of its own.
  func withRest<R>(
    _ body: (UnsafeRawBufferPointer) throws(ColumnError) -> R
  ) throws(ColumnError) -> R {
    let at = self.offset
    let result: Result<R, ColumnError> = self.content.withUnsafeBytes { bytes in
      do throws(ColumnError) {
        return .success(try body(UnsafeRawBufferPointer(rebasing: bytes[at...])))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  mutating func skip(_ count: Int) {
    precondition(count >= 0 && count <= self.remaining, "\(count) of \(self.remaining) bytes")
    self.offset += count
  }

  mutating func integers(_ count: Int) throws(ColumnError) -> [Int64] {
    let read = try self.withRest { bytes throws(ColumnError) in
      try PackedIntegers.read(bytes, count: count)
    }
    self.skip(read.byteCount)
    return read.values
  }
}
