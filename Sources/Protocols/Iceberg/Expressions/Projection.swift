/// Turns conditions on columns into conditions on partition values.
///
/// The inclusive form is true of every partition that has a matching row; the strict form is true only of
/// partitions all of whose rows match.
public struct Projection: Sendable {
  public let spec: PartitionSpec
  private let types: [PrimitiveType?]
  private let isStrict: Bool

  public static func inclusive(_ spec: PartitionSpec, in index: SchemaIndex) -> Projection {
    Projection(spec: spec, types: spec.resultTypes(in: index), isStrict: false)
  }

  public static func strict(_ spec: PartitionSpec, in index: SchemaIndex) -> Projection {
    Projection(spec: spec, types: spec.resultTypes(in: index), isStrict: true)
  }

  private init(spec: PartitionSpec, types: [PrimitiveType?], isStrict: Bool) {
    self.spec = spec
    self.types = types
    self.isStrict = isStrict
  }

  /// The condition on partitions; its fields are those of the spec, by their ids.
  public func project(_ filter: BoundExpression) -> BoundExpression {
    filter.map { self.project($0) }
  }

  private func project(_ predicate: BoundPredicate) -> BoundExpression {
    // A column may be the source of several fields: each says what it can.
    var result: BoundExpression = self.isStrict ? .alwaysFalse : .alwaysTrue
    for (field, type) in zip(self.spec.fields, self.types)
    where field.sourceID == predicate.fieldID {
      guard let type, let projected = self.project(predicate, field, type) else { continue }
      result = self.isStrict ? result || projected : result && projected
    }
    return result
  }

  private func project(
    _ predicate: BoundPredicate, _ field: PartitionField, _ type: PrimitiveType
  ) -> BoundExpression? {
    let target = FieldProjection(predicate: predicate, field: field, type: type)
    if !predicate.transform.isIdentity {
      // What the filter makes of the column is the partition value itself, or nothing is known.
      guard predicate.transform == field.transform else { return nil }
      return target.unchanged()
    }
    switch field.transform {
    case .identity: return target.unchanged()
    case .void, .unknown: return nil
    case .bucket: return target.bucket(isStrict: self.isStrict)
    case .truncate(let width):
      return predicate.type == .string || predicate.type == .binary
        ? target.text(width, isStrict: self.isStrict)
        : target.number(isStrict: self.isStrict)
    case .year, .month, .day, .hour: return target.time(isStrict: self.isStrict)
    }
  }
}

/// One predicate onto one partition field.
struct FieldProjection {
  let predicate: BoundPredicate
  let field: PartitionField
  let type: PrimitiveType

  /// A predicate on the partition value.
  private func on(
    _ operation: Expression.Operation, _ literals: [Literal?]
  ) -> BoundExpression? {
    var known: [Literal] = []
    for literal in literals {
      guard let literal else { return nil }
      known.append(literal)
    }
    var projected = BoundPredicate(
      operation: operation, fieldID: self.field.fieldID, transform: .identity, type: self.type,
      isRequired: false, literals: known, path: self.field.name)
    if operation.isUnary { return .predicate(projected) }
    return projected.simplify() ?? .predicate(projected)
  }

  func unchanged() -> BoundExpression? {
    self.on(self.predicate.operation, self.predicate.literals.map { $0.promoted(to: self.type) })
  }

  private func applied(_ literals: [Literal]) -> [Literal?] {
    literals.map { self.field.transform.apply($0) }
  }

  /// The result for the next value above or below the constant, as far as there is one.
  private func applied(step: Int) -> [Literal?] {
    [self.predicate.literal.stepped(step).flatMap { self.field.transform.apply($0) }]
  }

  func bucket(isStrict: Bool) -> BoundExpression? {
    switch self.predicate.operation {
    case .isNull, .notNull: self.on(self.predicate.operation, [])
    case .equal, .isIn: isStrict ? nil : self.on(.isIn, self.applied(self.predicate.literals))
    case .notEqual, .notIn:
      isStrict ? self.on(.notIn, self.applied(self.predicate.literals)) : nil
    default: nil
    }
  }

  func number(isStrict: Bool) -> BoundExpression? {
    let literals = self.predicate.literals
    switch self.predicate.operation {
    case .isNull, .notNull: return self.on(self.predicate.operation, [])
    case .equal, .isIn: return isStrict ? nil : self.on(.isIn, self.applied(literals))
    case .notEqual, .notIn: return isStrict ? self.on(.notIn, self.applied(literals)) : nil
    case .lessThan:
      return isStrict
        ? self.on(.lessThan, self.applied(literals))
        : self.on(.lessThanOrEqual, self.applied(step: -1))
    case .lessThanOrEqual:
      return isStrict
        ? self.on(.lessThan, self.applied(step: 1))
        : self.on(.lessThanOrEqual, self.applied(literals))
    case .greaterThan:
      return isStrict
        ? self.on(.greaterThan, self.applied(literals))
        : self.on(.greaterThanOrEqual, self.applied(step: 1))
    case .greaterThanOrEqual:
      return isStrict
        ? self.on(.greaterThan, self.applied(step: -1))
        : self.on(.greaterThanOrEqual, self.applied(literals))
    default: return nil
    }
  }

