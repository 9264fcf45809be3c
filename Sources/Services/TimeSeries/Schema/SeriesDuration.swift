/// Durations as clients write them: `-30m`, `1h30m`, `1.5h`, of units from ns to w.
package enum SeriesDuration {
  private static let units: [(String, Int64)] = [
    // The sign for micro, and the letter that looks like it.
    ("ns", 1), ("us", 1000), ("\u{B5}s", 1000), ("\u{3BC}s", 1000),
    ("ms", 1_000_000), ("s", 1_000_000_000),
    ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ("w", 604_800_000_000_000),
  ]

  /// Nil for what is none, or more than 64 bits hold.
  package static func nanoseconds(_ text: String) -> Int64? {
    var rest = Substring(text)
    var sign = 1.0
    if let first = rest.first, first == "-" || first == "+" {
      sign = first == "-" ? -1 : 1
      rest.removeFirst()
    }
    guard !rest.isEmpty else { return nil }
    // Nothing is nothing in any unit.
    if rest == "0" { return 0 }
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard let number = Double(digits) else { return nil }
      rest = rest[digits.endIndex...]
      let name = rest.prefix { $0.isLetter }
      guard let unit = self.units.first(where: { $0.0 == name }) else { return nil }
      rest = rest[name.endIndex...]
      total += number * Double(unit.1)
    }
    return Int64(exactly: (sign * total).rounded())
  }
}
