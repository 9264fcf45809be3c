import Admin
import CommandTable

/// Groups about the time series.
extension Lakectl {
  static let series = Command(
    name: "series", summary: "manage metrics, streams, traces, properties", heading: .series,
    detail: """
      A group holds streams, measures, traces or properties, and says how long rows stay.
      What is in a group is named GROUP/NAME.
      Documents are YAML or JSON of the public schema, in snake_case or camelCase.
      """,
    children: [
      Command(
        name: "group", summary: "manage groups", heading: .series,
        detail: "A group says over how many shards its rows are spread and how long they stay.",
        children: [
          SeriesGroups.list, SeriesGroups.show, SeriesGroups.create, SeriesGroups.set,
          SeriesGroups.delete, SeriesGroups.inspect,
        ]),
      SeriesObjects.stream, SeriesObjects.measure, SeriesObjects.trace, SeriesObjects.indexRule,
      SeriesObjects.indexBinding, seriesTopN, SeriesObjects.propertySchema,
      Command(
        name: "property", summary: "look at and change properties", heading: .series,
        detail: "A property is a set of tags under an id, without a time.",
        children: [SeriesProperties.apply, SeriesProperties.list, SeriesProperties.delete]),
      SeriesDocuments.apply, SeriesDocuments.diff, SeriesDocuments.export,
      SeriesQuery.command, SeriesStatements.list, SeriesWrite.command,
      Command(
        name: "segment", summary: "look at slices of time", heading: .series,
        detail: "A segment is a slice of the time of a group; each shard of it has parts.",
        children: [SeriesLayout.segments]),
      Command(
        name: "part", summary: "look at files of rows", heading: .series,
        detail: "A part is one file of sorted rows, which never changes.",
        children: [SeriesLayout.parts]),
      SeriesLayout.cardinality, SeriesLayout.analyze,
      Command(
        name: "retention", summary: "look at and change how long rows stay", heading: .series,
        detail: "Rows go with their segment, when its end is older than the ttl.",
        children: [SeriesRetention.list, SeriesRetention.set, SeriesWork.retain]),
      Command(
        name: "migrate", summary: "move old rows to the next stage", heading: .series,
        detail: "A stage is a tier of nodes that has the rows of a group of some age.",
        children: [
          SeriesPlacement.migratePlan, SeriesPlacement.migrate, SeriesPlacement.status,
          SeriesPlacement.orphans,
        ]),
      Command(
        name: "placement", summary: "look at and change who has which shards", heading: .series,
        detail: "Each shard of a tier has a copy on one node or more.",
        children: [SeriesPlacement.list, SeriesPlacement.plan, SeriesPlacement.apply]),
      SeriesWork.flush, SeriesWork.merge, SeriesWork.scrub,
      Command(
        name: "snapshot", summary: "keep parts as they are now", heading: .series,
        detail: "A snapshot is a folder of links to all parts: it costs nothing until they go.",
        children: [SeriesSnapshots.list, SeriesSnapshots.create, SeriesSnapshots.delete]),
      Command(
        name: "backup", summary: "copy groups to a folder or a bucket", heading: .series,
        detail: "A backup has the rows of groups, what describes them, and properties.",
        children: [
          SeriesBackup.list, SeriesBackup.create, SeriesBackup.verify, SeriesBackup.delete,
        ]),
      SeriesBackup.restore,
    ])

  private static let seriesTopN: Command = {
    var command = SeriesQuery.topN
    command.children =
      SeriesObjects.topn.children + [SeriesRankings.status, SeriesRankings.rebuild]
    return command
  }()
}
