internal import Bytes

// A vector, up to 1024 numbers relative to a base:
//
//   1 byte   width of the packed numbers, 0 to 64; the highest bit is set when there are exceptions
//   varint   base, zigzag
//   with exceptions: 2 bytes their count, 1 byte the width of theirs
//   packed   numbers less the base (`BitPacking`); an exception holds 0 there
//   with exceptions, one after the other (`BitPacking` of few): positions, 10 bits each; numbers less the
//            base, zigzag, in their width

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

  private static let positionBits = 10
  private static let sampleCount = 64

  /// A cheap base and width. All arithmetic wraps: a number below the base is a huge one above it, and
  /// becomes an exception.
  ///
  /// The least number is the base unless most of a sample lies much closer together than all of them do:
  /// then numbers of the sample's lower end are tried, too.
  static func plan(_ values: UnsafeBufferPointer<Int64>, _ style: PackStyle) -> Plan {
    var (least, greatest) = (Int64.max, Int64.min)
    for value in values {
      least = min(least, value)
      greatest = max(greatest, value)
    }
    let range = Bounds(least: least, greatest: greatest)
    var best = self.plan(values, base: least, range, style)
    guard values.count >= self.sampleCount, best.width > 1 || best.exceptionCount > 0 else {
      return best
    }
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: self.sampleCount) { room in
      var sample = room
      for index in 0..<self.sampleCount {
        sample[index] = values[index * values.count / self.sampleCount]
      }
      sample.sort()
      let core = UInt64(bitPattern: sample[self.sampleCount - 3] &- sample[2])
      guard 64 - core.leadingZeroBitCount + 1 < best.width || best.exceptionCount > 0 else {
        return
      }
      var last = least
      for index in [0, 1, 2, 4] where sample[index] != last {
        last = sample[index]
        let plan = self.plan(values, base: last, range, style)
        if plan.bits < best.bits { best = plan }
      }
    }
    return best
  }

  /// The cheapest width over a base.
  static func plan(
    _ values: UnsafeBufferPointer<Int64>, base: Int64, _ style: PackStyle
  ) -> Plan {
    let range = Bounds(least: values.min() ?? base, greatest: values.max() ?? base)
    return self.plan(values, base: base, range, style)
  }

  private struct Bounds {
    var least: Int64
    var greatest: Int64

    /// Bits that hold every number less `base`, zigzag.
    func exceptionWidth(_ base: Int64) -> Int {
      64
        - min(
          IntegerPacking.zigzag(self.least &- base).leadingZeroBitCount,
          IntegerPacking.zigzag(self.greatest &- base).leadingZeroBitCount)
    }
  }

  @inline(__always) private static func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: (value &<< 1) ^ (value &>> 63))
  }

  private static func plan(
    _ values: UnsafeBufferPointer<Int64>, base: Int64, _ range: Bounds, _ style: PackStyle
  ) -> Plan {
    var exceptionBits = self.positionBits + range.exceptionWidth(base)
    // An entropy coder shortens the packed numbers, and finds nothing in positions.
    if style == .aligned { exceptionBits = 3 * exceptionBits + 16 }
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: 65) { counts in
      counts.initialize(repeating: 0)
      for value in values {
        let bits = 64 - UInt64(bitPattern: value &- base).leadingZeroBitCount
        counts[bits] &+= 1
      }
      var best = Plan()
      var above = 0
      var width = 64
      while width >= 0 {
        if style.rounded(width) == width {
          let bits = width * values.count + above * exceptionBits + (above > 0 ? 24 : 0)
          if bits <= best.bits {
            best = Plan(base: base, width: width, exceptionCount: above, bits: bits)
          }
        }
        above += Int(counts[width])
        width -= 1
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
    let limit: UInt64 = plan.width == 64 ? .max : (1 << UInt64(plan.width)) &- 1
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 3 * BitPacking.vectorCount) { room in
      guard let numbers = room.baseAddress else { return }
      let positions = numbers + BitPacking.vectorCount
      let others = positions + BitPacking.vectorCount
      var (count, all) = (0, UInt64(0))
      for index in 0..<values.count {
        let difference = values[index] &- plan.base
        if UInt64(bitPattern: difference) > limit {
          numbers[index] = 0
          positions[count] = UInt64(index)
          others[count] = self.zigzag(difference)
          all |= others[count]
          count += 1
        } else {
          numbers[index] = UInt64(bitPattern: difference)
        }
      }
      let width = 64 - all.leadingZeroBitCount
      if count > 0 {
        target.append(littleEndian: UInt16(count))
        target.append(UInt8(width))
      }
      self.append(numbers, values.count, width: plan.width, to: &target)
      guard count > 0 else { return }
      self.append(positions, count, width: self.positionBits, to: &target)
      self.append(others, count, width: width, to: &target)
    }
  }

  private static func append(
    _ numbers: UnsafePointer<UInt64>, _ count: Int, width: Int, to target: inout ByteWriter
  ) {
    let byteCount = BitPacking.byteCount(count, width: width)
    _ = target.appendFilling(minimum: byteCount + 8) { room in
      if let start = room.baseAddress {
        BitPacking.pack(numbers, count, width: width, into: start)
      }
      return byteCount
    }
  }

  /// Goes past a vector without unpacking it.
  static func skip(_ reader: inout PayloadReader, _ count: Int) throws(ColumnError) {
    let head = try reader.byte()
    let width = Int(head & 0x7F)
    guard width <= 64 else { throw ColumnError("numbers of \(width) bits") }
    _ = try reader.varint()
    var byteCount = BitPacking.byteCount(count, width: width)
    if head & 0x80 != 0 {
      let exceptionCount = Int(try reader.number(UInt16.self))
      let exceptionWidth = Int(try reader.byte())
      byteCount += BitPacking.byteCount(exceptionCount, width: self.positionBits)
      byteCount += BitPacking.byteCount(exceptionCount, width: exceptionWidth)
    }
    _ = try reader.take(byteCount)
  }

  static func read(
    _ reader: inout PayloadReader, _ count: Int, into target: UnsafeMutablePointer<Int64>
  ) throws(ColumnError) {
    let head = try reader.byte()
    let width = Int(head & 0x7F)
    guard width <= 64 else { throw ColumnError("numbers of \(width) bits") }
    let base = try reader.zigzag()
    var (exceptionCount, exceptionWidth) = (0, 0)
    if head & 0x80 != 0 {
      exceptionCount = Int(try reader.number(UInt16.self))
      exceptionWidth = Int(try reader.byte())
      guard exceptionCount <= count, exceptionWidth <= 64 else {
        throw ColumnError("\(exceptionCount) exceptions of \(exceptionWidth) bits")
      }
    }
    let packed = try reader.take(BitPacking.byteCount(count, width: width))
    target.withMemoryRebound(to: UInt64.self, capacity: count) {
      BitPacking.unpack(packed, count, width: width, into: $0)
    }
    if base != 0 {
      for index in 0..<count { target[index] &+= base }
    }
    guard exceptionCount > 0 else { return }
    let positions = try reader.take(
      BitPacking.byteCount(exceptionCount, width: self.positionBits))
    let numbers = try reader.take(BitPacking.byteCount(exceptionCount, width: exceptionWidth))
    let isRight = withUnsafeTemporaryAllocation(
      of: UInt64.self, capacity: 2 * BitPacking.vectorCount
    ) { room -> Bool in
      guard let places = room.baseAddress else { return false }
      let others = places + BitPacking.vectorCount
      BitPacking.unpack(positions, exceptionCount, width: self.positionBits, into: places)
      BitPacking.unpack(numbers, exceptionCount, width: exceptionWidth, into: others)
      for index in 0..<exceptionCount {
        guard places[index] < UInt64(count) else { return false }
        let other = others[index]
        let difference = Int64(bitPattern: other &>> 1) ^ -Int64(bitPattern: other & 1)
        target[Int(places[index])] = difference &+ base
      }
      return true
    }
    guard isRight else { throw ColumnError("an exception beyond \(count) numbers") }
  }
}

extension ByteWriter {
  mutating func append(zigzag value: Int64) {
    self.append(varint: UInt64(bitPattern: (value &<< 1) ^ (value &>> 63)))
  }
}
