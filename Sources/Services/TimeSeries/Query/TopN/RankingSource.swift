import Bytes
import Crypto
import Protobuf
import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesWire

/// A ranking's rule, and what is read of its source.
struct RankingSource: Sendable {
  /// Windows shorter than this are never kept.
  private static let keptIntervalMin: Int64 = 1_000_000_000

  let key: SchemaKey
  let rule: DatabaseWire.TopNAggregation
  let mapping: TableMapping
  let criteria: CriteriaPlan
  let field: Int
  /// Nanoseconds.
  let interval: Int64

  init(
    _ key: SchemaKey, _ rule: DatabaseWire.TopNAggregation, _ environment: QueryEnvironment
  ) throws(SeriesFault) {
    let source = rule.sourceMeasure ?? CommonWire.Metadata()
    let group = source.group.isEmpty ? key.group : source.group
    guard let mapping = environment.mapping(.measure, group, source.name) else {
      throw SeriesFault(
        .notFound, "measure \(group)/\(source.name): \(SeriesFault.notFound.message)")
    }
    guard let field = mapping.subject.field(rule.fieldName),
      mapping.subject.fields[field].type == .int || mapping.subject.fields[field].type == .float
    else { throw .query("field \(rule.fieldName) of ranking \(key) is no number") }
    self.key = key
    self.rule = rule
    self.mapping = mapping
    self.criteria = try CriteriaLowering.plan(rule.criteria, mapping.subject, .points)
    self.field = field
    self.interval = max(1, mapping.subject.interval)
  }

  var isFloat: Bool { self.mapping.subject.fields[self.field].type == .float }

  var entityNames: [String] {
    self.mapping.subject.entity.map { self.mapping.subject.tags[$0].name }
  }

  // MARK: What is kept

  /// Why counters of its windows are not kept; nil when they are. They are kept shard by shard, so that all
  /// points of an entity must lie in one.
  var whyNotKept: String? {
    let subject = self.mapping.subject
    if self.interval < Self.keptIntervalMin { return "its windows are shorter than a second" }
    if self.rule.countersNumber <= 0 { return "its counters_number is 0" }
    if subject.isIndexMode { return "its measure has one point for each series" }
    guard subject.sharding.allSatisfy({ subject.entity.contains($0) }) else {
      return "the sharding key of its measure is not part of the entity"
    }
    return nil
  }

  var isKept: Bool { self.whyNotKept == nil }

  /// The tags that group; nil when a group is a matter of rows, not of series. Counters are not kept by
  /// group then.
  var groupTags: [Int]? {
    var tags: [Int] = []
    for name in self.rule.groupByTagNames {
      guard let tag = self.mapping.subject.tag(name), case .series = self.mapping.tags[tag] else {
        return nil
      }
      tags.append(tag)
    }
    return tags
  }

  var keepsAscending: Bool { self.rule.fieldValueSort != .desc }
  var keepsDescending: Bool { self.rule.fieldValueSort != .asc }

  /// The series of its counters in a shard. It names all that the counters depend on: under another rule,
  /// schema or number of shards, or on another node, they are others, and these are found no more.
  func series(shard: UInt32, on node: String) -> UInt64 {
    var text = ByteWriter(capacity: 512)
    var rule = self.rule
    rule.metadata = nil
    text.append("\(self.key) \(shard) \(node) ")
    text.append(rule.encoded(isDeterministic: true))
    let subject = self.mapping.subject
    text.append(" \(subject.createdAt) \(subject.interval) \(subject.shardCount)")
    text.append(" \(subject.entity) \(subject.sharding)")
    for column in self.mapping.schema.columns { text.append(" \(column.name) \(column.type)") }
    for column in self.mapping.schema.seriesColumns {
      text.append(" \(column.name) \(column.type)")
    }
    return XXH64.hash(of: text.bytes)
  }

  /// Where windows begin: those of the rule's life are kept from the first whole one on.
  var keptFrom: Int64 { WindowFold.start(of: self.rule.updatedAt?.nanoseconds ?? 0, self.interval) }
}
