import Admin
import CommandTable

/// `lakectl series group`
enum SeriesGroups {
  static let columns = RecordColumns(
    SeriesGroupRecord.self,
    [
      "group", "catalog", "shard_count", "replica_count", "segment_interval", "ttl", "stages",
    ],
    titles: [
      "shard_count": "SHARDS", "replica_count": "REPLICAS", "segment_interval": "SEGMENT",
      "resource_count": "RESOURCES", "row_count": "ROWS", "series_count": "SERIES",
      "segment_count": "SEGMENTS", "part_count": "PARTS", "backlog_count": "BACKLOG",
    ])

  static let group = Argument<PlainName>(
    "group", "the group", source: .resources("series-group"))
  static let shards = Option<Int>("shards", "over so many shards its rows are spread")
  static let replicas = Option<Int>("replicas", "copies beside the first")
  static let segment = Option<SeriesInterval>("segment", "the time of one segment")
  static let ttl = Option<SeriesInterval>("ttl", "how long rows stay")
  static let stages = ListOption<SeriesStage>("stage", "a later tier")

  static func input(_ call: Invocation, _ name: String) -> SeriesGroupInput {
    var input = SeriesGroupInput()
    input.group = name
    input.shards = call[self.shards].map { Int64($0) }
    input.replicas = call[self.replicas].map { Int64($0) }
    input.segmentInterval = call[self.segment]?.text
    input.ttl = call[self.ttl]?.text
    let stages = call[self.stages].map(\.text)
    input.stages = stages.isEmpty ? nil : stages
    return input
  }

  static let list = Command(
    name: "list", summary: "list groups",
    call: .listing(
      columns, SeriesAPI.groups,
      examples: [
        Example(text: "With what they hold", line: "lakectl series group list -o wide"),
        Example(
          text: "The largest first",
          line: "lakectl series group list --sort stored_bytes:desc --columns group,stored_bytes"),
      ],
      input: { _ throws(CommandError) in AdminNothing() }))

  static let show = Command(
    name: "show", summary: "show one group",
    call: .showing(
      columns, SeriesAPI.group, parameters: [group.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [Example(text: "All about it", line: "lakectl series group show sw_metric")],
      input: { call throws(CommandError) in SeriesGroupNameInput(call[group].text) }))

  private static let fresh = Argument<PlainName>("group", "the name of the new group")
  private static let catalog = Option<SeriesCatalogName>("catalog", .one, "what it holds")

  static let create = Command(
    name: "create", summary: "make a group",
    call: .changing(
      columns, SeriesAPI.createGroup,
      parameters: [
        fresh.parameter, catalog.parameter, shards.parameter, segment.parameter, ttl.parameter,
        replicas.parameter, stages.parameter, Shared.ifNotExists.parameter,
      ],
      exits: [.conflict: "there is a group of that name"],
      examples: [
        Example(
          text: "For metrics, a week of them",
          line: "lakectl series group create sw_metric --catalog measure --shards 2"
            + " --segment 1d --ttl 7d"),
        Example(
          text: "For properties, which have no time",
          line: "lakectl series group create sw_property --catalog property"),
      ],
      detail: "Groups of properties have neither segments nor a ttl; the others need both.",
      input: { call throws(CommandError) in
        var input = SeriesGroups.input(call, call[fresh].text)
        input.catalog = call[catalog].flatMap { SeriesCatalogWord(rawValue: $0.rawValue) }
        input.ifNotExists = call[Shared.ifNotExists]
        return input
      }))

  static let set = Command(
    name: "set", summary: "change how a group keeps its rows",
    call: .changing(
      columns, SeriesAPI.setGroup,
      parameters: [
        group.parameter, shards.parameter, segment.parameter, ttl.parameter, replicas.parameter,
        stages.parameter,
      ],
      exits: [
        .notFound: "there is no such group",
        .conflict: "it cannot be changed so, or --if-match failed",
      ],
      examples: [
        Example(
          text: "What would expire", line: "lakectl series group set sw_metric --ttl 3d -n"),
        Example(
          text: "More shards for new rows",
          line: "lakectl series group set sw_metric --shards 4 --yes"),
      ],
      detail: """
        The plan says which segments are over at once under a shorter ttl.
        More shards and other segments hold for rows that come later.
        """, guarded: true,
      input: { call throws(CommandError) in input(call, call[group].text) }))

  private static let dataOnly = Flag("data-only", "its rows go, what describes them stays")

  static let delete = Command(
    name: "delete", summary: "remove a group with its rows",
    call: .changing(
      JobColumns.all, SeriesAPI.deleteGroup,
      parameters: [
        group.parameter, dataOnly.parameter, Shared.force.parameter, Shared.ifExists.parameter,
      ],
      exits: [.notFound: "there is no such group", .conflict: "it is not empty"],
      examples: [
        Example(
          text: "With all that is in it",
          line: "lakectl series group delete old --force not-empty --confirm old --wait"),
        Example(
          text: "Only its rows",
          line: "lakectl series group delete old --data-only --force not-empty --confirm old"),
      ],
      detail: "While it goes, writes and queries of the group are refused.",
      input: { call throws(CommandError) in
        var input = SeriesGroupDeleteInput()
        input.group = call[group].text
        input.isDataOnly = call[dataOnly]
        input.force = call[Shared.force].map(\.text)
        input.ifExists = call[Shared.ifExists]
        return input
      }))

  static let inspect = Command(
    name: "inspect", summary: "show where the rows of a group lie",
    call: .listing(
      SeriesLayout.shards, SeriesAPI.segments, parameters: [group.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "By segment and shard", line: "lakectl series group inspect sw_metric")
      ],
      input: { call throws(CommandError) in SeriesPlaceInput(call[group].text) }))
}
