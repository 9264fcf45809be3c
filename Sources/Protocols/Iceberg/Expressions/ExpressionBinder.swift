private import JSON

extension Expression {
  /// Finds the columns and reads the constants as values of their types.
  ///
  /// What can be decided without a row is: `not-null` of a required column, a constant that the column's
  /// type cannot reach.
  public func bound(
    to index: SchemaIndex, isCaseSensitive: Bool = true
  ) throws(IcebergError) -> BoundExpression {
    try ExpressionBinder(index: index, isCaseSensitive: isCaseSensitive).bind(
      self, isNegated: false)
  }
}

struct ExpressionBinder {
  let index: SchemaIndex
  let isCaseSensitive: Bool

  func bind(_ expression: Expression, isNegated: Bool) throws(IcebergError) -> BoundExpression {
    switch expression {
    case .alwaysTrue: return isNegated ? .alwaysFalse : .alwaysTrue
    case .alwaysFalse: return isNegated ? .alwaysTrue : .alwaysFalse
    case .not(let child): return try self.bind(child, isNegated: !isNegated)
    case .and(let left, let right):
      // Both sides are bound whatever the other is, so that a bad one is always found.
      let (left, right) = (
        try self.bind(left, isNegated: isNegated), try self.bind(right, isNegated: isNegated)
      )
      return isNegated ? left || right : left && right
    case .or(let left, let right):
      let (left, right) = (
        try self.bind(left, isNegated: isNegated), try self.bind(right, isNegated: isNegated)
      )
      return isNegated ? left && right : left || right
    case .predicate(let predicate):
      let bound = try self.bind(predicate)
      return isNegated ? bound.negated : bound
    }
  }

  private func bind(_ predicate: Expression.Predicate) throws(IcebergError) -> BoundExpression {
    let place = try self.place(predicate.term.reference)
    let name = quoted(place.path)
    guard let type = place.type.primitive else {
      guard predicate.operation == .isNull || predicate.operation == .notNull else {
        throw IcebergError(.badRequest, "column \(name) is no primitive and cannot be compared")
      }
      return self.test(predicate.operation, place, .unknown, .identity)
    }
    var result = type
    var transform = Transform.identity
    if case .transform(let applied, _) = predicate.term {
      guard applied.accepts(type), let made = applied.result(of: type) else {
        throw IcebergError(.badRequest, "\(applied) cannot be applied to column \(name)")
      }
      (transform, result) = (applied, made)
    }
    switch predicate.operation {
    case .isNull, .notNull: return self.test(predicate.operation, place, result, transform)
    case .isNaN, .notNaN:
      guard result == .float || result == .double else {
        throw IcebergError(.badRequest, "column \(name) is no floating-point number")
      }
      return self.test(predicate.operation, place, result, transform)
    case .startsWith, .notStartsWith:
      guard result == .string else {
        throw IcebergError(.badRequest, "column \(name) is no string")
      }
    default: break
    }
    return try self.compare(predicate, place, result, transform)
  }

  private func place(_ reference: Expression.Reference) throws(IcebergError) -> FieldPlace {
    switch reference {
    case .name(let name):
      guard let place = self.index.field(named: name, isCaseSensitive: self.isCaseSensitive) else {
        throw IcebergError(.badRequest, "there is no column \(quoted(name))")
      }
      return try self.reachable(place)
    case .id(let id):
      guard let place = self.index[id] else {
        throw IcebergError(.badRequest, "there is no column with id \(id)")
      }
      return try self.reachable(place)
    }
  }

  private func reachable(_ place: FieldPlace) throws(IcebergError) -> FieldPlace {
    guard !place.isRepeated else {
      throw IcebergError(
        .badRequest, "column \(quoted(place.path)) is inside of a list or map: no row has one value"
      )
    }
    return place
  }

  private func test(
    _ operation: Expression.Operation, _ place: FieldPlace, _ type: PrimitiveType,
    _ transform: Transform
  ) -> BoundExpression {
    if !place.isOptional {
      if operation == .isNull { return .alwaysFalse }
      if operation == .notNull { return .alwaysTrue }
    }
    return .predicate(
      BoundPredicate(
        operation: operation, fieldID: place.id, transform: transform, type: type,
        isRequired: !place.isOptional, literals: [], path: place.path))
  }

