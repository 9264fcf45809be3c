/// What is left of a filter to be checked on the rows of a file once its partition is known.
public struct ResidualEvaluator: Sendable {
  private let filter: BoundExpression
  private let strict: Projection
  private let inclusive: Projection
  private let positions: [Int: Int]

  public init(_ filter: BoundExpression, spec: PartitionSpec, in index: SchemaIndex) {
    self.filter = filter
    self.strict = .strict(spec, in: index)
    self.inclusive = .inclusive(spec, in: index)
    self.positions = Dictionary(
      spec.fields.enumerated().map { ($1.fieldID, $0) }
    ) { first, _ in first }
  }

  /// Predicates that the partition decides are replaced by what they are.
  public func residual(of partition: PartitionValues) -> BoundExpression {
    self.filter.map { predicate in
      let single = BoundExpression.predicate(predicate)
      if self.isTrue(self.strict.project(single), of: partition) { return .alwaysTrue }
      if !self.isTrue(self.inclusive.project(single), of: partition) { return .alwaysFalse }
      return single
    }
  }

  private func isTrue(_ condition: BoundExpression, of partition: PartitionValues) -> Bool {
    condition.isTrue { id in
      guard let position = self.positions[id], partition.values.indices.contains(position) else {
        return nil
      }
      return partition.values[position]
    }
  }
}

extension BoundExpression {
  /// The condition with names of columns, as clients read it.
  public var unbound: Expression {
    switch self {
    case .alwaysTrue: .alwaysTrue
    case .alwaysFalse: .alwaysFalse
    case .and(let left, let right): .and(left.unbound, right.unbound)
    case .or(let left, let right): .or(left.unbound, right.unbound)
    case .predicate(let predicate):
      .predicate(
        Expression.Predicate(
          predicate.operation,
          predicate.transform.isIdentity
            ? .column(predicate.path) : .transform(predicate.transform, .name(predicate.path)),
          predicate.literals.map(Expression.Operand.literal)))
    }
  }
}
