import Admin
import CommandTable
import Values

/// `lakectl catalog maintenance schedule`: maintenance by the clock.
enum MaintenanceSchedules {
  static let columns = RecordColumns(
    MaintenanceScheduleRecord.self,
    ["target", "scope", "task", "every_s", "last_at", "next_at", "state", "tables_count"],
    titles: ["every_s": "EVERY", "tables_count": "TABLES"])
  static let task = Argument<PlainName>(
    "task", "expire, orphans, manifests or compact",
    source: .words(["expire", "orphans", "manifests", "compact"]))
  static let target = OptionalArgument<PlainName>(
    "target", "a table or a namespace; else the whole warehouse")
  static let every = Option<Duration>("every", "from one run to the next; a minute at least")

  private static func input(_ call: Invocation) -> MaintenanceScheduleInput {
    var input = MaintenanceScheduleInput()
    input.task = call[self.task].text
    input.target = call[self.target]?.text
    input.warehouse = call[CatalogParameters.warehouse]?.text
    return input
  }

  static let list = Command(
    name: "list", summary: "list what runs by the clock",
    call: .listing(
      columns, CatalogUpkeepAPI.schedules,
      parameters: [NamespaceArgument.parent.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such warehouse"],
      examples: [
        Example(text: "All there are", line: "lakectl catalog maintenance schedule list"),
        Example(
          text: "Those of one namespace", line: "lakectl catalog maintenance schedule list sales"),
      ],
      detail: "Last and next run, and what became of the last one.",
      input: { call throws(CommandError) in
        CatalogPathInput(
          call[NamespaceArgument.parent]?.text, in: call[CatalogParameters.warehouse]?.text)
      }))

  static let set = Command(
    name: "set", summary: "let maintenance run by the clock",
    call: .changing(
      columns, CatalogUpkeepAPI.setSchedule,
      parameters: [
        task.parameter, target.parameter, every.parameter, Maintenance.age.parameter,
        Maintenance.keep.parameter, CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .notFound: "there is no such table or namespace", .conflict: "somebody else changed it",
      ],
      examples: [
        Example(
          text: "Old snapshots of all tables of a namespace",
          line: "lakectl catalog maintenance schedule set expire sales --every 1d --keep-last 5"),
        Example(
          text: "Small files of one table",
          line: "lakectl catalog maintenance schedule set compact sales.orders --every 6h"),
      ],
      detail: """
        The nearest counts: a table with a schedule of its own is left out by that of its namespace,
        and that by the warehouse's. Each run is a job.
        """,
      input: { call throws(CommandError) in
        var input = input(call)
        input.everySeconds = call[every]?.components.seconds
        input.olderThanSeconds = call[Maintenance.age]?.components.seconds
        input.keepLast = call[Maintenance.keep].map { Int64($0) }
        return input
      }))

  static let delete = Command(
    name: "delete", summary: "stop maintenance by the clock",
    call: .changing(
      columns, CatalogUpkeepAPI.deleteSchedule,
      parameters: [
        task.parameter, target.parameter, CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such schedule"],
      examples: [
        Example(
          text: "Of a namespace", line: "lakectl catalog maintenance schedule delete expire sales")
      ],
      detail: "A run that has begun goes on: job cancel ends it.",
      input: { call throws(CommandError) in input(call) }))

  static let command = Command(
    name: "schedule", summary: "let maintenance run by the clock",
    detail: "Of a table, of all tables of a namespace, or of a warehouse.",
    children: [list, set, delete])
}

/// `lakectl catalog table stats`
enum TableStatistics {
  static let since = Option<Duration>("since", "only of this last while")

  static let columns = RecordColumns(
    TableStatisticsRecord.self,
    ["at", "rows_count", "files_count", "size_bytes", "delete_files_count", "snapshot_id"],
    titles: ["snapshot_id": "SNAPSHOT"])

  static let command = Command(
    name: "stats", summary: "list how large a table was, over time",
    call: .listing(
      columns, CatalogUpkeepAPI.statistics,
      parameters: [
        CatalogParameters.table.parameter, since.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such table"],
      examples: [
        Example(
          text: "How it grew in a week", line: "lakectl catalog table stats sales.orders --since 7d"
        )
      ],
      detail: """
        Each commit of the last day, one an hour for a month, one a day for ten years; also of
        snapshots that have expired.
        """,
      input: { call throws(CommandError) in
        var input = TableStatisticsInput()
        input.name = call[CatalogParameters.table].text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        input.sinceSeconds = call[since]?.components.seconds
        return input
      }))
}
