import Admin
import CommandTable

/// `lakectl catalog maintenance`: what is done for the health of tables, by jobs.
enum Maintenance {
  static let columns = RecordColumns(
    MaintenanceRecord.self,
    [
      "table", "task", "snapshots_count", "files_count", "freed_bytes", "written_count",
      "manifests_after",
    ],
    titles: ["manifests_after": "MANIFESTS", "manifests_before": "MANIFESTS BEFORE"],
    unitElsewhere: ["manifests_before", "manifests_after"])
  static let age = Option<Duration>("older-than", "only what is older than this")
  static let keep = Option<Int>(
    "keep-last", placeholder: "N", "so many snapshots of each branch stay")

  static func input(_ call: Invocation, _ task: String) -> MaintenanceInput {
    var input = MaintenanceInput()
    input.name = call[CatalogParameters.table].text
    input.warehouse = call[CatalogParameters.warehouse]?.text
    input.task = task
    return input
  }

  static let expire = Command(
    name: "expire", summary: "forget old snapshots of a table",
    call: .changing(
      columns, CatalogContentAPI.maintain,
      parameters: [
        CatalogParameters.table.parameter, age.parameter, keep.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such table", .usage: "the table does not allow it"],
      examples: [
        Example(
          text: "What would go",
          line: "lakectl catalog maintenance expire sales.orders --older-than 30d -n"),
        Example(
          text: "By the table's own properties",
          line: "lakectl catalog maintenance expire sales.orders --yes --wait"),
      ],
      detail: """
        Files that only they lead to are deleted. Branches and tags keep what they say.
        Without options the table's history.expire properties count, five days otherwise.
        """,
      input: { call throws(CommandError) in
        var input = input(call, "expire")
        input.olderThanSeconds = call[age]?.components.seconds
        input.keepLast = call[keep].map { Int64($0) }
        return input
      }))

  static let orphans = Command(
    name: "orphans", summary: "delete files that nothing leads to",
    call: .changing(
      columns, CatalogContentAPI.maintain,
      parameters: [
        CatalogParameters.table.parameter, age.parameter, CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such table", .usage: "the table does not allow it"],
      examples: [
        Example(
          text: "What would go", line: "lakectl catalog maintenance orphans sales.orders -n")
      ],
      detail: """
        Below the table's location, and older than seven days; never younger than one, because a
        commit may be under way.
        """,
      input: { call throws(CommandError) in
        var input = input(call, "orphans")
        input.olderThanSeconds = call[age]?.components.seconds
        return input
      }))

  static let manifests = Command(
    name: "manifests", summary: "write small manifests anew",
    call: .changing(
      columns, CatalogContentAPI.maintain,
      parameters: [CatalogParameters.table.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such table", .usage: "the table does not allow it"],
      examples: [
        Example(
          text: "After many small commits",
          line: "lakectl catalog maintenance manifests sales.orders --yes --wait")
      ],
      detail: "A new snapshot has the same files in fewer manifests; no row changes.",
      input: { call throws(CommandError) in input(call, "manifests") }))

  static let compact = Command(
    name: "compact", summary: "write small data files as larger ones",
    call: .changing(
      columns, CatalogContentAPI.maintain,
      parameters: [CatalogParameters.table.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such table", .usage: "the table cannot be compacted here"],
      examples: [
        Example(
          text: "What would be written", line: "lakectl catalog maintenance compact sales.orders -n"
        )
      ],
      detail: """
        Parquet files of one partition become files of write.target-file-size-bytes, 128 MiB at
        most. Deletes are applied, and those that apply to nothing any more go; rows of version 3
        keep their ids. No row changes.
        """,
      input: { call throws(CommandError) in input(call, "compact") }))

  static let command = Command(
    name: "maintenance", summary: "keep tables healthy", heading: .lake,
    detail: "Each is a job; with -n it says what it would do.",
    children: [expire, orphans, manifests, compact, MaintenanceSchedules.command])
}
