private import CommandTable

/// `2`: the Iceberg catalog: tables, what happens to them, and what they are made of.
enum CatalogScreen {
  static let root = "/admin/v1/catalog"

  static let definition = ScreenDefinition(
    key: "2", name: "catalog", title: "Catalog",
    level: LevelDefinition(
      .tabs,
      [
        tables, busy, conflicts, events, dropped, warehouses, CatalogUpkeepPanes.schedules,
        CatalogUpkeepPanes.namespaces,
      ]))

  // MARK: Tables

  static let tables = list("tables", title: "Tables", sort: "size_bytes")
  static let busy = list("busy", title: "Busy", sort: "commits_per_s")
  static let conflicts = list("conflicts", title: "Conflicts", sort: "conflict_count")

  /// The same tables, in the order of one of their numbers.
  private static func list(_ name: String, title: String, sort: String) -> PaneDefinition {
    PaneDefinition(
      name, title: title, path: "\(root)/activity", query: [.init("limit", "1000")],
      columns: [
        ScreenColumn("name", title: "TABLE", priority: 9),
        ScreenColumn("size_bytes", priority: 8, isFollowed: true),
        ScreenColumn("rows_count", title: "ROWS", priority: 6, isFollowed: true),
        ScreenColumn("files_count", title: "FILES", priority: 5, isFollowed: true),
        ScreenColumn(
          "commits_per_s", title: "COMMITS", priority: 7, form: .rate(of: "commit_count"),
          isFollowed: true),
        ScreenColumn("conflict_count", title: "CONFLICTS", priority: 4),
        ScreenColumn("updated_at", title: "LAST COMMIT", priority: 3),
        ScreenColumn("delete_files_count", title: "DELETES", isWide: true),
        ScreenColumn("commit_count", title: "VERSIONS", isWide: true),
        ScreenColumn("retry_count", title: "RETRIES", isWide: true),
        ScreenColumn("warehouse", isWide: true), ScreenColumn("location", isWide: true),
      ], nameKeys: ["warehouse", "name"], opens: .level(table), actions: actions,
      sort: .init(key: sort, isDescending: true), command: "catalog activity",
      logFilter: "{name}", hasDetails: true)
  }

  static let actions: [ActionDefinition] = [
    ActionDefinition(
      "Expire snapshots", line: "catalog maintenance expire {name} --warehouse {warehouse}"),
    ActionDefinition(
      "Rewrite small manifests",
      line: "catalog maintenance manifests {name} --warehouse {warehouse}"),
    ActionDefinition(
      "Compact small files", line: "catalog maintenance compact {name} --warehouse {warehouse}"),
    ActionDefinition(
      "Remove orphan files", line: "catalog maintenance orphans {name} --warehouse {warehouse}"),
    ActionDefinition(
      "Expire its snapshots every day",
      line: "catalog maintenance schedule set expire {name} --every 1d --warehouse {warehouse}"),
    ActionDefinition(
      "Compact its files every six hours",
      line: "catalog maintenance schedule set compact {name} --every 6h --warehouse {warehouse}"),
    ActionDefinition(
      "Add a column", line: "catalog table alter {name} --warehouse {warehouse} --add …"),
    ActionDefinition(
      "Rename a column", line: "catalog table alter {name} --warehouse {warehouse} --rename …"),
    ActionDefinition(
      "Change its columns", line: "catalog table alter {name} --warehouse {warehouse} …"),
    ActionDefinition(
      "Change its properties", line: "catalog table set {name} --warehouse {warehouse} …"),
    ActionDefinition(
      "Make another table", line: "catalog table create --warehouse {warehouse} --schema …"),
    ActionDefinition(
      "Look whether it is whole", line: "catalog check {name} --warehouse {warehouse}"),
    ActionDefinition("Drop", line: "catalog table drop {name} --warehouse {warehouse}"),
    ActionDefinition(
      "Drop with its files", line: "catalog table purge {name} --warehouse {warehouse}"),
  ]

  private static let ofWarehouse: [ResourceRequest.Item] = [
    .init("limit", "500"), .init("warehouse", "{warehouse}"),
  ]

  static let table = LevelDefinition(
    .stacked,
    [
      PaneDefinition("table", title: "Table", kind: .record, actions: actions, weight: 1),
      PaneDefinition(
        "timeline", title: "Snapshots", path: "\(root)/tables/{name}/history", query: ofWarehouse,
        columns: [
          ScreenColumn("at", title: "TIME", .time, priority: 8),
          ScreenColumn("snapshot_id", title: "SNAPSHOT", priority: 9),
          ScreenColumn("operation", priority: 7), ScreenColumn("refs", .list, priority: 6),
          ScreenColumn("added_rows_count", title: "ADDED", priority: 5),
          ScreenColumn("deleted_rows_count", title: "DELETED", priority: 3),
          ScreenColumn("size_bytes", priority: 4),
          ScreenColumn("rows_count", title: "ROWS", isWide: true),
          ScreenColumn("files_count", title: "FILES", isWide: true),
          ScreenColumn("parent_id", title: "PARENT", isWide: true),
        ], nameKeys: ["snapshot_id", "at"], opens: .level(snapshot),
        actions: [
          ActionDefinition(
            "Go back to it",
            line: "catalog snapshot rollback {table} {snapshot_id} --warehouse {warehouse}")
        ], sort: .init(key: "at", isDescending: true), command: "catalog table history {name}",
        weight: 3),
      PaneDefinition(
        "refs", title: "Branches and tags", path: "\(root)/tables/{name}/refs", query: ofWarehouse,
        columns: [
          ScreenColumn("ref", priority: 9), ScreenColumn("type", priority: 7),
          ScreenColumn("snapshot_id", title: "SNAPSHOT", priority: 8),
          ScreenColumn("keep_s", title: "KEPT", priority: 5),
        ], nameKeys: ["ref"],
        actions: [
          ActionDefinition(
            "Let main go there",
            line: "catalog snapshot rollback {table} {ref} --warehouse {warehouse}"),
          ActionDefinition(
            "Remove it", line: "catalog ref delete {table} {ref} --warehouse {warehouse}"),
        ], command: "catalog ref list {name}", weight: 1),
      PaneDefinition(
        "trend", title: "Size over time",
        kind: .trend([
          .init("rows_count", title: "ROWS"), .init("size_bytes", title: "SIZE"),
          .init("files_count", title: "FILES"), .init("delete_files_count", title: "DELETES"),
        ]), path: "\(root)/tables/{name}/statistics", query: ofWarehouse,
        columns: [
          ScreenColumn("at", title: "TIME", .time), ScreenColumn("rows_count", title: "ROWS"),
          ScreenColumn("size_bytes"), ScreenColumn("files_count", title: "FILES"),
          ScreenColumn("delete_files_count", title: "DELETES"),
        ], nameKeys: ["at"], command: "catalog table stats {name}", weight: 1),
    ])

