private import HTTP

/// Calls about the time series as their operator sees them. What clients do goes over gRPC and HTTP.
public enum SeriesAPI {
  private static let read = AdminPrivilege("series", .read)
  private static let write = AdminPrivilege("series", .write)

  // MARK: Schema

  public static let groups = AdminCall<AdminNothing, AdminList<SeriesGroupRecord>>(
    .get, "/series/groups", id: "listSeriesGroups", read, "groups with what they hold")
  public static let group = AdminCall<SeriesGroupNameInput, AdminItem<SeriesGroupRecord>>(
    .get, "/series/groups/{group}", id: "getSeriesGroup", read, "one group")
  public static let createGroup = AdminCall<SeriesGroupInput, AdminChange<SeriesGroupRecord>>(
    .post, "/series/groups", id: "createSeriesGroup", write, "make a group")
  public static let setGroup = AdminCall<SeriesGroupInput, AdminChange<SeriesGroupRecord>>(
    .patch, "/series/groups/{group}", id: "setSeriesGroup", write, effect: .hardToUndo,
    "change how a group keeps its rows")
  public static let deleteGroup = AdminCall<SeriesGroupDeleteInput, AdminChange<JobRecord>>(
    .delete, "/series/groups/{group}", id: "deleteSeriesGroup", write, effect: .destroys,
    isJob: true, "remove a group with its rows and what describes them")

  public static let objects = AdminCall<SeriesObjectsInput, AdminList<SeriesObjectRecord>>(
    .get, "/series/objects/{kind}", id: "listSeriesObjects", read,
    "streams, measures, traces, properties, rules, bindings or rankings")
  public static let object = AdminCall<SeriesObjectNameInput, AdminItem<SeriesObjectRecord>>(
    .get, "/series/objects/{kind}/{group}/{name}", id: "getSeriesObject", read,
    "one of them, with its document")
  public static let createObject = AdminCall<SeriesObjectInput, AdminChange<SeriesObjectRecord>>(
    .post, "/series/objects/{kind}", id: "createSeriesObject", write, "make one from a document")
  public static let setObject = AdminCall<SeriesObjectInput, AdminChange<SeriesObjectRecord>>(
    .put, "/series/objects/{kind}", id: "setSeriesObject", write, effect: .hardToUndo,
    "replace one by a document")
  public static let deleteObject = AdminCall<
    SeriesObjectNameInput, AdminChange<SeriesObjectRecord>
  >(
    .delete, "/series/objects/{kind}/{group}/{name}", id: "deleteSeriesObject", write,
    effect: .destroys, "remove one; rows of it are found no more")
  public static let apply = AdminCall<SeriesObjectInput, AdminChange<SeriesAppliedRecord>>(
    .post, "/series/apply", id: "applySeriesObject", write,
    "make or change a group or what is in one, so that it is as the document says")

  // MARK: Data

  public static let query = AdminCall<SeriesQueryInput, AdminItem<SeriesResultRecord>>(
    .post, "/series/query", id: "querySeries", read, effect: .reads,
    "the rows of a statement, or of a request")
  public static let statements = AdminCall<AdminNothing, AdminList<SeriesStatementRecord>>(
    .get, "/series/statements", id: "listSeriesStatements", read,
    "texts of BydbQL that are slow, or parsed again and again")
  public static let properties = AdminCall<
    SeriesPropertiesInput, AdminList<SeriesPropertyRecord>
  >(
    .get, "/series/properties/{group}/{name}", id: "listSeriesProperties", read,
    "properties of a name")
  public static let applyProperty = AdminCall<
    SeriesPropertyInput, AdminChange<SeriesPropertyRecord>
  >(
    .put, "/series/properties/{group}/{name}/{id}", id: "applySeriesProperty", write,
    "set tags of a property, which is made when it is not there")
  public static let deleteProperty = AdminCall<
    SeriesPropertyDeleteInput, AdminChange<SeriesPropertyRecord>
  >(
    .delete, "/series/properties/{group}/{name}", id: "deleteSeriesProperty", write,
    effect: .destroys, "remove a property, or all of a name")
  public static let writeRows = AdminCall<SeriesWriteInput, AdminList<SeriesWrittenRecord>>(
    .post, "/series/write", id: "writeSeries", write, "take some rows")

  // MARK: Upkeep

