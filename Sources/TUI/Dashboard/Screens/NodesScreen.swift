private import CommandTable

/// `7`: the machines.
enum NodesScreen {
  static let path = "/admin/v1/nodes"
  static let diskLimits = ScreenColumn.Limits(warning: 0.8, critical: 0.9)

  static let definition = ScreenDefinition(
    key: "7", name: "nodes", title: "Nodes",
    level: LevelDefinition(
      .stacked,
      [
        PaneDefinition(
          "nodes", title: "Nodes", path: path, columns: columns, nameKeys: ["node"],
          opens: .level(node), actions: actions, command: "node list",
          logFilter: "node={node}", hasDetails: true)
      ]))

  static let columns: [ScreenColumn] = [
    ScreenColumn("node", priority: 9), ScreenColumn("state", .word([]), priority: 8),
    ScreenColumn("roles", .list, priority: 3),
    ScreenColumn("cpu_ratio", priority: 6, isFollowed: true),
    ScreenColumn(
      "memory_ratio", title: "MEM", priority: 5, limits: .init(warning: 0.9, critical: 0.97),
      isFollowed: true),
    ScreenColumn(
      "disk_used_ratio", title: "DISK", priority: 5, limits: diskLimits, isFollowed: true),
    ScreenColumn(
      "loop_p99_ms", title: "LOOP P99", priority: 4, limits: .init(warning: 20, critical: 200),
      isFollowed: true),
    ScreenColumn(
      "fsync_p99_ms", title: "FSYNC P99", priority: 1, limits: .init(warning: 20, critical: 100),
      isFollowed: true),
    ScreenColumn("uptime_s", priority: 2), ScreenColumn("address", isWide: true),
    ScreenColumn("version", isWide: true), ScreenColumn("zone", isWide: true),
    ScreenColumn("disk_total_bytes", title: "DISK SIZE", isWide: true),
    ScreenColumn("clock_offset_ms", title: "CLOCK OFFSET", isWide: true),
    ScreenColumn("memory_bytes", title: "MEMORY", isWide: true),
    ScreenColumn("thread_count", title: "THREADS", isWide: true),
    ScreenColumn("descriptor_count", title: "DESCRIPTORS", isWide: true),
    ScreenColumn("backend", isWide: true),
  ]

  static let node = LevelDefinition(
    .stacked,
    [
      PaneDefinition("node", title: "Node", kind: .record, weight: 3),
      PaneDefinition(
        "charts", title: "Charts",
        kind: .charts([
          .init("cpu_ratio", title: "CPU"), .init("memory_ratio", title: "MEMORY"),
          .init("loop_p99_ms", title: "LOOP P99"),
        ]), weight: 2),
      PaneDefinition(
        "services", title: "Services", path: "/admin/v1/services",
        query: [.init("node", "{node}")], columns: OverviewScreen.serviceColumns,
        nameKeys: ["service", "node"], opens: .level(OverviewScreen.service),
        actions: OverviewScreen.serviceActions, command: "service list --filter node={node}",
        logFilter: "service={service}", weight: 2),
      PaneDefinition(
        "log", title: "Log", kind: .log, path: LogsScreen.path,
        query: [.init("node", "{node}"), .init("limit", "200")], columns: LogsScreen.columns,
        nameKeys: LogsScreen.nameKeys, command: "logs --node {node}", weight: 1),
    ])

  static let actions: [ActionDefinition] = [
    ActionDefinition(
      "Drain: move its work elsewhere", line: "node drain {node}", when: "state",
      isOneOf: ["up"]),
    ActionDefinition(
      "Undrain: take work again", line: "node undrain {node}", when: "state",
      isOneOf: ["draining", "drained"]),
    ActionDefinition(
      "Remove from the cluster", line: "node remove {node}", when: "state",
      isOneOf: ["drained", "down", "unknown"]),
  ]
}
