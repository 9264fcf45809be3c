private import CommandTable

/// `E`: the audit trail: who did what.
enum EventsScreen {
  static let definition = ScreenDefinition(
    key: "E", name: "events", title: "Events",
    level: LevelDefinition(
      .stacked,
      [
        PaneDefinition(
          "events", title: "Events", path: "/admin/v1/events",
          query: [.init("limit", "100")],
          columns: [
            ScreenColumn("at", title: "TIME", .time, priority: 8),
            ScreenColumn("actor", priority: 6), ScreenColumn("kind", priority: 5),
            ScreenColumn("action", priority: 9), ScreenColumn("resource", priority: 7),
            ScreenColumn("result", .word([]), priority: 8),
            ScreenColumn("request_id", title: "REQUEST", isWide: true),
            ScreenColumn("source", isWide: true), ScreenColumn("details", .document, isWide: true),
          ], nameKeys: ["event_id"], opens: .record,
          command: "events", logFilter: "{request_id}")
      ]))
}
