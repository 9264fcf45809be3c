package import SeriesModel
package import SeriesWire

/// A stream, measure, trace or kind of property with all that a write or a query asks of its schema, looked up once per
/// change of the schema.
package final class Subject: Sendable {
  package struct Tag: Sendable, Hashable {
    package var name: String
    /// Empty for traces.
    package var family: String
    package var type: SeriesType
    /// Its place in the entity.
    package var entityIndex: Int?
    /// Rules that index it, in the order of their names.
    package var rules: [DatabaseWire.IndexRule]

    package static func == (left: Self, right: Self) -> Bool {
      left.name == right.name && left.family == right.family && left.type == right.type
    }

    package func hash(into hasher: inout Hasher) {
      hasher.combine(self.name)
      hasher.combine(self.family)
    }

    package var isEntity: Bool { self.entityIndex != nil }

    /// The rule that answers conditions on it.
    package var inverted: DatabaseWire.IndexRule? { self.rules.first { $0.type == .inverted } }
    package var isIndexed: Bool { !self.rules.isEmpty }
  }

  package struct Field: Sendable, Hashable {
    package var name: String
    package var type: SeriesType
  }

  package struct Family: Sendable, Hashable {
    package var name: String
    package var tags: Range<Int>
  }

  package let key: SchemaKey
  package let modRevision: Int64
  /// Unix nanoseconds.
  package let createdAt: Int64
  package let group: CommonWire.Group
  package let tags: [Tag]
  package let families: [Family]
  package let fields: [Field]
  /// Indices of tags.
  package let entity: [Int]
  /// Indices of the tags that choose the shard.
  package let sharding: [Int]
  package let rules: [String: DatabaseWire.IndexRule]
  package let isIndexMode: Bool
  /// Nanoseconds; 0 when there is none.
  package let interval: Int64
  /// Of a trace: indices of the tags.
  package let traceID: Int
  package let spanID: Int
  package let timestamp: Int
  /// When bindings of rules begin or end next: from then on it must be looked up again.
  package let validUntil: Int64

  private let tagIndex: [String: Int]
  private let fieldIndex: [String: Int]

  package func tag(_ name: String) -> Int? { self.tagIndex[name] }
  package func field(_ name: String) -> Int? { self.fieldIndex[name] }
  package var shardCount: UInt32 { self.group.resourceOpts?.shardNum ?? 1 }
  package var name: String { self.key.name }
  package var ttlSeconds: Int64 { self.group.resourceOpts?.ttl?.seconds ?? 0 }

  /// Nil when there is no such object.
  init?(_ key: SchemaKey, in state: SchemaState, at now: Int64) {
    guard let group = state.group(key.group), let item = state.item(key) else { return nil }
    let shape = SubjectShape(item)
    guard let shape else { return nil }
    self.key = key
    self.group = group
    self.modRevision = item.object.modRevision
    self.createdAt = item.object.createdAt?.nanoseconds ?? 0
    let bound = BoundRules(key, shape.catalog, in: state, at: now)
    self.rules = bound.rules
    self.validUntil = bound.validUntil
    var entityIndex: [String: Int] = [:]
    for (index, name) in shape.entity.enumerated() { entityIndex[name] = index }
    let ordered = bound.rules.values.sorted {
      ($0.metadata?.name ?? "") < ($1.metadata?.name ?? "")
    }
    var tags: [Tag] = []
    var families: [Family] = []
    for (family, members) in shape.families {
      let start = tags.count
      for (name, type) in members {
        tags.append(
          Tag(
            name: name, family: family, type: type, entityIndex: entityIndex[name],
            rules: ordered.filter { $0.tags.contains(name) }))
      }
      families.append(Family(name: family, tags: start..<tags.count))
    }
    self.tags = tags
    self.families = families
    let tagIndex = Dictionary(
      tags.enumerated().map { ($0.element.name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    self.tagIndex = tagIndex
    self.fields = shape.fields
    self.fieldIndex = Dictionary(
      shape.fields.enumerated().map { ($0.element.name, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    self.entity = shape.entity.compactMap { tagIndex[$0] }
    self.sharding = (shape.sharding.isEmpty ? shape.entity : shape.sharding).compactMap {
      tagIndex[$0]
    }
    self.isIndexMode = shape.isIndexMode
    self.interval = shape.interval
    self.traceID = shape.traceID.flatMap { tagIndex[$0] } ?? -1
    self.spanID = shape.spanID.flatMap { tagIndex[$0] } ?? -1
    self.timestamp = shape.timestamp.flatMap { tagIndex[$0] } ?? -1
  }
}

/// What the three kinds have in common.
private struct SubjectShape {
  var catalog = CommonWire.Catalog.stream
  var families: [(String, [(String, SeriesType)])] = []
  var fields: [Subject.Field] = []
  var entity: [String] = []
  var sharding: [String] = []
  var isIndexMode = false
  var interval: Int64 = 0
  var traceID: String?
  var spanID: String?
  var timestamp: String?

  init?(_ item: SchemaItem) {
    switch item {
    case .stream(let stream):
      self.families = Self.families(stream.tagFamilies)
      self.entity = stream.entity?.tagNames ?? []
    case .measure(let measure):
      self.catalog = .measure
      self.families = Self.families(measure.tagFamilies)
      self.entity = measure.entity?.tagNames ?? []
      self.sharding = measure.shardingKey?.tagNames ?? []
      self.isIndexMode = measure.indexMode
      self.interval = (try? MeasureInterval.nanoseconds(of: measure.interval)) ?? 0
      self.fields = measure.fields.compactMap { field in
        SeriesType(field: field.fieldType).map { Subject.Field(name: field.name, type: $0) }
      }
    case .trace(let trace):
      self.catalog = .trace
      self.families = [
        (
          "",
          trace.tags.compactMap { tag in SeriesType(tag: tag.type).map { (tag.name, $0) } }
        )
      ]
      self.traceID = trace.traceIDTagName
      self.spanID = trace.spanIDTagName
      self.timestamp = trace.timestampTagName
    case .property(let property):
      self.catalog = .property
      self.families = [
        (
          "",
          property.tags.compactMap { tag in SeriesType(tag: tag.type).map { (tag.name, $0) } }
        )
      ]
    case .group, .indexRule, .indexRuleBinding, .topN: return nil
    }
  }

  private static func families(
    _ specs: [DatabaseWire.TagFamilySpec]
  ) -> [(String, [(String, SeriesType)])] {
    specs.map { family in
      (
        family.name,
        family.tags.compactMap { tag in SeriesType(tag: tag.type).map { (tag.name, $0) } }
      )
    }
  }
}

/// The rules that are bound to an object now.
private struct BoundRules {
  var rules: [String: DatabaseWire.IndexRule] = [:]
  var validUntil = Int64.max

  init(_ key: SchemaKey, _ catalog: CommonWire.Catalog, in state: SchemaState, at now: Int64) {
    for binding in state.objects(DatabaseWire.IndexRuleBinding.self, in: key.group)
    where binding.subject?.name == key.name && binding.subject?.catalog == catalog {
      let begin = binding.beginAt?.nanoseconds ?? .min
      let end = binding.expireAt?.nanoseconds ?? .max
      guard now < end else { continue }
      guard now >= begin else {
        self.validUntil = min(self.validUntil, begin)
        continue
      }
      self.validUntil = min(self.validUntil, end)
      for name in binding.rules {
        let ruleKey = SchemaKey(.indexRule, key.group, name)
        self.rules[name] = state.object(DatabaseWire.IndexRule.self, ruleKey)
      }
    }
  }
}

extension SeriesType {
  package init?(tag type: DatabaseWire.TagType) {
    switch type {
    case .string: self = .string
    case .int: self = .int
    case .stringArray: self = .strings
    case .intArray: self = .ints
    case .dataBinary: self = .binary
    case .timestamp: self = .timestamp
    default: return nil
    }
  }

  package init?(field type: DatabaseWire.FieldType) {
    switch type {
    case .string: self = .string
    case .int: self = .int
    case .dataBinary: self = .binary
    case .float: self = .float
    default: return nil
    }
  }
}
