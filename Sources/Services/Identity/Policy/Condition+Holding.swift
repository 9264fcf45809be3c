private import Values

extension Condition {
  /// Whether the condition holds for a request. What most policies ask (address, transport, time) is
  /// answered without memory.
  func holds(in context: AccessContext, _ subject: Subject) -> Bool {
    switch (self.key, self.by.comparison) {
    case (.sourceAddress, .ipAddress):
      guard let address = context.sourceAddress else { return self.outcomeWithoutKey }
      return self.outcome(ofOne: self.matches(address))
    case (.isSecure, .bool):
      return self.outcome(ofOne: self.operands.contains(.truth(context.isSecure)))
    case (.currentTime, .dateEquals), (.currentTime, .dateLessThan),
      (.currentTime, .dateLessThanEquals), (.currentTime, .dateGreaterThan),
      (.currentTime, .dateGreaterThanEquals), (.epochTime, .dateEquals),
      (.epochTime, .dateLessThan), (.epochTime, .dateLessThanEquals),
      (.epochTime, .dateGreaterThan), (.epochTime, .dateGreaterThanEquals):
      return self.outcome(ofOne: self.matches(time: context.time.nanoseconds))
    default: return self.holds(for: context.texts(of: self.key, subject))
    }
  }

  /// The meaning of operators over the request's values of one key.
  func holds(for texts: [String]) -> Bool {
    if self.by.comparison == .null {
      return self.operands.contains(.truth(texts.isEmpty))
    }
    if texts.isEmpty { return self.outcomeWithoutKey }
    switch (self.by.quantifier, self.by.isNegated) {
    case (.none, false), (.any, false): return texts.contains { self.matches($0) }
    case (.none, true): return !texts.contains { self.matches($0) }
    case (.any, true): return texts.contains { !self.matches($0) }
    case (.all, false): return texts.allSatisfy { self.matches($0) }
    case (.all, true): return texts.allSatisfy { !self.matches($0) }
    }
  }

  private var outcomeWithoutKey: Bool {
    switch self.by.quantifier {
    case .all: true
    case .any: self.by.ifExists
    case .none: self.by.ifExists || self.by.isNegated
    }
  }

  private func outcome(ofOne matches: Bool) -> Bool { matches != self.by.isNegated }

  private func matches(_ address: NetworkAddress) -> Bool {
    for operand in self.operands {
      if case .block(let block) = operand, block.contains(address) { return true }
    }
    return false
  }

  private func matches(time: Int64) -> Bool {
    for operand in self.operands {
      guard case .time(let bound) = operand else { continue }
      if Self.compare(time, bound, self.by.comparison) { return true }
    }
    return false
  }

  /// Whether one value of the request fits any of the policy's.
  private func matches(_ text: String) -> Bool {
    switch self.by.comparison {
    case .stringEquals: return self.operands.contains(.text(text))
    case .stringEqualsIgnoreCase: return self.operands.contains(.text(text.lowercased()))
    case .bool: return Self.truth(text).map { self.operands.contains(.truth($0)) } ?? false
    case .null: return false
    case .ipAddress: return NetworkAddress(text).map { self.matches($0) } ?? false
    case .dateEquals, .dateLessThan, .dateLessThanEquals, .dateGreaterThan,
      .dateGreaterThanEquals:
      return Self.time(text).map { self.matches(time: $0) } ?? false
    case .numericEquals, .numericLessThan, .numericLessThanEquals, .numericGreaterThan,
      .numericGreaterThanEquals:
      guard let number = Self.number(text) else { return false }
      for operand in self.operands {
        guard case .number(let bound) = operand else { continue }
        if Self.compare(number, bound, self.by.comparison) { return true }
      }
      return false
    case .stringLike, .arnEquals, .arnLike: return self.matchesPattern(text)
    }
  }

  private func matchesPattern(_ text: String) -> Bool {
    for operand in self.operands {
      switch operand {
      case .pattern(let pattern): if pattern.matches(text) { return true }
      case .arn(let pattern): if pattern.matches(text) { return true }
      case .text, .number, .time, .truth, .block: continue
      }
    }
    return false
  }

  private static func compare<T: Comparable>(
    _ value: T, _ bound: T, _ comparison: ConditionOperator.Comparison
  ) -> Bool {
    switch comparison {
    case .numericEquals, .dateEquals: value == bound
    case .numericLessThan, .dateLessThan: value < bound
    case .numericLessThanEquals, .dateLessThanEquals: value <= bound
    case .numericGreaterThan, .dateGreaterThan: value > bound
    case .numericGreaterThanEquals, .dateGreaterThanEquals: value >= bound
    case .stringEquals, .stringEqualsIgnoreCase, .stringLike, .bool, .ipAddress, .arnEquals,
      .arnLike, .null:
      preconditionFailure("\(comparison) does not compare by order")
    }
  }
}
