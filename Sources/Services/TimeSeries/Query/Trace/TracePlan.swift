import Protobuf
import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesWire

/// A query of traces, checked and resolved.
struct TracePlan {
  static let defaultLimit: UInt32 = 20
  /// Ids that one query may name.
  static let idsMax = 100_000

  /// What of one group is asked.
  struct Group {
    var mapping: TableMapping
    var criteria: CriteriaPlan
    /// The order; nil when ids are named.
    var rule: DatabaseWire.IndexRule?
    /// Values that fix the order's leading tags; nil where any will do.
    var prefixes: [[SeriesValue]?] = []
    var keys: ClosedRange<Int64> = .min ... .max
  }

  let groups: [Group]
  let times: ClosedRange<Int64>
  /// Ids that are named; nil when the order finds the traces.
  let ids: [String]?
  let isDescending: Bool
  /// Names of the tags that are answered, and by group where they stand.
  let tagNames: [String]
  let places: [[Int?]]
  let offset: Int
  let reach: Int

  init(
    _ request: TraceWire.QueryRequest, _ environment: QueryEnvironment, notBefore: Int64
  ) throws(SeriesFault) {
    self.times = try QueryTimes.range(request.timeRange, isMandatory: false, notBefore: notBefore)
    let target = try QueryTarget(
      environment, .trace, groups: request.groups, name: request.name,
      stages: request.stages)
    guard let first = target.mappings.first?.subject else { throw .query("no group is named") }
    var criteria = TraceCriteria(first.tags[first.traceID].name)
    let rest = try criteria.split(request.criteria)
    self.ids = criteria.isByID ? criteria.ids : nil
    let ruleName = request.orderBy?.indexRuleName ?? ""
    guard self.ids != nil || !ruleName.isEmpty else {
      throw .query("either traceIDs or order must be specified")
    }
    guard ruleName.isEmpty || target.mappings.contains(where: { $0.subject.rules[ruleName] != nil })
    else { throw .query("index rule \(ruleName) is not defined") }
    self.isDescending = request.orderBy?.sort == .desc
    var groups: [Group] = []
    for mapping in target.mappings {
      var group = Group(
        mapping: mapping,
        criteria: try CriteriaLowering.plan(rest, mapping.subject, .trace, known: target.tagNames))
      if self.ids == nil { try group.order(by: ruleName, self.times) }
      groups.append(group)
    }
    self.groups = groups
    // Each once, the ids of trace and span last.
    let ids = [first.tags[first.traceID].name, first.tags[first.spanID].name]
    var names: [String] = []
    for name in request.tagProjection where !ids.contains(name) && !names.contains(name) {
      names.append(name)
    }
    names += ids.filter { request.tagProjection.contains($0) }
    self.tagNames = names
    var places: [[Int?]] = target.mappings.map { _ in [] }
    for name in names {
      for (group, place) in try target.tag(name, family: nil).enumerated() {
        places[group].append(place)
      }
    }
    self.places = places
    self.offset = Int(request.offset)
    self.reach = Int.reach(request.offset, request.limit, unlimited: Self.defaultLimit)
  }
}

extension TracePlan.Group {
  /// Takes from the criteria what the order's index can do.
  mutating func order(by name: String, _ times: ClosedRange<Int64>) throws(SeriesFault) {
    let subject = self.mapping.subject
    guard let rule = subject.rules[name] else {
      throw .query("index rule \(name) is not defined")
    }
    guard rule.type == .tree, let keyName = rule.tags.last, let key = subject.tag(keyName),
      self.mapping.schema.orders.contains(where: { $0.name == name })
    else { throw .query("index rule \(name) does not keep an order") }
    self.rule = rule
    if key == subject.timestamp { self.keys = times }
    let mandatory = self.criteria.mandatory.filter { !$0.isNegated }
    for condition in mandatory where condition.tag == key {
      guard case .integers(let range) = condition.test else { continue }
      guard range.overlaps(self.keys) else {
        self.keys = Int64.min...Int64.min
        continue
      }
      self.keys = range.clamped(to: self.keys)
    }
    self.prefixes = rule.tags.dropLast().map { name in
      guard let tag = subject.tag(name) else { return nil }
      let lists = mandatory.filter { $0.tag == tag && $0.namesValues }.compactMap {
        $0.test.values(subject.tags[tag].type)
      }
      guard let first = lists.first else { return nil }
      // Of several conditions on a tag all must hold.
      return first.filter { value in lists.dropFirst().allSatisfy { $0.contains(value) } }
    }
  }

  private var leadingTypes: [SeriesType] {
    (self.rule?.tags ?? []).dropLast().compactMap { name in
      self.mapping.subject.tag(name).map { self.mapping.subject.tags[$0].type }
    }
  }

  private static func encoded(_ value: SeriesValue, _ type: SeriesType) -> [UInt8] {
    var column = Column(ColumnType(type))
    column.append(value)
    return SeriesColumns.orderPrefix([column], row: 0)
  }

