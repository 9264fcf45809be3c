// ALP: a double that came from a decimal number is an integer once it is scaled by a power of ten.
//
//   1 byte   e, the power to multiply by
//   1 byte   f, the power to divide by afterwards (trailing zeros of the scaled numbers)
//   varint   count of exceptions
//   integers: the scaled numbers; an exception repeats the number before it
//   integers: positions of the exceptions, when there are any
//   8 bytes  each: the exceptions as they are
//
// value = number · 10^f · 10^-e, computed in doubles in that order, and equal to the bit.

/// Adaptive lossless decimal scaling.
enum DecimalScaling {
  static let powerMax = 18

  struct Powers: Equatable {
    var e: Int
    var f: Int
  }

  static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
  ]
  static let inverses: [Double] = [
    1e-0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14,
    1e-15, 1e-16, 1e-17, 1e-18,
  ]

  /// Adding and taking it away rounds to the nearest integer, for what is below 2^51.
  private static let rounding: Double = 6_755_399_441_055_744
  private static let limit: Double = 2_251_799_813_685_248

  /// Scales one value; nil when it does not come back the same, to the bit.
  @inline(__always) static func scaled(
    _ value: Double, up: Double, down: Double, backUp: Double, backDown: Double
  ) -> Int64? {
    let product = value * up * down
    // Written so that what is no number is refused.
    guard product.magnitude < self.limit else { return nil }
    let rounded = (product + self.rounding) - self.rounding
    guard (rounded * backUp * backDown).bitPattern == value.bitPattern else { return nil }
    return Int64(rounded)
  }

  /// The powers that serve a sample best, and which part of the sample they leave out.
  static func choose(_ values: UnsafeBufferPointer<Double>) -> (powers: Powers, misses: Double) {
    let step = max(1, values.count / 48)
    var best = (powers: Powers(e: 0, f: 0), cost: Int.max, misses: 1.0)
    for e in 0...self.powerMax {
      for f in 0...e {
        let (cost, misses) = self.cost(
          values, step: step, Powers(e: e, f: f), limit: best.cost)
        if cost < best.cost { best = (Powers(e: e, f: f), cost, misses) }
      }
    }
    return (best.powers, best.misses)
  }

  private static func cost(
    _ values: UnsafeBufferPointer<Double>, step: Int, _ powers: Powers, limit: Int
  ) -> (Int, misses: Double) {
    let (up, down) = (self.powers[powers.e], self.inverses[powers.f])
    let (backUp, backDown) = (self.powers[powers.f], self.inverses[powers.e])
    var (lowest, highest) = (Int64.max, Int64.min)
    var (misses, looked) = (0, 0)
    for index in stride(from: 0, to: values.count, by: step) {
      looked += 1
      let number = self.scaled(
        values[index], up: up, down: down, backUp: backUp, backDown: backDown)
      if let number {
        lowest = min(lowest, number)
        highest = max(highest, number)
      } else {
        misses += 1
        if misses * 80 >= limit { return (Int.max, 1) }
      }
    }
    let range = lowest > highest ? 0 : UInt64(bitPattern: highest &- lowest)
    let width = 64 - range.leadingZeroBitCount
    return (width * (looked - misses) + misses * 80, Double(misses) / Double(looked))
  }
}
