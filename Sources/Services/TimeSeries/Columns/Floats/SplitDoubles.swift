internal import Bytes

// ALP-RD, for doubles that use all their digits: sign, exponent and the first digits repeat, the rest
// is noise and is packed as it is.
//
//   1 byte   width of the right part, 48 to 63
//   1 byte   count of entries, up to 8; 2 bytes each: the common left parts
//   varint   count of exceptions
//   integers: code of each left part; an exception has code 0
//   vectors of up to 1024 right parts: `BitPacking`
//   integers: positions of the exceptions, and 2 bytes each: their left parts

/// Doubles in two parts.
enum SplitDoubles {
  private static let entryCountMax = 8

  static func append(
    _ values: UnsafeBufferPointer<Double>, _ style: PackStyle, to target: inout ByteWriter
  ) {
    let (width, entries) = self.choose(values)
    target.append(UInt8(width))
    target.append(UInt8(entries.count))
    for entry in entries { target.append(littleEndian: entry) }
    var exceptions: [Int64] = []
    var codes = [Int64](repeating: 0, count: values.count)
    for index in 0..<values.count {
      let left = UInt16(values[index].bitPattern >> UInt64(width))
      if let code = entries.firstIndex(of: left) {
        codes[index] = Int64(code)
      } else {
        exceptions.append(Int64(index))
      }
    }
    target.append(varint: UInt64(exceptions.count))
    IntegerCodec.append(codes, style, to: &target)
    self.appendRight(values, width: width, to: &target)
    guard !exceptions.isEmpty else { return }
    IntegerCodec.append(exceptions, style, to: &target)
    for position in exceptions {
      target.append(littleEndian: UInt16(values[Int(position)].bitPattern >> UInt64(width)))
    }
  }

  private static func appendRight(
    _ values: UnsafeBufferPointer<Double>, width: Int, to target: inout ByteWriter
  ) {
    let mask: UInt64 = (1 << UInt64(width)) - 1
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: BitPacking.vectorCount) { numbers in
      var start = 0
      while start < values.count {
        let count = min(BitPacking.vectorCount, values.count - start)
        for index in 0..<count { numbers[index] = values[start + index].bitPattern & mask }
        let byteCount = BitPacking.byteCount(count, width: width)
        _ = target.appendFilling(minimum: byteCount + 8) { room in
          if let to = room.baseAddress, let from = numbers.baseAddress {
            BitPacking.pack(from, count, width: width, into: to)
          }
          return byteCount
        }
        start += count
      }
    }
  }

  /// The width of the right part and the common left parts, from a sample.
  private static func choose(_ values: UnsafeBufferPointer<Double>) -> (Int, [UInt16]) {
    let step = max(1, values.count / 256)
    var best: (bits: Int, width: Int, entries: [UInt16]) = (.max, 48, [])
    for width in 48...63 {
      var counts: [UInt16: Int] = [:]
      var looked = 0
      for index in stride(from: 0, to: values.count, by: step) {
        counts[UInt16(values[index].bitPattern >> UInt64(width)), default: 0] += 1
        looked += 1
      }
      let common = counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        .prefix(self.entryCountMax)
      let misses = looked - common.reduce(0) { $0 + $1.value }
      let codeBits = Int.bitWidth - max(0, common.count - 1).leadingZeroBitCount
      let bits = looked * (width + codeBits) + misses * 32
      if bits < best.bits { best = (bits, width, common.map(\.key)) }
    }
    return (best.width, best.entries)
  }

  static func read(
    _ reader: inout PayloadReader, _ count: Int, picking picks: RowPicks? = nil
  ) throws(ColumnError) -> [Double] {
    let width = Int(try reader.byte())
    let entryCount = Int(try reader.byte())
    guard (48...63).contains(width), entryCount <= self.entryCountMax else {
      throw ColumnError("doubles split at bit \(width) with \(entryCount) entries")
    }
    var entries: [UInt64] = []
    for _ in 0..<entryCount {
      entries.append(UInt64(try reader.number(UInt16.self)) << UInt64(width))
    }
    let exceptionCount = try reader.count(upTo: count)
    let codes = try IntegerCodec.read(&reader, count, only: picks)
    var bits = try self.readRight(&reader, count, width: width, picks)
    for index in 0..<codes.count {
      guard codes[index] >= 0, codes[index] < Int64(max(entryCount, 1)) else {
        throw ColumnError("the code \(codes[index]) of \(entryCount) left parts")
      }
      if entryCount > 0 { bits[index] |= entries[Int(codes[index])] }
    }
    if exceptionCount > 0 {
      let mask: UInt64 = (1 << UInt64(width)) - 1
      for position in try IntegerCodec.read(&reader, exceptionCount) {
        guard position >= 0, position < count else {
          throw ColumnError("an exception at \(position) of \(count) doubles")
        }
        let left = UInt64(try reader.number(UInt16.self)) << UInt64(width)
        guard let place = picks.map({ $0.place(of: Int(position)) }) ?? Int(position) else {
          continue
        }
        bits[place] = bits[place] & mask | left
      }
    }
    return bits.map { Double(bitPattern: $0) }
  }

  private static func readRight(
    _ reader: inout PayloadReader, _ count: Int, width: Int, _ picks: RowPicks?
  ) throws(ColumnError) -> [UInt64] {
    var all = RowPicks()
    all.append(0..<count)
    var walk = PickWalk(picks ?? all)
    var bits = [UInt64](repeating: 0, count: picks?.count ?? count)
    let room = UnsafeMutablePointer<UInt64>.allocate(capacity: BitPacking.vectorCount)
    defer { room.deallocate() }
    var start = 0
    while start < count {
      let length = min(BitPacking.vectorCount, count - start)
      let packed = try reader.take(BitPacking.byteCount(length, width: width))
      if walk.wants(before: start + length) {
        BitPacking.unpack(packed, length, width: width, into: room)
        bits.withUnsafeMutableBufferPointer { target in
          guard let base = target.baseAddress else { return }
          walk.take(start..<(start + length)) { piece, place in
            (base + place).update(from: room + piece.lowerBound, count: piece.count)
          }
        }
      }
      start += length
    }
    return bits
  }
}
