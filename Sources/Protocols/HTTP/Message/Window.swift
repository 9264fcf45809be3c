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

  @inline(__always) func word64(at index: Int) -> UInt64 {
    assert(index >= 0 && index + 8 <= self.count, "word \(index) of \(self.count)")
    return self.base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
  }

  @inline(__always) func word32(at index: Int) -> UInt32 {
    assert(index >= 0 && index + 4 <= self.count, "word \(index) of \(self.count)")
    return self.base.loadUnaligned(fromByteOffset: index, as: UInt32.self)
  }

  // Eight bytes a step in one register. Measured on heads of 40 to 400 bytes: three times as fast as
  // SIMD16, whose masks the compiler takes apart lane by lane. Borrows and carries make false hits only
  // above a true one, so the lowest hit is exact.

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// The first byte at or after `start` that no field value may hold: a control character other than
  /// the tab, or DEL. That is the carriage return of a line which is well formed. `count`: none yet.
  @inline(__always) func firstControl(from start: Int) -> Int {
    var at = start
    while at &+ 8 <= self.count {
      let word = self.word64(at: at)
      let flipped = word ^ (0x7F &* Self.ones)
      let hits =
        (((word &- 0x20 &* Self.ones) & ~word) | ((flipped &- Self.ones) & ~flipped)) & Self.highs
      if hits == 0 {
        at &+= 8
        continue
      }
      at &+= hits.trailingZeroBitCount &>> 3
      if self[at] != 0x09 { return at }
      at &+= 1
    }
    while at < self.count {
      let byte = self[at]
      if byte < 0x20 && byte != 0x09 || byte == 0x7F { break }
      at &+= 1
    }
    return at
  }

  /// The first byte at or after `start` that is no visible ASCII character. `count`: none yet.
  @inline(__always) func firstInvisible(from start: Int) -> Int {
    var at = start
    while at &+ 8 <= self.count {
      let word = self.word64(at: at)
      let hits = (((word &- 0x21 &* Self.ones) & ~word) | (word &+ Self.ones) | word) & Self.highs
      if hits != 0 { return at &+ hits.trailingZeroBitCount &>> 3 }
      at &+= 8
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
