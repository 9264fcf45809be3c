public import JSON
public import Values

// The schema of the time series: groups, and what is described in them.

public enum SeriesCatalogWord: String, AdminWord {
  case stream, measure, trace, property
}

public struct SeriesGroupRecord: AdminRecord, Hashable {
  public var group = ""
  public var catalog: String?
  public var shards: Int64 = 0
  public var replicas: Int64 = 0
  public var segmentInterval: String?
  public var ttl: String?
  public var stages: [String] = []
  public var resources: Int64 = 0
  public var rows: Int64?
  public var series: Int64?
  public var segments: Int64?
  public var parts: Int64?
  public var backlog: Int64?
  public var storedBytes: Int64?
  public var memoryBytes: Int64?
  public var oldestAt: Timestamp?
  public var newestAt: Timestamp?
  public var expiresAt: Timestamp?
  public var createdAt: Timestamp?
  public var updatedAt: Timestamp?
  public var isDeleting = false
  public var etag = ""

  public init() {}
  public static let kind = "SeriesGroup"
  public static let fields: [AdminField<SeriesGroupRecord>] = [
    .required("group", \.group, "its name"),
    AdminField("catalog", \.catalog, "what it holds: stream, measure, trace or property"),
    AdminField("shard_count", \.shards, "over which its rows are spread"),
    AdminField("replica_count", \.replicas, "copies beside the first"),
    AdminField("segment_interval", \.segmentInterval, "the time of one segment"),
    AdminField("ttl", \.ttl, "how long rows stay"),
    AdminField("stages", \.stages, "later tiers, as NAME:TTL:SELECTOR"),
    AdminField("resource_count", \.resources, "streams, measures, traces, properties, rules"),
    AdminField("row_count", \.rows, "rows in memory and in parts"),
    AdminField("series_count", \.series, "series of its newest segment"),
    AdminField("segment_count", \.segments, "slices of time that hold rows"),
    AdminField("part_count", \.parts, "files of rows"),
    AdminField("backlog_count", \.backlog, "parts that merges could still save"),
    AdminField("stored_bytes", \.storedBytes, "of all parts"),
    AdminField("memory_bytes", \.memoryBytes, "of rows in no part yet"),
    AdminField("oldest_at", \.oldestAt, "where its first segment begins"),
    AdminField("newest_at", \.newestAt, "where its last segment ends"),
    AdminField("expires_at", \.expiresAt, "when its first segment goes"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("updated_at", \.updatedAt, "when it was changed"),
    AdminField("deleting", \.isDeleting, "it is being deleted"),
    AdminField("etag", \.etag, "changes when the group is changed"),
  ]
}

public struct SeriesGroupInput: AdminRecord {
  public var group = ""
  public var catalog: SeriesCatalogWord?
  public var shards: Int64?
  public var replicas: Int64?
  public var segmentInterval: String?
  public var ttl: String?
  public var stages: [String]?
  public var ifNotExists = false

  public init() {}
  public static let kind = "SeriesGroupInput"
  public static let fields: [AdminField<SeriesGroupInput>] = [
    .required("group", \.group, "which group"),
    AdminField("catalog", \.catalog, "what it holds; only when it is made"),
    AdminField("shard_count", \.shards, "over which its rows are spread"),
    AdminField("replica_count", \.replicas, "copies beside the first"),
    AdminField("segment_interval", \.segmentInterval, "the time of one segment, as 1d or 6h"),
    AdminField("ttl", \.ttl, "how long rows stay, as 7d or 12h"),
    AdminField("stages", \.stages, "later tiers, as NAME:TTL:SELECTOR"),
    AdminField("if_not_exists", \.ifNotExists, "an equal one that is there is no error"),
  ]
}

public struct SeriesGroupNameInput: AdminRecord {
  public var group = ""

  public init() {}
  public init(_ group: String) { self.group = group }
  public static let kind = "SeriesGroupNameInput"
  public static let fields: [AdminField<SeriesGroupNameInput>] = [
    .required("group", \.group, "which group")
  ]
}

public struct SeriesGroupDeleteInput: AdminRecord {
  public var group = ""
  public var isDataOnly = false
  public var force: [String] = []
  public var ifExists = false

  public init() {}
  public static let kind = "SeriesGroupDeleteInput"
  public static let fields: [AdminField<SeriesGroupDeleteInput>] = [
    .required("group", \.group, "which group"),
    AdminField("data_only", \.isDataOnly, "its rows go, what describes them stays"),
    AdminField("force", \.force, "checks to pass over: not-empty"),
    AdminField("if_exists", \.ifExists, "one that is not there is no error"),
  ]
}

/// What is described in a group.
public enum SeriesKindWord: String, AdminWord {
  case group, stream, measure, trace
  case property = "property-schema"
  case indexRule = "index-rule"
  case indexBinding = "index-binding"
  case topn
}

/// Anything of a schema. Members that its kind does not have are null or empty.
public struct SeriesObjectRecord: AdminRecord, Hashable {
  public var name = ""
  public var group = ""
  public var objectKind = SeriesKindWord.measure
  public var tagCount: Int64?
  public var fieldCount: Int64?
  public var entity: [String] = []
  public var interval: String?
  public var isIndexMode: Bool?
  public var traceIDTag: String?
  public var timestampTag: String?
  public var type: String?
  public var tags: [String] = []
  public var analyzer: String?
  public var isUnsorted: Bool?
  public var rules: [String] = []
  public var subject: String?
  public var beginAt: Timestamp?
  public var expireAt: Timestamp?
  public var source: String?
  public var field: String?
  public var order: String?
  public var groupBy: [String] = []
  public var counters: Int64?
  public var windows: Int64?
  public var createdAt: Timestamp?
  public var updatedAt: Timestamp?
  public var etag = ""
  public var document = JSONValue.null

