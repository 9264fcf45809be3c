internal import Bytes

// A run of integers, whose count is known from outside:
//
//   1 byte   form; the highest bit is set when a scale follows
//   varint   scale: every number below is to be multiplied by it
//   0 constant     zigzag value
//   1 plain        vectors of the values
//   2 delta        zigzag value before the first; vectors of the differences
//   3 delta²       zigzag value and difference before the first; vectors of the differences' differences
//   4 runs         varint count of runs; integers: the values; integers: the lengths
//   5 dictionary   varint count of entries; integers: the entries, ascending; integers: the codes
//
// Vectors have 1024 numbers each, the last one the rest (`IntegerPacking`). Sums wrap around.

/// The one way that integers are written: fields, tags, times, versions, lengths, codes.
enum IntegerCodec {
  enum Form: UInt8 {
    case constant = 0
    case plain = 1
    case delta = 2
    case deltaOfDelta = 3
    case runs = 4
    case dictionary = 5
  }

  private static let scaleFlag: UInt8 = 0x80
  private static let dictionaryCountMax = 256

  static func append(
    _ values: UnsafeBufferPointer<Int64>, _ style: PackStyle, to target: inout ByteWriter
  ) {
    guard let first = values.first, values.contains(where: { $0 != first }) else {
      target.append(Form.constant.rawValue)
      target.append(zigzag: values.first ?? 0)
      return
    }
    let scale = self.scale(of: values)
    guard scale > 1 else { return self.appendScaled(values, scale: 1, style, to: &target) }
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: values.count) { scaled in
      for index in 0..<values.count { scaled[index] = values[index] / scale }
      self.appendScaled(UnsafeBufferPointer(scaled), scale: scale, style, to: &target)
    }
  }

  static func append(_ values: [Int64], _ style: PackStyle, to target: inout ByteWriter) {
    values.withUnsafeBufferPointer { self.append($0, style, to: &target) }
  }

  private static func appendScaled(
    _ values: UnsafeBufferPointer<Int64>, scale: Int64, _ style: PackStyle,
    to target: inout ByteWriter
  ) {
    let form = self.choose(values, style)
    target.append(form.rawValue | (scale > 1 ? self.scaleFlag : 0))
    if scale > 1 { target.append(varint: UInt64(scale)) }
    switch form {
    case .constant: target.append(zigzag: values.first ?? 0)
    case .plain: self.appendVectors(values, order: 0, style, to: &target)
    case .delta:
      let difference = values[1] &- values[0]
      target.append(zigzag: values[0] &- difference)
      self.appendVectors(values, order: 1, style, to: &target)
    case .deltaOfDelta:
      let difference = values[1] &- values[0]
      target.append(zigzag: values[0] &- difference)
      target.append(zigzag: difference)
      self.appendVectors(values, order: 2, style, to: &target)
    case .runs: self.appendRuns(values, style, to: &target)
    case .dictionary: self.appendDictionary(values, style, to: &target)
    }
  }

  /// The greatest number that divides all of them; 1 when there is nothing to gain.
  private static func scale(of values: UnsafeBufferPointer<Int64>) -> Int64 {
    var divisor: UInt64 = 0
    for value in values {
      var (left, right) = (divisor, value.magnitude)
      if left != 0, right % left == 0 { continue }
      while right != 0 { (left, right) = (right, left % right) }
      divisor = left
      if divisor == 1 { return 1 }
    }
    // 2^63 divides the smallest number only.
    return divisor < 10 || divisor > UInt64(Int64.max) ? 1 : Int64(divisor)
  }

  private static func choose(_ values: UnsafeBufferPointer<Int64>, _ style: PackStyle) -> Form {
    var changes = 0
    for index in 1..<max(1, values.count) where values[index] != values[index - 1] { changes += 1 }
    if changes == 0 { return .constant }
    if values.count >= 32, changes < values.count / 24 { return .runs }
    var best = (form: Form.plain, bits: self.cost(values, order: 0, style))
    if values.count >= 3 {
      for (form, order) in [(Form.delta, 1), (.deltaOfDelta, 2)] {
        let bits = self.cost(values, order: order, style)
        // Differences cost a sum a value to read: they must be worth it.
        if bits + bits / 32 < best.bits { best = (form, bits) }
      }
    }
    if values.count >= 64, best.bits > 3 * values.count {
      // Codes are dense: a dictionary of them would be themselves again.
      if let distinct = self.distinct(values), let first = distinct.first, let last = distinct.last,
        UInt64(bitPattern: last &- first) / 4 > UInt64(distinct.count)
      {
        let width = style.rounded(Int.bitWidth - (distinct.count - 1).leadingZeroBitCount)
        let bits = width * values.count + distinct.count * 64
        if bits < best.bits { return .dictionary }
      }
    }
    return best.form
  }

  /// Bits of all vectors, estimated from four of them.
  private static func cost(
    _ values: UnsafeBufferPointer<Int64>, order: Int, _ style: PackStyle
  ) -> Int {
    let vectors = (values.count + BitPacking.vectorCount - 1) / BitPacking.vectorCount
    let step = max(1, vectors / 4)
    var (bits, counted) = (0, 0)
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: BitPacking.vectorCount) { room in
      for vector in stride(from: 0, to: vectors, by: step) {
        let residuals = self.residuals(values, vector, order: order, room)
        bits += IntegerPacking.plan(residuals, style).bits
        counted += residuals.count
      }
    }
    return Int(Double(bits) * Double(values.count) / Double(counted))
  }

  private static func residuals(
    _ values: UnsafeBufferPointer<Int64>, _ vector: Int, order: Int,
    _ room: UnsafeMutableBufferPointer<Int64>
  ) -> UnsafeBufferPointer<Int64> {
    let start = vector * BitPacking.vectorCount
    let count = min(BitPacking.vectorCount, values.count - start)
    switch order {
    case 0: return UnsafeBufferPointer(rebasing: values[start..<(start + count)])
    case 1:
      for index in 0..<count where start + index > 0 {
        room[index] = values[start + index] &- values[start + index - 1]
      }
      if start == 0 { room[0] = values[1] &- values[0] }
    default:
      for index in 0..<count where start + index > 1 {
        let at = start + index
        room[index] = values[at] &- 2 &* values[at - 1] &+ values[at - 2]
      }
      if start == 0 {
        room[0] = 0
        if count > 1 { room[1] = 0 }
      }
    }
    return UnsafeBufferPointer(rebasing: room[..<count])
  }

  private static func appendVectors(
    _ values: UnsafeBufferPointer<Int64>, order: Int, _ style: PackStyle,
    to target: inout ByteWriter
  ) {
    let vectors = (values.count + BitPacking.vectorCount - 1) / BitPacking.vectorCount
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: BitPacking.vectorCount) { room in
      guard style == .aligned, vectors > 1 else {
        for vector in 0..<vectors {
          let residuals = self.residuals(values, vector, order: order, room)
          IntegerPacking.append(residuals, IntegerPacking.plan(residuals, style), to: &target)
        }
        return
      }
      // An entropy coder counts the same number as the same in all vectors only over one base.
      let plans = (0..<vectors).map {
        IntegerPacking.plan(self.residuals(values, $0, order: order, room), style)
      }
      let width = plans.map(\.width).sorted()[vectors / 2]
      let base = plans.filter { $0.width == width }.map(\.base).min()
      for vector in 0..<vectors {
        let residuals = self.residuals(values, vector, order: order, room)
        let own = plans[vector]
        let shared = base.map { IntegerPacking.plan(residuals, base: $0, style) }
        let isShared = shared.map { $0.bits <= own.bits + own.bits / 16 } ?? false
        IntegerPacking.append(residuals, isShared ? shared ?? own : own, to: &target)
      }
    }
  }

  private static func appendRuns(
    _ values: UnsafeBufferPointer<Int64>, _ style: PackStyle, to target: inout ByteWriter
  ) {
    var (heads, lengths): ([Int64], [Int64]) = ([], [])
    for value in values {
      if value == heads.last {
        lengths[lengths.count - 1] += 1
      } else {
        heads.append(value)
        lengths.append(1)
      }
    }
    target.append(varint: UInt64(heads.count))
    self.append(heads, style, to: &target)
    self.append(lengths, style, to: &target)
  }

  /// The distinct values, ascending; nil when they are many.
  private static func distinct(_ values: UnsafeBufferPointer<Int64>) -> [Int64]? {
    var seen: Set<Int64> = []
    var last = values[0]
    seen.insert(last)
    for value in values where value != last {
      last = value
      if seen.insert(value).inserted, seen.count > self.dictionaryCountMax { return nil }
    }
    return seen.sorted()
  }

  private static func appendDictionary(
    _ values: UnsafeBufferPointer<Int64>, _ style: PackStyle, to target: inout ByteWriter
  ) {
    let entries = self.distinct(values) ?? []
    let codes = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1, Int64($0)) })
    target.append(varint: UInt64(entries.count))
    self.append(entries, style, to: &target)
    // Every value is an entry.
    self.append(values.map { codes[$0] ?? 0 }, style, to: &target)
  }
}
