import Protobuf
package import SeriesWire

// What the protocol's own field rules ask of objects is checked before, by `FieldRules`, and answers
// INVALID_ARGUMENT; these are the rules that it leaves without a status.

extension SeriesFault {
  static func schema(_ message: String) -> SeriesFault { SeriesFault(.unknown, message) }
}

/// Throws when `metadata` names no object of a group.
func checkNames(_ metadata: CommonWire.Metadata?) throws(SeriesFault) {
  guard let metadata else { throw .schema("metadata is required") }
  guard !metadata.group.isEmpty else { throw .schema("metadata.group is required") }
  guard !metadata.name.isEmpty else { throw .schema("metadata.name is required") }
  for name in [metadata.group, metadata.name] where name.utf8.count > 256 {
    throw .schema("a name of \(name.utf8.count) bytes: at most 256 fit")
  }
}

extension CommonWire.IntervalRule {
  /// Hours and days in seconds; nil when unit or number is missing.
  /// Cut to what 64 bits hold.
  package var nanoseconds: Int64 {
    let (product, overflow) = (self.seconds ?? 0).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : product
  }

  package var seconds: Int64? {
    guard self.num > 0 else { return nil }
    switch self.unit {
    case .hour: return Int64(self.num) * 3600
    case .day: return Int64(self.num) * 86_400
    default: return nil
    }
  }
}

extension CommonWire.Group {
  package func validate() throws(SeriesFault) {
    guard let metadata = self.metadata, !metadata.name.isEmpty else {
      throw .schema("metadata.name is required")
    }
    guard metadata.name.utf8.count <= 256 else {
      throw .schema("a name of \(metadata.name.utf8.count) bytes: at most 256 fit")
    }
    guard self.catalog != .unspecified, self.catalog.isDefined else {
      throw .schema("group \(metadata.name): catalog is unspecified")
    }
    guard let options = self.resourceOpts, options.shardNum > 0 else {
      throw .schema("group \(metadata.name): resource_opts.shard_num is 0")
    }
    try self.checkSpread(options.shardNum, options.replicas, "resource_opts")
    for stage in options.stages {
      try self.checkSpread(stage.shardNum, stage.replicas, "stage \(stage.name)")
    }
    if self.catalog == .property {
      guard options.segmentInterval == nil, options.ttl == nil else {
        throw .schema("group \(metadata.name): a property group has no segment_interval or ttl")
      }
      return
    }
    guard options.segmentInterval?.seconds != nil else {
      throw .schema("group \(metadata.name): segment_interval needs a unit and a number")
    }
    guard options.ttl?.seconds != nil else {
      throw .schema("group \(metadata.name): ttl needs a unit and a number")
    }
    try self.checkStages(options)
  }

  /// Who has which shard is one fact, and each query looks at all of them.
  private static let shardsMax = 10_000
  private static let replicasMax = 100

  private func checkSpread(
    _ shards: UInt32, _ replicas: UInt32, _ what: String
  ) throws(SeriesFault) {
    let own = self.metadata?.name ?? ""
    guard shards <= Self.shardsMax else {
      throw .schema(
        "group \(own): \(what).shard_num is \(shards): at most \(Self.shardsMax) are possible")
    }
    guard replicas <= Self.replicasMax else {
      throw .schema(
        "group \(own): \(what).replicas is \(replicas): at most \(Self.replicasMax) are possible")
    }
  }

  private func checkStages(_ options: CommonWire.ResourceOpts) throws(SeriesFault) {
    let own = self.metadata?.name ?? ""
    var names: Set<String> = ["hot"]
    for stage in options.stages {
      guard !stage.name.isEmpty, stage.shardNum > 0, stage.segmentInterval?.seconds != nil,
        stage.ttl?.seconds != nil, !stage.nodeSelector.isEmpty
      else {
        throw .schema(
          "group \(own): stage \(stage.name) needs a name, shard_num, segment_interval,"
            + " ttl and node_selector")
      }
      guard names.insert(stage.name).inserted else {
        throw .schema(
          "group \(own): there is a stage \(stage.name) already; hot is what rows are written to")
      }
      do throws(SeriesFault) { _ = try NodeSelector(stage.nodeSelector) } catch {
        throw .schema("group \(own): stage \(stage.name): \(error.message)")
      }
    }
    for name in options.defaultStages where !names.contains(name) {
      throw .schema("group \(own): default_stages names \(name), which is no stage")
    }
  }

