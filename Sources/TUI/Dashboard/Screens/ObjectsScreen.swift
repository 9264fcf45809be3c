private import CommandTable

/// `5`: the object store: what is in it, what it is asked for, and what it stands on.
enum ObjectsScreen {
  static let root = "/admin/v1/object"

  static let definition = ScreenDefinition(
    key: "5", name: "objects", title: "Objects",
    level: LevelDefinition(.tabs, [buckets, operations, prefixes, disks, volumes, engines]))

  // MARK: What is in it

  static let buckets = PaneDefinition(
    "buckets", title: "Buckets", path: "\(root)/buckets", query: [.init("limit", "1000")],
    columns: [
      ScreenColumn("bucket", priority: 9),
      ScreenColumn("object_count", title: "OBJECTS", priority: 7, isFollowed: true),
      ScreenColumn("size_bytes", priority: 8, isFollowed: true),
      ScreenColumn("versioning", .word([]), priority: 4),
      ScreenColumn("version_bytes", title: "VERSIONS", priority: 3),
      ScreenColumn("upload_count", title: "UPLOADS", priority: 2),
      ScreenColumn("quota_bytes", priority: 5), ScreenColumn("owner", isWide: true),
      ScreenColumn("created_at", isWide: true),
      ScreenColumn("lifecycle_count", title: "RULES", isWide: true),
      ScreenColumn("documents", .list, isWide: true),
    ], nameKeys: ["bucket"], opens: .level(bucket), actions: bucketActions,
    sort: .init(key: "size_bytes", isDescending: true), command: "bucket list",
    logFilter: "{bucket}", hasDetails: true)

  static let bucketActions: [ActionDefinition] = [
    ActionDefinition(
      "Keep old versions", line: "bucket set {bucket} --versioning enabled", when: "versioning",
      isOneOf: ["off", "suspended"]),
    ActionDefinition(
      "Keep no new versions", line: "bucket set {bucket} --versioning suspended",
      when: "versioning", isOneOf: ["enabled"]),
    ActionDefinition("Apply the lifecycle rules now", line: "bucket lifecycle run {bucket}"),
    ActionDefinition("Remove everything in it", line: "bucket empty {bucket}"),
    ActionDefinition("Delete, when it is empty", line: "bucket delete {bucket}"),
  ]

  static let bucket = LevelDefinition(
    .stacked,
    [
      PaneDefinition(
        "bucket", title: "Bucket", kind: .record, actions: bucketActions, weight: 2),
      PaneDefinition(
        "usage", title: "Folders", path: "\(root)/buckets/{bucket}/usage",
        query: [.init("limit", "1000")],
        columns: [
          ScreenColumn("prefix", priority: 9),
          ScreenColumn("object_count", title: "OBJECTS", priority: 7),
          ScreenColumn("size_bytes", priority: 8),
        ], nameKeys: ["prefix"], sort: .init(key: "size_bytes", isDescending: true),
        command: "bucket usage {bucket}", weight: 3),
      PaneDefinition(
        "uploads", title: "Uploads", path: "\(root)/buckets/{bucket}/uploads",
        query: [.init("limit", "200")],
        columns: [
          ScreenColumn("key", priority: 9), ScreenColumn("started_at", priority: 7),
          ScreenColumn("parts_count", title: "PARTS", priority: 6),
          ScreenColumn("size_bytes", priority: 8),
          ScreenColumn("upload_id", title: "UPLOAD", isWide: true),
        ], nameKeys: ["upload_id"],
        actions: [
          ActionDefinition("Give it up", line: "object upload abort {bucket} {upload_id}")
        ], command: "object upload list {bucket}", weight: 1),
    ])

  // MARK: What it is asked for

  static let operations = PaneDefinition(
    "operations", title: "Operations", path: "\(root)/operations",
    columns: [
      ScreenColumn("op", title: "OPERATION", priority: 9),
      ScreenColumn("rate_per_s", title: "RATE", priority: 8, isFollowed: true),
      ScreenColumn("p50_ms", .real, priority: 5, isFollowed: true),
      ScreenColumn(
        "p99_ms", .real, priority: 7, limits: .init(warning: 250, critical: 2000),
        isFollowed: true),
      ScreenColumn("p999_ms", .real, priority: 3),
      ScreenColumn(
        "client_errors_per_s", title: "4XX", priority: 4, form: .rate(of: "client_error_count")),
      ScreenColumn(
        "server_errors_per_s", title: "5XX", priority: 6, form: .rate(of: "server_error_count"),
        limits: .init(warning: 0.1, critical: 5)),
      ScreenColumn("last", title: "LAST 2 MIN", priority: 2, form: .sparkline(of: "rate_per_s")),
      ScreenColumn("first_byte_p99_ms", .real, isWide: true),
      ScreenColumn("max_ms", .real, isWide: true),
      ScreenColumn("request_count", title: "REQUESTS", isWide: true),
    ], nameKeys: ["op"], opens: .level(operation),
    sort: .init(key: "rate_per_s", isDescending: true), command: "object latency")

