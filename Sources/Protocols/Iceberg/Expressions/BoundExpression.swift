/// A condition whose columns and constants are known, without `not`, and with constants folded.
public indirect enum BoundExpression: Hashable, Sendable {
  case alwaysTrue
  case alwaysFalse
  case and(BoundExpression, BoundExpression)
  case or(BoundExpression, BoundExpression)
  case predicate(BoundPredicate)

  public static func && (left: Self, right: @autoclosure () -> Self) -> Self {
    switch left {
    case .alwaysFalse: return .alwaysFalse
    case .alwaysTrue: return right()
    default:
      switch right() {
      case .alwaysFalse: return .alwaysFalse
      case .alwaysTrue: return left
      case let right: return .and(left, right)
      }
    }
  }

  public static func || (left: Self, right: @autoclosure () -> Self) -> Self {
    switch left {
    case .alwaysTrue: return .alwaysTrue
    case .alwaysFalse: return right()
    default:
      switch right() {
      case .alwaysTrue: return .alwaysTrue
      case .alwaysFalse: return left
      case let right: return .or(left, right)
      }
    }
  }

  /// The condition with each predicate replaced by what `body` makes of it.
  func map(_ body: (BoundPredicate) -> BoundExpression) -> BoundExpression {
    switch self {
    case .alwaysTrue, .alwaysFalse: self
    case .and(let left, let right): left.map(body) && right.map(body)
    case .or(let left, let right): left.map(body) || right.map(body)
    case .predicate(let predicate): body(predicate)
    }
  }

  /// Whether the condition holds when `body` says whether each predicate does.
  func evaluate(_ body: (BoundPredicate) -> Bool) -> Bool {
    switch self {
    case .alwaysTrue: true
    case .alwaysFalse: false
    case .and(let left, let right): left.evaluate(body) && right.evaluate(body)
    case .or(let left, let right): left.evaluate(body) || right.evaluate(body)
    case .predicate(let predicate): body(predicate)
    }
  }

  /// The columns that it looks at.
  public var fieldIDs: Set<Int> {
    switch self {
    case .alwaysTrue, .alwaysFalse: []
    case .and(let left, let right), .or(let left, let right): left.fieldIDs.union(right.fieldIDs)
    case .predicate(let predicate): [predicate.fieldID]
    }
  }
}

public struct BoundPredicate: Hashable, Sendable {
  public var operation: Expression.Operation
  public var fieldID: Int
  /// What is made of the column before it is compared; `identity` mostly.
  public var transform: Transform
  /// The type that is compared.
  public var type: PrimitiveType
  /// Whether the column can be null at all.
  public var isRequired: Bool
  /// One for comparisons; of sets in ascending order and each once.
  public var literals: [Literal]
  /// The column's name, for residuals.
  public var path: String

  var literal: Literal {
    precondition(!self.literals.isEmpty, "\(self.operation) has no constant")
    return self.literals[0]
  }
}