  package func validateChange(from old: Self) throws(SeriesFault) {
    guard self.catalog == old.catalog else {
      throw .schema("group \(self.metadata?.name ?? ""): the catalog cannot be changed")
    }
  }
}

extension DatabaseWire.TagFamilySpec {
  static func check(_ families: [Self]) throws(SeriesFault) -> Set<String> {
    guard !families.isEmpty else { throw .schema("tag_families is empty") }
    var names: Set<String> = []
    for family in families {
      guard !family.name.isEmpty else { throw .schema("a tag family has no name") }
      for tag in family.tags {
        guard !tag.name.isEmpty else { throw .schema("a tag of family \(family.name) has no name") }
        guard !tag.name.contains("#") else { throw .schema("tag \(tag.name) has a # in its name") }
        guard tag.type != .unspecified, tag.type.isDefined else {
          throw .schema("tag \(tag.name): the type is unspecified")
        }
        guard names.insert(tag.name).inserted else {
          throw .schema("tag \(tag.name) is declared twice")
        }
      }
    }
    return names
  }

  static func checkEntity(
    _ entity: DatabaseWire.Entity?, _ families: [Self]
  ) throws(SeriesFault) {
    let names = try self.check(families)
    guard let entity, !entity.tagNames.isEmpty else { throw .schema("entity.tag_names is empty") }
    for name in entity.tagNames {
      guard names.contains(name) else { throw .schema("entity tag \(name) is not declared") }
    }
  }

  /// What an update must leave: the entity, where its tags stand, and their types.
  static func checkEntityKept(
    _ entity: DatabaseWire.Entity?, _ families: [Self], old oldEntity: DatabaseWire.Entity?,
    _ oldFamilies: [Self]
  ) throws(SeriesFault) {
    guard entity?.tagNames == oldEntity?.tagNames else {
      throw .schema("the entity cannot be changed")
    }
    let places = { (families: [Self]) -> [String: String] in
      Dictionary(
        families.flatMap { family in
          family.tags.map { ($0.name, "\(family.name) \($0.type.rawValue)") }
        }, uniquingKeysWith: { first, _ in first })
    }
    let old = places(oldFamilies)
    let new = places(families)
    for name in entity?.tagNames ?? [] where old[name] != new[name] {
      throw .schema("entity tag \(name) cannot be removed, moved or changed")
    }
  }
}

extension DatabaseWire.Stream {
  package func validate() throws(SeriesFault) {
    try checkNames(self.metadata)
    try DatabaseWire.TagFamilySpec.checkEntity(self.entity, self.tagFamilies)
  }

  package func validateChange(from old: Self) throws(SeriesFault) {
    try DatabaseWire.TagFamilySpec.checkEntityKept(
      self.entity, self.tagFamilies, old: old.entity, old.tagFamilies)
  }
}

extension DatabaseWire.Measure {
  package func validate() throws(SeriesFault) {
    try checkNames(self.metadata)
    try DatabaseWire.TagFamilySpec.checkEntity(self.entity, self.tagFamilies)
    if self.indexMode, !self.fields.isEmpty {
      throw .schema("measure \(self.metadata?.name ?? ""): index_mode allows no fields")
    }
    var names: Set<String> = []
    for field in self.fields {
      guard !field.name.isEmpty, field.fieldType != .unspecified, field.fieldType.isDefined else {
        throw .schema("field \(field.name) needs a name and a type")
      }
      guard names.insert(field.name).inserted else {
        throw .schema("field \(field.name) is declared twice")
      }
    }
    if !self.interval.isEmpty { _ = try MeasureInterval.nanoseconds(of: self.interval) }
  }

  package func validateChange(from old: Self) throws(SeriesFault) {
    try DatabaseWire.TagFamilySpec.checkEntityKept(
      self.entity, self.tagFamilies, old: old.entity, old.tagFamilies)
    guard self.interval == old.interval else { throw .schema("the interval cannot be changed") }
    guard self.indexMode == old.indexMode else { throw .schema("index_mode cannot be changed") }
    // A field may go; one that stays stays as it is.
    for field in old.fields {
      guard let kept = self.fields.first(where: { $0.name == field.name }), kept != field else {
        continue
      }
      throw .schema("field \(field.name) cannot be changed")
    }
  }
}

