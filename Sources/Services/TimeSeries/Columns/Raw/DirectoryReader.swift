/// Takes bytes apart that a checksum has already proven: directories, manifests, journal records, frames of
/// other nodes.
///
/// What is missing or out of bounds throws all the same.
public struct DirectoryReader {
  private let content: [UInt8]
  public private(set) var offset: Int

  public init(_ content: [UInt8], from offset: Int = 0) {
    self.content = content
    self.offset = offset
  }

  public var remaining: Int { self.content.count - self.offset }
  public var isAtEnd: Bool { self.remaining == 0 }

  public mutating func byte() throws(ColumnError) -> UInt8 {
    guard self.remaining > 0 else { throw ColumnError("bytes end early") }
    defer { self.offset += 1 }
    return self.content[self.offset]
  }

  public mutating func bytes(_ count: Int) throws(ColumnError) -> [UInt8] {
    guard count >= 0, count <= self.remaining else {
      throw ColumnError("\(count) bytes are wanted where \(self.remaining) are left")
    }
    defer { self.offset += count }
    return Array(self.content[self.offset..<(self.offset + count)])
  }

  public mutating func number<T: FixedWidthInteger & BitwiseCopyable>(
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

  public mutating func varint() throws(ColumnError) -> UInt64 {
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

  public mutating func count(upTo limit: Int) throws(ColumnError) -> Int {
    let value = try self.varint()
    guard value <= UInt64(limit) else {
      throw ColumnError("a count of \(value) where at most \(limit) is allowed")
    }
    return Int(value)
  }

  public mutating func text() throws(ColumnError) -> String {
    String(decoding: try self.bytes(try self.count(upTo: self.remaining)), as: UTF8.self)
  }

  /// Everything that was not taken yet, for a reader of its own.
  public func withRest<R>(
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

  public mutating func skip(_ count: Int) {
    precondition(count >= 0 && count <= self.remaining, "\(count) of \(self.remaining) bytes")
    self.offset += count
  }

  public mutating func integers(_ count: Int) throws(ColumnError) -> [Int64] {
    let read = try self.withRest { bytes throws(ColumnError) in
      try PackedIntegers.read(bytes, count: count)
    }
    self.skip(read.byteCount)
    return read.values
  }

  public mutating func array<T: BitwiseCopyable>(_ count: Int) throws(ColumnError) -> [T] {
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<T>.stride)
    guard !overflow, byteCount <= self.remaining else {
      throw ColumnError("\(count) numbers are wanted where \(self.remaining) bytes are left")
    }
    let bytes = try self.bytes(byteCount)
    return [T](unsafeUninitializedCapacity: count) { target, filled in
      UnsafeMutableRawBufferPointer(target).copyBytes(from: bytes)
      filled = count
    }
  }

  /// As `Column.append(rawTo:)` writes it.
  public mutating func column() throws(ColumnError) -> Column {
    let read = try self.withRest { bytes throws(ColumnError) in try Column.read(raw: bytes) }
    self.skip(read.byteCount)
    return read.column
  }
}
