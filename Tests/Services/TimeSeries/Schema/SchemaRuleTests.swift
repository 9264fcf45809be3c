import Protobuf
import SeriesSchema
import SeriesTesting
import SeriesWire
import Testing

/// Each rule of each kind of object broken once: the status of a schema that makes no sense, and what of it.
@Suite("Rules of schema objects")
struct SchemaRuleTests {
  private typealias Changes<Object> = [(String, (inout Object) -> Void)]

  private func refuses<Object: SchemaObject>(_ object: Object, _ changes: Changes<Object>) throws {
    try object.validate()
    for (part, change) in changes {
      var broken = object
      change(&broken)
      self.expect(part, "\(Object.self)") { () throws(SeriesFault) in try broken.validate() }
    }
  }

  private func refuses<Object: SchemaObject>(
    updating object: Object, _ changes: Changes<Object>
  ) throws {
    try object.validateChange(from: object)
    for (part, change) in changes {
      var changed = object
      change(&changed)
      self.expect(part, "\(Object.self)") { () throws(SeriesFault) in
        try changed.validateChange(from: object)
      }
    }
  }

  private func expect(
    _ part: String, _ object: String, _ body: () throws(SeriesFault) -> Void
  ) {
    do throws(SeriesFault) {
      try body()
      Issue.record("\(object) without a word of \(part)")
    } catch {
      #expect(error.kind == .unknown, "\(object), \(part)")
      #expect(error.message.contains(part), "\(object): \(error.message)")
    }
  }

  private static let long = String(repeating: "x", count: 257)

  private static let stream = DatabaseWire.Stream {
    $0.metadata = SchemaFixture.names("g", "s")
    $0.tagFamilies = SchemaFixture.measure("g", "s").tagFamilies
    $0.entity = DatabaseWire.Entity { $0.tagNames = ["entity_id"] }
  }

  private static let trace = DatabaseWire.Trace {
    $0.metadata = SchemaFixture.names("g", "t")
    $0.tags = [
      ("trace", DatabaseWire.TagType.string), ("span", .string), ("at", .timestamp), ("more", .int),
    ].map { name, type in
      DatabaseWire.TraceTagSpec {
        $0.name = name
        $0.type = type
      }
    }
    $0.traceIDTagName = "trace"
    $0.spanIDTagName = "span"
    $0.timestampTagName = "at"
  }

  @Test("groups")
  func groups() throws {
    try self.refuses(
      SchemaFixture.group("g", .stream),
      [
        ("metadata.name", { $0.metadata = nil }), ("metadata.name", { $0.metadata?.name = "" }),
        ("257 bytes", { $0.metadata?.name = Self.long }),
        ("catalog", { $0.catalog = .unspecified }),
        ("catalog", { $0.catalog = CommonWire.Catalog(rawValue: 77) }),
        ("shard_num", { $0.resourceOpts = nil }), ("shard_num", { $0.resourceOpts?.shardNum = 0 }),
        ("segment_interval", { $0.resourceOpts?.segmentInterval = nil }),
        ("segment_interval", { $0.resourceOpts?.segmentInterval?.unit = .unspecified }),
        ("segment_interval", { $0.resourceOpts?.segmentInterval?.num = 0 }),
        ("ttl", { $0.resourceOpts?.ttl = nil }), ("ttl", { $0.resourceOpts?.ttl?.num = 0 }),
        ("ttl", { $0.resourceOpts?.ttl?.unit = .unspecified }),
        ("no stage", { $0.resourceOpts?.defaultStages = ["warm"] }),
      ])
    try self.refuses(
      SchemaFixture.group("p", .property),
      [
        ("segment_interval", { $0.resourceOpts?.segmentInterval = SchemaFixture.days(1) }),
        ("ttl", { $0.resourceOpts?.ttl = SchemaFixture.days(1) }),
        ("shard_num", { $0.resourceOpts?.shardNum = 0 }),
      ])
    try self.refuses(
      updating: SchemaFixture.group("g", .stream), [("catalog", { $0.catalog = .measure })])
  }

  @Test("streams and measures")
  func rows() throws {
    try self.refuses(
      Self.stream,
      [
        ("metadata", { $0.metadata = nil }), ("group", { $0.metadata?.group = "" }),
        ("name", { $0.metadata?.name = "" }), ("257 bytes", { $0.metadata?.name = Self.long }),
        ("tag_families", { $0.tagFamilies = [] }), ("family", { $0.tagFamilies[0].name = "" }),
        ("no name", { $0.tagFamilies[0].tags[0].name = "" }),
        ("#", { $0.tagFamilies[0].tags[0].name = "a#b" }),
        ("type", { $0.tagFamilies[0].tags[0].type = .unspecified }),
        ("twice", { $0.tagFamilies[0].tags[0].name = "layer" }),
        ("entity.tag_names", { $0.entity = nil }),
        ("entity.tag_names", { $0.entity?.tagNames = [] }),
        ("not declared", { $0.entity?.tagNames = ["nobody"] }),
      ])
    try self.refuses(
      updating: Self.stream,
      [
        ("entity cannot", { $0.entity?.tagNames = ["id"] }),
        ("entity_id", { $0.tagFamilies[0].tags.remove(at: 1) }),
        ("entity_id", { $0.tagFamilies[0].tags[1].type = .int }),
        ("entity_id", { $0.tagFamilies[0].name = "moved" }),
      ])
    try self.refuses(
      SchemaFixture.measure("g", "m"),
      [
        ("group", { $0.metadata?.group = "" }), ("tag_families", { $0.tagFamilies = [] }),
        ("#", { $0.tagFamilies[0].tags[0].name = "#a" }), ("entity", { $0.entity = nil }),
        ("name and a type", { $0.fields[0].name = "" }),
        ("name and a type", { $0.fields[0].fieldType = .unspecified }),
        ("twice", { $0.fields.append($0.fields[0]) }), ("index_mode", { $0.indexMode = true }),
        ("5x", { $0.interval = "5x" }), ("1w", { $0.interval = "1w" }),
        ("7", { $0.interval = "7" }), ("1.2.3s", { $0.interval = "1.2.3s" }),
        ("positive", { $0.interval = "0s" }), ("positive", { $0.interval = "-1m" }),
        ("300000000d", { $0.interval = "300000000d" }),
      ])
    for interval in [
      "", "1ns", "2us", "2\u{B5}s", "2\u{3BC}s", "3ms", "4s", "1m", "1h30m", "1.5h", "2d",
    ] {
      var measure = SchemaFixture.measure("g", "m")
      measure.interval = interval
      try measure.validate()
    }
  }

