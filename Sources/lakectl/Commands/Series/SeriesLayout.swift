import Admin
import CommandTable

/// `lakectl series segment`, `part`, `cardinality` and `analyze`
enum SeriesLayout {
  static let shards = RecordColumns(
    SeriesSegmentRecord.self,
    [
      "segment", "node", "stage", "shard", "series_count", "part_count", "row_count",
      "size_bytes", "expires_at",
    ],
    titles: [
      "series_count": "SERIES", "part_count": "PARTS", "row_count": "ROWS",
      "backlog_count": "BACKLOG", "memory_bytes": "MEMORY", "memory_rows": "MEMORY ROWS",
    ])
  static let partColumns = RecordColumns(
    SeriesPartRecord.self,
    [
      "part", "node", "level", "row_count", "series_count", "size_bytes", "bytes_per_row",
      "plain_ratio",
    ],
    titles: [
      "row_count": "ROWS", "series_count": "SERIES", "bytes_per_row": "BYTES/ROW",
      "plain_ratio": "OF PLAIN", "plain_bytes": "PLAIN SIZE", "block_count": "BLOCKS",
    ], unitElsewhere: ["bytes_per_row"])
  static let counts = RecordColumns(
    SeriesCardinalityRecord.self, ["subject", "tag", "series_count", "growth_count"],
    titles: ["series_count": "SERIES", "growth_count": "NEW/DAY"])
  static let tables = RecordColumns(
    SeriesTableRecord.self,
    [
      "name", "row_count", "series_count", "block_count", "size_bytes", "index_bytes",
      "bytes_per_row",
    ],
    titles: [
      "row_count": "ROWS", "series_count": "SERIES", "block_count": "BLOCKS",
      "bytes_per_row": "BYTES/ROW", "block_rows": "ROWS/BLOCK", "columns_count": "COLUMNS",
      "series_bytes": "SERIES SIZE",
    ], unitElsewhere: ["bytes_per_row"])

  private static let inGroup = OptionalArgument<PlainName>(
    "group", "only of this group", source: .resources("series-group"))

  static let segments = Command(
    name: "list", summary: "list slices of time, shard by shard",
    call: .listing(
      shards, SeriesAPI.segments, parameters: [inGroup.parameter, SeriesWork.node.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "Of one group", line: "lakectl series segment list sw_metric"),
        Example(
          text: "Where merges have work",
          line: "lakectl series segment list --filter backlog_count:over:0 -o wide"),
      ],
      input: { call throws(CommandError) in
        SeriesPlaceInput(call[inGroup]?.text, node: call[SeriesWork.node]?.text)
      }))

  static let parts = Command(
    name: "list", summary: "list files of rows",
    call: .listing(
      partColumns, SeriesAPI.parts, parameters: [inGroup.parameter, SeriesWork.node.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(
          text: "The largest", line: "lakectl series part list --sort size_bytes:desc --limit 10")
      ],
      detail: """
        OF PLAIN is the size over what eight bytes for each time, version and value would take.
        A level is a power of eight of the size over 1 MiB: merges join parts that are alike.
        """,
      input: { call throws(CommandError) in
        SeriesPlaceInput(call[inGroup]?.text, node: call[SeriesWork.node]?.text)
      }))

  private static let subject = Option<PlainName>(
    "subject", "only this stream or measure, with the tags of its entity")
  private static let top = Option<Int>("top", "only so many of the largest")

  static let cardinality = Command(
    name: "cardinality", summary: "count series, and how many are new",
    call: .listing(
      counts, SeriesAPI.cardinality,
      parameters: [SeriesGroups.group.parameter, subject.parameter, top.parameter],
      exits: [.notFound: "there is no such group or subject"],
      examples: [
        Example(
          text: "What has most", line: "lakectl series cardinality sw_metric --top 5"),
        Example(
          text: "Which tag makes them",
          line: "lakectl series cardinality sw_metric --subject cpm"),
      ],
      detail: """
        Series are counted over all segments, each once; new are those of the last 24 hours' segments only.
        With --subject the different values of each tag of the entity are counted as well.
        """,
      input: { call throws(CommandError) in
        var input = SeriesCardinalityInput(
          call[SeriesGroups.group].text, subject: call[subject]?.text)
        input.top = Int64(call[top] ?? 0)
        return input
      }))

  static let analyze = Command(
    name: "analyze", summary: "show where the bytes of parts go",
    call: .listing(
      tables, SeriesAPI.tables, parameters: [inGroup.parameter, SeriesWork.node.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(
          text: "What is largest", line: "lakectl series analyze --sort size_bytes:desc"),
        Example(text: "For a spreadsheet", line: "lakectl series analyze sw_metric -o csv"),
      ],
      detail: "From the directories of the parts: no row is read.",
      input: { call throws(CommandError) in
        SeriesPlaceInput(call[inGroup]?.text, node: call[SeriesWork.node]?.text)
      }))
}
