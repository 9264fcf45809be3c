private import CommandTable

/// `0`: what the platform's rules say.
enum AlertsScreen {
  static let path = "/admin/v1/alerts"
  static let nameKeys = ["alert", "resource"]
  /// Only those that fire: what the header counts and the overview shows.
  static let firing = ResourceRequest.Item("state", "firing")
  static let precedence = ListOrder.Precedence(key: "state", words: ["firing"])

  static let definition = ScreenDefinition(
    key: "0", name: "alerts", title: "Alerts",
    level: LevelDefinition(
      .stacked,
      [
        PaneDefinition(
          "alerts", title: "Alerts", path: path,
          columns: columns + [
            ScreenColumn("state", .word([]), priority: 2)
          ], nameKeys: nameKeys, opens: .level(alert), precedence: precedence,
          calm: .init(key: "state", words: ["ended"]), logFilter: "{resource}",
          hasDetails: true)
      ]))

  static let columns: [ScreenColumn] = [
    ScreenColumn("alert", title: "ALERT", priority: 9),
    ScreenColumn("severity", .word([]), priority: 8), ScreenColumn("resource", priority: 7),
    ScreenColumn("message", priority: 5), ScreenColumn("since_at", title: "SINCE", priority: 4),
    ScreenColumn("value", .real, isWide: true, isFollowed: true),
    ScreenColumn("limit", .real, isWide: true), ScreenColumn("command", isWide: true),
  ]

  static let alert = LevelDefinition(
    .stacked,
    [
      PaneDefinition("alert", title: "Alert", kind: .record, weight: 3),
      PaneDefinition(
        "charts", title: "Charts",
        kind: .charts([.init("value", title: "VALUE", limitKey: "limit")]), weight: 2),
    ])
}