  private func compare(
    _ predicate: Expression.Predicate, _ place: FieldPlace, _ type: PrimitiveType,
    _ transform: Transform
  ) throws(IcebergError) -> BoundExpression {
    var literals: [Literal] = []
    for operand in predicate.operands {
      switch try OperandReader.read(operand, as: type, column: place.path) {
      case .value(let literal): literals.append(literal)
      case .above:
        if let decided = Self.decided(predicate.operation, isAbove: true) { return decided }
      case .below:
        if let decided = Self.decided(predicate.operation, isAbove: false) { return decided }
      }
    }
    var bound = BoundPredicate(
      operation: predicate.operation, fieldID: place.id, transform: transform, type: type,
      isRequired: !place.isOptional, literals: literals, path: place.path)
    if let decided = bound.simplify() { return decided }
    return .predicate(bound)
  }

  /// What a comparison with a constant above or below all values of the type is. A null is on neither
  /// side, so where it matters nothing is decided but by the column's test.
  private static func decided(
    _ operation: Expression.Operation, isAbove: Bool
  ) -> BoundExpression? {
    switch operation {
    case .equal: .alwaysFalse
    case .notEqual: .alwaysTrue
    case .greaterThan, .greaterThanOrEqual: isAbove ? .alwaysFalse : nil
    case .lessThan, .lessThanOrEqual: isAbove ? nil : .alwaysFalse
    // A value of a set that no row can have is left out.
    default: nil
    }
  }
}

extension BoundPredicate {
  /// Puts sets in order and takes those of none or one apart.
  mutating func simplify() -> BoundExpression? {
    if self.operation.isSet {
      var unique = Set<Literal>()
      self.literals = self.literals.filter { unique.insert($0).inserted }
        .sorted { $0.isBefore($1) ?? false }
      if self.literals.isEmpty { return self.operation == .isIn ? .alwaysFalse : .alwaysTrue }
      if self.literals.count == 1 { self.operation = self.operation == .isIn ? .equal : .notEqual }
      return nil
    }
    guard self.literals.isEmpty else { return nil }
    // A constant beyond the type: every value that is there compares, a null and NaN do not.
    self.operation = .notNull
    let isThere: BoundExpression = self.isRequired ? .alwaysTrue : .predicate(self)
    guard self.type == .float || self.type == .double else { return isThere }
    var notNaN = self
    notNaN.operation = .notNaN
    return isThere && .predicate(notNaN)
  }
}

extension BoundExpression {
  /// The opposite, with nulls and NaN on the side that they are not on now.
  var negated: BoundExpression {
    switch self {
    case .alwaysTrue: .alwaysFalse
    case .alwaysFalse: .alwaysTrue
    case .and(let left, let right): left.negated || right.negated
    case .or(let left, let right): left.negated && right.negated
    case .predicate(let predicate): predicate.negated
    }
  }
}

extension BoundPredicate {
  var negated: BoundExpression {
    var opposite = self
    switch self.operation {
    case .isNull: opposite.operation = .notNull
    case .notNull: opposite.operation = .isNull
    case .isNaN: opposite.operation = .notNaN
    case .notNaN: opposite.operation = .isNaN
    case .equal: opposite.operation = .notEqual
    case .notEqual: opposite.operation = .equal
    case .isIn: opposite.operation = .notIn
    case .notIn: opposite.operation = .isIn
    case .startsWith: opposite.operation = .notStartsWith
    case .notStartsWith: opposite.operation = .startsWith
    case .lessThan: return self.negated(with: .greaterThanOrEqual)
    case .lessThanOrEqual: return self.negated(with: .greaterThan)
    case .greaterThan: return self.negated(with: .lessThanOrEqual)
    case .greaterThanOrEqual: return self.negated(with: .lessThan)
    }
    return .predicate(opposite)
  }

  private func negated(with operation: Expression.Operation) -> BoundExpression {
    var opposite = self
    opposite.operation = operation
    var result = BoundExpression.predicate(opposite)
    if !self.isRequired {
      opposite.operation = .isNull
      opposite.literals = []
      result = result || .predicate(opposite)
    }
    if self.type == .float || self.type == .double {
      opposite.operation = .isNaN
      opposite.literals = []
      result = result || .predicate(opposite)
    }
    return result
  }
}
