import CommandTable
import Values

/// A time on the command line: RFC 3339, `now`, or how long ago, `-15m` or `15m`.
struct Moment: ArgumentValue, Hashable {
  var text: String
  static let placeholder = "TIME"

  init(argument: String) throws(ValueError) {
    self.text =
      argument.first?.isNumber == true && !argument.contains("-")
      ? "-" + argument : argument
    _ = try Timestamp(moment: self.text, now: WallTime(nanoseconds: 0))
  }

  /// - Returns: nil only when the time is out of the range of times, which the parser has seen to.
  func timestamp(_ clock: CommandClock) -> Timestamp? {
    try? Timestamp(moment: self.text, now: clock.now())
  }
}

extension Duration {
  /// For members that are milliseconds.
  var milliseconds: Int64 { self.nanosecondsClamped / 1_000_000 }
}
