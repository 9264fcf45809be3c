public import JSON

/// A condition on rows, with columns by name or id.
///
/// Every condition is true or false of a row, never unknown: `a < b` is false of a null, `a != b` and
/// `not-in` are true of one, and so for NaN.
public indirect enum Expression: Hashable, Sendable {
  case alwaysTrue
  case alwaysFalse
  case and(Expression, Expression)
  case or(Expression, Expression)
  case not(Expression)
  case predicate(Predicate)

  public struct Predicate: Hashable, Sendable {
    public var operation: Operation
    public var term: Term
    /// None for tests of null and NaN, one for comparisons, any number for sets.
    public var operands: [Operand]

    public init(_ operation: Operation, _ term: Term, _ operands: [Operand] = []) {
      self.operation = operation
      self.term = term
      self.operands = operands
    }
  }

  public enum Operation: String, CaseIterable, Sendable {
    case isNull = "is-null"
    case notNull = "not-null"
    case isNaN = "is-nan"
    case notNaN = "not-nan"
    case lessThan = "lt"
    case lessThanOrEqual = "lt-eq"
    case greaterThan = "gt"
    case greaterThanOrEqual = "gt-eq"
    case equal = "eq"
    case notEqual = "not-eq"
    case startsWith = "starts-with"
    case notStartsWith = "not-starts-with"
    case isIn = "in"
    case notIn = "not-in"

    public var isUnary: Bool {
      switch self {
      case .isNull, .notNull, .isNaN, .notNaN: true
      default: false
      }
    }

    public var isSet: Bool { self == .isIn || self == .notIn }

    /// The operation with its sides exchanged; nil when it has none.
    var flipped: Operation? {
      switch self {
      case .lessThan: .greaterThan
      case .lessThanOrEqual: .greaterThanOrEqual
      case .greaterThan: .lessThan
      case .greaterThanOrEqual: .lessThanOrEqual
      case .equal, .notEqual: self
      default: nil
      }
    }
  }

  /// What is compared: a column, or what a transform makes of it.
  public enum Term: Hashable, Sendable {
    case reference(Reference)
    case transform(Transform, Reference)

    public var reference: Reference {
      switch self {
      case .reference(let reference), .transform(_, let reference): reference
      }
    }

    public static func column(_ name: String) -> Term { .reference(.name(name)) }
  }

  public enum Reference: Hashable, Sendable {
    case name(String)
    case id(Int)
  }

  /// A constant: of a known type, or as JSON has it until the column's type is known.
  public enum Operand: Hashable, Sendable {
    case literal(Literal)
    case json(JSONValue, type: PrimitiveType?)
  }

  public static func test(_ operation: Operation, _ column: String) -> Expression {
    .predicate(Predicate(operation, .column(column)))
  }

  public static func compare(
    _ column: String, _ operation: Operation, _ value: Literal
  ) -> Expression {
    .predicate(Predicate(operation, .column(column), [.literal(value)]))
  }

  public static func isIn(_ column: String, _ values: [Literal]) -> Expression {
    .predicate(Predicate(.isIn, .column(column), values.map(Operand.literal)))
  }
}