  @Test("a stream's other tags come, go, move and change")
  func changes() throws {
    let allowed: [(inout DatabaseWire.Stream) -> Void] = [
      { $0.tagFamilies[0].tags.removeLast() }, { $0.tagFamilies[0].tags[0].type = .intArray },
      { $0.tagFamilies[0].tags.append(SchemaFixture.tag("new", .timestamp)) },
      {
        let moved = $0.tagFamilies[0].tags.removeLast()
        $0.tagFamilies.append(
          DatabaseWire.TagFamilySpec {
            $0.name = "other"
            $0.tags = [moved]
          })
      },
    ]
    for change in allowed {
      var stream = Self.stream
      change(&stream)
      try stream.validate()
      try stream.validateChange(from: Self.stream)
    }
  }

  @Test("traces and properties")
  func traces() throws {
    try self.refuses(
      Self.trace,
      [
        ("group", { $0.metadata?.group = "" }), ("tags", { $0.tags = [] }),
        ("name and a type", { $0.tags[3].name = "" }), ("#", { $0.tags[3].name = "#span" }),
        ("name and a type", { $0.tags[3].type = .unspecified }),
        ("twice", { $0.tags[3].name = "at" }), ("trace_id_tag_name", { $0.traceIDTagName = "" }),
        ("not declared", { $0.traceIDTagName = "nobody" }),
        ("span_id_tag_name", { $0.spanIDTagName = "" }),
        ("not declared", { $0.spanIDTagName = "nobody" }),
        ("timestamp_tag_name", { $0.timestampTagName = "" }),
        ("not declared", { $0.timestampTagName = "nobody" }),
        ("another type", { $0.timestampTagName = "more" }),
      ])
    try self.refuses(
      updating: Self.trace,
      [
        ("cannot be changed", { $0.traceIDTagName = "span" }),
        ("cannot be changed", { $0.spanIDTagName = "trace" }),
        ("cannot be changed", { $0.timestampTagName = "more" }),
      ])
    let property = DatabaseWire.Property {
      $0.metadata = SchemaFixture.names("g", "p")
      $0.tags = [SchemaFixture.tag("a", .string)]
    }
    try self.refuses(
      property,
      [
        ("group", { $0.metadata?.group = "" }), ("tags", { $0.tags = [] }),
        ("name and a type", { $0.tags[0].name = "" }),
        ("name and a type", { $0.tags[0].type = .unspecified }),
      ])
  }

  @Test("rules, bindings and rankings")
  func others() throws {
    try self.refuses(
      SchemaFixture.rule("g", "r", ["a"]),
      [
        ("group", { $0.metadata?.group = "" }), ("tags", { $0.tags = [] }),
        ("type", { $0.type = .unspecified }), ("analyzer", { $0.analyzer = "french" }),
      ])
    let binding = DatabaseWire.IndexRuleBinding {
      $0.metadata = SchemaFixture.names("g", "b")
      $0.rules = ["r"]
      $0.subject = DatabaseWire.Subject {
        $0.catalog = .stream
        $0.name = "s"
      }
      $0.beginAt = ProtoTimestamp(nanoseconds: 0)
      $0.expireAt = ProtoTimestamp(nanoseconds: 1)
    }
    try self.refuses(
      binding,
      [
        ("name", { $0.metadata?.name = "" }), ("rules", { $0.rules = [] }),
        ("subject", { $0.subject = nil }), ("subject", { $0.subject?.name = "" }),
        ("subject", { $0.subject?.catalog = .unspecified }), ("begin_at", { $0.beginAt = nil }),
        ("expire_at", { $0.expireAt = nil }),
      ])
    let ranking = DatabaseWire.TopNAggregation {
      $0.metadata = SchemaFixture.names("g", "t")
      $0.sourceMeasure = SchemaFixture.names("g", "m")
      $0.fieldName = "value"
      $0.countersNumber = 1
    }
    try self.refuses(
      ranking,
      [
        ("group", { $0.metadata?.group = "" }), ("source_measure", { $0.sourceMeasure = nil }),
        ("source_measure", { $0.sourceMeasure?.name = "" }), ("field_name", { $0.fieldName = "" }),
        ("counters_number", { $0.countersNumber = 0 }),
        ("counters_number", { $0.countersNumber = -1 }),
      ])
  }
}
