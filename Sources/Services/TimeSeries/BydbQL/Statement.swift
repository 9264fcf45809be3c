/// A query as its text says it, with question marks by their place.
struct Statement: Sendable, Hashable {
  enum Kind: String, Sendable {
    case stream, measure, trace, property
  }

  struct Column: Sendable, Hashable {
    enum Scope: Sendable {
      case tag
      case field
    }

    var path: String
    var scope: Scope?
  }

  enum Projection: Sendable, Hashable {
    case all
    case none
    case columns([Item])
    case top(Scalar, field: String, isDescending: Bool, [Item])
  }

  enum Item: Sendable, Hashable {
    case column(Column)
    case aggregate(Keyword, String)
  }

  /// A literal, or the number of a question mark.
  enum Scalar: Sendable, Hashable {
    case string(String)
    /// As written: whether it fits depends on where it stands.
    case integer(String)
    case null
    case placeholder(Int)
  }

  enum Times: Sendable, Hashable {
    case compare(Symbol, Scalar)
    case between(Scalar, Scalar)
  }

  struct Match: Sendable, Hashable {
    var values: [Scalar]
    var analyzer: String?
    var `operator`: String?
  }

  enum Test: Sendable, Hashable {
    case compare(Symbol, Scalar)
    case match(Match)
    case among([Scalar], isNegated: Bool)
    case having([Scalar], isList: Bool, isNegated: Bool)
  }

  /// The tree as a program: conditions, and joints that take the two before them.
  enum Step: Sendable, Hashable {
    case condition(path: String, Test)
    case and
    case or
  }

  /// What LIMIT and OFFSET may be, and what TOP may.
  static let counts: ClosedRange<Int64> = 0...Int64(UInt32.max)
  static let topCounts: ClosedRange<Int64> = 0...Int64(Int32.max)

  var kind = Kind.stream
  var isTop = false
  var topCount = Scalar.integer("0")
  var projection = Projection.all
  var name = ""
  var groups: [String] = []
  var stages: [String] = []
  var times: Times?
  var criteria: [Step] = []
  var grouping: [Column] = []
  var aggregate: Keyword?
  /// Nil path: by time.
  var order: Order?
  var isTraced = false
  var limit: Scalar?
  var offset: Scalar?
  var placeholderCount = 0

  struct Order: Sendable, Hashable {
    var path: String?
    var isDescending: Bool
  }
}
