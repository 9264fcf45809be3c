package import Values

/// One expression of `--filter` or `--exclude`: `key=value`, `key~regex`, `key:over:10GB`,
/// `key:under:5s`. None of its operators is a character that a shell takes for itself.
package struct RowFilter: Sendable {
  enum Test: Sendable {
    case equals(String)
    case matches(Pattern)
    case over(Double)
    case under(Double)
  }

  package let column: Column
  let test: Test

  /// - Parameter now: for limits such as `-15m` on times.
  package init(
    parsing expression: String, columns: [Column], now: WallTime
  ) throws(CommandError) {
    guard
      let at = expression.firstIndex(where: { $0 == "=" || $0 == "~" || $0 == ":" }),
      at != expression.startIndex
    else { throw Self.malformed(expression, "it has no operator") }
    self.column = try columns.require(named: String(expression[..<at]), flag: "--filter")
    let rest = String(expression[expression.index(after: at)...])
    switch expression[at] {
    case "=": self.test = .equals(rest)
    case "~":
      do {
        self.test = .matches(try Pattern(rest))
      } catch {
        throw Self.malformed(expression, "\(rest.visible.shortened.quoted): \(error.message)")
      }
    default:
      guard let colon = rest.firstIndex(of: ":") else {
        throw Self.malformed(expression, "after the colon stands over or under, and a limit")
      }
      let limit = try Self.limit(
        String(rest[rest.index(after: colon)...]), self.column, expression, now)
      switch rest[..<colon] {
      case "over": self.test = .over(limit)
      case "under": self.test = .under(limit)
      default: throw Self.malformed(expression, "after the colon stands over or under, and a limit")
      }
    }
  }

  private static func malformed(_ expression: String, _ why: String) -> CommandError {
    CommandError(
      .badFilter, "cannot read the filter \(expression.visible.shortened.quoted)", why: why,
      try: ["lakectl help filters"])
  }

  private static func limit(
    _ text: String, _ column: Column, _ expression: String, _ now: WallTime
  ) throws(CommandError) -> Double {
    do throws(ValueError) {
      switch column.unit {
      case .bytes: return Double(try ByteCount(parsing: text).bytes)
      case .bytesPerSecond: return Double(try ByteRate(argument: text).bytesPerSecond)
      case .milliseconds: return Double(try DurationText.parse(text).nanosecondsClamped) / 1e6
      case .nanoseconds: return Double(try DurationText.parse(text).nanosecondsClamped)
      case .seconds: return Double(try DurationText.parse(text).nanosecondsClamped) / 1e9
      case .ratio: return try Ratio(parsing: text).value
      case .time: return try Cell.time(Timestamp(moment: text, now: now)).number ?? 0
      case .none, .count, .perSecond:
        guard let number = Double(text), number.isFinite else {
          throw ValueError(.malformed, "\(text.visible.shortened.quoted) is not a number")
        }
        return number
      }
    } catch {
      throw self.malformed(expression, error.message)
    }
  }

  /// What is unknown matches `key=` only.
  package func matches(_ row: Row) -> Bool { self.matches(row[self.column.key]) }

  /// The same of the cell under the column's key.
  package func matches(_ cell: Cell) -> Bool {
    let cell = cell.current
    switch self.test {
    case .equals(let text):
      if case .list(let texts) = cell, texts.contains(text) { return true }
      return cell.rawText == text
    case .matches(let pattern):
      if case .list(let texts) = cell { return texts.contains(where: pattern.isFound) }
      return cell != .null && pattern.isFound(in: cell.rawText)
    case .over(let limit): return cell.number.map { $0 > limit } ?? false
    case .under(let limit): return cell.number.map { $0 < limit } ?? false
    }
  }
}

extension Timestamp {
  /// A time as people give it: RFC 3339, `now`, or a negative duration.
  package init(moment text: String, now: WallTime) throws(ValueError) {
    if text == "now" {
      self.init(now)
    } else if text.hasPrefix("-") {
      self.init(
        now + (try DurationText.parse(text, in: .nanoseconds(-Int64.max)...(.zero))))
    } else {
      try self.init(parsing: text, form: .typed)
    }
  }
}

extension [Column] {
  func require(named name: String, flag: String) throws(CommandError) -> Column {
    let output = Output.list("", self)
    if let column = output.column(named: name) { return column }
    let nearest = Suggestions.nearest(to: name, in: self.map(\.key))
    throw CommandError(
      .unknownColumn, "\(flag) names the key \(name.visible.shortened.quoted), which is not there",
      why: nearest.isEmpty
        ? "the keys are \(self.map(\.key).joined(separator: ", "))"
        : "did you mean \(nearest.joined(separator: " or "))?")
  }
}
