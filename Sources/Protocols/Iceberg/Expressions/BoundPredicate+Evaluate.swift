extension BoundPredicate {
  /// Whether it is true of a value of the column.
  public func isTrue(of value: Literal?) -> Bool {
    let value = self.transform.isIdentity ? value : self.transform.apply(value)
    switch self.operation {
    case .isNull: return value == nil
    case .notNull: return value != nil
    case .isNaN: return value?.isNaN ?? false
    case .notNaN: return !(value?.isNaN ?? false)
    case .notEqual, .notIn: return !self.literals.contains { Self.isEqual(value, $0) }
    case .equal, .isIn: return self.literals.contains { Self.isEqual(value, $0) }
    case .startsWith: return value.map { Self.hasPrefix($0, self.literal) } ?? false
    case .notStartsWith: return !(value.map { Self.hasPrefix($0, self.literal) } ?? false)
    case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual:
      guard let value, !value.isNaN else { return false }
      return Self.isOrdered(value, self.literal, self.operation)
    }
  }

  private static func isEqual(_ value: Literal?, _ other: Literal) -> Bool {
    switch (value, other) {
    case (.float(let left)?, .float(let right)): left == right
    case (.double(let left)?, .double(let right)): left == right
    default: value == other
    }
  }

  private static func isOrdered(
    _ value: Literal, _ other: Literal, _ operation: Expression.Operation
  ) -> Bool {
    // The two zeros are one number here.
    let isEqual = self.isEqual(value, other)
    switch operation {
    case .lessThan: return !isEqual && value.isBefore(other) ?? false
    case .lessThanOrEqual: return isEqual || value.isBefore(other) ?? false
    case .greaterThan: return !isEqual && other.isBefore(value) ?? false
    default: return isEqual || other.isBefore(value) ?? false
    }
  }

  static func hasPrefix(_ value: Literal, _ prefix: Literal) -> Bool {
    switch (value, prefix) {
    case (.string(let text), .string(let prefix)): text.utf8.starts(with: prefix.utf8)
    case (.binary(let bytes), .binary(let prefix)), (.fixed(let bytes), .fixed(let prefix)),
      (.fixed(let bytes), .binary(let prefix)):
      bytes.starts(with: prefix)
    default: false
    }
  }
}

extension Transform {
  var isIdentity: Bool {
    if case .identity = self { true } else { false }
  }
}

extension BoundExpression {
  /// Whether it is true of a row.
  public func isTrue(of value: (_ fieldID: Int) -> Literal?) -> Bool {
    self.evaluate { $0.isTrue(of: value($0.fieldID)) }
  }
}