  public init() {}
  public static let kind = "SeriesObject"
  public static let fields: [AdminField<SeriesObjectRecord>] = [
    .required("name", \.name, "GROUP/NAME"),
    AdminField("group", \.group, "the group that it stands in"),
    AdminField("kind", \.objectKind, "what it is"),
    AdminField("tags_count", \.tagCount, "its tags"),
    AdminField("fields_count", \.fieldCount, "its fields"),
    AdminField("entity", \.entity, "the tags that name a series"),
    AdminField("interval", \.interval, "the time between two points"),
    AdminField("index_mode", \.isIndexMode, "one document a series"),
    AdminField("trace_id_tag", \.traceIDTag, "the tag of the trace"),
    AdminField("timestamp_tag", \.timestampTag, "the tag of the time"),
    AdminField("type", \.type, "the form of the index"),
    AdminField("tags", \.tags, "what is indexed"),
    AdminField("analyzer", \.analyzer, "how texts are cut into words"),
    AdminField("no_sort", \.isUnsorted, "it cannot be sorted by"),
    AdminField("rules", \.rules, "the rules that are bound"),
    AdminField("subject", \.subject, "what they are bound to"),
    AdminField("begin_at", \.beginAt, "from when on they hold"),
    AdminField("expire_at", \.expireAt, "until when they hold"),
    AdminField("source", \.source, "the measure that is ranked, as GROUP/NAME"),
    AdminField("field", \.field, "the field that ranks"),
    AdminField("order", \.order, "which end is kept"),
    AdminField("group_by", \.groupBy, "tags with a ranking each"),
    AdminField("counters_number", \.counters, "entries kept of a window"),
    AdminField("lru_size", \.windows, "windows kept open"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("updated_at", \.updatedAt, "when it was changed"),
    AdminField("etag", \.etag, "changes when it is changed"),
    AdminField("document", \.document, "all of it, as apply reads it"),
  ]
}

public struct SeriesObjectsInput: AdminRecord {
  public var objectKind = SeriesKindWord.measure
  public var group: String?

  public init() {}
  public init(_ kind: SeriesKindWord, group: String? = nil) {
    self.objectKind = kind
    self.group = group
  }
  public static let kind = "SeriesObjectsInput"
  public static let fields: [AdminField<SeriesObjectsInput>] = [
    .required("kind", \.objectKind, "of what kind"),
    AdminField("group", \.group, "only those of this group"),
  ]
}

public struct SeriesObjectNameInput: AdminRecord {
  public var objectKind = SeriesKindWord.measure
  public var group = ""
  public var name = ""
  public var ifExists = false

  public init() {}
  public init(_ kind: SeriesKindWord, _ group: String, _ name: String, ifExists: Bool = false) {
    self.objectKind = kind
    self.group = group
    self.name = name
    self.ifExists = ifExists
  }
  public static let kind = "SeriesObjectNameInput"
  public static let fields: [AdminField<SeriesObjectNameInput>] = [
    .required("kind", \.objectKind, "of what kind"),
    .required("group", \.group, "in which group"),
    .required("name", \.name, "which one"),
    AdminField("if_exists", \.ifExists, "one that is not there is no error"),
  ]
}

public struct SeriesObjectInput: AdminRecord {
  public var objectKind = SeriesKindWord.measure
  public var document = JSONValue.null
  public var ifNotExists = false

  public init() {}
  public init(_ kind: SeriesKindWord, _ document: JSONValue, ifNotExists: Bool = false) {
    self.objectKind = kind
    self.document = document
    self.ifNotExists = ifNotExists
  }
  public static let kind = "SeriesObjectInput"
  public static let fields: [AdminField<SeriesObjectInput>] = [
    .required("kind", \.objectKind, "of what kind"),
    .required("document", \.document, "all of it, in the JSON of the public schema"),
    AdminField("if_not_exists", \.ifNotExists, "an equal one that is there is no error"),
  ]
}

public enum SeriesActionWord: String, AdminWord {
  case create, update, unchanged
}

public struct SeriesAppliedRecord: AdminRecord, Hashable {
  public var name = ""
  public var objectKind = SeriesKindWord.measure
  public var action = SeriesActionWord.unchanged
  public var changes: [String] = []

  public init() {}
  public static let kind = "SeriesApplied"
  public static let fields: [AdminField<SeriesAppliedRecord>] = [
    .required("name", \.name, "GROUP/NAME, or GROUP"),
    AdminField("kind", \.objectKind, "what it is"),
    AdminField("action", \.action, "what was done, or would be"),
    AdminField("changes", \.changes, "members that are different"),
  ]
}
