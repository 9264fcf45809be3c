/// `grpc-timeout`: up to eight digits and a unit. `250m` is 250 milliseconds.
enum GRPCTimeout {
  /// Nil when the text is no timeout.
  static func duration(_ text: some StringProtocol) -> Duration? {
    var digits = Array(text.utf8)
    guard let unit = digits.popLast(), (1...8).contains(digits.count) else { return nil }
    var value: Int64 = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      value = value * 10 + Int64(digit - 0x30)
    }
    switch unit {
    case UInt8(ascii: "H"): return .seconds(value * 3600)
    case UInt8(ascii: "M"): return .seconds(value * 60)
    case UInt8(ascii: "S"): return .seconds(value)
    case UInt8(ascii: "m"): return .milliseconds(value)
    case UInt8(ascii: "u"): return .microseconds(value)
    case UInt8(ascii: "n"): return .nanoseconds(value)
    default: return nil
    }
  }

  /// The finest unit that eight digits hold, rounded up; nothing below a nanosecond.
  static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return "1n" }
    let limit: Int64 = 99_999_999
    if seconds == 0 {
      let nanoseconds = max(1, attoseconds / 1_000_000_000)
      if nanoseconds <= limit { return "\(nanoseconds)n" }
    }
    if seconds < 99 {
      return "\(seconds * 1_000_000 + (attoseconds + 999_999_999_999) / 1_000_000_000_000)u"
    }
    if seconds < 99_999 {
      return "\(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)m"
    }
    let roundedUp = seconds + (attoseconds > 0 ? 1 : 0)
    if roundedUp <= limit { return "\(roundedUp)S" }
    return "\(min(limit, (roundedUp + 3599) / 3600))H"
  }
}