  /// The prefixes to look under, as the index writes them; nil for all. Only when every leading tag is
  /// fixed.
  var orderPrefixes: [[UInt8]]? {
    guard self.prefixes.allSatisfy({ $0 != nil }), !self.prefixes.isEmpty else { return nil }
    var prefixes: [[UInt8]] = [[]]
    for (values, type) in zip(self.prefixes, self.leadingTypes) {
      let parts = (values ?? []).map { Self.encoded($0, type) }
      prefixes = prefixes.flatMap { prefix in parts.map { prefix + $0 } }
      guard prefixes.count <= 10_000 else { return nil }
    }
    return prefixes
  }

  /// What entries must have where only some leading tags are fixed: a key of other spans must not decide
  /// where a trace stands.
  var prefixFilter: PrefixFilter? {
    guard self.orderPrefixes == nil, self.prefixes.contains(where: { $0 != nil }) else {
      return nil
    }
    return PrefixFilter(
      parts: zip(self.prefixes, self.leadingTypes).map { values, type in
        values.map { Set($0.map { Self.encoded($0, type) }) }
      })
  }
}

/// Looks at the leading values of an order's entries, one by one.
struct PrefixFilter: Sendable {
  /// By leading tag what may stand there, as the index writes it; nil for anything.
  let parts: [Set<[UInt8]>?]

  func admits(_ prefix: [UInt8]) -> Bool {
    var rest = prefix[...]
    for part in self.parts {
      guard let type = rest.first else { return false }
      var count = 1
      if type != 0 {
        guard rest.count >= 5 else { return false }
        count = 5 + rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
      }
      guard count <= rest.count else { return false }
      if let part, !part.contains(Array(rest.prefix(count))) { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}

extension ValueTest {
  /// The values it allows, when it is a list of them.
  func values(_ type: SeriesType) -> [SeriesValue]? {
    switch self {
    case .integers(let range) where range.lowerBound == range.upperBound:
      return [type == .timestamp ? .timestamp(range.lowerBound) : .int(range.lowerBound)]
    case .anyInteger(let numbers):
      return numbers.sorted().map { type == .timestamp ? .timestamp($0) : .int($0) }
    case .bytes(let bytes) where type == .string:
      return [.string(String(decoding: bytes, as: UTF8.self))]
    case .anyBytes(let values) where type == .string:
      return values.map { .string(String(decoding: $0, as: UTF8.self)) }
    case .never, .integers, .bytes, .anyBytes, .bytesBefore, .bytesAfter, .textList, .integerList,
      .holdsTexts, .holdsIntegers, .words:
      return nil
    }
  }
}

/// Takes the trace id out of criteria: every EQ and IN on it names ids, wherever it stands; NE and NOT_IN
/// have no effect. What is left filters.
struct TraceCriteria {
  private let tag: String
  private(set) var ids: [String] = []
  private(set) var isByID = false

  init(_ tag: String) { self.tag = tag }

  mutating func split(
    _ criteria: ModelWire.Criteria?, depth: Int = 0
  ) throws(SeriesFault) -> ModelWire.Criteria? {
    guard let criteria else { return nil }
    guard depth <= CriteriaLowering.depthMax else {
      throw .query("criteria nested deeper than \(CriteriaLowering.depthMax)")
    }
    switch criteria.exp {
    case nil: throw .query("criteria without a condition")
    case .condition(let condition)?:
      guard condition.name == self.tag else { return criteria }
      try self.take(condition)
      return nil
    case .le(let expression)?:
      guard expression.left != nil || expression.right != nil else {
        throw .query("a logical expression with both sides missing")
      }
      let left = try self.split(expression.left, depth: depth + 1)
      let right = try self.split(expression.right, depth: depth + 1)
      guard let left else { return right }
      guard let right else { return left }
      return ModelWire.Criteria {
        $0.exp = .le(
          ModelWire.LogicalExpression {
            $0.op = expression.op
            $0.left = left
            $0.right = right
          })
      }
    }
  }

  private mutating func take(_ condition: ModelWire.Condition) throws(SeriesFault) {
    let value = SeriesValue(condition.value ?? ModelWire.TagValue())
    switch (condition.op, value) {
    case (.eq, .string(let id)): self.ids.append(id)
    case (.in, .strings(let ids)): self.ids += ids
    case (.eq, _), (.in, _):
      throw .query("trace id \(self.tag): a text or, with IN, a list of texts is needed")
    case (.ne, _), (.notIn, _): return
    default: throw .query("trace id \(self.tag): only EQ and IN are supported")
    }
    self.isByID = true
    guard self.ids.count <= TracePlan.idsMax else {
      throw .query("\(self.ids.count) trace ids: at most \(TracePlan.idsMax) can be named")
    }
  }
}
