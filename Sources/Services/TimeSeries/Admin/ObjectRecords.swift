import Admin
import Protobuf
import SeriesSchema
import SeriesWire
import Values

extension SeriesObjectRecord {
  init(_ word: SeriesKindWord, _ object: any SchemaObject) {
    self.init()
    self.objectKind = word
    self.group = object.metadata?.group ?? ""
    self.name = object.key.description
    if word == .group { self.group = self.name }
    self.createdAt = object.createdAt.map { Timestamp(nanoseconds: $0.nanoseconds) }
    self.updatedAt = object.updatedAt.map { Timestamp(nanoseconds: $0.nanoseconds) }
    self.etag = "\(object.modRevision)"
    self.document = SchemaDocument.document(word, object)
    switch object {
    case let stream as DatabaseWire.Stream:
      self.tagCount = Self.count(stream.tagFamilies)
      self.entity = stream.entity?.tagNames ?? []
    case let measure as DatabaseWire.Measure:
      self.tagCount = Self.count(measure.tagFamilies)
      self.entity = measure.entity?.tagNames ?? []
      self.fieldCount = Int64(measure.fields.count)
      self.interval = measure.interval.isEmpty ? nil : measure.interval
      self.isIndexMode = measure.indexMode
    case let trace as DatabaseWire.Trace:
      self.tagCount = Int64(trace.tags.count)
      self.traceIDTag = trace.traceIDTagName
      self.timestampTag = trace.timestampTagName
    case let property as DatabaseWire.Property: self.tagCount = Int64(property.tags.count)
    default: self.takeRule(object)
    }
  }

  private mutating func takeRule(_ object: any SchemaObject) {
    switch object {
    case let rule as DatabaseWire.IndexRule:
      self.type = Self.word(rule.type.name, "TYPE_")
      self.tags = rule.tags
      self.analyzer = rule.analyzer.isEmpty ? nil : rule.analyzer
      self.isUnsorted = rule.noSort
    case let binding as DatabaseWire.IndexRuleBinding:
      self.rules = binding.rules
      let catalog = binding.subject.flatMap { CatalogText.word($0.catalog) } ?? ""
      self.subject = "\(catalog) \(binding.subject?.name ?? "")"
      self.beginAt = binding.beginAt.map { Timestamp(nanoseconds: $0.nanoseconds) }
      self.expireAt = binding.expireAt.map { Timestamp(nanoseconds: $0.nanoseconds) }
    case let ranking as DatabaseWire.TopNAggregation:
      self.source = ranking.sourceMeasure.map { "\($0.group)/\($0.name)" }
      self.field = ranking.fieldName
      let order = Self.word(ranking.fieldValueSort.name, "SORT_")
      self.order = order == "unspecified" ? "both" : order
      self.groupBy = ranking.groupByTagNames
      self.counters = Int64(ranking.countersNumber)
      self.windows = Int64(ranking.lruSize)
    default: break
    }
  }

  private static func count(_ families: [DatabaseWire.TagFamilySpec]) -> Int64 {
    Int64(families.reduce(0) { $0 + $1.tags.count })
  }

  private static func word(_ name: String?, _ prefix: String) -> String? {
    name.map { ($0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0).lowercased() }
  }
}
