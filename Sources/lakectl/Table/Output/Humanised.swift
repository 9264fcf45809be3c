package import Values

/// Numbers, durations and times as people read them.
package enum Humanised {
  /// `41.2 GiB`, `0 B`
  package static func bytes(_ value: Int64) -> String {
    let magnitude = value.magnitude
    guard magnitude >= 1024 else { return "\(value) B" }
    return (value < 0 ? "-" : "")
      + scaled(
        magnitude, base: 1024, units: [" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"])
  }

  /// `143.7M`, `999`
  package static func count(_ value: Int64) -> String {
    let magnitude = value.magnitude
    guard magnitude >= 1000 else { return "\(value)" }
    return (value < 0 ? "-" : "")
      + scaled(magnitude, base: 1000, units: ["", "k", "M", "G", "T", "P", "E"])
  }

  private static func scaled(_ value: UInt64, base: UInt64, units: [String]) -> String {
    var index = 0
    var divisor: UInt64 = 1
    while index + 1 < units.count, value / divisor >= base {
      divisor *= base
      index += 1
    }
    // Rounded to a tenth without leaving integers: 1023.96 KiB is 1 MiB, never 1024 KiB.
    var tenths = tenths(of: value, dividedBy: divisor)
    if tenths >= base * 10, index + 1 < units.count {
      tenths = tenths / base
      index += 1
    }
    return decimal(tenths: tenths) + units[index]
  }

  private static func tenths(of value: UInt64, dividedBy divisor: UInt64) -> UInt64 {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    let product = remainder.multipliedFullWidth(by: 10)
    let (tenth, rest) = divisor.dividingFullWidth(product)
    return quotient * 10 + tenth + (rest >= divisor - divisor / 2 ? 1 : 0)
  }

  static func decimal(tenths: UInt64) -> String {
    tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  /// One place behind the point, none when it is zero.
  package static func decimal(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    guard value.magnitude < 1e15 else { return value.description }
    return (value < 0 ? "-" : "") + self.decimal(tenths: UInt64((value.magnitude * 10).rounded()))
  }

  /// `0%`, `0.01%`, `97%`
  package static func ratio(_ value: Double) -> String {
    let percent = value * 100
    guard percent.isFinite, percent.magnitude < 1e12 else { return "-" }
    let sign = percent < 0 ? "-" : ""
    let hundredths = UInt64((percent.magnitude * 100).rounded())
    if hundredths == 0 || hundredths >= 100 {
      return "\(sign)\(Int64(percent.magnitude.rounded()))%"
    }
    return "\(sign)0.\(hundredths < 10 ? "0" : "")\(hundredths)%"
  }

  /// `1.2k/s`
  package static func rate(_ value: Double) -> String {
    value.magnitude < 1000
      ? "\(self.decimal(value))/s" : "\(self.count(Int64(clamping: value)))/s"
  }

  /// `850 ns`, `4.1 ms`, `30 s`, `6m 12s`, `3d 4h`
  package static func duration(nanoseconds: Double) -> String {
    let magnitude = nanoseconds.magnitude
    let sign = nanoseconds < 0 ? "-" : ""
    guard magnitude < 9e18 else { return "-" }
    switch magnitude {
    case ..<1e3: return "\(sign)\(self.decimal(magnitude)) ns"
    case ..<999_950: return "\(sign)\(self.decimal(magnitude / 1e3)) us"
    case ..<999_950_000: return "\(sign)\(self.decimal(magnitude / 1e6)) ms"
    case ..<59.95e9: return "\(sign)\(self.decimal(magnitude / 1e9)) s"
    default: break
    }
    let seconds = Int64((magnitude / 1e9).rounded())
    let parts: [(Int64, String)] = [
      (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"),
      (seconds % 60, "s"),
    ]
    let shown = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 != 0 }
    return sign + shown.map { "\($0.0)\($0.1)" }.joined(separator: " ")
  }

  /// `2026-11-20 14:03:21`, `offset` seconds east of UTC; a `Z` when it is UTC.
  package static func time(_ value: Timestamp, offset: Int?) -> String {
    guard let shifted = try? Timestamp(seconds: value.seconds + Int64(offset ?? 0)) else {
      return value.description
    }
    var text = Array(shifted.text(fraction: .digits(0)).utf8)
    text[10] = UInt8(ascii: " ")
    if offset != nil { text.removeLast() }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Int64 {
  init(clamping value: Double) {
    self = Int64(exactly: value.rounded()) ?? (value < 0 ? .min : .max)
  }
}
