private import CommandTable

/// `1`: services, nodes, alerts and running jobs on one page.
enum OverviewScreen {
  static let definition = ScreenDefinition(
    key: "1", name: "overview", title: "Overview",
    level: LevelDefinition(
      .stacked,
      [
        PaneDefinition(
          "services", title: "Services", path: "/admin/v1/services", columns: serviceColumns,
          nameKeys: ["service", "node"], opens: .level(service), actions: serviceActions,
          command: "service list", logFilter: "service={service}", weight: 4),
        PaneDefinition(
          "nodes", title: "Nodes", path: NodesScreen.path, columns: nodeColumns,
          nameKeys: ["node"], opens: .screen("nodes"), command: "node list",
          logFilter: "node={node}", weight: 3),
        PaneDefinition(
          "alerts", title: "Alerts", path: AlertsScreen.path, query: [AlertsScreen.firing],
          columns: AlertsScreen.columns,
          nameKeys: AlertsScreen.nameKeys, opens: .screen("alerts"),
          precedence: AlertsScreen.precedence, weight: 2),
        PaneDefinition(
          "jobs", title: "Running jobs", path: JobsScreen.path,
          query: [.init("state", "running")], columns: JobsScreen.columns, nameKeys: ["job_id"],
          opens: .screen("jobs"), command: "job list --state running", weight: 1),
      ]))

  static let serviceColumns: [ScreenColumn] = [
    ScreenColumn("service", priority: 9), ScreenColumn("node", priority: 2),
    ScreenColumn("state", .word([]), priority: 8),
    ScreenColumn(
      "rate_per_s", priority: 6, form: .rate(of: "request_count"), isFollowed: true),
    ScreenColumn("p99_ms", title: "P99", priority: 5, isFollowed: true),
    ScreenColumn(
      "error_ratio", title: "ERR", priority: 4, limits: .init(warning: 0.01, critical: 0.05),
      isFollowed: true),
    ScreenColumn("last", title: "LAST 2 MIN", priority: 3, form: .sparkline(of: "rate_per_s")),
    ScreenColumn("open_connections", title: "CONNECTIONS", .integer, isWide: true),
    ScreenColumn("listen", .list, isWide: true), ScreenColumn("version", isWide: true),
  ]

  static let nodeColumns: [ScreenColumn] = [
    ScreenColumn("node", priority: 9), ScreenColumn("state", .word([]), priority: 8),
    ScreenColumn("roles", .list, priority: 2), ScreenColumn("cpu_ratio", priority: 6),
    ScreenColumn("memory_ratio", title: "MEM", priority: 5),
    ScreenColumn(
      "disk_used_ratio", title: "DISK", priority: 5, limits: NodesScreen.diskLimits),
    ScreenColumn(
      "fsync_p99_ms", title: "FSYNC P99", priority: 1, limits: .init(warning: 20, critical: 100)),
    ScreenColumn(
      "loop_p99_ms", title: "LOOP P99", priority: 3, limits: .init(warning: 20, critical: 200)),
    ScreenColumn("uptime_s", isWide: true),
  ]

  static let service = LevelDefinition(
    .stacked,
    [
      PaneDefinition("service", title: "Service", kind: .record, weight: 3),
      PaneDefinition(
        "charts", title: "Charts",
        kind: .charts([
          .init("rate_per_s", title: "REQUESTS/s"), .init("p99_ms", title: "P99"),
        ]), weight: 2),
      PaneDefinition(
        "log", title: "Log", kind: .log, path: LogsScreen.path,
        query: [.init("service", "{service}"), .init("limit", "200")],
        columns: LogsScreen.columns, nameKeys: LogsScreen.nameKeys,
        command: "logs --service {service}", weight: 2),
    ])

  static let serviceActions: [ActionDefinition] = [
    ActionDefinition(
      "Drain: finish running work, refuse new", line: "service drain {service} --node {node}",
      when: "state", isOneOf: ["ok", "degraded", "behind"]),
    ActionDefinition(
      "Undrain: take work again", line: "service undrain {service} --node {node}", when: "state",
      isOneOf: ["draining", "drained"]),
    ActionDefinition(
      "Reload the configuration", line: "service reload {service} --node {node}"),
    ActionDefinition(
      "Log at debug for 15 minutes", line: "service log-level {service} debug"),
    ActionDefinition("Stop", line: "service stop {service} --node {node}"),
  ]
}
