import SeriesColumns
import SeriesModel
package import SeriesSchema
package import SeriesWire

/// Checks criteria against a schema and makes a program of them.
package struct CriteriaLowering {
  /// Which conditions a kind of query allows.
  package enum Rules: Sendable {
    case stream
    case measure
    case indexMode
    case trace
    /// Points as they arrive, with all their tags at hand: no index is asked for.
    case points
    /// Documents: a tag that is not declared matches nothing.
    case property
  }

  /// Nodes inside nodes.
  package static let depthMax = 100
  package static let conditionsMax = 10_000

  private let subject: Subject
  private let rules: Rules
  /// Tags that some queried group has: a tag that only others have is null here.
  private let known: Set<String>
  private var plan = CriteriaPlan()

  /// - Parameter known: names of tags that are no error though the subject lacks them.
  package static func plan(
    _ criteria: ModelWire.Criteria?, _ subject: Subject, _ rules: Rules, known: Set<String> = []
  ) throws(SeriesFault) -> CriteriaPlan {
    guard let criteria else { return CriteriaPlan() }
    var lowering = CriteriaLowering(subject: subject, rules: rules, known: known)
    try lowering.lower(criteria, depth: 0)
    return lowering.plan
  }

  private init(subject: Subject, rules: Rules, known: Set<String>) {
    self.subject = subject
    self.rules = rules
    self.known = known
  }

  private mutating func lower(
    _ criteria: ModelWire.Criteria, depth: Int
  ) throws(SeriesFault) {
    guard depth <= Self.depthMax else {
      throw .query("criteria nested deeper than \(Self.depthMax)")
    }
    switch criteria.exp {
    case nil: throw .query("criteria without a condition")
    case .condition(let condition)?:
      guard self.plan.conditions.count < Self.conditionsMax else {
        throw .query("more than \(Self.conditionsMax) conditions")
      }
      let planned = try self.condition(condition)
      self.plan.nodes.append(.condition(self.plan.conditions.count))
      self.plan.conditions.append(planned)
    case .le(let expression)?:
      let sides = [expression.left, expression.right].compactMap { $0 }
      guard !sides.isEmpty else { throw .query("a logical expression with both sides missing") }
      for side in sides { try self.lower(side, depth: depth + 1) }
      guard sides.count == 2 else { return }
      switch expression.op {
      case .and: self.plan.nodes.append(.and)
      case .or: self.plan.nodes.append(.or)
      default: throw .query("logical operator \(expression.op.rawValue) is not known")
      }
    }
  }

  private func condition(
    _ condition: ModelWire.Condition
  ) throws(SeriesFault) -> CriteriaPlan.Condition {
    guard let index = self.subject.tag(condition.name) else {
      if case .property = self.rules {
        return CriteriaPlan.Condition(tag: 0, test: .never, isNegated: false)
      }
      guard self.known.contains(condition.name) else {
        throw .query("tag \(condition.name) is not defined")
      }
      return try self.conditionOnNothing(condition)
    }
    let tag = self.subject.tags[index]
    try self.admit(condition, tag)
    let value = SeriesValue(condition.value ?? ModelWire.TagValue())
    let lowering = ConditionLowering(
      condition: condition, tag: tag, value: value, isLookedUp: self.isLookedUp(tag))
    let (test, isNegated) = try lowering.test()
    return CriteriaPlan.Condition(
      tag: index, test: test, isNegated: isNegated,
      namesValues: condition.op == .eq || condition.op == .in)
  }

  /// A tag that this group lacks is null in all its rows.
  private func conditionOnNothing(
    _ condition: ModelWire.Condition
  ) throws(SeriesFault) -> CriteriaPlan.Condition {
    let isNegated =
      switch condition.op {
      case .ne, .notIn, .notHaving: true
      default: false
      }
    return CriteriaPlan.Condition(tag: 0, test: .never, isNegated: isNegated)
  }

  /// Whether values of the tag are found by an index or in the names of series: each is one, and none is null.
  private func isLookedUp(_ tag: Subject.Tag) -> Bool {
    switch self.rules {
    case .points: false
    case .property: true
    case .stream, .measure, .indexMode, .trace: tag.isEntity || tag.inverted != nil
    }
  }

  /// Whether the kind of query lets the tag be compared so.
  private func admit(
    _ condition: ModelWire.Condition, _ tag: Subject.Tag
  ) throws(SeriesFault) {
    switch self.rules {
    case .points, .trace, .property: return
    case .indexMode:
      guard tag.isEntity || tag.isIndexed else { throw Self.unindexed(tag) }
    case .measure, .stream:
      if tag.isEntity {
        guard condition.op == .eq || condition.op == .in || tag.isIndexed else {
          throw .query(
            "tag \(tag.name) belongs to the entity: only EQ and IN are supported without an index rule"
          )
        }
      } else if case .measure = self.rules {
        guard tag.isIndexed else { throw Self.unindexed(tag) }
      }
    }
  }

  private static func unindexed(_ tag: Subject.Tag) -> SeriesFault {
    .query("mandatory index rule conf of tag \(tag.name) is not found")
  }
}