/// The interval of a measure: a duration, not in weeks.
package enum MeasureInterval {
  package static func nanoseconds(of text: String) throws(SeriesFault) -> Int64 {
    guard let duration = SeriesDuration.nanoseconds(text), !text.contains("w") else {
      throw .schema("interval \(text) is no duration such as 30s, 1m or 1.5h")
    }
    guard duration > 0 else { throw .schema("interval \(text) is not positive") }
    return duration
  }
}

extension DatabaseWire.Trace {
  package func validate() throws(SeriesFault) {
    try checkNames(self.metadata)
    guard !self.tags.isEmpty else { throw .schema("tags is empty") }
    var types: [String: DatabaseWire.TagType] = [:]
    for tag in self.tags {
      guard !tag.name.isEmpty, tag.type != .unspecified, tag.type.isDefined else {
        throw .schema("tag \(tag.name) needs a name and a type")
      }
      guard !tag.name.contains("#") else { throw .schema("tag \(tag.name) has a # in its name") }
      guard types.updateValue(tag.type, forKey: tag.name) == nil else {
        throw .schema("tag \(tag.name) is declared twice")
      }
    }
    for (role, name, type) in [
      ("trace_id_tag_name", self.traceIDTagName, DatabaseWire.TagType.string),
      ("span_id_tag_name", self.spanIDTagName, .string),
      ("timestamp_tag_name", self.timestampTagName, .timestamp),
    ] {
      guard !name.isEmpty else { throw .schema("\(role) is empty") }
      guard let declared = types[name] else { throw .schema("\(role) \(name) is not declared") }
      guard declared == type else { throw .schema("\(role) \(name) has another type") }
    }
  }

  package func validateChange(from old: Self) throws(SeriesFault) {
    guard self.traceIDTagName == old.traceIDTagName, self.spanIDTagName == old.spanIDTagName,
      self.timestampTagName == old.timestampTagName
    else { throw .schema("the tags of trace id, span id and timestamp cannot be changed") }
  }
}

extension DatabaseWire.Property {
  package func validate() throws(SeriesFault) {
    try checkNames(self.metadata)
    guard !self.tags.isEmpty else { throw .schema("tags is empty") }
    for tag in self.tags {
      guard !tag.name.isEmpty, tag.type != .unspecified, tag.type.isDefined else {
        throw .schema("tag \(tag.name) needs a name and a type")
      }
    }
  }
}

extension DatabaseWire.IndexRule {
  package func validate() throws(SeriesFault) {
    try checkNames(self.metadata)
    guard !self.tags.isEmpty else { throw .schema("tags is empty") }
    guard self.type != .unspecified, self.type.isDefined else {
      throw .schema("index rule \(self.metadata?.name ?? ""): the type is unspecified")
    }
    guard ["", "keyword", "standard", "simple", "url"].contains(self.analyzer) else {
      throw .schema("index rule \(self.metadata?.name ?? ""): no analyzer \(self.analyzer)")
    }
  }
}

extension DatabaseWire.IndexRuleBinding {
  package func validate() throws(SeriesFault) {
    try checkNames(self.metadata)
    guard !self.rules.isEmpty else { throw .schema("rules is empty") }
    guard let subject = self.subject, subject.catalog != .unspecified, !subject.name.isEmpty else {
      throw .schema("subject needs a catalog and a name")
    }
    guard self.beginAt != nil, self.expireAt != nil else {
      throw .schema("begin_at and expire_at are required")
    }
  }
}

extension DatabaseWire.TopNAggregation {
  package func validate() throws(SeriesFault) {
    try checkNames(self.metadata)
    guard let source = self.sourceMeasure, !source.name.isEmpty else {
      throw .schema("source_measure is required")
    }
    guard !self.fieldName.isEmpty else { throw .schema("field_name is required") }
    guard self.countersNumber > 0 else { throw .schema("counters_number is not positive") }
  }
}
