public import Values

/// What is done again and again for a table, for all tables of a namespace, or of a warehouse.
public struct MaintenanceScheduleRecord: AdminRecord, Hashable {
  public var target = ""
  public var scope = ""
  public var warehouse = ""
  public var task = ""
  public var everySeconds: Int64 = 0
  public var olderThanSeconds: Int64?
  public var keepLast: Int64?
  public var lastAt: Timestamp?
  public var nextAt: Timestamp?
  public var lastJob: String?
  public var state = ""
  public var tablesCount: Int64?

  public init() {}
  public static let kind = "MaintenanceSchedule"
  public static let fields: [AdminField<MaintenanceScheduleRecord>] = [
    .required("target", \.target, "a table, a namespace, or * for the warehouse"),
    .required("task", \.task, "expire, orphans, manifests or compact"),
    AdminField("scope", \.scope, "table, namespace or warehouse"),
    AdminField("warehouse", \.warehouse, "where it is"),
    AdminField("every_s", \.everySeconds, "from one run to the next"),
    AdminField("older_than_s", \.olderThanSeconds, "snapshots or files older than that"),
    AdminField("keep_last", \.keepLast, "so many snapshots of a branch stay whatever their age"),
    AdminField("last_at", \.lastAt, "when it ran last"),
    AdminField("next_at", \.nextAt, "when it runs next"),
    AdminField("state", \.state, "what became of the last run"),
    AdminField("last_job_id", \.lastJob, "the job of the last run"),
    AdminField("tables_count", \.tablesCount, "tables that the last run has done"),
  ]
}

public struct MaintenanceScheduleInput: AdminRecord {
  public var target: String?
  public var warehouse: String?
  public var task = ""
  public var everySeconds: Int64?
  public var olderThanSeconds: Int64?
  public var keepLast: Int64?

  public init() {}
  public static let kind = "MaintenanceScheduleInput"
  public static let fields: [AdminField<MaintenanceScheduleInput>] = [
    .required("task", \.task, "expire, orphans, manifests or compact"),
    AdminField("target", \.target, "a table or a namespace; none: the whole warehouse"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("every_s", \.everySeconds, "from one run to the next; a minute at least"),
    AdminField("older_than_s", \.olderThanSeconds, "snapshots or files older than that"),
    AdminField("keep_last", \.keepLast, "so many snapshots of a branch stay whatever their age"),
  ]
}

/// A table's size at one of its commits.
public struct TableStatisticsRecord: AdminRecord, Hashable {
  public var at: Timestamp?
  public var snapshotID: Int64?
  public var rowsCount: Int64?
  public var filesCount: Int64?
  public var sizeBytes: Int64?
  public var deleteFilesCount: Int64?

  public init() {}
  public static let kind = "TableStatistics"
  public static let fields: [AdminField<TableStatisticsRecord>] = [
    .required("at", \.at, "when it was so"),
    AdminField("snapshot_id", \.snapshotID, "the snapshot that made it so"),
    AdminField("rows_count", \.rowsCount, "its rows"),
    AdminField("files_count", \.filesCount, "its data files"),
    AdminField("size_bytes", \.sizeBytes, "their bytes"),
    AdminField("delete_files_count", \.deleteFilesCount, "its delete files"),
  ]
}

public struct TableStatisticsInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var sinceSeconds: Int64?

  public init() {}
  public static let kind = "TableStatisticsInput"
  public static let fields: [AdminField<TableStatisticsInput>] = [
    .required("name", \.name, "the table's full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("since_s", \.sinceSeconds, "only of the last so many seconds"),
  ]
}
