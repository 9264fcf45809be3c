import Admin
import Protobuf
import SeriesSchema
import SeriesStorage
import SeriesWire
import Values

extension SeriesGroupRecord {
  init(_ group: CommonWire.Group, _ schema: SchemaState) {
    self.init()
    let name = group.metadata?.name ?? ""
    self.group = name
    self.catalog = CatalogText.word(group.catalog)
    if let options = group.resourceOpts {
      self.shards = Int64(options.shardNum)
      self.replicas = Int64(options.replicas)
      self.segmentInterval = IntervalText.text(options.segmentInterval)
      self.ttl = IntervalText.text(options.ttl)
      self.stages = options.stages.map {
        "\($0.name):\(IntervalText.text($0.ttl) ?? ""):\($0.nodeSelector)"
      }
    }
    let info = schema.inventory(of: name)
    self.resources = Int64(
      info.streams.count + info.measures.count + info.traces.count + info.properties.count
        + info.indexRules.count + info.indexRuleBindings.count + info.topnAggregations.count)
    self.createdAt = group.createdAt.map { Timestamp(nanoseconds: $0.nanoseconds) }
    self.updatedAt = group.updatedAt.map { Timestamp(nanoseconds: $0.nanoseconds) }
    self.isDeleting = schema.deleting.contains(name)
    self.etag = "\(group.metadata?.modRevision ?? 0)"
  }

  /// What of it is stored.
  mutating func take(_ shards: [StoredShardReport], _ group: CommonWire.Group) {
    guard group.catalog != .property else { return }
    let first = shards.firstCopies
    self.rows = first.reduce(0) { $0 + $1.rows }
    self.parts = shards.reduce(0) { $0 + $1.parts }
    self.backlog = shards.reduce(0) { $0 + $1.backlog }
    self.storedBytes = shards.reduce(0) { $0 + $1.bytes }
    self.memoryBytes = shards.reduce(0) { $0 + $1.memoryBytes }
    let segments = Set(shards.map(\.segment)).sorted { $0.lowerBound < $1.lowerBound }
    self.segments = Int64(segments.count)
    guard let oldest = segments.first, let last = segments.last else {
      self.series = 0
      return
    }
    self.series = first.filter { $0.segment == last }.reduce(0) { $0 + $1.series }
    self.oldestAt = Timestamp(nanoseconds: oldest.lowerBound)
    self.newestAt = Timestamp(nanoseconds: last.upperBound)
    self.expiresAt = group.expiry(of: oldest).map { Timestamp(nanoseconds: $0) }
  }
}

enum CatalogText {
  static func word(_ catalog: CommonWire.Catalog) -> String? {
    switch catalog {
    case .stream: "stream"
    case .measure: "measure"
    case .property: "property"
    case .trace: "trace"
    default: nil
    }
  }

  static func catalog(_ word: SeriesCatalogWord) -> CommonWire.Catalog {
    switch word {
    case .stream: .stream
    case .measure: .measure
    case .trace: .trace
    case .property: .property
    }
  }
}

extension CommonWire.Group {
  /// When a segment has passed through all tiers; nil when nothing expires.
  func expiry(of segment: Range<Int64>) -> Int64? {
    guard let options = self.resourceOpts else { return nil }
    let ttl = options.stages.reduce(IntervalText.nanoseconds(options.ttl)) {
      let (sum, overflow) = $0.addingReportingOverflow(IntervalText.nanoseconds($1.ttl))
      return overflow ? .max : sum
    }
    guard ttl > 0 else { return nil }
    let (end, overflow) = segment.upperBound.addingReportingOverflow(ttl)
    return overflow ? nil : end
  }
}
