import Protobuf
import SeriesSchema
import SeriesWire

/// The rules that the protocol gives its fields: what breaks one is refused before anything else.
enum FieldRules {
  /// The object of a request, in which it stands in `field`.
  static func checked<Object: SchemaObject>(
    _ object: Object?, _ field: String
  ) throws(SeriesFault) -> Object {
    let object = try self.present(object, field)
    try self.check(object)
    return object
  }

  @discardableResult
  static func present<Value>(_ value: Value?, _ field: String) throws(SeriesFault) -> Value {
    guard let value else { throw .rule(field, "value is required") }
    return value
  }

  static func check(_ object: some SchemaObject) throws(SeriesFault) {
    try self.present(object.metadata, "metadata")
    switch object {
    case let group as CommonWire.Group: try self.check(group)
    case let stream as DatabaseWire.Stream:
      try self.check(stream.tagFamilies)
      try self.check(stream.entity)
    case let measure as DatabaseWire.Measure: try self.check(measure)
    case let trace as DatabaseWire.Trace: try self.check(trace)
    case let property as DatabaseWire.Property: try self.check(property.tags, "tags")
    case let rule as DatabaseWire.IndexRule:
      guard !rule.tags.isEmpty else { throw .rule("tags", "at least 1 item is needed") }
      guard rule.type.isDefined else { throw .rule("type", "the value is not defined") }
    case let binding as DatabaseWire.IndexRuleBinding: try self.check(binding)
    case let ranking as DatabaseWire.TopNAggregation:
      try self.present(ranking.sourceMeasure, "source_measure")
      try self.text(ranking.fieldName, "field_name")
    default: break
    }
  }

  static func text(_ text: String, _ field: String) throws(SeriesFault) {
    guard !text.isEmpty else { throw .rule(field, "at least 1 byte is needed") }
  }

  static func query(_ groups: [String], _ name: String) throws(SeriesFault) {
    guard !groups.isEmpty else { throw .rule("groups", "at least 1 item is needed") }
    try self.text(name, "name")
  }

  private static func check(_ group: CommonWire.Group) throws(SeriesFault) {
    if let pipeline = group.pipeline { try self.check(pipeline) }
    guard let options = group.resourceOpts else { return }
    guard options.shardNum > 0 else { throw .rule("resource_opts.shard_num", "0 is not above 0") }
    try self.check(options.segmentInterval, "resource_opts.segment_interval")
    try self.check(options.ttl, "resource_opts.ttl")
    for stage in options.stages {
      try self.text(stage.name, "stages.name")
      guard stage.shardNum > 0 else { throw .rule("stages.shard_num", "0 is not above 0") }
      try self.present(stage.segmentInterval, "stages.segment_interval")
      try self.present(stage.ttl, "stages.ttl")
      try self.check(stage.segmentInterval, "stages.segment_interval")
      try self.check(stage.ttl, "stages.ttl")
      try self.text(stage.nodeSelector, "stages.node_selector")
    }
  }

  /// Kept and told again, never run.
  private static func check(_ pipeline: CommonWire.TracePipelineConfig) throws(SeriesFault) {
    try self.check(pipeline.plugins, "pipeline.plugins")
    for (grace, field) in [
      (pipeline.mergeGrace, "merge_grace"), (pipeline.finalizeGrace, "finalize_grace"),
    ] {
      guard let grace else { continue }
      guard (grace.seconds, grace.nanos) > (0, 0) else {
        throw .rule("pipeline.\(field)", "a time above 0s is needed")
      }
    }
    for stage in pipeline.stages {
      try self.text(stage.stage, "pipeline.stages.stage")
      try self.check(stage.plugins, "pipeline.stages.plugins")
    }
    for name in pipeline.schemaNames { try self.text(name, "pipeline.schema_names") }
    for event in pipeline.enabledEvents where !event.isDefined || event == .unspecified {
      throw .rule("pipeline.enabled_events", "the value \(event.rawValue) is not defined")
    }
  }

  private static func check(
    _ plugins: [CommonWire.Plugin], _ field: String
  ) throws(SeriesFault) {
    for plugin in plugins {
      try self.text(plugin.name, "\(field).name")
      guard case .sampler(let sampler)? = plugin.kind else { continue }
      try self.text(sampler.path, "\(field).sampler.path")
      guard sampler.abiVersion > 0 else {
        throw .rule("\(field).sampler.abi_version", "0 is not above 0")
      }
    }
  }

  private static func check(
    _ interval: CommonWire.IntervalRule?, _ field: String
  ) throws(SeriesFault) {
    guard let interval else { return }
    guard interval.unit.isDefined else { throw .rule("\(field).unit", "the value is not defined") }
    guard interval.num > 0 else { throw .rule("\(field).num", "0 is not above 0") }
  }

  private static func check(
    _ families: [DatabaseWire.TagFamilySpec]
  ) throws(SeriesFault) {
    guard !families.isEmpty else { throw .rule("tag_families", "at least 1 item is needed") }
    for family in families {
      try self.text(family.name, "tag_families.name")
      try self.check(family.tags, "tag_families.tags")
    }
  }

  private static func check(
    _ tags: [DatabaseWire.TagSpec], _ field: String
  ) throws(SeriesFault) {
    guard !tags.isEmpty else { throw .rule(field, "at least 1 item is needed") }
    for tag in tags {
      try self.text(tag.name, "\(field).name")
      guard tag.type.isDefined else { throw .rule("\(field).type", "the value is not defined") }
    }
  }

  private static func check(_ entity: DatabaseWire.Entity?) throws(SeriesFault) {
    let entity = try self.present(entity, "entity")
    guard !entity.tagNames.isEmpty else {
      throw .rule("entity.tag_names", "at least 1 item is needed")
    }
  }

  private static func check(_ measure: DatabaseWire.Measure) throws(SeriesFault) {
    try self.check(measure.tagFamilies)
    try self.check(measure.entity)
    for field in measure.fields {
      try self.text(field.name, "fields.name")
      for (isDefined, name) in [
        (field.fieldType.isDefined, "field_type"),
        (field.encodingMethod.isDefined, "encoding_method"),
        (field.compressionMethod.isDefined, "compression_method"),
      ] where !isDefined {
        throw .rule("fields.\(name)", "the value of field \(field.name) is not defined")
      }
    }
    if let key = measure.shardingKey, key.tagNames.isEmpty {
      throw .rule("sharding_key.tag_names", "at least 1 item is needed")
    }
  }

  private static func check(_ trace: DatabaseWire.Trace) throws(SeriesFault) {
    guard !trace.tags.isEmpty else { throw .rule("tags", "at least 1 item is needed") }
    for tag in trace.tags {
      try self.text(tag.name, "tags.name")
      guard tag.type.isDefined else { throw .rule("tags.type", "the value is not defined") }
    }
    try self.text(trace.traceIDTagName, "trace_id_tag_name")
    try self.text(trace.spanIDTagName, "span_id_tag_name")
    try self.text(trace.timestampTagName, "timestamp_tag_name")
  }

  private static func check(_ binding: DatabaseWire.IndexRuleBinding) throws(SeriesFault) {
    guard !binding.rules.isEmpty else { throw .rule("rules", "at least 1 item is needed") }
    let subject = try self.present(binding.subject, "subject")
    try self.text(subject.name, "subject.name")
    try self.present(binding.beginAt, "begin_at")
    try self.present(binding.expireAt, "expire_at")
  }
}
