import Admin
import JSON
import Values

/// The time series of the sample cluster.
extension SampleCluster {
  static let seriesGroup: SeriesGroupRecord = {
    var record = SeriesGroupRecord()
    record.group = "sw"
    record.catalog = "measure"
    record.shards = 2
    record.segmentInterval = "1d"
    record.ttl = "7d"
    record.stages = ["warm:30d:type=warm"]
    record.resources = 12
    record.rows = 143_712_004
    record.series = 4000
    record.segments = 8
    record.parts = 24
    record.backlog = 3
    record.storedBytes = 44_216_000
    record.memoryBytes = 1 << 20
    record.oldestAt = Self.time("2026-11-13T00:00:00Z")
    record.newestAt = Self.time("2026-11-21T00:00:00Z")
    record.expiresAt = Self.time("2026-11-21T00:00:00Z")
    record.createdAt = Self.time("2026-11-01T00:00:00Z")
    record.updatedAt = record.createdAt
    record.etag = "1793500000000000000"
    return record
  }()

  static func seriesObject(_ kind: SeriesKindWord) -> SeriesObjectRecord {
    var record = SeriesObjectRecord()
    record.name = "sw/a"
    record.group = "sw"
    record.objectKind = kind
    record.tagCount = 3
    record.entity = ["service", "instance"]
    record.updatedAt = Self.time("2026-11-02T00:00:00Z")
    record.createdAt = Self.time("2026-11-01T00:00:00Z")
    record.etag = "7"
    switch kind {
    case .measure:
      record.fieldCount = 2
      record.interval = "1m"
      record.isIndexMode = false
    case .trace:
      record.traceIDTag = "trace_id"
      record.timestampTag = "start_time"
    case .indexRule:
      record.type = "inverted"
      record.tags = ["service"]
      record.isUnsorted = false
    case .indexBinding:
      record.rules = ["service_rule"]
      record.subject = "measure cpm"
      record.beginAt = record.createdAt
      record.expireAt = Self.time("2099-01-01T00:00:00Z")
    case .topn:
      record.source = "sw/cpm"
      record.field = "value"
      record.order = "desc"
      record.groupBy = ["service"]
      record.counters = 1000
      record.windows = 2
    case .group, .stream, .property: break
    }
    record.document = [
      "kind": .string(kind.rawValue), "metadata": ["group": "sw", "name": "a"],
    ]
    return record
  }

  static func addSeries(_ script: inout Script) {
    script.list(SeriesAPI.groups, [Self.seriesGroup])
    let name = SeriesGroupNameInput("sw")
    script.item(SeriesAPI.group, Self.seriesGroup, name)
    script.change(
      SeriesAPI.createGroup, Self.seriesGroup, undo: "lakectl series group delete sw")
    var change = SeriesGroupInput()
    change.group = "sw"
    script.change(
      SeriesAPI.setGroup, Self.seriesGroup, change, undo: "lakectl series group set sw --ttl 7d")
    var delete = SeriesGroupDeleteInput()
    delete.group = "sw"
    script.change(
      SeriesAPI.deleteGroup, Self.job("01J9DONE00", .queued), delete, job: "01J9DONE00")
    for kind in SeriesKindWord.allCases {
      let record = Self.seriesObject(kind)
      script.list(SeriesAPI.objects, [record], SeriesObjectsInput(kind))
      script.item(SeriesAPI.object, record, SeriesObjectNameInput(kind, "sw", "a"))
      script.change(
        SeriesAPI.createObject, record, SeriesObjectInput(kind, .null),
        undo: "lakectl series \(kind.rawValue) delete sw/a")
      script.change(SeriesAPI.setObject, record, SeriesObjectInput(kind, .null))
      script.change(
        SeriesAPI.deleteObject, record, SeriesObjectNameInput(kind, "sw", "a"))
    }
    var applied = SeriesAppliedRecord()
    applied.name = "sw/a"
    applied.objectKind = .measure
    applied.action = .update
    applied.changes = ["fields"]
    script.change(SeriesAPI.apply, applied)
    Self.addSeriesData(&script)
    Self.addSeriesLayout(&script)
    Self.addSeriesWork(&script)
  }

