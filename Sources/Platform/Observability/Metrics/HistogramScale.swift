// Buckets of a histogram over 64-bit values, log-linear: 64 of width 1, then 32 for every doubling.
//
//    value   0 … 63    64 … 127    128 … 255    256 … 511    …
//    width   1         2           4            8
//    index   0 … 63    64 … 95     96 … 127     128 … 159
//
// A value is taken for the middle of its bucket: at most 1/64 off, 1.6 %.

/// Which values a histogram tells apart, and how it is printed.
public struct HistogramScale: Sendable, Hashable {
  /// Values above are counted as this one.
  public let valueMax: UInt64
  /// What one unit of a recorded value is worth in the metric's unit: 1e-9 for nanoseconds in seconds.
  public let factor: Double
  /// Upper bounds that the text form prints are these powers of two.
  let printedExponents: ClosedRange<Int>

  /// - Precondition: `printedExponents` within 0 and 63.
  public init(valueMax: UInt64, factor: Double = 1, printedExponents: ClosedRange<Int>) {
    precondition(printedExponents.lowerBound >= 0 && printedExponents.upperBound < 64)
    self.valueMax = valueMax
    self.factor = factor
    self.printedExponents = printedExponents
  }

  /// Nanoseconds to an hour and more, printed in seconds from 1 µs to 69 s.
  public static let nanoseconds = HistogramScale(
    valueMax: 1 << 42, factor: 1e-9, printedExponents: 10...36)
  /// Bytes to a tebibyte, printed from 64 B to 1 GiB.
  public static let bytes = HistogramScale(valueMax: 1 << 40, printedExponents: 6...30)
  /// Small numbers: batch sizes, retries.
  public static let counts = HistogramScale(valueMax: 1 << 20, printedExponents: 0...16)

  static let linearCount = 64
  private static let stepsPerDoubling = 32

  var bucketCount: Int { Self.index(of: self.valueMax) + 1 }

  @inline(__always) static func index(of value: UInt64) -> Int {
    guard value >= UInt64(linearCount) else { return Int(truncatingIfNeeded: value) }
    // The six leading bits name the step; what is shifted out is the width.
    let shift = 58 &- value.leadingZeroBitCount
    return shift &* stepsPerDoubling &+ Int(truncatingIfNeeded: value &>> UInt64(shift))
  }

  /// The least value of a bucket.
  static func lowerBound(of index: Int) -> UInt64 {
    guard index >= self.linearCount else { return UInt64(index) }
    let shift = index / self.stepsPerDoubling - 1
    return UInt64(index - shift * self.stepsPerDoubling) << UInt64(shift)
  }

  static func width(of index: Int) -> UInt64 {
    index < self.linearCount ? 1 : 1 << UInt64(index / self.stepsPerDoubling - 1)
  }

  static func middle(of index: Int) -> UInt64 {
    self.lowerBound(of: index) + (self.width(of: index) - 1) / 2
  }
}
