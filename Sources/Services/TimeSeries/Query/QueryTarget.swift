import SeriesSchema
import SeriesStorage
import SeriesWire

/// The objects of a query's groups, united.
struct QueryTarget {
  let mappings: [TableMapping]
  /// Names of tags that one of them has.
  let tagNames: Set<String>

  /// Finds the object of each group. Fails when one is missing or on its way out.
  init(
    _ environment: QueryEnvironment, _ kind: SchemaKind, groups: [String], name: String,
    stages: [String]
  ) throws(SeriesFault) {
    var mappings: [TableMapping] = []
    for group in groups {
      guard !environment.registry.isDeleting(group) else {
        throw SeriesFault(.failedPrecondition, "group \(group) is pending deletion")
      }
      guard let mapping = environment.mapping(kind, group, name) else {
        throw SeriesFault(
          .notFound, "\(kind.rawValue) \(group)/\(name): \(SeriesFault.notFound.message)")
      }
      try Self.check(stages, mapping.subject.group)
      mappings.append(mapping)
    }
    self.mappings = mappings
    self.tagNames = Set(mappings.flatMap { $0.subject.tags.map(\.name) })
  }

  /// Tiers to read must be some that the group has; `hot` is the one that rows are written to. A group
  /// without tiers has nothing to choose from.
  static func check(_ stages: [String], _ group: CommonWire.Group) throws(SeriesFault) {
    let known = (group.resourceOpts?.stages ?? []).map(\.name)
    guard !stages.isEmpty, !known.isEmpty else { return }
    guard stages.contains(where: { $0 == "hot" || known.contains($0) }) else {
      throw .query(
        "group \(group.metadata?.name ?? "") has no stage \(stages.joined(separator: ", "))")
    }
  }

  /// The place of a tag in each group; nil where a group does not have it. An error when none has.
  func tag(_ name: String, family: String?) throws(SeriesFault) -> [Int?] {
    let places = self.mappings.map { mapping -> Int? in
      guard let index = mapping.subject.tag(name) else { return nil }
      guard let family else { return index }
      return mapping.subject.tags[index].family == family ? index : nil
    }
    guard places.contains(where: { $0 != nil }) else {
      throw .query("tag \(family.map { $0 + "." } ?? "")\(name) is not defined")
    }
    return places
  }

  func field(_ name: String) throws(SeriesFault) -> [Int?] {
    let places = self.mappings.map { $0.subject.field(name) }
    guard places.contains(where: { $0 != nil }) else {
      throw .query("field \(name) is not defined")
    }
    return places
  }

  func projection(_ projection: ModelWire.TagProjection?) throws(SeriesFault) -> TagSelection {
    var selection = TagSelection(groupCount: self.mappings.count)
    for family in projection?.tagFamilies ?? [] {
      selection.families.append((family.name, family.tags.count))
      for name in family.tags { selection.add(name, try self.tag(name, family: family.name)) }
    }
    return selection
  }

  /// The conditions as each group's object takes them.
  func criteria(
    _ criteria: ModelWire.Criteria?, _ kind: (Subject) -> CriteriaLowering.Rules
  ) throws(SeriesFault) -> [CriteriaPlan] {
    var plans: [CriteriaPlan] = []
    for subject in self.mappings.map(\.subject) {
      plans.append(
        try CriteriaLowering.plan(criteria, subject, kind(subject), known: self.tagNames))
    }
    return plans
  }

  /// The order, and in each group the tag that orders.
  func order(
    _ order: ModelWire.QueryOrder?, tiesByVersion: Bool = false
  ) throws(SeriesFault) -> (RowOrder, [Int?]) {
    let ruleName = order?.indexRuleName ?? ""
    let isByValue = !ruleName.isEmpty
    return (
      RowOrder(
        isByValue: isByValue, isDescending: order?.sort == .desc, tiesByVersion: tiesByVersion),
      isByValue ? try self.order(ruleName) : self.mappings.map { _ in nil }
    )
  }

  /// The tag that a rule sorts by, in each group.
  private func order(_ ruleName: String) throws(SeriesFault) -> [Int?] {
    var places: [Int?] = []
    var isFound = false
    for mapping in self.mappings {
      guard let rule = mapping.subject.rules[ruleName] else {
        places.append(nil)
        continue
      }
      isFound = true
      guard rule.type == .inverted, !rule.noSort else {
        throw .query("index rule \(ruleName) does not support sorting")
      }
      guard rule.tags.count == 1 else {
        throw .query("index rule \(ruleName) has \(rule.tags.count) tags: one is needed to sort by")
      }
      places.append(mapping.subject.tag(rule.tags[0]))
    }
    guard isFound else { throw .query("index rule \(ruleName) is not defined") }
    return places
  }
}

/// Tags of an answer, in its order.
struct TagSelection {
  /// Name and count of tags.
  var families: [(String, Int)] = []
  private(set) var names: [String] = []
  /// By group, then by tag: the place in the subject.
  private(set) var places: [[Int?]]

  init(groupCount: Int) { self.places = Array(repeating: [], count: groupCount) }

  var count: Int { self.names.count }

  mutating func add(_ name: String, _ places: [Int?]) {
    self.names.append(name)
    for (group, place) in places.enumerated() { self.places[group].append(place) }
  }
}
