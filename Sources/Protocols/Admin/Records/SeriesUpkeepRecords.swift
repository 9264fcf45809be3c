public import Values

// How the rows of the time series lie on disk, and what is done about them.

public struct SeriesSegmentRecord: AdminRecord, Hashable {
  public var segment = ""
  public var group = ""
  public var node = ""
  public var stage = ""
  public var shard = ""
  public var beginAt: Timestamp?
  public var endAt: Timestamp?
  public var expiresAt: Timestamp?
  public var rows: Int64 = 0
  public var series: Int64 = 0
  public var parts: Int64 = 0
  public var backlog: Int64 = 0
  public var bytes: Int64 = 0
  public var memoryRows: Int64 = 0
  public var memoryBytes: Int64 = 0
  public var oldestAt: Timestamp?
  public var newestAt: Timestamp?

  public init() {}
  public static let kind = "SeriesSegment"
  public static let fields: [AdminField<SeriesSegmentRecord>] = [
    .required("segment", \.segment, "GROUP/BEGIN/SHARD"),
    AdminField("group", \.group, "the group that it belongs to"),
    AdminField("node", \.node, "where it lies"),
    AdminField("stage", \.stage, "the tier that it is in"),
    AdminField("shard", \.shard, "the number of the shard"),
    AdminField("begin_at", \.beginAt, "where its time begins"),
    AdminField("end_at", \.endAt, "where it ends"),
    AdminField("expires_at", \.expiresAt, "when it goes"),
    AdminField("row_count", \.rows, "rows in memory and in parts"),
    AdminField("series_count", \.series, "series that have an entry"),
    AdminField("part_count", \.parts, "files of rows"),
    AdminField("backlog_count", \.backlog, "parts that merges could still save"),
    AdminField("size_bytes", \.bytes, "of its parts"),
    AdminField("memory_rows", \.memoryRows, "rows in no part yet"),
    AdminField("memory_bytes", \.memoryBytes, "of those"),
    AdminField("oldest_at", \.oldestAt, "the first row of its parts"),
    AdminField("newest_at", \.newestAt, "the last row of its parts"),
  ]
}

public struct SeriesPartRecord: AdminRecord, Hashable {
  public var part = ""
  public var group = ""
  public var node = ""
  public var shard = ""
  public var beginAt: Timestamp?
  public var level: String = ""
  public var rows: Int64 = 0
  public var series: Int64 = 0
  public var bytes: Int64 = 0
  public var rowBytes: Double?
  public var plainBytes: Int64?
  public var plainRatio: Double?
  public var indexBytes: Int64?
  public var blocks: Int64?
  public var tables: [String] = []
  public var oldestAt: Timestamp?
  public var newestAt: Timestamp?
  public var problem: String?

  public init() {}
  public static let kind = "SeriesPart"
  public static let fields: [AdminField<SeriesPartRecord>] = [
    .required("part", \.part, "GROUP/BEGIN/SHARD/NUMBER"),
    AdminField("group", \.group, "the group that it belongs to"),
    AdminField("node", \.node, "where it lies"),
    AdminField("shard", \.shard, "the number of the shard"),
    AdminField("begin_at", \.beginAt, "where the time of its segment begins"),
    AdminField(
      "level", \.level, "powers of eight of its size over 1 MiB: merges join what is alike"),
    AdminField("row_count", \.rows, "its rows"),
    AdminField("series_count", \.series, "entries of series in it"),
    AdminField("size_bytes", \.bytes, "of the file"),
    AdminField("bytes_per_row", \.rowBytes, "of the file, by row"),
    AdminField("plain_bytes", \.plainBytes, "with eight bytes for each time, version and value"),
    AdminField("plain_ratio", \.plainRatio, "the size over that"),
    AdminField("index_bytes", \.indexBytes, "of terms, filters and orders in it"),
    AdminField("block_count", \.blocks, "blocks of rows"),
    AdminField("tables", \.tables, "whose rows it holds"),
    AdminField("oldest_at", \.oldestAt, "its first row"),
    AdminField("newest_at", \.newestAt, "its last row"),
    AdminField("error", \.problem, "why it cannot be looked into"),
  ]
}

public struct SeriesCardinalityInput: AdminRecord {
  public var group = ""
  public var subject: String?
  public var top: Int64 = 0

