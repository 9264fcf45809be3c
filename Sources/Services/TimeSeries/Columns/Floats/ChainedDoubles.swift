internal import Bytes

// Gorilla: each double as its difference, by exclusive or, from the one before. A stream of bits, from
// the highest bit of the first byte on:
//
//   64 bits  the first double
//   then for each: 0                                    the same again
//                  1 0  meaningful bits                 inside the window of the one before
//                  1 1  5 bits zeros in front (up to 31), 6 bits length less one, meaningful bits
//
// varint byte count stands before the stream.

/// Doubles one after the other.
enum ChainedDoubles {
  static func append(_ values: UnsafeBufferPointer<Double>, to target: inout ByteWriter) {
    var stream = BitStreamWriter()
    var last: UInt64 = 0
    var (front, length) = (0, 0)
    for (index, value) in values.enumerated() {
      let difference = value.bitPattern ^ last
      last = value.bitPattern
      if index == 0 {
        stream.append(value.bitPattern, 64)
        continue
      }
      if difference == 0 {
        stream.append(0, 1)
        continue
      }
      let zeros = min(31, difference.leadingZeroBitCount)
      let meaningful = 64 - zeros - difference.trailingZeroBitCount
      let behind = 64 - front - length
      if length > 0, zeros >= front, difference.trailingZeroBitCount >= behind {
        stream.append(0b10, 2)
        stream.append(difference >> UInt64(behind), length)
      } else {
        (front, length) = (zeros, meaningful)
        stream.append(0b11, 2)
        stream.append(UInt64(front), 5)
        stream.append(UInt64(length - 1), 6)
        stream.append(difference >> UInt64(64 - front - length), length)
      }
    }
    stream.finish()
    target.append(varint: UInt64(stream.bytes.count))
    target.append(stream.bytes)
  }

  static func read(_ reader: inout PayloadReader, _ count: Int) throws(ColumnError) -> [Double] {
    let byteCount = try reader.count(upTo: reader.remaining)
    let start = try reader.take(byteCount)
    var stream = BitStreamReader(UnsafeRawBufferPointer(start: start, count: byteCount))
    var values: [Double] = []
    values.reserveCapacity(count)
    var last: UInt64 = 0
    var (front, length) = (0, 0)
    for index in 0..<count {
      if index == 0 {
        last = try stream.take(64)
      } else if try stream.take(1) == 1 {
        if try stream.take(1) == 1 {
          front = Int(try stream.take(5))
          length = Int(try stream.take(6)) + 1
        }
        guard length > 0, front + length <= 64 else {
          throw ColumnError("a window of \(length) bits behind \(front)")
        }
        last ^= try stream.take(length) << UInt64(64 - front - length)
      }
      values.append(Double(bitPattern: last))
    }
    return values
  }
}

/// Bits from the highest of each byte on.
private struct BitStreamWriter {
  private(set) var bytes: [UInt8] = []
  private var word: UInt64 = 0
  private var free = 64

  mutating func append(_ value: UInt64, _ count: Int) {
    if count <= self.free {
      self.word |= value << UInt64(self.free - count)
      self.free -= count
    } else {
      let rest = count - self.free
      self.word |= value >> UInt64(rest)
      self.flush(8)
      self.word = value << UInt64(64 - rest)
      self.free = 64 - rest
    }
    if self.free == 0 { self.flush(8) }
  }

  mutating func finish() { self.flush((64 - self.free + 7) / 8) }

  private mutating func flush(_ count: Int) {
    for index in 0..<count {
      self.bytes.append(UInt8(truncatingIfNeeded: self.word >> UInt64(56 - index * 8)))
    }
    self.word = 0
    self.free = 64
  }
}

private struct BitStreamReader {
  private let bytes: UnsafeRawBufferPointer
  private var bit = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func take(_ count: Int) throws(ColumnError) -> UInt64 {
    guard self.bit + count <= self.bytes.count * 8 else {
      throw ColumnError("the stream of doubles ends early")
    }
    var value: UInt64 = 0
    var left = count
    while left > 0 {
      let used = self.bit & 7
      let taken = min(8 - used, left)
      let piece = (self.bytes[self.bit >> 3] << UInt8(used)) >> UInt8(8 - taken)
      value = value << UInt64(taken) | UInt64(piece)
      self.bit += taken
      left -= taken
    }
    return value
  }
}
