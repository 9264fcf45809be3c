private import CommandTable

/// `9`: the log lines of all services, merged by time.
enum LogsScreen {
  static let path = "/admin/v1/logs"
  static let nameKeys = ["node", "sequence_id"]

  static let definition = ScreenDefinition(
    key: "9", name: "logs", title: "Logs",
    level: LevelDefinition(
      .stacked,
      [
        PaneDefinition(
          "logs", title: "Logs", kind: .log, path: path, query: [.init("limit", "500")],
          columns: columns, nameKeys: nameKeys, opens: .level(record),
          choices: [
            .init(key: "f", name: "level", words: .fixed(["debug", "info", "warning", "error"])),
            .init(key: "o", name: "service", words: .found(key: "service")),
          ], command: "logs", logFilter: "{request_id}")
      ]))

  static let columns: [ScreenColumn] = [
    ScreenColumn("at", title: "TIME", .time, priority: 8),
    ScreenColumn("level", .word([]), priority: 7), ScreenColumn("service", priority: 5),
    ScreenColumn("node", priority: 4), ScreenColumn("message", priority: 9),
    ScreenColumn("code", isWide: true), ScreenColumn("request_id", title: "REQUEST", isWide: true),
  ]

  static let record = LevelDefinition(
    .stacked,
    [
      PaneDefinition(
        "record", title: "Record", kind: .record, command: "logs --grep {request_id}",
        logFilter: "{request_id}")
    ])
}