  public init() {}
  public init(_ group: String, subject: String? = nil) {
    self.group = group
    self.subject = subject
  }
  public static let kind = "SeriesCardinalityInput"
  public static let fields: [AdminField<SeriesCardinalityInput>] = [
    .required("group", \.group, "which group"),
    AdminField("subject", \.subject, "only this one, with its tags"),
    AdminField("top", \.top, "only so many of the largest; 0: all"),
  ]
}

public struct SeriesCardinalityRecord: AdminRecord, Hashable {
  public var subject = ""
  public var tag: String?
  public var series: Int64 = 0
  public var growthPerDay: Int64 = 0

  public init() {}
  public static let kind = "SeriesCardinality"
  public static let fields: [AdminField<SeriesCardinalityRecord>] = [
    .required("subject", \.subject, "the stream, measure or trace"),
    AdminField("tag", \.tag, "a tag of its entity: then values of that are counted"),
    AdminField("series_count", \.series, "different series, or values"),
    AdminField("growth_count", \.growthPerDay, "of those, new in the last 24 hours"),
  ]
}

public struct SeriesTableRecord: AdminRecord, Hashable {
  public var name = ""
  public var tableKind = ""
  public var rows: Int64 = 0
  public var entries: Int64 = 0
  public var blocks: Int64 = 0
  public var columns: Int64 = 0
  public var dataBytes: Int64 = 0
  public var entryBytes: Int64 = 0
  public var indexBytes: Int64 = 0
  public var rowBytes: Double?
  public var blockRows: Double?

  public init() {}
  public static let kind = "SeriesTable"
  public static let fields: [AdminField<SeriesTableRecord>] = [
    .required("name", \.name, "GROUP/NAME"),
    AdminField("kind", \.tableKind, "what it is to the engine"),
    AdminField("row_count", \.rows, "rows in parts"),
    AdminField("series_count", \.entries, "entries of series in parts"),
    AdminField("block_count", \.blocks, "blocks of rows"),
    AdminField("columns_count", \.columns, "columns in the newest part"),
    AdminField("size_bytes", \.dataBytes, "of the pages of its rows"),
    AdminField("series_bytes", \.entryBytes, "of the pages of its series"),
    AdminField("index_bytes", \.indexBytes, "of terms, filters and orders"),
    AdminField("bytes_per_row", \.rowBytes, "all of it, by row"),
    AdminField("block_rows", \.blockRows, "rows in a block, on average"),
  ]
}

public struct SeriesPlaceInput: AdminRecord {
  public var group: String?
  public var node: String?

  public init() {}
  public init(_ group: String?, node: String? = nil) {
    self.group = group
    self.node = node
  }
  public static let kind = "SeriesPlaceInput"
  public static let fields: [AdminField<SeriesPlaceInput>] = [
    AdminField("group", \.group, "only of this group"),
    AdminField("node", \.node, "only on this node; all that keep rows by default"),
  ]
}

public struct SeriesFlushRecord: AdminRecord, Hashable {
  public var node = ""
  public var rows: Int64 = 0
  public var bytes: Int64 = 0

  public init() {}
  public static let kind = "SeriesFlush"
  public static let fields: [AdminField<SeriesFlushRecord>] = [
    .required("node", \.node, "whose memory was written"),
    AdminField("memory_rows", \.rows, "rows that were in no part"),
    AdminField("memory_bytes", \.bytes, "of those"),
  ]
}

public enum SeriesJobWord: String, AdminWord {
  case merge, scrub, retain, migrate, place, rebuild
}

public struct SeriesJobInput: AdminRecord {
  public var work = SeriesJobWord.merge
  public var group: String?
  public var name: String?
  public var node: String?

  public init() {}
  public init(
    _ work: SeriesJobWord, group: String? = nil, name: String? = nil, node: String? = nil
  ) {
    self.work = work
    self.group = group
    self.name = name
    self.node = node
  }
  public static let kind = "SeriesJobInput"
  public static let fields: [AdminField<SeriesJobInput>] = [
    .required("work", \.work, "what is to be done"),
    AdminField("group", \.group, "of this group; of all by default"),
    AdminField("name", \.name, "the ranking of the group that is to be rebuilt"),
    AdminField("node", \.node, "on this node; on all that keep rows by default"),
  ]
}

public struct SeriesRankingRecord: AdminRecord, Hashable {
  public var ranking = ""
  public var node = ""
  public var measure = ""
  public var interval = ""
  public var windows: Int64 = 0
  public var waiting: Int64 = 0
  public var entries: Int64 = 0
  public var beginAt: Timestamp?
  public var endAt: Timestamp?
  public var behindMilliseconds: Int64 = 0
  public var reason: String?

