private import CommandTable

/// Where the rows of the time series are, when there are several nodes, and what each node keeps beside them.
extension SeriesScreen {
  static let rankings = PaneDefinition(
    "series-rankings", title: "Rankings", path: "\(root)/rankings",
    query: [.init("limit", "1000")],
    columns: [
      ScreenColumn("ranking", priority: 9), ScreenColumn("node", priority: 4),
      ScreenColumn("window_count", title: "WINDOWS", priority: 7, isFollowed: true),
      ScreenColumn(
        "waiting_count", title: "WAITING", priority: 6, limits: .init(warning: 10, critical: 1000)),
      ScreenColumn(
        "behind_ms", title: "BEHIND", priority: 8,
        limits: .init(warning: 300_000, critical: 3_600_000)),
      ScreenColumn("entry_count", title: "ENTRIES", priority: 5),
      ScreenColumn("end_at", priority: 3), ScreenColumn("error", priority: 2),
      ScreenColumn("measure", isWide: true), ScreenColumn("interval", isWide: true),
      ScreenColumn("begin_at", isWide: true),
    ], nameKeys: ["ranking", "node"], opens: .record,
    actions: [ActionDefinition("Make its counters anew", line: "series topn rebuild {ranking}")],
    command: "series topn status")

  static let stages = PaneDefinition(
    "series-stages", title: "Stages", path: "\(root)/stages", query: [.init("limit", "1000")],
    columns: [
      ScreenColumn("name", priority: 9), ScreenColumn("ttl", priority: 5),
      ScreenColumn("nodes", .list, priority: 7),
      ScreenColumn("segment_count", title: "SEGMENTS", priority: 4),
      ScreenColumn("row_count", title: "ROWS", priority: 6),
      ScreenColumn("size_bytes", priority: 3),
      ScreenColumn(
        "due_count", title: "DUE", priority: 8, limits: .init(warning: 4, critical: 16)),
      ScreenColumn("error", priority: 2), ScreenColumn("begin_at", isWide: true),
      ScreenColumn("end_at", isWide: true), ScreenColumn("selector", isWide: true),
    ], nameKeys: ["name"], opens: .record,
    actions: [ActionDefinition("Move what is due", line: "series migrate run")],
    command: "series migrate status")

  static let migrations = PaneDefinition(
    "series-migrations", title: "Migrations", path: "\(root)/migrations",
    query: [.init("limit", "1000")],
    columns: [
      ScreenColumn("move", priority: 9), ScreenColumn("next_stage", title: "NEXT", priority: 8),
      ScreenColumn("row_count", title: "ROWS", priority: 6),
      ScreenColumn("size_bytes", priority: 7),
      ScreenColumn("segment_count", title: "SEGMENTS", priority: 4),
      ScreenColumn("orphans", .list, priority: 5), ScreenColumn("error", priority: 3),
      ScreenColumn("from_nodes", title: "FROM", .list, isWide: true),
      ScreenColumn("to_nodes", title: "TO", .list, isWide: true),
      ScreenColumn("orphan_row_count", title: "ORPHAN ROWS", isWide: true),
      ScreenColumn("begin_at", isWide: true), ScreenColumn("end_at", isWide: true),
    ], nameKeys: ["move"], opens: .record,
    actions: [ActionDefinition("Move what is due", line: "series migrate run")],
    command: "series migrate plan")

  static let orphans = PaneDefinition(
    "series-orphans", title: "Orphans", path: "\(root)/orphans", query: [.init("limit", "1000")],
    columns: [
      ScreenColumn("orphan", priority: 9), ScreenColumn("stage", priority: 6),
      ScreenColumn("row_count", title: "ROWS", priority: 7),
      ScreenColumn("size_bytes", priority: 8), ScreenColumn("fate", priority: 5),
      ScreenColumn("end_at", priority: 4),
      ScreenColumn("part_count", title: "PARTS", priority: 3),
      ScreenColumn("nodes", .list, isWide: true),
      ScreenColumn("table_kind", title: "KIND", isWide: true),
      ScreenColumn("begin_at", isWide: true),
    ], nameKeys: ["orphan", "stage"], opens: .record, command: "series migrate orphans")

  static let statements = PaneDefinition(
    "series-statements", title: "Statements", path: "\(root)/statements",
    query: [.init("limit", "500")],
    columns: [
      ScreenColumn("statement", priority: 9), ScreenColumn("reason", priority: 7),
      ScreenColumn("use_count", title: "COUNT", priority: 6),
      ScreenColumn("longest_ms", title: "LONGEST", priority: 8),
      ScreenColumn("last_at", priority: 5), ScreenColumn("parameters", .list, isWide: true),
      ScreenColumn("node", isWide: true),
    ], nameKeys: ["reason", "statement"], opens: .record,
    sort: .init(key: "longest_ms", isDescending: true), command: "series statements")

  static let placement = PaneDefinition(
    "series-placement", title: "Placement", path: "\(root)/placement",
    query: [.init("limit", "1000")],
    columns: [
      ScreenColumn("place", title: "SHARD", priority: 9),
      ScreenColumn("nodes", .list, priority: 8), ScreenColumn("troubled", .list, priority: 7),
      ScreenColumn(
        "missing_count", title: "MISSING", priority: 6, limits: .init(warning: 1, critical: 2)),
      ScreenColumn("end_at", priority: 3), ScreenColumn("begin_at", isWide: true),
      ScreenColumn("wanted_count", title: "WANTED", isWide: true),
      ScreenColumn("epoch", isWide: true),
    ], nameKeys: ["place"], opens: .record,
    actions: [ActionDefinition("Move shards to where they belong", line: "series placement apply")],
    command: "series placement list")
}
