import Admin
import CommandTable

/// `lakectl series placement` and `lakectl series migrate`
enum SeriesPlacement {
  private static let placed = RecordColumns(
    SeriesPlacedRecord.self,
    ["place", "nodes", "troubled", "missing_count", "begin_at", "end_at"],
    titles: [
      "place": "SHARD", "missing_count": "MISSING", "wanted_count": "WANTED", "shard": "NUMBER",
    ])
  private static let moves = RecordColumns(
    SeriesMoveRecord.self,
    ["move", "next_stage", "from_nodes", "to_nodes", "row_count", "size_bytes", "error"],
    titles: [
      "next_stage": "NEXT", "from_nodes": "FROM", "to_nodes": "TO", "row_count": "ROWS",
      "segment_count": "SEGMENTS",
    ])
  private static let migrations = RecordColumns(
    SeriesMoveRecord.self,
    [
      "move", "next_stage", "from_nodes", "to_nodes", "row_count", "size_bytes", "orphans", "error",
    ],
    titles: [
      "next_stage": "NEXT", "from_nodes": "FROM", "to_nodes": "TO", "row_count": "ROWS",
      "segment_count": "SEGMENTS", "orphan_row_count": "ORPHAN ROWS",
    ])
  private static let orphaned = RecordColumns(
    SeriesOrphanRecord.self,
    ["orphan", "stage", "row_count", "size_bytes", "part_count", "end_at", "fate"],
    titles: ["row_count": "ROWS", "part_count": "PARTS", "table_kind": "KIND"])
  private static let stages = RecordColumns(
    SeriesStageRecord.self,
    ["name", "ttl", "nodes", "segment_count", "row_count", "end_at", "due_count", "error"],
    titles: ["segment_count": "SEGMENTS", "row_count": "ROWS", "due_count": "DUE"])
  private static let inGroup = OptionalArgument<PlainName>(
    "group", "only of this group; all without it", source: .resources("series-group"))

  // MARK: Nodes

  static let list = Command(
    name: "list", summary: "list who has which shards, tier by tier",
    call: .listing(
      placed, SeriesAPI.placement, parameters: [inGroup.parameter, SeriesWork.node.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "Of one group", line: "lakectl series placement list sw_metric"),
        Example(
          text: "Where a copy is missing",
          line: "lakectl series placement list --filter missing_count:over:0"),
      ],
      detail: """
        TROUBLED are nodes that do not answer, have not had everything yet, or were removed.
        A shard has the same number in every tier.
        """,
      input: { call throws(CommandError) in
        SeriesPlaceInput(call[inGroup]?.text, node: call[SeriesWork.node]?.text)
      }))

  static let plan = Command(
    name: "plan", summary: "list shards that belong elsewhere now",
    call: .listing(
      moves, SeriesAPI.placementPlan, parameters: [inGroup.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "After a node came", line: "lakectl series placement plan")
      ],
      detail: """
        Where a shard belongs follows from the names of group, shard and nodes: as few as possible move.
        Nodes that were removed or are draining have none; their copies are made anew from the others.
        """,
      input: { call throws(CommandError) in SeriesPlaceInput(call[inGroup]?.text) }))

  static let apply = Command(
    name: "apply", summary: "move shards to where they belong",
    call: .changing(
      JobColumns.all, SeriesAPI.startJob, parameters: [inGroup.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "And wait for it", line: "lakectl series placement apply --wait")
      ],
      detail: """
        Rows are written and read meanwhile. A move that is cut short has changed nothing.
        series.move_bytes_per_second bounds how fast it copies; series.place_interval does it by itself.
        """,
      input: { call throws(CommandError) in SeriesJobInput(.place, group: call[inGroup]?.text) }))

  // MARK: Tiers

  static let migratePlan = Command(
    name: "plan", summary: "list rows that are old enough to move",
    call: .listing(
      migrations, SeriesAPI.migrations, parameters: [inGroup.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [Example(text: "What is due", line: "lakectl series migrate plan")],
      detail: """
        Small slices of time go together; ROWS counts those that are copied to other nodes.
        ORPHANS are tables whose stream, measure or trace was deleted: their rows do not go on.
        """,
      input: { call throws(CommandError) in SeriesPlaceInput(call[inGroup]?.text) }))

  static let migrate = Command(
    name: "run", summary: "move old rows to the next stage",
    call: .changing(
      JobColumns.all, SeriesAPI.startJob, parameters: [inGroup.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [Example(text: "And wait for it", line: "lakectl series migrate run --wait")],
      detail: """
        It is done by itself every series.migrate_interval. Slices go one after the other, the oldest first.
        The job's log says what was moved, and what stays and why. Rows whose object was deleted do not go on:
        series.migrate_orphans says whether they are archived, and the log names them.
        """,
      input: { call throws(CommandError) in
        SeriesJobInput(.migrate, group: call[inGroup]?.text)
      }))

  static let orphans = Command(
    name: "orphans", summary: "list rows whose object was deleted",
    call: .listing(
      orphaned, SeriesAPI.orphans, parameters: [inGroup.parameter, SeriesWork.node.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "Of all groups", line: "lakectl series migrate orphans")
      ],
      detail: """
        Deleting a stream, measure or trace leaves its rows where they are. FATE says what becomes of them when they
        are old enough for the next stage (series.migrate_orphans); expire: they stay until their time is over.
        Rows that are in memory only are not counted.
        """,
      input: { call throws(CommandError) in
        SeriesPlaceInput(call[inGroup]?.text, node: call[SeriesWork.node]?.text)
      }))

  static let status = Command(
    name: "status", summary: "list the stages of groups and what is due",
    call: .listing(
      stages, SeriesAPI.stages, parameters: [inGroup.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(
          text: "Where rows wait",
          line: "lakectl series migrate status --filter due_count:over:0")
      ],
      detail: "The rows of a stage are those from END of the next one on, up to its own END.",
      input: { call throws(CommandError) in SeriesPlaceInput(call[inGroup]?.text) }))
}
