private import CommandTable

/// `6`: the time series: what groups take and hold, and where it lies.
enum SeriesScreen {
  static let root = "/admin/v1/series"

  static let definition = ScreenDefinition(
    key: "6", name: "series", title: "Series",
    level: LevelDefinition(
      .tabs,
      [
        groups, segments, rates, retention, rankings, stages, migrations, orphans, placement,
        snapshots, statements,
      ]))

  // MARK: Groups

  static let groups = PaneDefinition(
    "series-groups", title: "Groups", path: "\(root)/groups", query: [.init("limit", "1000")],
    columns: [
      ScreenColumn("group", priority: 9),
      ScreenColumn(
        "points_per_s", title: "POINTS/s", priority: 8, form: .rate(of: "row_count"),
        isFollowed: true),
      ScreenColumn("series_count", title: "SERIES", priority: 7, isFollowed: true),
      ScreenColumn("segment_count", title: "SEGMENTS", priority: 5),
      ScreenColumn("stored_bytes", title: "SIZE", priority: 8, isFollowed: true),
      ScreenColumn("expires_at", title: "NEXT EXPIRY", priority: 6),
      ScreenColumn(
        "backlog_count", title: "BACKLOG", priority: 4, limits: .init(warning: 64, critical: 512)),
      ScreenColumn("ttl", priority: 3), ScreenColumn("catalog", priority: 2),
      ScreenColumn("last", title: "LAST 2 MIN", priority: 1, form: .sparkline(of: "points_per_s")),
      ScreenColumn("row_count", title: "ROWS", isWide: true, isFollowed: true),
      ScreenColumn("memory_bytes", title: "MEMORY", isWide: true, isFollowed: true),
      ScreenColumn("part_count", title: "PARTS", isWide: true, isFollowed: true),
      ScreenColumn("shard_count", title: "SHARDS", isWide: true),
      ScreenColumn("stages", .list, isWide: true),
    ], nameKeys: ["group"], opens: .level(group), actions: groupActions,
    sort: .init(key: "stored_bytes", isDescending: true), command: "series group list",
    logFilter: "{group}", hasDetails: true)

  static let groupActions: [ActionDefinition] = [
    ActionDefinition("Merge its parts", line: "series merge {group}"),
    ActionDefinition("Read and compare its parts", line: "series scrub {group}"),
    ActionDefinition("Take a snapshot", line: "series snapshot create --group {group}"),
    ActionDefinition("Delete it, when it is empty", line: "series group delete {group}"),
  ]

  // MARK: One group

  private static let ofGroup: [ResourceRequest.Item] = [
    .init("limit", "500"), .init("group", "{group}"),
  ]

  static let group = LevelDefinition(
    .tabs,
    [
      PaneDefinition("series-group", title: "Group", kind: .record, actions: groupActions),
      resources("measure", "Measures"), resources("stream", "Streams"),
      resources("trace", "Traces"), map, parts, cardinality, tables,
      PaneDefinition(
        "series-charts", title: "Charts",
        kind: .charts([
          .init("points_per_s", title: "POINTS/s"), .init("series_count", title: "SERIES"),
          .init("part_count", title: "PARTS"), .init("memory_bytes", title: "MEMORY"),
        ])),
    ])

  /// What is described in the group, with the question that is asked most.
  private static func resources(_ kind: String, _ title: String) -> PaneDefinition {
    PaneDefinition(
      "series-\(kind)s", title: title, path: "\(root)/objects/\(kind)", query: ofGroup,
      columns: [
        ScreenColumn("name", priority: 9), ScreenColumn("tags_count", title: "TAGS", priority: 5),
        ScreenColumn("fields_count", title: "FIELDS", priority: 4),
        ScreenColumn("entity", .list, priority: 7), ScreenColumn("interval", priority: 6),
        ScreenColumn("updated_at", priority: 3),
        ScreenColumn("document", .document, isWide: true),
      ], nameKeys: ["name"], opens: .record,
      actions: [ActionDefinition("Delete it", line: "series \(kind) delete {name}")],
      command: "series \(kind) list {group}")
  }

  /// Segments by shards, with what merges have to do.
  static let map = PaneDefinition(
    "series-map", title: "Shards", path: "\(root)/segments", query: ofGroup,
    columns: [
      ScreenColumn("begin_at", title: "SEGMENT", priority: 9),
      ScreenColumn("shard", priority: 8),
    ] + segmentColumns.dropFirst(), nameKeys: ["segment"], opens: .record,
    sort: .init(key: "begin_at", isDescending: true), command: "series segment list {group}")

  static let parts = PaneDefinition(
    "series-parts", title: "Parts", path: "\(root)/parts", query: ofGroup,
    columns: [
      ScreenColumn("begin_at", title: "SEGMENT", priority: 9),
      ScreenColumn("shard", priority: 5), ScreenColumn("level", priority: 4),
      ScreenColumn("row_count", title: "ROWS", priority: 7),
      ScreenColumn("size_bytes", priority: 8),
      ScreenColumn("plain_ratio", title: "OF PLAIN", priority: 6),
      ScreenColumn("series_count", title: "SERIES", priority: 3),
      ScreenColumn("index_bytes", title: "INDEX", priority: 2),
      ScreenColumn("part", isWide: true), ScreenColumn("tables", .list, isWide: true),
      ScreenColumn("error", isWide: true),
    ], nameKeys: ["part"], opens: .record,
    sort: .init(key: "size_bytes", isDescending: true), command: "series part list {group}")

