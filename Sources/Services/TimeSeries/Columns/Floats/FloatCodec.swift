internal import Bytes

// A run of doubles, whose count is known from outside:
//
//   1 byte   form
//   0 decimal  `DecimalScaling`
//   1 split    `SplitDoubles`
//   2 chained  `ChainedDoubles`
//   3 bits     integers: the bit patterns
//
// All of them give back every bit, of numbers that are none too.

/// The one way that doubles are written.
enum FloatCodec {
  enum Form: UInt8 {
    case decimal = 0
    case split = 1
    case chained = 2
    case bits = 3
  }

  static func append(
    _ values: UnsafeBufferPointer<Double>, _ style: PackStyle, to target: inout ByteWriter
  ) {
    guard let first = values.first else {
      target.append(Form.bits.rawValue)
      return IntegerCodec.append([], style, to: &target)
    }
    let (powers, misses) = DecimalScaling.choose(values)
    if misses < 0.1 {
      target.append(Form.decimal.rawValue)
      return DecimalScaling.append(values, powers, style, to: &target)
    }
    // Few decimals fit: the smallest of what is left, written out.
    var split = ByteWriter()
    var chained = ByteWriter()
    SplitDoubles.append(values, style, to: &split)
    ChainedDoubles.append(values, to: &chained)
    var bits = ByteWriter()
    let isRepeating = values.count < 2 || self.changes(values, first) < values.count / 4
    if isRepeating {
      values.withMemoryRebound(to: Int64.self) { IntegerCodec.append($0, style, to: &bits) }
    }
    if isRepeating, bits.count <= min(split.count, chained.count) {
      target.append(Form.bits.rawValue)
      target.append(bits.bytes)
    } else if split.count <= chained.count {
      target.append(Form.split.rawValue)
      target.append(split.bytes)
    } else {
      target.append(Form.chained.rawValue)
      target.append(chained.bytes)
    }
  }

  private static func changes(_ values: UnsafeBufferPointer<Double>, _ first: Double) -> Int {
    var (last, changes) = (first.bitPattern, 0)
    for value in values where value.bitPattern != last {
      last = value.bitPattern
      changes += 1
    }
    return changes
  }

  /// - Parameter picks: the rows that are wanted; nil for all.
  static func read(
    _ reader: inout PayloadReader, _ count: Int, picking picks: RowPicks? = nil
  ) throws(ColumnError) -> [Double] {
    let head = try reader.byte()
    guard let form = Form(rawValue: head) else {
      throw ColumnError("floats of the unknown form \(head)")
    }
    switch form {
    case .decimal: return try DecimalScaling.read(&reader, count, picking: picks)
    case .split: return try SplitDoubles.read(&reader, count, picking: picks)
    case .chained:
      // Each comes from the one before it.
      let values = try ChainedDoubles.read(&reader, count)
      guard let picks else { return values }
      return picks.ranges.flatMap { values[$0] }
    case .bits:
      let bits = try IntegerCodec.read(&reader, count, only: picks)
      return bits.map { Double(bitPattern: UInt64(bitPattern: $0)) }
    }
  }
}

extension DecimalScaling {
  static func append(
    _ values: UnsafeBufferPointer<Double>, _ powers: Powers, _ style: PackStyle,
    to target: inout ByteWriter
  ) {
    let (up, down) = (self.powers[powers.e], self.inverses[powers.f])
    let (backUp, backDown) = (self.powers[powers.f], self.inverses[powers.e])
    var exceptions: [Int64] = []
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: values.count) { numbers in
      var last: Int64 = 0
      for index in 0..<values.count {
        let number = self.scaled(
          values[index], up: up, down: down, backUp: backUp, backDown: backDown)
        if let number { last = number } else { exceptions.append(Int64(index)) }
        numbers[index] = last
      }
      target.append(UInt8(powers.e))
      target.append(UInt8(powers.f))
      target.append(varint: UInt64(exceptions.count))
      IntegerCodec.append(UnsafeBufferPointer(numbers), style, to: &target)
    }
    guard !exceptions.isEmpty else { return }
    IntegerCodec.append(exceptions, style, to: &target)
    for position in exceptions {
      target.append(littleEndian: values[Int(position)].bitPattern)
    }
  }

  static func read(
    _ reader: inout PayloadReader, _ count: Int, picking picks: RowPicks?
  ) throws(ColumnError) -> [Double] {
    let (e, f) = (Int(try reader.byte()), Int(try reader.byte()))
    guard e <= self.powerMax, f <= e else { throw ColumnError("the powers of ten \(e) and \(f)") }
    let exceptionCount = try reader.count(upTo: count)
    let numbers = try IntegerCodec.read(&reader, count, only: picks)
    let (backUp, backDown) = (self.powers[f], self.inverses[e])
    var values = [Double](unsafeUninitializedCapacity: numbers.count) { target, filled in
      numbers.withUnsafeBufferPointer { numbers in
        for index in 0..<numbers.count {
          target[index] = Double(numbers[index]) * backUp * backDown
        }
      }
      filled = numbers.count
    }
    guard exceptionCount > 0 else { return values }
    for position in try IntegerCodec.read(&reader, exceptionCount) {
      guard position >= 0, position < count else {
        throw ColumnError("an exception at \(position) of \(count) floats")
      }
      let bits = try reader.number(UInt64.self)
      guard let place = picks.map({ $0.place(of: Int(position)) }) ?? Int(position) else {
        continue
      }
      values[place] = Double(bitPattern: bits)
    }
    return values
  }
}
