private import CommandTable

/// `C`: the cluster and its settings.
enum SettingsScreen {
  static let definition = ScreenDefinition(
    key: "C", name: "settings", title: "Settings",
    level: LevelDefinition(
      .stacked,
      [
        PaneDefinition(
          "settings", title: "Settings", path: "/admin/v1/cluster/settings",
          columns: [
            ScreenColumn("key", priority: 9), ScreenColumn("value", priority: 8),
            ScreenColumn("default", priority: 5), ScreenColumn("source", priority: 6),
            ScreenColumn("restart_needed", title: "RESTART", .flag, priority: 3),
            ScreenColumn("type", isWide: true), ScreenColumn("range", isWide: true),
            ScreenColumn("description", isWide: true),
          ], nameKeys: ["key"],
          actions: [
            ActionDefinition("Back to the default", line: "cluster settings unset {key}")
          ], command: "cluster settings list", hasDetails: true, weight: 2),
        PaneDefinition(
          "cluster", title: "Cluster", path: "/admin/v1/cluster",
          columns: [
            ScreenColumn("name", priority: 9), ScreenColumn("state", .word([]), priority: 8),
            ScreenColumn("version", priority: 6), ScreenColumn("leader", priority: 5),
            ScreenColumn("node_count", title: "NODES", priority: 4),
            ScreenColumn("facts", priority: 3), ScreenColumn("id", .text, priority: 2),
            ScreenColumn("created_at", isWide: true),
          ], nameKeys: ["name"], command: "cluster show", weight: 1),
      ]))
}
