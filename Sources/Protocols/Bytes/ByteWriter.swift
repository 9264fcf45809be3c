/// A growable run of bytes that encoders append to: the output window of a connection, a record
/// being built, a file being written.
///
/// Every codec takes one `inout`, so a message is encoded straight into the memory that is sent. It
/// owns its memory and cannot be copied; `removeAll` keeps the memory for the next message.
public struct ByteWriter: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of `base`.
  @usableFromInline var base: UnsafeMutableRawPointer
  @usableFromInline var used: Int
  public private(set) var capacity: Int

  public init(capacity: Int = 256) {
    precondition(capacity >= 0, "capacity \(capacity)")
    let rounded = Swift.max(capacity, 16)
    self.base = .allocate(byteCount: rounded, alignment: 16)
    self.used = 0
    self.capacity = rounded
  }

  deinit { self.base.deallocate() }

  @inlinable public var count: Int { self.used }
  @inlinable public var isEmpty: Bool { self.used == 0 }

  /// What has been written so far.
  @inlinable public var bytes: RawSpan {
    @_lifetime(borrow self) get {
      let span = RawSpan(_unsafeStart: UnsafeRawPointer(self.base), byteCount: self.used)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// What has been written, for a C call. The pointer is good inside `body` only.
  @inlinable public func withUnsafeBytes<R: ~Copyable, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(start: self.base, count: self.used))
  }

  /// Room for `minimum` more bytes at the end; `body` fills some and returns how many.
  @inlinable public mutating func appendFilling<E: Error>(
    minimum: Int, _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int
  ) throws(E) -> Int {
    self.reserve(minimum)
    let room = UnsafeMutableRawBufferPointer(
      start: self.base + self.used, count: self.capacity - self.used)
    let written = try body(room)
    precondition(written >= 0 && written <= room.count, "\(written) of \(room.count) bytes")
    self.used += written
    return written
  }

  /// Makes room for `count` more bytes.
  @inlinable @inline(__always) public mutating func reserve(_ count: Int) {
    if _slowPath(self.capacity - self.used < count) { self.grow(by: count) }
  }

  @usableFromInline @inline(never) mutating func grow(by count: Int) {
    precondition(count >= 0)
    let wanted = Swift.max(self.capacity &* 2, self.used + count)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
    moved.copyMemory(from: self.base, byteCount: self.used)
    self.base.deallocate()
    self.base = moved
    self.capacity = wanted
  }

  /// Forgets the content, keeps the memory.
  @inlinable public mutating func removeAll() { self.used = 0 }

  /// Forgets the content, and gives memory back when there is more than `limit` of it.
  public mutating func removeAll(keepingCapacityUpTo limit: Int) {
    self.used = 0
    guard self.capacity > limit else { return }
    self.base.deallocate()
    self.capacity = Swift.max(limit, 16)
    self.base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  /// Drops the first `count` bytes and moves the rest to the front.
  public mutating func removeFirst(_ count: Int) {
    precondition(count >= 0 && count <= self.used, "\(count) of \(self.used) bytes")
    let rest = self.used - count
    if rest > 0 { memmoveBytes(self.base, self.base + count, rest) }
    self.used = rest
  }

  /// Moves what stands at `offset` and after by `count` bytes to the back, and leaves the bytes between
  /// for the caller to overwrite: for a prefix whose width is known only afterwards.
  public mutating func openGap(at offset: Int, count: Int) {
    precondition(offset >= 0 && offset <= self.used, "offset \(offset) of \(self.used) bytes")
    self.reserve(count)
    memmoveBytes(self.base + offset + count, self.base + offset, self.used - offset)
    self.used += count
  }

  /// Cuts the content to its first `count` bytes: takes back what an encoder wrote.
  @inlinable public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.used, "\(count) of \(self.used) bytes")
    self.used = count
  }

  /// Overwrites bytes written before, for a length that is known only afterwards.
  @inlinable public mutating func overwrite<T: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, littleEndian value: T
  ) {
    precondition(offset >= 0 && offset <= self.used - MemoryLayout<T>.size, "offset \(offset)")
    (self.base + offset).storeBytes(of: value.littleEndian, as: T.self)
  }

  @inlinable public mutating func overwrite<T: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, bigEndian value: T
  ) {
    precondition(offset >= 0 && offset <= self.used - MemoryLayout<T>.size, "offset \(offset)")
    (self.base + offset).storeBytes(of: value.bigEndian, as: T.self)
  }
}

@usableFromInline func memmoveBytes(
  _ to: UnsafeMutableRawPointer, _ from: UnsafeMutableRawPointer, _ count: Int
) {
  UnsafeMutableRawBufferPointer(start: to, count: count)
    .copyMemory(from: UnsafeRawBufferPointer(start: from, count: count))
}
