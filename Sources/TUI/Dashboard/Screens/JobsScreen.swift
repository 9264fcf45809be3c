private import CommandTable

/// `8`: jobs, those that run first.
enum JobsScreen {
  static let path = "/admin/v1/jobs"

  static let definition = ScreenDefinition(
    key: "8", name: "jobs", title: "Jobs",
    level: LevelDefinition(
      .stacked,
      [
        PaneDefinition(
          "jobs", title: "Jobs", path: path, query: [.init("limit", "1000")], columns: columns,
          nameKeys: ["job_id"], opens: .level(job), actions: actions,
          sort: .init(key: "started_at", isDescending: true),
          precedence: .init(
            key: "state", words: ["running", "cancelling", "pausing", "paused", "queued"]),
          command: "job list", hasDetails: true)
      ]))

  static let columns: [ScreenColumn] = [
    ScreenColumn("job_id", title: "JOB", priority: 9),
    ScreenColumn("state", .word([]), priority: 8),
    ScreenColumn("done_ratio", title: "DONE", priority: 6, isFollowed: true),
    ScreenColumn("what", priority: 7), ScreenColumn("started_at", title: "STARTED", priority: 4),
    ScreenColumn("eta_s", title: "ETA", priority: 3), ScreenColumn("node", priority: 2),
    ScreenColumn("kind", isWide: true), ScreenColumn("actor", priority: 1),
    ScreenColumn("phase", isWide: true), ScreenColumn("error", isWide: true),
  ]

  static let job = LevelDefinition(
    .stacked,
    [
      PaneDefinition("job", title: "Job", kind: .record, actions: actions, weight: 3),
      PaneDefinition(
        "charts", title: "Charts", kind: .charts([.init("done_ratio", title: "DONE")]), weight: 1),
      PaneDefinition(
        "log", title: "Log", kind: .log, path: "/admin/v1/jobs/{job_id}/logs",
        query: [.init("limit", "500")],
        columns: [
          ScreenColumn("at", title: "TIME", .time, priority: 8),
          ScreenColumn("message", priority: 9),
        ], nameKeys: ["line"], sort: .init(key: "line", isDescending: false), tailKey: "line",
        command: "job logs {job_id}", weight: 2),
    ])

  static let actions: [ActionDefinition] = [
    ActionDefinition(
      "Cancel the job", line: "job cancel {job_id}", when: "state",
      isOneOf: ["running", "queued", "pausing", "paused"]),
    ActionDefinition(
      "Pause", line: "job pause {job_id}", when: "state", isOneOf: ["running", "queued"]),
    ActionDefinition(
      "Resume", line: "job resume {job_id}", when: "state", isOneOf: ["paused", "pausing"]),
  ]
}