  func text(_ width: Int, isStrict: Bool) -> BoundExpression? {
    let literals = self.predicate.literals
    switch self.predicate.operation {
    case .isNull, .notNull: return self.on(self.predicate.operation, [])
    case .equal, .isIn: return isStrict ? nil : self.on(.isIn, self.applied(literals))
    case .notEqual, .notIn: return isStrict ? self.on(.notIn, self.applied(literals)) : nil
    case .lessThan, .lessThanOrEqual:
      return self.on(isStrict ? .lessThan : .lessThanOrEqual, self.applied(literals))
    case .greaterThan, .greaterThanOrEqual:
      return self.on(isStrict ? .greaterThan : .greaterThanOrEqual, self.applied(literals))
    case .startsWith, .notStartsWith: return self.prefix(width, isStrict: isStrict)
    case .isNaN, .notNaN: return nil
    }
  }

  private func prefix(_ width: Int, isStrict: Bool) -> BoundExpression? {
    guard case .string(let text) = self.predicate.literal else { return nil }
    let isStart = self.predicate.operation == .startsWith
    let length = text.unicodeScalars.count
    if length < width { return self.on(self.predicate.operation, self.predicate.literals) }
    if length == width { return self.on(isStart ? .equal : .notEqual, self.predicate.literals) }
    // Longer than what is kept: the kept part can rule out, and only that.
    let cut = self.applied(self.predicate.literals)
    if isStart { return isStrict ? nil : self.on(.equal, cut) }
    return isStrict ? self.on(.notEqual, cut) : nil
  }

  /// Years to hours. Old writers rounded values before 1970 up to the next unit: where a result is below
  /// 0 the unit above counts, too.
  func time(isStrict: Bool) -> BoundExpression? {
    let literals = self.predicate.literals
    switch self.predicate.operation {
    case .isNull, .notNull: return self.on(self.predicate.operation, [])
    case .equal, .isIn:
      return isStrict ? nil : self.on(.isIn, self.applied(literals).flatMap(Self.withNext))
    case .notEqual, .notIn:
      return isStrict ? self.on(.notIn, self.applied(literals).flatMap(Self.withNext)) : nil
    case .lessThan:
      return isStrict
        ? self.on(.lessThan, self.applied(literals))
        : self.on(.lessThanOrEqual, self.applied(step: -1).map(Self.raised))
    case .lessThanOrEqual:
      return isStrict
        ? self.on(.lessThan, self.applied(step: 1))
        : self.on(.lessThanOrEqual, self.applied(literals).map(Self.raised))
    case .greaterThan:
      return isStrict
        ? self.on(.greaterThan, self.applied(literals).map(Self.raised))
        : self.on(.greaterThanOrEqual, self.applied(step: 1))
    case .greaterThanOrEqual:
      return isStrict
        ? self.on(.greaterThan, self.applied(step: -1).map(Self.raised))
        : self.on(.greaterThanOrEqual, self.applied(literals))
    default: return nil
    }
  }

  private static func raised(_ literal: Literal?) -> Literal? {
    switch literal {
    case .int(let value)? where value < 0: .int(value + 1)
    case .date(let value)? where value < 0: .date(value + 1)
    default: literal
    }
  }

  private static func withNext(_ literal: Literal?) -> [Literal?] {
    let next = self.raised(literal)
    return next == literal ? [literal] : [literal, next]
  }
}

extension Literal {
  /// The next value up or down of a type whose values can be counted; nil at the end or for others.
  func stepped(_ step: Int) -> Literal? {
    func long(_ value: Int64) -> Int64? {
      let (sum, overflow) = value.addingReportingOverflow(Int64(step))
      return overflow ? nil : sum
    }
    func int(_ value: Int32) -> Int32? {
      let (sum, overflow) = value.addingReportingOverflow(Int32(step))
      return overflow ? nil : sum
    }
    switch self {
    case .int(let value): return int(value).map(Literal.int)
    case .date(let value): return int(value).map(Literal.date)
    case .long(let value): return long(value).map(Literal.long)
    case .time(let value): return long(value).map(Literal.time)
    case .timestamp(let value): return long(value).map(Literal.timestamp)
    case .timestamptz(let value): return long(value).map(Literal.timestamptz)
    case .timestampNanos(let value): return long(value).map(Literal.timestampNanos)
    case .timestamptzNanos(let value): return long(value).map(Literal.timestamptzNanos)
    case .decimal(let value):
      let (sum, overflow) = value.unscaled.addingReportingOverflow(Int128(step))
      return overflow ? nil : .decimal(DecimalNumber(unscaled: sum, scale: value.scale))
    default: return nil
    }
  }
}
