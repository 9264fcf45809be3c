/// Murmur3 of 32 bits, x86 variant, seed 0: the hash that buckets are made of.
enum Murmur3 {
  static func hash(_ bytes: RawSpan) -> Int32 {
    var hash: UInt32 = 0
    let blockCount = bytes.byteCount / 4
    for block in 0..<blockCount {
      let word = bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: block &* 4, as: UInt32.self)
      hash ^= Self.mix(UInt32(littleEndian: word))
      hash = (hash &<< 13 | hash &>> 19) &* 5 &+ 0xE654_6B64
    }
    var tail: UInt32 = 0
    for index in (blockCount * 4..<bytes.byteCount).reversed() {
      tail = tail << 8 | UInt32(bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self))
    }
    if bytes.byteCount % 4 != 0 { hash ^= Self.mix(tail) }
    return Self.finish(hash, count: bytes.byteCount)
  }

  static func hash(_ value: Int64) -> Int32 {
    withUnsafeBytes(of: value.littleEndian) { Self.hash($0.bytes) }
  }

  @inline(__always) private static func mix(_ word: UInt32) -> UInt32 {
    let mixed = word &* 0xCC9E_2D51
    return (mixed &<< 15 | mixed &>> 17) &* 0x1B87_3593
  }

  private static func finish(_ value: UInt32, count: Int) -> Int32 {
    var hash = value ^ UInt32(truncatingIfNeeded: count)
    hash ^= hash >> 16
    hash &*= 0x85EB_CA6B
    hash ^= hash >> 13
    hash &*= 0xC2B2_AE35
    hash ^= hash >> 16
    return Int32(bitPattern: hash)
  }
}
