/// Durations as people write them: `500ms 30s 10m 2h 7d`, also `ns` and `us`, and several units
/// from the largest down, `1h30m`.
public enum DurationText {
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
    ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1),
  ]

  /// What 64 bits of nanoseconds hold.
  public static let longest = Duration.nanoseconds(Int64.max)

  /// - Throws: when the text is no duration, or the duration is outside `range`, which the error
  ///   names. A negative duration has a minus in front, and is read when `range` has negative ones.
  public static func parse(
    _ text: String, in range: ClosedRange<Duration> = .zero...longest
  ) throws(ValueError) -> Duration {
    var rest = Substring(text)
    let isNegative = rest.hasPrefix("-") && range.lowerBound < .zero
    if isNegative { rest.removeFirst() }
    var total: Int64 = 0
    var unitsLeft = self.units[...]
    repeat {
      guard let (count, name) = takeNumberAndUnit(&rest),
        let index = unitsLeft.firstIndex(where: { $0.name == name })
      else { throw .malformed(text, "a duration such as 500ms, 30s, 10m, 2h or 7d") }
      let (product, overflow) = count.multipliedReportingOverflow(by: self.units[index].nanoseconds)
      let (sum, carry) = total.addingReportingOverflow(product)
      guard !overflow, !carry else { throw self.outside(text, range) }
      total = sum
      unitsLeft = self.units[(index + 1)...]
    } while !rest.isEmpty
    let duration = Duration.nanoseconds(isNegative ? -total : total)
    guard range.contains(duration) else { throw self.outside(text, range) }
    return duration
  }

  private static func outside(_ text: String, _ range: ClosedRange<Duration>) -> ValueError {
    ValueError(
      .outOfRange,
      "\(quoted(text)) is not in the range \(self.text(range.lowerBound))"
        + " to \(self.text(range.upperBound))")
  }

  /// The largest unit that leaves no fraction: `90s`, `2h`, `1500ms`. Below a nanosecond is cut off.
  public static func text(_ duration: Duration) -> String {
    let nanoseconds = duration.nanosecondsClamped
    guard nanoseconds != 0 else { return "0s" }
    for unit in self.units where nanoseconds % unit.nanoseconds == 0 {
      return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }
    return "\(nanoseconds)ns"
  }
}

/// Digits and the letters after them; nil when either is missing or the digits do not fit.
func takeNumberAndUnit(_ rest: inout Substring) -> (count: Int64, unit: Substring)? {
  let digits = rest.prefix { $0.isASCII && $0.isNumber }
  guard !digits.isEmpty, digits.utf8.count <= 19, let count = Int64(digits) else { return nil }
  rest = rest[digits.endIndex...]
  let unit = rest.prefix { $0.isASCII && $0.isLetter }
  guard !unit.isEmpty else { return nil }
  rest = rest[unit.endIndex...]
  return (count, unit)
}
