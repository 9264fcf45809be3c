// 1024 numbers of `width` bits each, in 16 lanes: number i stands in lane i mod 16, as the (i / 16)th of
// its lane. A lane is `width` words of 64 bits, filled from the lowest bit; word k of lane l is word
// 16 k + l of the whole. So all lanes shift by the same amount at the same time, and one instruction
// takes a piece of several lanes.
//
// Fewer than 1024 numbers stand one after the other, from the lowest bit of the first byte on.

/// Packing of small numbers. Pure memory work: the caller has checked the room.
enum BitPacking {
  static let vectorCount = 1024
  private static let lanes = 16
  private typealias Half = SIMD8<UInt64>

  static func byteCount(_ count: Int, width: Int) -> Int {
    count == self.vectorCount ? width * 128 : (count * width + 7) / 8
  }

  /// - Precondition: every number is below 2^width; `target` has room for `byteCount`.
  static func pack(
    _ values: UnsafePointer<UInt64>, _ count: Int, width: Int, into target: UnsafeMutableRawPointer
  ) {
    guard width > 0 else { return }
    guard count == self.vectorCount else {
      return self.packFew(values, count, width: width, into: target)
    }
    for half in 0..<2 {
      let source = UnsafeRawPointer(values + half * 8)
      let words = target + half * 64
      var word = Half()
      var filled = 0
      var index = 0
      for position in 0..<64 {
        let value = source.loadUnaligned(fromByteOffset: position * 128, as: Half.self)
        word |= value &<< Half(repeating: UInt64(filled))
        filled += width
        if filled >= 64 {
          words.storeBytes(of: word, toByteOffset: index * 128, as: Half.self)
          index += 1
          filled -= 64
          // What did not fit; with nothing left the shift by 64 must give zero.
          word = filled == 0 ? Half() : value &>> Half(repeating: UInt64(width - filled))
        }
      }
    }
  }

  /// - Precondition: `source` has `byteCount` bytes, `target` has room for `count` numbers.
  static func unpack(
    _ source: UnsafeRawPointer, _ count: Int, width: Int, into target: UnsafeMutablePointer<UInt64>
  ) {
    guard width > 0 else { return target.update(repeating: 0, count: count) }
    guard count == self.vectorCount else {
      return self.unpackFew(source, count, width: width, into: target)
    }
    let mask = Half(repeating: width == 64 ? .max : (1 << UInt64(width)) - 1)
    for half in 0..<2 {
      let words = source + half * 64
      let values = UnsafeMutableRawPointer(target + half * 8)
      var word = words.loadUnaligned(as: Half.self)
      var used = 0
      var index = 0
      for position in 0..<64 {
        var value = word &>> Half(repeating: UInt64(used))
        used += width
        if used >= 64 {
          index += 1
          used -= 64
          if index < width {
            word = words.loadUnaligned(fromByteOffset: index * 128, as: Half.self)
            if used > 0 { value |= word &<< Half(repeating: UInt64(width - used)) }
          }
        }
        values.storeBytes(of: value & mask, toByteOffset: position * 128, as: Half.self)
      }
    }
  }

  private static func packFew(
    _ values: UnsafePointer<UInt64>, _ count: Int, width: Int, into target: UnsafeMutableRawPointer
  ) {
    var word: UInt64 = 0
    var filled = 0
    var offset = 0
    for index in 0..<count {
      let value = values[index]
      word |= value &<< UInt64(filled)
      filled += width
      if filled >= 64 {
        target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
        offset += 8
        filled -= 64
        word = filled == 0 ? 0 : value &>> UInt64(width - filled)
      }
    }
    while filled > 0 {
      target.storeBytes(of: UInt8(truncatingIfNeeded: word), toByteOffset: offset, as: UInt8.self)
      word >>= 8
      offset += 1
      filled -= 8
    }
  }

  private static func unpackFew(
    _ source: UnsafeRawPointer, _ count: Int, width: Int, into target: UnsafeMutablePointer<UInt64>
  ) {
    let end = self.byteCount(count, width: width)
    let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
    var bit = 0
    for index in 0..<count {
      let at = bit >> 3
      let shift = UInt64(bit & 7)
      var value = self.word(source, at, end) &>> shift
      // The ninth byte, for numbers above 57 bits.
      if shift > 0, Int(shift) + width > 64 {
        value |= UInt64(source.load(fromByteOffset: at + 8, as: UInt8.self)) &<< (64 - shift)
      }
      target[index] = value & mask
      bit += width
    }
  }

  @inline(__always) private static func word(
    _ source: UnsafeRawPointer, _ at: Int, _ end: Int
  ) -> UInt64 {
    if at + 8 <= end { return source.loadUnaligned(fromByteOffset: at, as: UInt64.self) }
    var word: UInt64 = 0
    for index in at..<end {
      word |=
        UInt64(source.load(fromByteOffset: index, as: UInt8.self)) &<< UInt64((index - at) * 8)
    }
    return word
  }
}
