private import Glibc

/// The bytes that a parser looks at, lent for one call. Every index is compared with `count` by the
/// parser before it is read; debug builds check that again.
struct Window {
  let base: UnsafeRawPointer
  let count: Int

  init(_ bytes: UnsafeRawBufferPointer) {
    // An empty buffer may have no address; nothing is read through this one.
    self.base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16).unsafelyUnwrapped
    self.count = bytes.count
  }

  @inline(__always) subscript(index: Int) -> UInt8 {
    assert(index >= 0 && index < self.count, "index \(index) of \(self.count)")
    return self.base.load(fromByteOffset: index, as: UInt8.self)
  }

  @inline(__always) private func block(at index: Int) -> SIMD16<UInt8> {
    assert(index >= 0 && index + 16 <= self.count, "block \(index) of \(self.count)")
    return self.base.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
  }

  @inline(__always) func word64(at index: Int) -> UInt64 {
    assert(index >= 0 && index + 8 <= self.count, "word \(index) of \(self.count)")
    return self.base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
  }

  @inline(__always) func word32(at index: Int) -> UInt32 {
    assert(index >= 0 && index + 4 <= self.count, "word \(index) of \(self.count)")
    return self.base.loadUnaligned(fromByteOffset: index, as: UInt32.self)
  }

  /// The first byte at or after `start` that no field value may hold: a control character other than
  /// the tab, or DEL. That is the carriage return of a line which is well formed. `count`: none yet.
  func firstControl(from start: Int) -> Int {
    var at = start
    while at &+ 16 <= self.count {
      let block = self.block(at: at)
      let control = (block .< 0x20 .& block .!= 0x09) .| block .== 0x7F
      if any(control) { break }
      at &+= 16
    }
    while at < self.count {
      let byte = self[at]
      if byte < 0x20 && byte != 0x09 || byte == 0x7F { break }
      at &+= 1
    }
    return at
  }

  /// The first byte at or after `start` that is no visible ASCII character. `count`: none yet.
  func firstInvisible(from start: Int) -> Int {
    var at = start
    while at &+ 16 <= self.count {
      let block = self.block(at: at)
      if any((block &- 0x21) .>= 0x5E) { break }
      at &+= 16
    }
    while at < self.count {
      if self[at] &- 0x21 >= 0x5E { break }
      at &+= 1
    }
    return at
  }

  /// The offset of the first `byte` in `range`, or nil.
  func first(_ byte: UInt8, in range: Range<Int>) -> Int? {
    assert(range.upperBound <= self.count)
    guard !range.isEmpty,
      let hit = memchr(self.base + range.lowerBound, Int32(byte), range.count)
    else { return nil }
    return UnsafeRawPointer(hit) - self.base
  }

  /// Whether the bytes of `range` are `text`, which is lower case; letters of either case match.
  func matches(_ text: StaticString, _ range: Range<Int>) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for index in 0..<range.count {
      let byte = self[range.lowerBound &+ index]
      let folded = byte &- 0x41 < 26 ? byte | 0x20 : byte
      if folded != text.utf8Start[index] { return false }
    }
    return true
  }
}
