internal import Bytes

// A vector, up to 1024 residuals relative to a base:
//
//   1 byte   width of the packed numbers, 0 to 64; the highest bit is set when there are exceptions
//   varint   base, zigzag
//   2 bytes  count of exceptions, when there are any
//   packed   `BitPacking`; an exception holds 0 there
//   exceptions: 2 bytes position each, then 8 bytes number less base each

/// Which widths an encoder may choose.
enum PackStyle {
  /// The cheapest one.
  case exact
  /// 1, 2, 4 or whole bytes: what an entropy coder behind it can make something of.
  case aligned

  func rounded(_ width: Int) -> Int {
    switch self {
    case .exact: width
    case .aligned:
      switch width {
      case 0...2: width
      case 3...4: 4
      case 5...8: 8
      case 9...16: 16
      case 17...32: 32
      default: 64
      }
    }
  }
}

/// Frame of reference with exceptions, a vector at a time.
enum IntegerPacking {
  struct Plan {
    var base: Int64 = 0
    var width = 64
    var exceptionCount = 0
    var bits = Int.max
  }

  private static let exceptionBits = 80

  /// The cheapest base and width. All arithmetic wraps: a number below the base is a huge one above it,
  /// and becomes an exception.
  static func plan(_ values: UnsafeBufferPointer<Int64>, _ style: PackStyle) -> Plan {
    var lowest = LowestValues()
    for value in values { lowest.offer(value) }
    var best = Plan()
    var last: Int64?
    for index in [0, 1, 2, 4, 7] where index < lowest.count {
      let base = lowest.values[index]
      guard base != last else { continue }
      last = base
      let plan = self.plan(values, base: base, style)
      if plan.bits < best.bits { best = plan }
      // With nothing to gain from leaving the lowest ones out, the other bases are not tried.
      if index == 0, plan.exceptionCount == 0, plan.width <= 1 { break }
    }
    return best
  }

  private static func plan(
    _ values: UnsafeBufferPointer<Int64>, base: Int64, _ style: PackStyle
  ) -> Plan {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 65) { counts in
      counts.initialize(repeating: 0)
      for value in values {
        let bits = 64 - UInt64(bitPattern: value &- base).leadingZeroBitCount
        counts[bits] &+= 1
      }
      var best = Plan()
      var above = 0
      for width in stride(from: 64, through: 0, by: -1) {
        if style.rounded(width) == width {
          let bits = width * values.count + above * Self.exceptionBits
          if bits <= best.bits {
            best = Plan(base: base, width: width, exceptionCount: above, bits: bits)
          }
        }
        above += Int(counts[width])
      }
      best.bits += 32
      return best
    }
  }

  /// - Precondition: there are 1 to 1024 values.
  static func append(
    _ values: UnsafeBufferPointer<Int64>, _ plan: Plan, to target: inout ByteWriter
  ) {
    target.append(UInt8(plan.width) | (plan.exceptionCount > 0 ? 0x80 : 0))
    target.append(zigzag: plan.base)
    if plan.exceptionCount > 0 { target.append(littleEndian: UInt16(plan.exceptionCount)) }
    let limit: UInt64 = plan.width == 64 ? .max : (1 << UInt64(plan.width)) &- 1
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: BitPacking.vectorCount) { numbers in
      for index in 0..<values.count {
        let number = UInt64(bitPattern: values[index] &- plan.base)
        numbers[index] = number > limit ? 0 : number
      }
      let byteCount = BitPacking.byteCount(values.count, width: plan.width)
      _ = target.appendFilling(minimum: byteCount + 8) { room in
        if let start = room.baseAddress, let first = numbers.baseAddress {
          BitPacking.pack(first, values.count, width: plan.width, into: start)
        }
        return byteCount
      }
    }
    guard plan.exceptionCount > 0 else { return }
    for index in 0..<values.count
    where UInt64(bitPattern: values[index] &- plan.base) > limit {
      target.append(littleEndian: UInt16(index))
    }
    for value in values where UInt64(bitPattern: value &- plan.base) > limit {
      target.append(littleEndian: value &- plan.base)
    }
  }

  static func read(
    _ reader: inout PayloadReader, _ count: Int, into target: UnsafeMutablePointer<Int64>
  ) throws(ColumnError) {
    let head = try reader.byte()
    let width = Int(head & 0x7F)
    guard width <= 64 else { throw ColumnError("numbers of \(width) bits") }
    let base = try reader.zigzag()
    let exceptionCount = head & 0x80 != 0 ? Int(try reader.number(UInt16.self)) : 0
    let packed = try reader.take(BitPacking.byteCount(count, width: width))
    target.withMemoryRebound(to: UInt64.self, capacity: count) {
      BitPacking.unpack(packed, count, width: width, into: $0)
    }
    if base != 0 {
      for index in 0..<count { target[index] &+= base }
    }
    guard exceptionCount > 0 else { return }
    let positions = try reader.take(exceptionCount * 2)
    let numbers = try reader.take(exceptionCount * 8)
    for index in 0..<exceptionCount {
      let position = Int(positions.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
      guard position < count else { throw ColumnError("an exception at \(position) of \(count)") }
      target[position] =
        numbers.loadUnaligned(fromByteOffset: index * 8, as: Int64.self) &+ base
    }
  }
}

/// The eight lowest of the values offered, in order.
private struct LowestValues {
  var values = SIMD8<Int64>(repeating: .max)
  var count = 0
  private var highest = Int64.max

  @inline(__always) mutating func offer(_ value: Int64) {
    if value < self.highest || self.count < 8 { self.insert(value) }
  }

  private mutating func insert(_ value: Int64) {
    var at = min(self.count, 7)
    while at > 0, self.values[at - 1] > value {
      self.values[at] = self.values[at - 1]
      at -= 1
    }
    self.values[at] = value
    self.count = min(self.count + 1, 8)
    if self.count == 8 { self.highest = self.values[7] }
  }
}

extension ByteWriter {
  mutating func append(zigzag value: Int64) {
    self.append(varint: UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)))
  }
}
