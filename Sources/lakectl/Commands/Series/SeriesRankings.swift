import Admin
import CommandTable

/// `lakectl series topn status` and `lakectl series topn rebuild`
enum SeriesRankings {
  private static let columns = RecordColumns(
    SeriesRankingRecord.self,
    [
      "ranking", "node", "window_count", "waiting_count", "entry_count", "end_at", "behind_ms",
      "error",
    ],
    titles: [
      "window_count": "WINDOWS", "waiting_count": "WAITING", "entry_count": "ENTRIES",
      "behind_ms": "BEHIND",
    ])
  private static let inGroup = OptionalArgument<PlainName>(
    "group", "only of this group; all without it", source: .resources("series-group"))
  private static let ranking = Argument<SeriesName>("name", "the ranking, as GROUP/NAME")

  static let status = Command(
    name: "status", summary: "list what is kept of rankings and how far",
    call: .listing(
      columns, SeriesAPI.rankings, parameters: [inGroup.parameter, SeriesWork.node.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(text: "Of one group", line: "lakectl series topn status sw_metric"),
        Example(
          text: "Which are behind", line: "lakectl series topn status --filter behind_ms:over:60s"),
      ],
      detail: """
        Counters of a window are made a minute after it is over, and again when points come late.
        BEHIND is the time of windows that are over and not made; queries read their points meanwhile.
        """,
      input: { call throws(CommandError) in
        SeriesPlaceInput(call[inGroup]?.text, node: call[SeriesWork.node]?.text)
      }))

  static let rebuild = Command(
    name: "rebuild", summary: "make the counters of a ranking anew",
    call: .changing(
      JobColumns.all, SeriesAPI.startJob,
      parameters: [ranking.parameter, SeriesWork.node.parameter],
      exits: [.notFound: "there is no such ranking"],
      examples: [
        Example(
          text: "And wait for it", line: "lakectl series topn rebuild sw_metric/cpm_topn --wait")
      ],
      detail: """
        All points that are kept are read, those from before the ranking too: it may take a while.
        Answers are the same before, meanwhile and after; they come sooner from counters.
        """,
      input: { call throws(CommandError) in
        let name = call[ranking]
        return SeriesJobInput(
          .rebuild, group: name.group, name: name.name, node: call[SeriesWork.node]?.text)
      }))
}
