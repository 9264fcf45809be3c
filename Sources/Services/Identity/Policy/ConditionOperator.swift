/// How a condition compares: `ForAnyValue:StringNotLikeIfExists` taken apart.
package struct ConditionOperator: Hashable, Sendable {
  package enum Comparison: String, Hashable, Sendable, CaseIterable {
    case stringEquals = "StringEquals"
    case stringEqualsIgnoreCase = "StringEqualsIgnoreCase"
    case stringLike = "StringLike"
    case numericEquals = "NumericEquals"
    case numericLessThan = "NumericLessThan"
    case numericLessThanEquals = "NumericLessThanEquals"
    case numericGreaterThan = "NumericGreaterThan"
    case numericGreaterThanEquals = "NumericGreaterThanEquals"
    case dateEquals = "DateEquals"
    case dateLessThan = "DateLessThan"
    case dateLessThanEquals = "DateLessThanEquals"
    case dateGreaterThan = "DateGreaterThan"
    case dateGreaterThanEquals = "DateGreaterThanEquals"
    case bool = "Bool"
    case ipAddress = "IpAddress"
    case arnEquals = "ArnEquals"
    case arnLike = "ArnLike"
    case null = "Null"
  }

  /// What a request's several values of one key have to do with each other.
  package enum Quantifier: Hashable, Sendable {
    /// None was written: as `ForAnyValue`, which is the same for the one value that is usual.
    case none
    case all
    case any
  }

  package var comparison: Comparison
  package var isNegated = false
  package var quantifier = Quantifier.none
  /// A key that the request has not is fine.
  package var ifExists = false

  package init(_ comparison: Comparison, isNegated: Bool = false) {
    self.comparison = comparison
    self.isNegated = isNegated
  }

  /// Nil when the text is no operator.
  package init?(parsing text: String) {
    var rest = Substring(text)
    var quantifier = Quantifier.none
    if rest.hasPrefix("ForAllValues:") {
      quantifier = .all
      rest = rest.dropFirst("ForAllValues:".count)
    } else if rest.hasPrefix("ForAnyValue:") {
      quantifier = .any
      rest = rest.dropFirst("ForAnyValue:".count)
    }
    let ifExists = rest.hasSuffix("IfExists")
    if ifExists { rest = rest.dropLast("IfExists".count) }
    guard let (comparison, isNegated) = Self.words[String(rest)] else { return nil }
    if comparison == .null, ifExists || quantifier != .none { return nil }
    self.comparison = comparison
    self.isNegated = isNegated
    self.quantifier = quantifier
    self.ifExists = ifExists
  }

  private static let words: [String: (Comparison, Bool)] = {
    var words: [String: (Comparison, Bool)] = [:]
    for comparison in Comparison.allCases { words[comparison.rawValue] = (comparison, false) }
    words["StringNotEquals"] = (.stringEquals, true)
    words["StringNotEqualsIgnoreCase"] = (.stringEqualsIgnoreCase, true)
    words["StringNotLike"] = (.stringLike, true)
    words["NumericNotEquals"] = (.numericEquals, true)
    words["DateNotEquals"] = (.dateEquals, true)
    words["NotIpAddress"] = (.ipAddress, true)
    words["ArnNotEquals"] = (.arnEquals, true)
    words["ArnNotLike"] = (.arnLike, true)
    return words
  }()

  /// Every word that stands before a condition's key, without prefix and suffix.
  package static var names: [String] { Self.words.keys.sorted() }
}