  private static func addSeriesData(_ script: inout Script) {
    var result = SeriesResultRecord()
    result.columns = [
      SeriesColumnRecord("time", "time"), SeriesColumnRecord("service", "text"),
      SeriesColumnRecord("value", "integer"), SeriesColumnRecord("ratio", "real"),
    ]
    result.rows = [
      .array(["2026-11-20T14:00:00Z", "web", 5, 0.25]),
      .array(["2026-11-20T14:01:00Z", "web\u{1B}[2J", .null, 1.5]),
    ]
    result.rowCount = 2
    result.milliseconds = 1.25
    var span = SeriesSpanRecord()
    span.message = "measure query"
    span.milliseconds = 1.2
    span.tags = ["rows": "2"]
    result.spans = [span]
    span.depth = 1
    span.message = "scan"
    result.spans.append(span)
    script.item(SeriesAPI.query, result)
    var property = SeriesPropertyRecord()
    property.name = "sw/ui"
    property.group = "sw"
    property.id = "1"
    property.tags = ["name": "main", "port": 8080]
    property.updatedAt = Self.now
    script.list(SeriesAPI.properties, [property], SeriesPropertiesInput("sw", "ui"))
    var input = SeriesPropertyInput()
    input.group = "sw"
    input.name = "ui"
    input.id = "1"
    script.change(
      SeriesAPI.applyProperty, property, input, undo: "lakectl series property delete sw/ui 1")
    var delete = SeriesPropertyDeleteInput()
    delete.group = "sw"
    delete.name = "ui"
    script.change(SeriesAPI.deleteProperty, property, delete)
    var written = SeriesWrittenRecord()
    written.name = "sw/cpm"
    written.written = 2
    written.refused = 1
    written.reasons = ["row 2: field value is no int"]
    script.list(SeriesAPI.writeRows, [written])
  }

  private static func addSeriesLayout(_ script: inout Script) {
    var segment = SeriesSegmentRecord()
    segment.segment = "sw/2026-11-20T00:00:00Z/0"
    segment.group = "sw"
    segment.node = "n1"
    segment.stage = "hot"
    segment.shard = "0"
    segment.beginAt = Self.time("2026-11-20T00:00:00Z")
    segment.endAt = Self.time("2026-11-21T00:00:00Z")
    segment.expiresAt = Self.time("2026-11-28T00:00:00Z")
    segment.rows = 17_964_000
    segment.series = 2000
    segment.parts = 3
    segment.backlog = 1
    segment.bytes = 5_527_000
    script.list(SeriesAPI.segments, [segment])
    var part = SeriesPartRecord()
    part.part = "sw/2026-11-20T00:00:00Z/0/000000000000001f"
    part.group = "sw"
    part.node = "n1"
    part.shard = "0"
    part.beginAt = segment.beginAt
    part.level = "1"
    part.rows = 5_988_000
    part.series = 2000
    part.bytes = 1_842_000
    part.rowBytes = 0.31
    part.plainBytes = 191_616_000
    part.plainRatio = 0.0096
    part.indexBytes = 40_000
    part.blocks = 731
    part.tables = ["cpm"]
    part.oldestAt = segment.beginAt
    part.newestAt = Self.now
    script.list(SeriesAPI.parts, [part])
    var count = SeriesCardinalityRecord()
    count.subject = "cpm"
    count.series = 4000
    count.growthPerDay = 12
    var input = SeriesCardinalityInput()
    input.group = "sw"
    script.list(SeriesAPI.cardinality, [count], input)
    var table = SeriesTableRecord()
    table.name = "sw/cpm"
    table.tableKind = "measure"
    table.rows = 5_988_000
    table.entries = 2000
    table.blocks = 731
    table.columns = 2
    table.dataBytes = 1_800_000
    table.entryBytes = 2000
    table.indexBytes = 40_000
    table.rowBytes = 0.31
    table.blockRows = 8191
    script.list(SeriesAPI.tables, [table])
  }