  public static let segments = AdminCall<SeriesPlaceInput, AdminList<SeriesSegmentRecord>>(
    .get, "/series/segments", id: "listSeriesSegments", read, "segments, shard by shard")
  public static let parts = AdminCall<SeriesPlaceInput, AdminList<SeriesPartRecord>>(
    .get, "/series/parts", id: "listSeriesParts", read, "files of rows")
  public static let cardinality = AdminCall<
    SeriesCardinalityInput, AdminList<SeriesCardinalityRecord>
  >(
    .get, "/series/groups/{group}/cardinality", id: "getSeriesCardinality", read,
    "how many series there are of what, and how many are new")
  public static let tables = AdminCall<SeriesPlaceInput, AdminList<SeriesTableRecord>>(
    .get, "/series/tables", id: "analyzeSeries", read, "where the bytes of parts go, by table")
  public static let retention = AdminCall<SeriesPlaceInput, AdminList<SeriesRetentionRecord>>(
    .get, "/series/retention", id: "listSeriesRetention", read,
    "how long rows stay, by group and stage, and what goes next")
  public static let setRetention = AdminCall<
    SeriesRetentionInput, AdminChange<SeriesRetentionRecord>
  >(
    .put, "/series/retention/{group}", id: "setSeriesRetention", write, effect: .hardToUndo,
    "change how long rows stay")
  public static let flush = AdminCall<SeriesNodeInput, AdminChange<SeriesFlushRecord>>(
    .post, "/series/flush", id: "flushSeries", write, "make parts of what is in memory")
  public static let startJob = AdminCall<SeriesJobInput, AdminChange<JobRecord>>(
    .post, "/series/jobs", id: "startSeriesJob", write, isJob: true,
    "look after parts: merge, scrub, retain; move shards: migrate, place; rebuild a ranking")
  public static let rankings = AdminCall<SeriesPlaceInput, AdminList<SeriesRankingRecord>>(
    .get, "/series/rankings", id: "listSeriesRankings", read,
    "rankings, with what is kept of them and how far it is")
  public static let snapshots = AdminCall<SeriesNodeInput, AdminList<SeriesSnapshotRecord>>(
    .get, "/series/snapshots", id: "listSeriesSnapshots", read, "snapshots of parts")
  public static let createSnapshot = AdminCall<
    SeriesSnapshotInput, AdminChange<SeriesSnapshotRecord>
  >(
    .post, "/series/snapshots", id: "createSeriesSnapshot", write,
    "keep all parts as they are now, by links")
  public static let deleteSnapshot = AdminCall<
    SeriesSnapshotNameInput, AdminChange<SeriesSnapshotRecord>
  >(
    .delete, "/series/snapshots/{snapshot}", id: "deleteSeriesSnapshot", write,
    effect: .hardToUndo, "remove a snapshot")

  // MARK: Placement

  public static let placement = AdminCall<SeriesPlaceInput, AdminList<SeriesPlacedRecord>>(
    .get, "/series/placement", id: "listSeriesPlacement", read,
    "which nodes have the shards, tier by tier")
  public static let placementPlan = AdminCall<SeriesPlaceInput, AdminList<SeriesMoveRecord>>(
    .get, "/series/placement/plan", id: "planSeriesPlacement", read,
    "shards that are not where they would be placed now")
  public static let migrations = AdminCall<SeriesPlaceInput, AdminList<SeriesMoveRecord>>(
    .get, "/series/migrations", id: "planSeriesMigrations", read,
    "rows that are old enough for the next tier")
  public static let stages = AdminCall<SeriesPlaceInput, AdminList<SeriesStageRecord>>(
    .get, "/series/stages", id: "listSeriesStages", read,
    "tiers of groups, with what is in them and what is due")
  public static let orphans = AdminCall<SeriesPlaceInput, AdminList<SeriesOrphanRecord>>(
    .get, "/series/orphans", id: "listSeriesOrphans", read,
    "rows whose stream, measure or trace was deleted")

  // MARK: Backups

  private static let readBackup = AdminPrivilege("backup", .read)
  private static let operateBackup = AdminPrivilege("backup", .operate)

  public static let backups = AdminCall<SeriesBackupsInput, AdminList<SeriesBackupRecord>>(
    .get, "/series/backups", id: "listSeriesBackups", readBackup, "backups in a place")
  public static let createBackup = AdminCall<SeriesBackupInput, AdminChange<JobRecord>>(
    .post, "/series/backups", id: "createSeriesBackup", operateBackup, isJob: true,
    "copy groups to a folder or a bucket")
  public static let verifyBackup = AdminCall<SeriesBackupNameInput, AdminChange<JobRecord>>(
    .post, "/series/backups/verify", id: "verifySeriesBackup", operateBackup, isJob: true,
    "read a backup and compare it")
  public static let deleteBackup = AdminCall<SeriesBackupNameInput, AdminChange<JobRecord>>(
    .post, "/series/backups/delete", id: "deleteSeriesBackup", operateBackup,
    effect: .destroys, isJob: true, "remove a backup")
  public static let restore = AdminCall<SeriesRestoreInput, AdminChange<JobRecord>>(
    .post, "/series/restore", id: "restoreSeries", operateBackup, effect: .hardToUndo,
    isJob: true, "take groups back from a backup")

  static let all =
    [
      groups.route, group.route, createGroup.route, setGroup.route, deleteGroup.route,
      objects.route, object.route, createObject.route, setObject.route, deleteObject.route,
      apply.route,
    ]
    + [
      query.route, properties.route, applyProperty.route, deleteProperty.route, writeRows.route,
      statements.route,
    ]
    + [
      segments.route, parts.route, cardinality.route, tables.route, retention.route,
      setRetention.route, flush.route, startJob.route, rankings.route, snapshots.route,
      createSnapshot.route,
      deleteSnapshot.route,
    ]
    + [placement.route, placementPlan.route, migrations.route, stages.route, orphans.route]
    + [
      backups.route, createBackup.route, verifyBackup.route, deleteBackup.route, restore.route,
    ]
}
