internal import Bytes

// A 32-bit roaring bitmap in the portable format, little-endian:
//
//   4 bytes cookie: 12346, then 4 bytes count of containers; or 12347 in the lower half and the count
//     less one in the upper, then a bit for each container that is made of runs
//   for each container: 2 bytes key, 2 bytes cardinality less one
//   for each container: 4 bytes offset (left out with runs and fewer than 4 containers)
//   the containers: runs (2 bytes count, then start and length less one of each), sorted values of
//     2 bytes (up to 4096), or 8192 bytes of bits
enum RoaringFormat {
  private static let cookie: UInt32 = 12_346
  private static let cookieWithRuns: UInt32 = 12_347
  private static let offsetsFrom = 4
  private static let arrayCountMax = 4096
  private static let bitmapByteCount = 8192

  /// Checks a bitmap and says how many bytes it takes; nil when it is none.
  ///
  /// Everything is looked at, because the library trusts what it reads: containers in order, values and
  /// runs in order, and as many as the header says.
  static func byteCount(of bytes: RawSpan) -> Int? {
    var reader = ByteReader(bytes)
    guard let (count, runFlags) = self.header(&reader) else { return nil }
    guard let descriptions = reader.take(4 * count) else { return nil }
    if runFlags == nil || count >= self.offsetsFrom {
      guard reader.skip(4 * count) else { return nil }
    }
    var lastKey = -1
    var description = ByteReader(descriptions)
    for index in 0..<count {
      guard let key = description.littleEndian(UInt16.self),
        let less = description.littleEndian(UInt16.self), Int(key) > lastKey
      else { return nil }
      lastKey = Int(key)
      let cardinality = Int(less) + 1
      let isRuns = runFlags.map { $0[index / 8] >> (index % 8) & 1 != 0 } ?? false
      let isRight =
        isRuns
        ? self.checkRuns(&reader, cardinality)
        : cardinality <= self.arrayCountMax
          ? self.checkArray(&reader, cardinality) : self.checkBits(&reader, cardinality)
      guard isRight else { return nil }
    }
    return reader.offset
  }

  private static func header(_ reader: inout ByteReader) -> (count: Int, runFlags: [UInt8]?)? {
    guard let cookie = reader.littleEndian(UInt32.self) else { return nil }
    if cookie == self.cookie {
      guard let count = reader.littleEndian(UInt32.self), count <= 65_536 else { return nil }
      return (Int(count), nil)
    }
    guard cookie & 0xFFFF == self.cookieWithRuns else { return nil }
    let count = Int(cookie >> 16) + 1
    guard let flags = reader.take((count + 7) / 8) else { return nil }
    return (count, flags.array)
  }

  private static func checkRuns(_ reader: inout ByteReader, _ cardinality: Int) -> Bool {
    guard let count = reader.littleEndian(UInt16.self),
      let runs = reader.take(4 * Int(count))
    else { return false }
    var run = ByteReader(runs)
    var next = 0
    var sum = 0
    for _ in 0..<count {
      guard let start = run.littleEndian(UInt16.self), let less = run.littleEndian(UInt16.self),
        Int(start) >= next, Int(start) + Int(less) <= 0xFFFF
      else { return false }
      // Runs that touch would have been one.
      next = Int(start) + Int(less) + 2
      sum += Int(less) + 1
    }
    return sum == cardinality
  }

  private static func checkArray(_ reader: inout ByteReader, _ cardinality: Int) -> Bool {
    guard let values = reader.take(2 * cardinality) else { return false }
    var value = ByteReader(values)
    var last = -1
    while let next = value.littleEndian(UInt16.self) {
      guard Int(next) > last else { return false }
      last = Int(next)
    }
    return true
  }

  private static func checkBits(_ reader: inout ByteReader, _ cardinality: Int) -> Bool {
    guard let words = reader.take(self.bitmapByteCount) else { return false }
    var word = ByteReader(words)
    var sum = 0
    while let bits = word.littleEndian(UInt64.self) { sum += bits.nonzeroBitCount }
    return sum == cardinality
  }
}