  private static func addSeriesPlacement(_ script: inout Script) {
    var placed = SeriesPlacedRecord()
    placed.place = "sw/hot/0"
    placed.group = "sw"
    placed.stage = "hot"
    placed.shard = "0"
    placed.nodes = ["n1"]
    placed.troubled = ["n1"]
    placed.wanted = 2
    placed.missing = 1
    placed.beginAt = Self.time("2026-11-13T00:00:00Z")
    placed.epoch = 3
    script.list(SeriesAPI.placement, [placed])
    var move = SeriesMoveRecord()
    move.move = "sw/hot/0"
    move.group = "sw"
    move.stage = "hot"
    move.shards = ["0"]
    move.from = ["n1"]
    move.to = ["n1", "n2"]
    move.beginAt = Self.time("2026-11-13T00:00:00Z")
    move.rows = 1_440_000
    move.bytes = 5_527_000
    script.list(SeriesAPI.placementPlan, [move])
    move.move = "sw/hot until 2026-11-14T00:00:00Z"
    move.nextStage = "warm"
    move.to = ["n2"]
    move.endAt = Self.time("2026-11-14T00:00:00Z")
    move.segments = 1
    move.problem = "node n1 has not had everything yet"
    move.orphans = ["gone"]
    move.orphanRows = 1200
    script.list(SeriesAPI.migrations, [move])
    var orphan = SeriesOrphanRecord()
    orphan.orphan = "sw/gone"
    orphan.group = "sw"
    orphan.stage = "hot"
    orphan.tableKind = "measure"
    orphan.nodes = ["n1", "n2"]
    orphan.parts = 2
    orphan.rows = 1200
    orphan.bytes = 40_960
    orphan.beginAt = Self.time("2026-11-13T00:00:00Z")
    orphan.endAt = Self.time("2026-11-14T00:00:00Z")
    orphan.fate = .archive
    script.list(SeriesAPI.orphans, [orphan])
    var statement = SeriesStatementRecord()
    statement.statement = "SELECT value FROM MEASURE cpm IN sw TIME > '-1h' WHERE service = ?"
    statement.node = "n1"
    statement.count = 7
    statement.longest = 2310.5
    statement.lastAt = Self.time("2026-11-20T14:03:21Z")
    statement.parameters = ["text of 8, 2bb80d537b1d"]
    script.list(SeriesAPI.statements, [statement])
    var stage = SeriesStageRecord()
    stage.name = "sw/hot"
    stage.group = "sw"
    stage.stage = "hot"
    stage.ttl = "7d"
    stage.nodes = ["n1"]
    stage.beginAt = Self.time("2026-11-13T00:00:00Z")
    stage.segments = 8
    stage.rows = 1_440_000
    stage.bytes = 44_216_000
    stage.due = 1
    stage.problem = move.problem
    script.list(SeriesAPI.stages, [stage])
  }

  private static func addSeriesWork(_ script: inout Script) {
    var retention = SeriesRetentionRecord()
    retention.name = "sw"
    retention.group = "sw"
    retention.stage = "hot"
    retention.ttl = "7d"
    retention.segments = 8
    retention.nextAt = Self.time("2026-11-21T00:00:00Z")
    retention.freedBytes = 5_527_000
    retention.rows = 1_440_000
    retention.nodes = ["n1"]
    Self.addSeriesPlacement(&script)
    script.list(SeriesAPI.retention, [retention])
    var input = SeriesRetentionInput()
    input.group = "sw"
    script.change(
      SeriesAPI.setRetention, retention, input,
      undo: "lakectl series retention set sw --ttl 14d")
    var flush = SeriesFlushRecord()
    flush.node = "n1"
    flush.rows = 120_000
    flush.bytes = 1 << 20
    script.change(SeriesAPI.flush, flush)
    script.change(
      SeriesAPI.startJob, Self.job("01J9DONE00", .queued), job: "01J9DONE00")
    var ranking = SeriesRankingRecord()
    ranking.ranking = "sw/cpm_topn"
    ranking.node = "n1"
    ranking.measure = "cpm"
    ranking.interval = "1m"
    ranking.windows = 20_160
    ranking.waiting = 2
    ranking.entries = 1000
    ranking.beginAt = Self.time("2026-11-13T00:00:00Z")
    ranking.endAt = Self.time("2026-11-20T14:02:00Z")
    script.list(SeriesAPI.rankings, [ranking])
    var snapshot = SeriesSnapshotRecord()
    snapshot.snapshot = "20261120140321-0123abcd"
    snapshot.node = "n1"
    snapshot.groups = ["sw"]
    snapshot.createdAt = Self.now
    snapshot.files = 48
    snapshot.bytes = 44_216_000
    script.list(SeriesAPI.snapshots, [snapshot])
    script.change(
      SeriesAPI.createSnapshot, snapshot,
      undo: "lakectl series snapshot delete 20261120140321-0123abcd")
    script.change(
      SeriesAPI.deleteSnapshot, snapshot, SeriesSnapshotNameInput("20261120140321-0123abcd"))
    var backup = SeriesBackupRecord()
    backup.backup = "20261120140321-0123abcd"
    backup.place = "file:///srv/backups"
    backup.node = "n1"
    backup.groups = ["sw"]
    backup.createdAt = Self.now
    backup.files = 48
    backup.bytes = 44_216_000
    script.list(SeriesAPI.backups, [backup])
    let job = Self.job("01J9DONE00", .queued)
    for call in [SeriesAPI.verifyBackup, SeriesAPI.deleteBackup] {
      script.change(call, job, job: "01J9DONE00")
    }
    script.change(SeriesAPI.createBackup, job, job: "01J9DONE00")
    script.change(SeriesAPI.restore, job, job: "01J9DONE00")
  }
}