  static let cardinality = PaneDefinition(
    "series-cardinality", title: "Cardinality", path: "\(root)/groups/{group}/cardinality",
    query: [.init("limit", "500"), .init("top", "100")],
    columns: [
      ScreenColumn("subject", priority: 9),
      ScreenColumn("series_count", title: "SERIES", priority: 8),
      ScreenColumn("growth_count", title: "NEW/DAY", priority: 7),
    ], nameKeys: ["subject"], opens: .record,
    sort: .init(key: "series_count", isDescending: true), command: "series cardinality {group}")

  static let tables = PaneDefinition(
    "series-tables", title: "Tables", path: "\(root)/tables", query: ofGroup,
    columns: [
      ScreenColumn("name", priority: 9), ScreenColumn("row_count", title: "ROWS", priority: 7),
      ScreenColumn("block_count", title: "BLOCKS", priority: 4),
      ScreenColumn("size_bytes", priority: 8),
      ScreenColumn("index_bytes", title: "INDEX", priority: 6),
      ScreenColumn("series_bytes", title: "SERIES SIZE", priority: 3),
    ], nameKeys: ["name"], opens: .record,
    sort: .init(key: "size_bytes", isDescending: true), command: "series analyze {group}")

  // MARK: All groups

  static let segmentColumns: [ScreenColumn] = [
    ScreenColumn("segment", priority: 9), ScreenColumn("node", priority: 1),
    ScreenColumn("row_count", title: "ROWS", priority: 7),
    ScreenColumn("series_count", title: "SERIES", priority: 5),
    ScreenColumn("part_count", title: "PARTS", priority: 6),
    ScreenColumn(
      "backlog_count", title: "BACKLOG", priority: 4, limits: .init(warning: 16, critical: 64)),
    ScreenColumn("size_bytes", priority: 8), ScreenColumn("expires_at", priority: 3),
    ScreenColumn("memory_bytes", title: "MEMORY", priority: 2),
    ScreenColumn("stage", isWide: true), ScreenColumn("oldest_at", isWide: true),
    ScreenColumn("newest_at", isWide: true),
  ]

  static let segments = PaneDefinition(
    "series-segments", title: "Segments", path: "\(root)/segments",
    query: [.init("limit", "1000")], columns: segmentColumns, nameKeys: ["segment"],
    opens: .record, sort: .init(key: "size_bytes", isDescending: true),
    command: "series segment list")

  /// What the engine counts.
  static let rates = PaneDefinition(
    "series-rates", title: "Rates", path: "/admin/v1/metrics",
    query: [.init("match", "lake_series_"), .init("limit", "200")],
    columns: [
      ScreenColumn("metric", priority: 9),
      ScreenColumn(
        "value_per_s", title: "PER SECOND", priority: 8, form: .rate(of: "value"),
        isFollowed: true),
      ScreenColumn("value", .real, priority: 7, isFollowed: true),
      ScreenColumn("last", title: "LAST 2 MIN", priority: 5, form: .sparkline(of: "value_per_s")),
      ScreenColumn("labels", isWide: true), ScreenColumn("help", isWide: true),
    ], nameKeys: ["metric", "labels", "node"], opens: .record,
    command: "metrics list --match lake_series_")

  static let retention = PaneDefinition(
    "series-retention", title: "Retention", path: "\(root)/retention",
    query: [.init("limit", "1000")],
    columns: [
      ScreenColumn("name", priority: 9), ScreenColumn("stage", priority: 4),
      ScreenColumn("ttl", priority: 8),
      ScreenColumn("segment_count", title: "SEGMENTS", priority: 5),
      ScreenColumn("row_count", title: "ROWS", priority: 3),
      ScreenColumn("next_at", title: "NEXT", priority: 7),
      ScreenColumn("freed_bytes", title: "FREES", priority: 6),
      ScreenColumn("nodes", .list, isWide: true),
    ], nameKeys: ["name"], opens: .record,
    actions: [ActionDefinition("Drop what is over now", line: "series retention run")],
    command: "series retention list")

  static let snapshots = PaneDefinition(
    "series-snapshots", title: "Snapshots", path: "\(root)/snapshots",
    query: [.init("limit", "500")],
    columns: [
      ScreenColumn("snapshot", priority: 9), ScreenColumn("created_at", priority: 8),
      ScreenColumn("groups", .list, priority: 6),
      ScreenColumn("files_count", title: "FILES", priority: 5),
      ScreenColumn("size_bytes", priority: 7),
    ], nameKeys: ["snapshot"], opens: .record,
    actions: [ActionDefinition("Remove it", line: "series snapshot delete {snapshot}")],
    command: "series snapshot list")
}
