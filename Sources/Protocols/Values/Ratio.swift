/// A share of something: `0.85` or `85%`.
public struct Ratio: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var value: Double

  public init(_ value: Double) { self.value = value }

  public static let none = Ratio(0)
  public static let all = Ratio(1)

  /// - Throws: when the text is no ratio, or the ratio is outside `range`, which the error names.
  public init(parsing text: String, in range: ClosedRange<Ratio> = none...all) throws(ValueError) {
    guard let (_, _, unit) = splitDecimal(text), unit.isEmpty || unit == "%",
      let number = Double(text.dropLast(unit.count))
    else { throw .malformed(text, "a ratio such as 0.85 or 85%") }
    self.value = unit == "%" ? number / 100 : number
    guard range.contains(self) else {
      throw ValueError(
        .outOfRange,
        "\(quoted(text)) is not in the range \(range.lowerBound) to \(range.upperBound)")
    }
  }

  public var description: String {
    Int(exactly: self.value).map(String.init) ?? self.value.description
  }

  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