  public init() {}
  public static let kind = "SeriesRanking"
  public static let fields: [AdminField<SeriesRankingRecord>] = [
    .required("ranking", \.ranking, "GROUP/NAME"),
    .required("node", \.node, "where its counters lie"),
    AdminField("measure", \.measure, "what it ranks"),
    AdminField("interval", \.interval, "how long a window is"),
    AdminField("window_count", \.windows, "windows whose counters are right, in all shards"),
    AdminField("waiting_count", \.waiting, "windows that points came late for, to be made again"),
    AdminField("entry_count", \.entries, "entities in the newest windows"),
    AdminField("begin_at", \.beginAt, "where the first window with counters begins"),
    AdminField("end_at", \.endAt, "where the last one ends"),
    AdminField("behind_ms", \.behindMilliseconds, "windows that are over and not made yet"),
    AdminField("error", \.reason, "why it is made of points alone"),
  ]
}

public struct SeriesSnapshotRecord: AdminRecord, Hashable {
  public var snapshot = ""
  public var node = ""
  public var groups: [String] = []
  public var createdAt: Timestamp?
  public var files: Int64 = 0
  public var bytes: Int64 = 0

  public init() {}
  public static let kind = "SeriesSnapshot"
  public static let fields: [AdminField<SeriesSnapshotRecord>] = [
    .required("snapshot", \.snapshot, "its name"),
    AdminField("node", \.node, "where it lies"),
    AdminField("groups", \.groups, "what is in it"),
    AdminField("created_at", \.createdAt, "when it was taken"),
    AdminField("files_count", \.files, "its files, linked and not copied"),
    AdminField("size_bytes", \.bytes, "of those"),
  ]
}

public struct SeriesSnapshotInput: AdminRecord {
  public var groups: [String] = []
  public var node: String?

  public init() {}
  public static let kind = "SeriesSnapshotInput"
  public static let fields: [AdminField<SeriesSnapshotInput>] = [
    AdminField("groups", \.groups, "only these; all by default"),
    AdminField("node", \.node, "on this node; on all that keep rows by default"),
  ]
}

public struct SeriesSnapshotNameInput: AdminRecord {
  public var snapshot = ""
  public var ifExists = false
  public var node: String?

  public init() {}
  public init(_ snapshot: String, ifExists: Bool = false, node: String? = nil) {
    self.snapshot = snapshot
    self.ifExists = ifExists
    self.node = node
  }
  public static let kind = "SeriesSnapshotNameInput"
  public static let fields: [AdminField<SeriesSnapshotNameInput>] = [
    .required("snapshot", \.snapshot, "which one"),
    AdminField("if_exists", \.ifExists, "one that is not there is no error"),
    AdminField("node", \.node, "on this node; on all that keep rows by default"),
  ]
}

public struct SeriesRetentionRecord: AdminRecord, Hashable {
  public var name = ""
  public var group = ""
  public var stage = ""
  public var ttl: String?
  public var segments: Int64 = 0
  public var nextAt: Timestamp?
  public var freedBytes: Int64 = 0
  public var rows: Int64 = 0
  public var nodes: [String] = []

  public init() {}
  public static let kind = "SeriesRetention"
  public static let fields: [AdminField<SeriesRetentionRecord>] = [
    .required("name", \.name, "GROUP, or GROUP/STAGE"),
    AdminField("group", \.group, "the group"),
    AdminField("stage", \.stage, "the tier; hot is the first"),
    AdminField("ttl", \.ttl, "how long rows stay in it"),
    AdminField("segment_count", \.segments, "segments in it"),
    AdminField("next_at", \.nextAt, "when the next one goes: to the next tier, or for ever"),
    AdminField("freed_bytes", \.freedBytes, "what that frees"),
    AdminField("row_count", \.rows, "rows in it, each once"),
    AdminField("nodes", \.nodes, "who has them"),
  ]
}

public struct SeriesRetentionInput: AdminRecord {
  public var group = ""
  public var stage: String?
  public var ttl = ""

  public init() {}
  public static let kind = "SeriesRetentionInput"
  public static let fields: [AdminField<SeriesRetentionInput>] = [
    .required("group", \.group, "which group"),
    AdminField("stage", \.stage, "which tier; the first by default"),
    .required("ttl", \.ttl, "how long rows stay in it, as 7d or 12h"),
  ]
}
