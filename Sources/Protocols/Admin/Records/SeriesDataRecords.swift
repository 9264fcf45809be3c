public import JSON
public import Values

// Rows and properties of the time series.

public struct SeriesQueryInput: AdminRecord {
  public var query: String?
  public var params: [JSONValue] = []
  public var resultKind: SeriesResultWord?
  public var request: JSONValue?
  public var isTraced = false
  public var allowsPartial = false

  public init() {}
  public static let kind = "SeriesQueryInput"
  public static let fields: [AdminField<SeriesQueryInput>] = [
    AdminField("query", \.query, "a statement of BydbQL; this, or a request"),
    AdminField("params", \.params, "for its question marks: texts, whole numbers, lists, null"),
    AdminField("kind", \.resultKind, "what the request asks"),
    AdminField("request", \.request, "a request in the JSON of the public schema"),
    AdminField("explain", \.isTraced, "with what the query did"),
    AdminField(
      "allow_partial", \.allowsPartial, "leave out shards that no node answers for, and name them"),
  ]
}

public enum SeriesResultWord: String, AdminWord {
  case stream, measure, trace, property, topn
}

public struct SeriesColumnRecord: AdminRecord, Hashable {
  public var name = ""
  public var type = ""

  public init() {}
  public init(_ name: String, _ type: String) {
    self.name = name
    self.type = type
  }
  public static let kind = "SeriesColumn"
  public static let fields: [AdminField<SeriesColumnRecord>] = [
    .required("name", \.name, "its name"),
    .required("type", \.type, "time, text, integer, real, list or binary"),
  ]
}

public struct SeriesSpanRecord: AdminRecord, Hashable {
  public var message = ""
  public var depth: Int64 = 0
  public var milliseconds = 0.0
  public var isError = false
  public var tags: [String: String] = [:]

  public init() {}
  public static let kind = "SeriesSpan"
  public static let fields: [AdminField<SeriesSpanRecord>] = [
    .required("message", \.message, "what was done"),
    AdminField("depth", \.depth, "0 is the whole query"),
    AdminField("took_ms", \.milliseconds, "how long it took"),
    AdminField("error", \.isError, "it failed"),
    AdminField("tags", \.tags, "counts and names"),
  ]
}

/// The rows of a query: for each the values of the columns, in their order.
public struct SeriesResultRecord: AdminRecord, Hashable {
  public var resultKind = SeriesResultWord.measure
  public var columns: [SeriesColumnRecord] = []
  public var rows: [JSONValue] = []
  public var rowCount: Int64 = 0
  public var milliseconds = 0.0
  public var spans: [SeriesSpanRecord] = []
  public var missing: [String] = []

  public init() {}
  public static let kind = "SeriesResult"
  public static let fields: [AdminField<SeriesResultRecord>] = [
    .required("kind", \.resultKind, "what was asked"),
    AdminField("columns", \.columns, "what each value of a row is"),
    AdminField("rows", \.rows, "lists of values"),
    AdminField("row_count", \.rowCount, "how many there are"),
    AdminField("took_ms", \.milliseconds, "how long it took"),
    AdminField("spans", \.spans, "what the query did, when that was asked for"),
    AdminField(
      "missing_shards", \.missing, "GROUP/SHARD of what is not in a partial answer"),
  ]
}

public struct SeriesPropertyRecord: AdminRecord, Hashable {
  public var name = ""
  public var group = ""
  public var id = ""
  public var tags = JSONValue.null
  public var updatedAt: Timestamp?

  public init() {}
  public static let kind = "SeriesProperty"
  public static let fields: [AdminField<SeriesPropertyRecord>] = [
    .required("name", \.name, "GROUP/NAME"),
    AdminField("group", \.group, "the group that it stands in"),
    AdminField("id", \.id, "which one of the name"),
    AdminField("tags", \.tags, "its values by tag"),
    AdminField("updated_at", \.updatedAt, "when it was changed"),
  ]
}

public struct SeriesPropertiesInput: AdminRecord {
  public var group = ""
  public var name = ""
  public var ids: [String] = []

  public init() {}
  public init(_ group: String, _ name: String, ids: [String] = []) {
    self.group = group
    self.name = name
    self.ids = ids
  }
  public static let kind = "SeriesPropertiesInput"
  public static let fields: [AdminField<SeriesPropertiesInput>] = [
    .required("group", \.group, "in which group"),
    .required("name", \.name, "of which name"),
    AdminField("ids", \.ids, "only these"),
  ]
}

public struct SeriesPropertyInput: AdminRecord {
  public var group = ""
  public var name = ""
  public var id = ""
  public var tags: [String: JSONValue] = [:]
  public var replaces = false

  public init() {}
  public static let kind = "SeriesPropertyInput"
  public static let fields: [AdminField<SeriesPropertyInput>] = [
    .required("group", \.group, "in which group"),
    .required("name", \.name, "of which name"),
    .required("id", \.id, "which one"),
    AdminField("tags", \.tags, "values by tag: texts, whole numbers, lists, null"),
    AdminField("replace", \.replaces, "tags that are not named go"),
  ]
}

public struct SeriesPropertyDeleteInput: AdminRecord {
  public var group = ""
  public var name = ""
  public var id = ""
  public var ifExists = false

  public init() {}
  public static let kind = "SeriesPropertyDeleteInput"
  public static let fields: [AdminField<SeriesPropertyDeleteInput>] = [
    .required("group", \.group, "in which group"),
    .required("name", \.name, "of which name"),
    AdminField("id", \.id, "which one; all of the name when it is empty"),
    AdminField("if_exists", \.ifExists, "one that is not there is no error"),
  ]
}

public struct SeriesWriteInput: AdminRecord {
  public var rows: [JSONValue] = []

  public init() {}
  public init(_ rows: [JSONValue]) { self.rows = rows }
  public static let kind = "SeriesWriteInput"
  public static let fields: [AdminField<SeriesWriteInput>] = [
    .required(
      "rows", \.rows,
      "objects with measure, stream or trace (GROUP/NAME), time, tags, and fields or span")
  ]
}

public struct SeriesWrittenRecord: AdminRecord, Hashable {
  public var name = ""
  public var written: Int64 = 0
  public var refused: Int64 = 0
  public var reasons: [String] = []

  public init() {}
  public static let kind = "SeriesWritten"
  public static let fields: [AdminField<SeriesWrittenRecord>] = [
    .required("name", \.name, "GROUP/NAME"),
    AdminField("written_rows", \.written, "rows that are durable"),
    AdminField("refused_rows", \.refused, "rows that are not"),
    AdminField("reasons", \.reasons, "why, and the first row of each reason"),
  ]
}
