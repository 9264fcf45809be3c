import Admin
import CommandTable

/// `lakectl series retention`
enum SeriesRetention {
  static let columns = RecordColumns(
    SeriesRetentionRecord.self,
    ["name", "stage", "ttl", "segment_count", "row_count", "next_at", "freed_bytes"],
    titles: ["segment_count": "SEGMENTS", "row_count": "ROWS", "freed_bytes": "FREES"])
  private static let inGroup = OptionalArgument<PlainName>(
    "group", "only of this group", source: .resources("series-group"))

  static let list = Command(
    name: "list", summary: "list how long rows stay, and what goes next",
    call: .listing(
      columns, SeriesAPI.retention, parameters: [inGroup.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "What goes first", line: "lakectl series retention list --sort next_at")
      ],
      input: { call throws(CommandError) in SeriesPlaceInput(call[inGroup]?.text) }))

  private static let ttl = Option<SeriesInterval>("ttl", .one, "how long rows stay in it")
  private static let stage = Option<PlainName>("stage", "which tier; the first by default")

  static let set = Command(
    name: "set", summary: "change how long rows stay",
    call: .changing(
      columns, SeriesAPI.setRetention,
      parameters: [SeriesGroups.group.parameter, ttl.parameter, stage.parameter],
      exits: [.notFound: "there is no such group or stage", .conflict: "--if-match failed"],
      examples: [
        Example(
          text: "What would expire", line: "lakectl series retention set sw_metric --ttl 3d -n"),
        Example(
          text: "Of a later tier",
          line: "lakectl series retention set sw_metric --ttl 90d --stage cold --yes"),
      ],
      detail: "The plan says which segments are over at once.", guarded: true,
      input: { call throws(CommandError) in
        var input = SeriesRetentionInput()
        input.group = call[SeriesGroups.group].text
        input.ttl = call[ttl]?.text ?? ""
        input.stage = call[stage]?.text
        return input
      }))
}

/// `lakectl series flush`, `merge`, `scrub` and `retention run`
enum SeriesWork {
  static let flushed = RecordColumns(
    SeriesFlushRecord.self, ["node", "memory_rows", "memory_bytes"],
    titles: ["memory_rows": "ROWS", "memory_bytes": "SIZE"])
  private static let inGroup = OptionalArgument<PlainName>(
    "group", "only of this group; all without it", source: .resources("series-group"))

  /// Where rows are on several nodes.
  static let node = Option<PlainName>(
    "node", source: .resources("node"), "only on this node; on all that keep rows by default")

  static let flush = Command(
    name: "flush", summary: "make parts of what is in memory",
    call: .changing(
      flushed, SeriesAPI.flush, parameters: [node.parameter],
      examples: [Example(text: "Before a copy", line: "lakectl series flush")],
      detail: "Rows are durable before; this only makes files of them.",
      input: { call throws(CommandError) in SeriesNodeInput(node: call[node]?.text) }))

  private static func job(
    _ work: SeriesJobWord, _ words: String, _ detail: String
  ) -> Call {
    .changing(
      JobColumns.all, SeriesAPI.startJob,
      parameters: (work == .retain ? [] : [inGroup.parameter]) + [node.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [Example(text: "And wait for it", line: "lakectl series \(words) --wait")],
      detail: detail,
      input: { call throws(CommandError) in
        SeriesJobInput(
          work, group: work == .retain ? nil : call[inGroup]?.text, node: call[node]?.text)
      })
  }

  static let merge = Command(
    name: "merge", summary: "merge parts as far as they go",
    call: job(
      .merge, "merge", "Merges come by themselves; this does not wait for their worth."))
  static let scrub = Command(
    name: "scrub", summary: "read and compare all parts",
    call: job(
      .scrub, "scrub", "Damage is told in the log of the job, and nothing is changed."))
  static let retain = Command(
    name: "run", summary: "drop segments whose time is over",
    call: job(.retain, "retention run", "It is done by itself every minute or so."))
}

/// `lakectl series snapshot`
enum SeriesSnapshots {
  static let columns = RecordColumns(
    SeriesSnapshotRecord.self,
    ["snapshot", "node", "created_at", "groups", "files_count", "size_bytes"],
    titles: ["files_count": "FILES"])
  private static let snapshot = Argument<PlainName>(
    "snapshot", "the snapshot", source: .resources("series-snapshot"))
  private static let groups = ListOption<PlainName>(
    "group", source: .resources("series-group"), "only this group")

  static let list = Command(
    name: "list", summary: "list snapshots",
    call: .listing(
      columns, SeriesAPI.snapshots, parameters: [SeriesWork.node.parameter],
      examples: [Example(text: "On all nodes", line: "lakectl series snapshot list")],
      input: { call throws(CommandError) in SeriesNodeInput(node: call[SeriesWork.node]?.text) }))

  static let create = Command(
    name: "create", summary: "keep all parts as they are now",
    call: .changing(
      columns, SeriesAPI.createSnapshot,
      parameters: [groups.parameter, SeriesWork.node.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "Of everything", line: "lakectl series snapshot create"),
        Example(text: "Of one group", line: "lakectl series snapshot create --group sw_metric"),
      ],
      detail: "What is in memory becomes parts first. Properties are kept with the facts.",
      input: { call throws(CommandError) in
        var input = SeriesSnapshotInput()
        input.groups = call[groups].map(\.text)
        input.node = call[SeriesWork.node]?.text
        return input
      }))

  static let delete = Command(
    name: "delete", summary: "remove a snapshot",
    call: .changing(
      columns, SeriesAPI.deleteSnapshot,
      parameters: [
        snapshot.parameter, Shared.ifExists.parameter, SeriesWork.node.parameter,
      ],
      exits: [.notFound: "there is no such snapshot"],
      examples: [
        Example(
          text: "It is not needed",
          line: "lakectl series snapshot delete 20261120140321-0123abcd --yes")
      ],
      input: { call throws(CommandError) in
        SeriesSnapshotNameInput(
          call[snapshot].text, ifExists: call[Shared.ifExists],
          node: call[SeriesWork.node]?.text)
      }))
}
