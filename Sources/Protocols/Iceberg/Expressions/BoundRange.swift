/// The values between two bounds; a bound that is nil is not known.
struct BoundRange {
  let lower: Literal?
  let upper: Literal?

  init(_ lower: Literal?, _ upper: Literal?) {
    self.lower = lower
    self.upper = upper
  }

  /// Whether some value in it can compare so with a constant.
  func mayContain(_ operation: Expression.Operation, _ value: Literal) -> Bool {
    switch operation {
    case .lessThan: self.lower.map { Self.isBefore($0, value) } ?? true
    case .lessThanOrEqual: self.lower.map { !Self.isBefore(value, $0) } ?? true
    case .greaterThan: self.upper.map { Self.isBefore(value, $0) } ?? true
    case .greaterThanOrEqual: self.upper.map { !Self.isBefore($0, value) } ?? true
    case .equal:
      (self.lower.map { !Self.isBefore(value, $0) } ?? true)
        && (self.upper.map { !Self.isBefore($0, value) } ?? true)
    default: true
    }
  }

  /// Whether every value in it compares so with a constant.
  func mustLie(_ operation: Expression.Operation, _ value: Literal) -> Bool {
    switch operation {
    case .lessThan: self.upper.map { Self.isBefore($0, value) } ?? false
    case .lessThanOrEqual: self.upper.map { !Self.isBefore(value, $0) } ?? false
    case .greaterThan: self.lower.map { Self.isBefore(value, $0) } ?? false
    case .greaterThanOrEqual: self.lower.map { !Self.isBefore($0, value) } ?? false
    default: false
    }
  }

  /// Whether some text in it can begin with a prefix. Bounds may be shorter than the prefix.
  func mayContainPrefix(_ prefix: Literal) -> Bool {
    guard let bytes = Self.bytes(prefix) else { return true }
    // Below: even the last text with the prefix comes before the lower bound.
    if let lower = self.lower.flatMap(Self.bytes),
      bytes.lexicographicallyPrecedes(Array(lower.prefix(bytes.count)))
    {
      return false
    }
    // Above: the first one, the prefix itself, comes after the upper bound.
    if let upper = self.upper.flatMap(Self.bytes), upper.lexicographicallyPrecedes(bytes) {
      return false
    }
    return true
  }

  private static func bytes(_ value: Literal) -> [UInt8]? {
    switch value {
    case .string(let text): Array(text.utf8)
    case .binary(let bytes), .fixed(let bytes): bytes
    default: nil
    }
  }

  /// By value: the two zeros are one number.
  private static func isBefore(_ left: Literal, _ right: Literal) -> Bool {
    switch (left, right) {
    case (.float(let left), .float(let right)): left < right
    case (.double(let left), .double(let right)): left < right
    // Values that cannot be compared decide nothing.
    default: left.isBefore(right) ?? false
    }
  }
}
