import Admin
import JSON
import Values

extension SampleCluster {
  static let tableFile: TableFileRecord = {
    var record = TableFileRecord()
    record.path = "s3://lake/tables/sales/orders/data/00000-0-1.parquet"
    record.content = "data"
    record.partition = ["at_day": "2026-11-20"]
    record.rowsCount = 512
    record.sizeBytes = 48_213
    record.format = "parquet"
    record.sequenceNumber = 7
    record.snapshotID = 3_051_729_675_574_597_004
    record.lowerBounds = ["id": 1]
    record.upperBounds = ["id": 9_007_199_254_740_993]
    return record
  }()

  static let tableManifest: TableManifestRecord = {
    var record = TableManifestRecord()
    record.path = "s3://lake/tables/sales/orders/metadata/1-m0.avro"
    record.content = "data"
    record.sizeBytes = 6_912
    record.addedFilesCount = 1
    record.existingFilesCount = 86
    record.deletedFilesCount = 0
    record.rowsCount = 1_204_551
    record.sequenceNumber = 7
    record.snapshotID = 3_051_729_675_574_597_004
    return record
  }()

  static let tableDiff: TableDiffRecord = {
    var record = TableDiffRecord()
    record.path = Self.tableFile.path
    record.change = "added"
    record.content = "data"
    record.rowsCount = 512
    record.sizeBytes = 48_213
    return record
  }()

  static let tableChecks: [TableCheckRecord] = [
    ("metadata", "ok", "s3://lake/tables/sales/orders/metadata/00007-1.metadata.json"),
    ("files", "damaged", "1 are missing, s3://lake/tables/sales/orders/data/x.parquet among them"),
  ].map { check, state, found in
    var record = TableCheckRecord()
    record.table = "sales.orders"
    record.check = check
    record.state = state
    record.found = found
    return record
  }

  static let view: CatalogViewRecord = {
    var record = CatalogViewRecord()
    record.view = "sales.daily"
    record.dialects = ["spark"]
    record.versionID = 3
    record.updatedAt = Self.now
    record.defaultNamespace = "sales"
    record.texts = ["spark": "SELECT day, sum(price) FROM orders GROUP BY day"]
    return record
  }()

  static let maintenance: MaintenanceRecord = {
    var record = MaintenanceRecord()
    record.table = "sales.orders"
    record.task = "expire"
    record.snapshotsCount = 41
    record.refsCount = 0
    record.filesCount = 120
    record.freedBytes = 8_421_376
    return record
  }()

  static let schedule: MaintenanceScheduleRecord = {
    var record = MaintenanceScheduleRecord()
    record.target = "sales"
    record.scope = "namespace"
    record.warehouse = "lake"
    record.task = "expire"
    record.everySeconds = 86_400
    record.olderThanSeconds = 30 * 86_400
    record.lastAt = Self.now
    record.nextAt = Self.time("2026-11-21T12:00:00Z")
    record.lastJob = "01J9FZ7K2M"
    record.state = "succeeded"
    record.tablesCount = 12
    return record
  }()

  static let sizes: [TableStatisticsRecord] = [
    (Int64(1_204_551), Int64(87)), (1_204_039, 86),
  ].map { rows, files in
    var record = TableStatisticsRecord()
    record.at = Self.now
    record.rowsCount = rows
    record.filesCount = files
    record.sizeBytes = rows * 80
    record.deleteFilesCount = 0
    record.snapshotID = 3_051_729_675_574_597_004
    return record
  }

  static let activity: TableActivityRecord = {
    var record = TableActivityRecord()
    record.name = "sales.orders"
    record.warehouse = "lake"
    record.rowsCount = 1_204_551
    record.filesCount = 87
    record.sizeBytes = 95_420_416
    record.commitCount = 4_102
    record.conflictCount = 3
    record.updatedAt = Self.now
    return record
  }()

  static let entries: [CatalogEntryRecord] = [
    ("sales", "namespace", nil),
    ("sales.orders", "table", "s3://lake/tables/sales/orders/metadata/00007-1.metadata.json"),
  ].map { (name: String, entry: String, location: String?) in
    var record = CatalogEntryRecord()
    record.name = name
    record.entry = entry
    record.metadataLocation = location
    if entry == "namespace" { record.properties = ["owner": "ann"] }
    return record
  }

  static func addContents(_ script: inout Script) {
    let orders = CatalogNameInput("sales.orders")
    let now = TableSnapshotInput("sales.orders")
    script.list(CatalogContentAPI.history, [Self.snapshot], orders)
    script.add(CatalogAPI.metadata, orders, AdminDocument(["format-version": 2]))
    var shown = Self.snapshot
    shown.manifestsCount = 3
    script.item(CatalogContentAPI.snapshot, shown, now)
    script.list(CatalogContentAPI.manifests, [Self.tableManifest], now)
    script.list(CatalogContentAPI.files, [Self.tableFile], now)
    var diff = TableDiffInput()
    diff.name = "sales.orders"
    script.list(CatalogContentAPI.diff, [Self.tableDiff], diff)
    script.list(CatalogContentAPI.check, Self.tableChecks, orders)
    diff.name = "sales.returns"
    script.list(CatalogContentAPI.diff, [], diff)
    script.list(
      CatalogContentAPI.check, [Self.tableChecks[0]], CatalogNameInput("sales.returns"))
    script.item(CatalogContentAPI.view, Self.view, CatalogNameInput("sales.daily"))
    var maintenance = MaintenanceInput()
    maintenance.name = "sales.orders"
    script.change(CatalogContentAPI.maintain, Self.maintenance, maintenance, job: "01J9FZ7K2M")
    var schedule = MaintenanceScheduleInput()
    schedule.task = "expire"
    script.list(CatalogUpkeepAPI.schedules, [Self.schedule])
    script.change(CatalogUpkeepAPI.setSchedule, Self.schedule, schedule)
    script.change(CatalogUpkeepAPI.deleteSchedule, Self.schedule, schedule)
    var sizes = TableStatisticsInput()
    sizes.name = "sales.orders"
    script.list(CatalogUpkeepAPI.statistics, Self.sizes, sizes)
    script.list(CatalogContentAPI.entries, Self.entries)
    script.list(CatalogContentAPI.activity, [Self.activity])
    script.change(CatalogContentAPI.importEntry, Self.entries[1])
  }
}
