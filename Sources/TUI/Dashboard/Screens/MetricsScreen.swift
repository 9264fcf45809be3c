private import CommandTable

/// `M`: every metric: families, their series, and a chart of one.
enum MetricsScreen {
  static let path = "/admin/v1/metric-families"

  static let definition = ScreenDefinition(
    key: "M", name: "metrics", title: "Metrics",
    level: LevelDefinition(
      .stacked,
      [
        PaneDefinition(
          "families", title: "Metrics", path: path, shape: .metricFamilies,
          columns: [
            ScreenColumn("metric", priority: 9), ScreenColumn("type", priority: 5),
            ScreenColumn("series_count", title: "SERIES", priority: 6),
            ScreenColumn("value", .real, priority: 4),
            ScreenColumn("rate_per_s", priority: 7, form: .rate(of: "total")),
            ScreenColumn("help", priority: 3),
          ], nameKeys: ["metric"], opens: .level(family), command: "metrics list")
      ]))

  static let family = LevelDefinition(
    .stacked,
    [
      PaneDefinition(
        "series", title: "Series", path: path, query: [.init("name", "{metric}")],
        shape: .metricSeries("{metric}"),
        columns: [
          ScreenColumn("series", priority: 9),
          ScreenColumn("value", .real, priority: 8, isFollowed: true),
          ScreenColumn("rate_per_s", priority: 7, form: .rate(of: "total"), isFollowed: true),
          ScreenColumn("mean", .real, priority: 2),
          ScreenColumn("p50", .real, priority: 4, isFollowed: true),
          ScreenColumn("p99", .real, priority: 6, isFollowed: true),
          ScreenColumn("max", .real, priority: 3),
          ScreenColumn(
            "last", title: "LAST 2 MIN", priority: 5, form: .sparkline(of: "rate_per_s")),
        ], nameKeys: ["series"], opens: .level(series), command: "metrics list --match {metric}")
    ])

  static let series = LevelDefinition(
    .stacked,
    [
      PaneDefinition("series", title: "Series", kind: .record, weight: 1),
      PaneDefinition(
        "charts", title: "Charts",
        kind: .charts([
          .init("rate_per_s", title: "PER SECOND"), .init("value", title: "VALUE"),
          .init("p99", title: "P99"),
        ]), path: "/admin/v1/metric-history",
        query: [.init("metric", "{metric}"), .init("labels", "{labels}")],
        nameKeys: ["at", "node"],
        weight: 3),
    ])
}