  static let operation = LevelDefinition(
    .stacked,
    [
      PaneDefinition("operation", title: "Operation", kind: .record, weight: 2),
      PaneDefinition(
        "charts", title: "Charts",
        kind: .charts([
          .init("rate_per_s", title: "REQUESTS/s"), .init("p99_ms", title: "P99"),
        ]), weight: 2),
    ])

  static let prefixes = PaneDefinition(
    "hot", title: "Hot", path: "\(root)/hot", query: [.init("limit", "200")],
    columns: [
      ScreenColumn("name", priority: 9),
      ScreenColumn("request_per_s", title: "REQUESTS", priority: 8, isFollowed: true),
      ScreenColumn("traffic_bytes_per_s", title: "BYTES", priority: 7, isFollowed: true),
      ScreenColumn("share_ratio", title: "SHARE", priority: 6, form: .bar),
      ScreenColumn("uncertain_ratio", title: "UNCERTAIN", isWide: true),
    ], nameKeys: ["name"], sort: .init(key: "request_per_s", isDescending: true),
    choices: [
      .init(
        key: "f", name: "by",
        words: .fixed(["prefix", "bucket", "key", "client", "access-key"]))
    ], command: "object hot")

  // MARK: What it stands on

  static let disks = PaneDefinition(
    "disks", title: "Disks", path: "\(root)/disks",
    columns: [
      ScreenColumn("disk", priority: 9), ScreenColumn("node", priority: 3),
      ScreenColumn("volume", priority: 4), ScreenColumn("state", .word([]), priority: 8),
      ScreenColumn(
        "used_ratio", title: "USED", priority: 7, form: .bar, limits: NodesScreen.diskLimits,
        isFollowed: true),
      ScreenColumn("stored_bytes", title: "STORED", priority: 5),
      ScreenColumn("free_bytes", title: "FREE", priority: 6),
      ScreenColumn("quarantined_bytes", title: "QUARANTINED", isWide: true),
      ScreenColumn("scrub_ratio", title: "SCRUB", priority: 2),
      ScreenColumn("damaged_count", title: "DAMAGED", priority: 1),
      ScreenColumn("scrubbed_at", title: "SCRUBBED", isWide: true),
      ScreenColumn("writing_count", title: "WRITING", isWide: true),
      ScreenColumn("reason", isWide: true), ScreenColumn("path", isWide: true),
    ], nameKeys: ["disk"], opens: .record,
    actions: [
      ActionDefinition("Put an empty disk in its place", line: "disk replace {disk}")
    ], command: "disk list", hasDetails: true)

  static let volumes = PaneDefinition(
    "volumes", title: "Volumes", path: "\(root)/volumes",
    columns: [
      ScreenColumn("volume", priority: 9), ScreenColumn("kind", priority: 5),
      ScreenColumn("state", .word([]), priority: 8), ScreenColumn("disks", .list, priority: 4),
      ScreenColumn("size_bytes", priority: 3),
      ScreenColumn("used_bytes", title: "USED", priority: 7),
      ScreenColumn("free_bytes", title: "FREE", priority: 6),
      ScreenColumn("block_count", title: "BLOCKS", isWide: true),
    ], nameKeys: ["volume"], opens: .record,
    actions: [
      ActionDefinition("Scrub: read and check every block", line: "volume scrub {volume}"),
      ActionDefinition("Repair damaged blocks", line: "volume repair {volume}"),
    ], command: "volume list")

  static let engines = PaneDefinition(
    "engine", title: "Engine", path: "\(root)/engine",
    columns: [
      ScreenColumn("engine", priority: 9), ScreenColumn("node", priority: 3),
      ScreenColumn("object_count", title: "OBJECTS", priority: 6),
      ScreenColumn("commits_per_s", title: "COMMITS", priority: 8, form: .rate(of: "commit_count")),
      ScreenColumn("queued_count", title: "QUEUED", priority: 5),
      ScreenColumn("cache_bytes", title: "CACHE", priority: 4),
      ScreenColumn("dirty_bytes", title: "DIRTY", priority: 7, isFollowed: true),
      ScreenColumn("log_bytes", title: "LOG", priority: 7, isFollowed: true),
      ScreenColumn("checkpoint_age_s", title: "CHECKPOINT", priority: 5),
      ScreenColumn(
        "frames_per_s", title: "READS", priority: 2, form: .rate(of: "frames_read_count")),
      ScreenColumn("file_bytes", title: "FILES", isWide: true),
      ScreenColumn("cache_hit_ratio", title: "HITS", isWide: true),
    ], nameKeys: ["engine"], opens: .record,
    actions: [ActionDefinition("Write a checkpoint", line: "object engine checkpoint")],
    command: "object engine list", hasDetails: true)
}
