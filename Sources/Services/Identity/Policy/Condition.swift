private import Values

/// One line of a `Condition` block: the key, and the values that it is compared with, read once.
struct Condition: Hashable, Sendable {
  enum Operand: Hashable, Sendable {
    case text(String)
    case pattern(WildcardPattern)
    case number(Double)
    case time(Int64)
    case truth(Bool)
    case block(NetworkBlock)
    case arn(ARNPattern)
  }

  let by: ConditionOperator
  let key: ConditionKey
  let operands: [Operand]

  /// Throws a sentence when a value is not of the operator's kind.
  init(_ by: ConditionOperator, _ key: ConditionKey, _ values: [String]) throws(PolicyProblem) {
    self.by = by
    self.key = key
    var operands: [Operand] = []
    for value in values {
      guard let operand = Self.operand(by.comparison, value) else {
        throw PolicyProblem(
          "\(IdentityError.quoted(value)) cannot be compared by \(by.comparison.rawValue)")
      }
      operands.append(operand)
    }
    if by.comparison == .ipAddress, key != .sourceAddress {
      throw PolicyProblem("IpAddress compares aws:SourceIp, not \(key)")
    }
    if key == .sourceAddress, by.comparison != .ipAddress, by.comparison != .null {
      throw PolicyProblem("aws:SourceIp is compared by IpAddress, not by \(by.comparison.rawValue)")
    }
    self.operands = operands
  }

  private static func operand(
    _ comparison: ConditionOperator.Comparison, _ value: String
  ) -> Operand? {
    switch comparison {
    case .stringEquals: .text(value)
    case .stringEqualsIgnoreCase: .text(value.lowercased())
    case .stringLike: .pattern(WildcardPattern(value))
    case .numericEquals, .numericLessThan, .numericLessThanEquals, .numericGreaterThan,
      .numericGreaterThanEquals:
      Self.number(value).map { .number($0) }
    case .dateEquals, .dateLessThan, .dateLessThanEquals, .dateGreaterThan,
      .dateGreaterThanEquals:
      Self.time(value).map { .time($0) }
    case .bool, .null: Self.truth(value).map { .truth($0) }
    case .ipAddress: NetworkBlock(value).map { .block($0) }
    case .arnEquals, .arnLike: ARNPattern(value).map { .arn($0) }
    }
  }

  static func number(_ text: String) -> Double? {
    guard text.utf8.count <= 64, let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// Nanoseconds: RFC 3339, a date, or seconds since 1970.
  static func time(_ text: String) -> Int64? {
    if let seconds = Int64(text) {
      let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
      return overflow ? nil : nanoseconds
    }
    if let time = try? WallTime(parsing: text) { return time.nanoseconds }
    return (try? WallTime(parsing: text + "T00:00:00Z"))?.nanoseconds
  }

  static func truth(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true": true
    case "false": false
    default: nil
    }
  }
}

/// `arn:partition:service:region:account:resource`, each part a pattern of its own: a star does not
/// reach over a colon, but in the resource.
struct ARNPattern: Hashable, Sendable {
  private let parts: [WildcardPattern]

  init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    self.parts = parts.map { WildcardPattern(String($0)) }
  }

  func matches(_ text: String) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6 else { return false }
    return zip(self.parts, parts).allSatisfy { $0.matches(String($1)) }
  }
}

/// Why a policy cannot be read, in a sentence.
struct PolicyProblem: Error {
  var text: String
  init(_ text: String) { self.text = text }
}
