/// Tells from a file's metrics whether rows of it can match, or whether all must.
///
/// Metrics may be missing, and bounds of texts may be cut: where they do not decide, the answer is that
/// rows can match and need not.
public struct MetricsEvaluator: Sendable {
  private let filter: BoundExpression
  private let compiled: CompiledFilter

  public init(_ filter: BoundExpression) {
    self.filter = filter
    self.compiled = CompiledFilter(filter)
  }

  /// False when no row of the file matches.
  public func mayMatch(_ file: DataFile) -> Bool {
    guard file.recordCount != 0 else { return false }
    return self.compiled.mayMatch(file)
  }

  /// True when all rows of the file match.
  public func mustMatch(_ file: DataFile) -> Bool {
    guard file.recordCount != 0 else { return true }
    return self.filter.evaluate { FileMetrics(file, $0).mustMatch() }
  }
}

/// The metrics of the column that a predicate looks at.
struct FileMetrics {
  let predicate: BoundPredicate
  let hasOnlyNulls: Bool
  let hasOnlyNaNs: Bool
  /// Nil when it is not known.
  let hasNulls: Bool?
  let hasNaNs: Bool?
  let lower: Literal?
  let upper: Literal?

  init(_ file: DataFile, _ predicate: BoundPredicate) {
    self.predicate = predicate
    let id = predicate.fieldID
    let values = file.valueCounts?[id]
    let nulls = file.nullValueCounts?[id]
    let nans = file.nanValueCounts?[id]
    let isFloating = predicate.type == .float || predicate.type == .double
    self.hasNulls = predicate.isRequired ? false : nulls.map { $0 > 0 }
    self.hasNaNs = isFloating ? nans.map { $0 > 0 } : false
    if let values, let nulls, values > 0 {
      self.hasOnlyNulls = values == nulls
      self.hasOnlyNaNs = isFloating && (nans.map { $0 == values } ?? false)
    } else {
      self.hasOnlyNulls = false
      self.hasOnlyNaNs =
        isFloating && (values.map { $0 > 0 && nans == $0 } ?? false)
    }
    // NaN in a bound is of an old writer, and says nothing.
    self.lower = file.lowerBounds?.literal(id, as: predicate.type).flatMap { $0.isNaN ? nil : $0 }
    self.upper = file.upperBounds?.literal(id, as: predicate.type).flatMap { $0.isNaN ? nil : $0 }
  }

  /// Bounds are of the column itself; what a transform makes of it is between those of it only when the
  /// transform keeps the order.
  private var isPlain: Bool { self.predicate.transform.isIdentity }

  func mayMatch() -> Bool {
    guard self.isPlain else { return self.mayMatchTransformed() }
    switch self.predicate.operation {
    case .isNull: return self.hasNulls ?? true
    case .notNull: return !self.hasOnlyNulls
    case .isNaN: return self.hasNaNs ?? true && !self.hasOnlyNulls
    case .notNaN: return !self.hasOnlyNaNs
    case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual:
      guard !self.hasOnlyNulls, !self.hasOnlyNaNs else { return false }
      return BoundRange(self.lower, self.upper).mayContain(
        self.predicate.operation, self.predicate.literal)
    case .equal, .isIn:
      guard !self.hasOnlyNulls, !self.hasOnlyNaNs else { return false }
      let range = BoundRange(self.lower, self.upper)
      return self.predicate.literals.contains { range.mayContain(.equal, $0) }
    case .startsWith:
      guard !self.hasOnlyNulls else { return false }
      return BoundRange(self.lower, self.upper).mayContainPrefix(self.predicate.literal)
    case .notStartsWith:
      guard self.hasNulls == false, let lower = self.lower, let upper = self.upper else {
        return true
      }
      // All begin with it when both bounds do, unless a bound was cut before the prefix ends.
      return
        !(BoundPredicate.hasPrefix(lower, self.predicate.literal)
        && BoundPredicate.hasPrefix(upper, self.predicate.literal))
    case .notEqual, .notIn: return true
    }
  }

  private func mayMatchTransformed() -> Bool {
    switch self.predicate.operation {
    // A transform makes null of null and of nothing else, but `void`.
    case .isNull: self.predicate.transform == .void || (self.hasNulls ?? true)
    case .notNull: self.predicate.transform != .void && !self.hasOnlyNulls
    default: true
    }
  }

  func mustMatch() -> Bool {
    guard self.isPlain else { return false }
    let isAllThere = self.hasNulls == false && self.hasNaNs == false
    switch self.predicate.operation {
    case .isNull: return self.hasOnlyNulls
    case .notNull: return self.hasNulls == false
    case .isNaN: return self.hasOnlyNaNs
    case .notNaN: return self.hasNaNs == false || self.hasOnlyNulls
    case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual:
      return isAllThere
        && BoundRange(self.lower, self.upper).mustLie(
          self.predicate.operation, self.predicate.literal)
    case .equal, .isIn:
      guard isAllThere, let lower = self.lower, let upper = self.upper, lower == upper else {
        return false
      }
      return self.predicate.literals.contains { $0 == lower }
    case .notEqual, .notIn:
      if self.hasOnlyNulls || self.hasOnlyNaNs { return true }
      let range = BoundRange(self.lower, self.upper)
      return !self.predicate.literals.contains { range.mayContain(.equal, $0) }
    case .startsWith, .notStartsWith: return false
    }
  }
}
