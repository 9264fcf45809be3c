public import Values

// Which nodes the shards of the time series are on, and what moves them.

public struct SeriesPlacedRecord: AdminRecord, Hashable {
  public var place = ""
  public var group = ""
  public var stage = ""
  public var shard = ""
  public var nodes: [String] = []
  public var troubled: [String] = []
  public var wanted: Int64 = 0
  public var missing: Int64 = 0
  public var beginAt: Timestamp?
  public var endAt: Timestamp?
  public var epoch: Int64 = 0

  public init() {}
  public static let kind = "SeriesPlaced"
  public static let fields: [AdminField<SeriesPlacedRecord>] = [
    .required("place", \.place, "GROUP/STAGE/SHARD"),
    AdminField("group", \.group, "the group that it belongs to"),
    AdminField("stage", \.stage, "the tier; hot is the first"),
    AdminField("shard", \.shard, "the number of the shard"),
    AdminField("nodes", \.nodes, "who has a copy, the first one first"),
    AdminField("troubled", \.troubled, "those that do not answer, are behind, or are removed"),
    AdminField("wanted_count", \.wanted, "copies that the group asks for"),
    AdminField("missing_count", \.missing, "copies that have no node"),
    AdminField("begin_at", \.beginAt, "from when on its rows are in this tier"),
    AdminField("end_at", \.endAt, "until when"),
    AdminField("epoch", \.epoch, "how often shards of the group were moved"),
  ]
}

public struct SeriesMoveRecord: AdminRecord, Hashable {
  public var move = ""
  public var group = ""
  public var stage = ""
  public var nextStage: String?
  public var shards: [String] = []
  public var from: [String] = []
  public var to: [String] = []
  public var beginAt: Timestamp?
  public var endAt: Timestamp?
  public var segments: Int64 = 0
  public var rows: Int64 = 0
  public var bytes: Int64 = 0
  public var orphans: [String] = []
  public var orphanRows: Int64 = 0
  public var problem: String?

  public init() {}
  public static let kind = "SeriesMove"
  public static let fields: [AdminField<SeriesMoveRecord>] = [
    .required("move", \.move, "GROUP/STAGE and what of it"),
    AdminField("group", \.group, "the group that it belongs to"),
    AdminField("stage", \.stage, "the tier that the rows are in"),
    AdminField("next_stage", \.nextStage, "the tier that they go to"),
    AdminField("shards", \.shards, "which shards"),
    AdminField("from_nodes", \.from, "who has them"),
    AdminField("to_nodes", \.to, "who is to have them"),
    AdminField("begin_at", \.beginAt, "rows from then on"),
    AdminField("end_at", \.endAt, "until then"),
    AdminField("segment_count", \.segments, "slices of time that go to the next tier"),
    AdminField("row_count", \.rows, "rows that are copied"),
    AdminField("size_bytes", \.bytes, "of those"),
    AdminField("orphans", \.orphans, "tables in it whose object was deleted"),
    AdminField("orphan_row_count", \.orphanRows, "rows of those, which do not go on"),
    AdminField("error", \.problem, "why it cannot be done now"),
  ]
}

public struct SeriesStageRecord: AdminRecord, Hashable {
  public var name = ""
  public var group = ""
  public var stage = ""
  public var ttl: String?
  public var selector: String?
  public var nodes: [String] = []
  public var beginAt: Timestamp?
  public var endAt: Timestamp?
  public var segments: Int64 = 0
  public var rows: Int64 = 0
  public var bytes: Int64 = 0
  public var due: Int64 = 0
  public var problem: String?

  public init() {}
  public static let kind = "SeriesStage"
  public static let fields: [AdminField<SeriesStageRecord>] = [
    .required("name", \.name, "GROUP/STAGE"),
    AdminField("group", \.group, "the group that it belongs to"),
    AdminField("stage", \.stage, "the tier; hot is the first"),
    AdminField("ttl", \.ttl, "how long rows stay in it"),
    AdminField("selector", \.selector, "which nodes it asks for, by their labels"),
    AdminField("nodes", \.nodes, "who has its rows"),
    AdminField("begin_at", \.beginAt, "from when on rows are in it"),
    AdminField("end_at", \.endAt, "until when"),
    AdminField("segment_count", \.segments, "slices of time in it"),
    AdminField("row_count", \.rows, "its rows, each once"),
    AdminField("size_bytes", \.bytes, "of all copies"),
    AdminField("due_count", \.due, "slices that are old enough for the next tier"),
    AdminField("error", \.problem, "why they do not go there"),
  ]
}

/// What becomes of rows whose object was deleted.
public enum SeriesOrphanFate: String, AdminWord, CaseIterable {
  /// They are written to files when they are to go to the next tier, or go, or go on.
  case archive, discard, keep
  /// They stay until their time is over: nothing moves them.
  case expire
}

/// A table that is in no schema any more: its stream, measure or trace was deleted, and rows of it are left.
public struct SeriesOrphanRecord: AdminRecord, Hashable {
  public var orphan = ""
  public var group = ""
  public var stage = ""
  public var tableKind = ""
  public var nodes: [String] = []
  public var parts: Int64 = 0
  public var rows: Int64 = 0
  public var bytes: Int64 = 0
  public var beginAt: Timestamp?
  public var endAt: Timestamp?
  public var fate = SeriesOrphanFate.expire

  public init() {}
  public static let kind = "SeriesOrphan"
  public static let fields: [AdminField<SeriesOrphanRecord>] = [
    .required("orphan", \.orphan, "GROUP/NAME of what was deleted"),
    AdminField("group", \.group, "the group that it belonged to"),
    AdminField("stage", \.stage, "the tier that the rows are in"),
    AdminField("table_kind", \.tableKind, "measure, stream, trace or document"),
    AdminField("nodes", \.nodes, "who has them"),
    AdminField("part_count", \.parts, "files that have some"),
    AdminField("row_count", \.rows, "rows in files, each once"),
    AdminField("size_bytes", \.bytes, "of all copies"),
    AdminField("begin_at", \.beginAt, "of the first segment that has some"),
    AdminField("end_at", \.endAt, "of the last"),
    AdminField("fate", \.fate, "what becomes of them when they are old enough to move"),
  ]
}

public struct SeriesNodeInput: AdminRecord {
  public var node: String?

  public init() {}
  public init(node: String?) { self.node = node }
  public static let kind = "SeriesNodeInput"
  public static let fields: [AdminField<SeriesNodeInput>] = [
    AdminField("node", \.node, "only this node; all that keep rows by default")
  ]
}
