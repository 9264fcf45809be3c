/// Tells from the summaries of a manifest list whether a manifest can have files whose partition matches.
public struct ManifestEvaluator: Sendable {
  private let filter: BoundExpression
  private let positions: [Int: Int]

  /// - Parameter filter: a condition on the partition values of `spec`, as a projection makes it.
  public init(_ filter: BoundExpression, spec: PartitionSpec) {
    self.filter = filter
    self.positions = Dictionary(
      spec.fields.enumerated().map { ($1.fieldID, $0) }
    ) { first, _ in first }
  }

  public func mayMatch(_ manifest: ManifestFile) -> Bool {
    guard let summaries = manifest.partitions else { return true }
    return self.filter.evaluate { predicate in
      guard let position = self.positions[predicate.fieldID], summaries.indices.contains(position)
      else { return true }
      return Self.mayMatch(predicate, summaries[position])
    }
  }

  private static func mayMatch(
    _ predicate: BoundPredicate, _ summary: ManifestFile.FieldSummary
  ) -> Bool {
    let range = BoundRange(
      summary.lowerBound.flatMap { Literal(bytes: $0.span.bytes, as: predicate.type) },
      summary.upperBound.flatMap { Literal(bytes: $0.span.bytes, as: predicate.type) })
    let isFloating = predicate.type == .float || predicate.type == .double
    // Without bounds there is no value but null, and NaN of floating-point numbers.
    let hasNoValues = summary.lowerBound == nil && (!isFloating || summary.containsNaN == false)
    switch predicate.operation {
    case .isNull: return summary.containsNull
    case .notNull: return !(summary.containsNull && hasNoValues)
    case .isNaN: return summary.containsNaN ?? true
    case .notNaN:
      return !(summary.containsNaN == true && !summary.containsNull && summary.lowerBound == nil)
    case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual:
      guard !hasNoValues else { return false }
      return range.mayContain(predicate.operation, predicate.literal)
    case .equal, .isIn:
      guard !hasNoValues else { return false }
      return predicate.literals.contains { range.mayContain(.equal, $0) }
    case .startsWith:
      guard !hasNoValues else { return false }
      return range.mayContainPrefix(predicate.literal)
    case .notStartsWith:
      guard !summary.containsNull, let lower = range.lower, let upper = range.upper else {
        return true
      }
      return
        !(BoundPredicate.hasPrefix(lower, predicate.literal)
        && BoundPredicate.hasPrefix(upper, predicate.literal))
    case .notEqual, .notIn: return true
    }
  }
}
