private import CommandTable

/// Of the catalog: what runs by the clock, and namespaces.
enum CatalogUpkeepPanes {
  static let schedules = PaneDefinition(
    "schedules", title: "Schedules", path: "\(CatalogScreen.root)/schedules",
    query: [.init("limit", "500")],
    columns: [
      ScreenColumn("target", priority: 9), ScreenColumn("task", priority: 8),
      ScreenColumn("every_s", title: "EVERY", priority: 6),
      ScreenColumn("last_at", title: "LAST", .time, priority: 5),
      ScreenColumn("next_at", title: "NEXT", .time, priority: 7),
      ScreenColumn("state", .word([]), priority: 7),
      ScreenColumn("tables_count", title: "TABLES", priority: 3),
      ScreenColumn("warehouse", priority: 2), ScreenColumn("scope", isWide: true),
      ScreenColumn("older_than_s", isWide: true), ScreenColumn("keep_last", isWide: true),
      ScreenColumn("last_job_id", title: "JOB", isWide: true),
    ], nameKeys: ["warehouse", "target", "task"], opens: .record,
    actions: [
      ActionDefinition(
        "Run it no more",
        line: "catalog maintenance schedule delete {task} {target} --warehouse {warehouse}",
        when: "scope", isOneOf: ["table", "namespace"]),
      ActionDefinition(
        "Run it no more",
        line: "catalog maintenance schedule delete {task} --warehouse {warehouse}",
        when: "scope", isOneOf: ["warehouse"]),
    ], command: "catalog maintenance schedule list")

  static let namespaces = PaneDefinition(
    "namespaces", title: "Namespaces", path: "\(CatalogScreen.root)/namespaces",
    query: [.init("limit", "500"), .init("recursive", "true")],
    columns: [
      ScreenColumn("namespace", priority: 9),
      ScreenColumn("table_count", title: "TABLES", priority: 8),
      ScreenColumn("view_count", title: "VIEWS", priority: 6),
      ScreenColumn("owner", priority: 7), ScreenColumn("location", priority: 4),
      ScreenColumn("created_at", isWide: true),
    ], nameKeys: ["namespace"], opens: .record,
    actions: [
      ActionDefinition(
        "Expire old snapshots in it every day",
        line: "catalog maintenance schedule set expire {namespace} --every 1d"),
      ActionDefinition("Make a table in it", line: "catalog table create {namespace}.…"),
      ActionDefinition("Make a namespace in it", line: "catalog namespace create {namespace}.…"),
      ActionDefinition("Make a namespace", line: "catalog namespace create …"),
      ActionDefinition("Change its properties", line: "catalog namespace set {namespace} …"),
      ActionDefinition("Remove it, when it is empty", line: "catalog namespace delete {namespace}"),
      ActionDefinition(
        "Remove it with all that is in it",
        line: "catalog namespace delete {namespace} --recursive"),
    ], command: "catalog namespace list --recursive")
}