  // MARK: A snapshot

  private static let ofSnapshot: [ResourceRequest.Item] = [
    .init("limit", "500"), .init("warehouse", "{warehouse}"),
    .init("snapshot_id", "{snapshot_id}"),
  ]

  static let snapshot = LevelDefinition(
    .tabs,
    [
      PaneDefinition(
        "manifests", title: "Manifests", path: "\(root)/tables/{table}/manifests",
        query: ofSnapshot,
        columns: [
          ScreenColumn("path", priority: 9), ScreenColumn("content", priority: 6),
          ScreenColumn("size_bytes", priority: 7),
          ScreenColumn("added_files_count", title: "ADDED", priority: 5),
          ScreenColumn("existing_files_count", title: "KEPT", priority: 4),
          ScreenColumn("deleted_files_count", title: "REMOVED", priority: 3),
          ScreenColumn("rows_count", title: "ROWS", priority: 2),
          ScreenColumn("sequence_number", isWide: true),
        ], nameKeys: ["path"], sort: .init(key: "size_bytes", isDescending: true),
        command: "catalog table manifests {table} --snapshot {snapshot_id}"),
      PaneDefinition(
        "files", title: "Files", path: "\(root)/tables/{table}/files", query: ofSnapshot,
        columns: [
          ScreenColumn("path", priority: 9), ScreenColumn("content", priority: 6),
          ScreenColumn("partition", .document, priority: 5),
          ScreenColumn("rows_count", title: "ROWS", priority: 7),
          ScreenColumn("size_bytes", priority: 8),
          ScreenColumn("sequence_number", isWide: true), ScreenColumn("format", isWide: true),
          ScreenColumn("lower_bounds", .document, isWide: true),
          ScreenColumn("upper_bounds", .document, isWide: true),
        ], nameKeys: ["path"], sort: .init(key: "size_bytes", isDescending: true),
        command: "catalog table files {table} --snapshot {snapshot_id}"),
      PaneDefinition("snapshot", title: "Snapshot", kind: .record),
    ])

  // MARK: What happens

  static let events = PaneDefinition(
    "events", title: "Events", kind: .log, path: "\(root)/events",
    query: [.init("limit", "500"), .init("last", "200")],
    columns: [
      ScreenColumn("at", title: "TIME", .time, priority: 8),
      ScreenColumn("type", title: "EVENT", priority: 9), ScreenColumn("name", priority: 7),
      ScreenColumn("actor", priority: 5), ScreenColumn("warehouse", priority: 3),
      ScreenColumn("sequence", isWide: true), ScreenColumn("details", .document, isWide: true),
    ], nameKeys: ["sequence"], opens: .record, tailKey: "sequence",
    command: "catalog event list")

  static let dropped = PaneDefinition(
    "deleted", title: "Deleted", path: "\(root)/dropped", query: [.init("limit", "500")],
    columns: [
      ScreenColumn("name", priority: 9), ScreenColumn("kind", priority: 5),
      ScreenColumn("dropped_at", title: "DROPPED", priority: 7),
      ScreenColumn("purge_at", title: "HELD UNTIL", priority: 8),
      ScreenColumn("size_bytes", priority: 6), ScreenColumn("object_id", isWide: true),
    ], nameKeys: ["object_id"], opens: .record,
    actions: [
      ActionDefinition(
        "Take back", line: "catalog table undrop {object_id}", when: "kind", isOneOf: ["table"]),
      ActionDefinition(
        "Take back", line: "catalog view undrop {object_id}", when: "kind", isOneOf: ["view"]),
      ActionDefinition(
        "Take back under another name", line: "catalog table undrop {object_id} --as …",
        when: "kind", isOneOf: ["table"]),
      ActionDefinition(
        "Take back under another name", line: "catalog view undrop {object_id} --as …",
        when: "kind", isOneOf: ["view"]),
      ActionDefinition("Delete its files now", line: "catalog table purge {object_id}"),
    ], command: "catalog deleted list")

  static let warehouses = PaneDefinition(
    "warehouses", title: "Warehouses", path: "\(root)/warehouses", query: [.init("limit", "500")],
    columns: [
      ScreenColumn("warehouse", priority: 9), ScreenColumn("state", .word([]), priority: 8),
      ScreenColumn("location", priority: 7), ScreenColumn("storage", priority: 5),
      ScreenColumn("access", priority: 4),
      ScreenColumn("soft_delete_s", title: "HELD", priority: 3),
    ], nameKeys: ["warehouse"], opens: .record, command: "catalog warehouse list")
}
