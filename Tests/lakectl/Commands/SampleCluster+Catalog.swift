import Admin
import JSON
import Values

extension SampleCluster {
  static let warehouse: WarehouseRecord = {
    var record = WarehouseRecord()
    record.warehouse = "lake"
    record.location = "s3://lake/tables"
    record.storage = "s3"
    record.access = "vended"
    record.endpoint = "http://127.0.0.1:9000"
    record.softDeleteSeconds = 604_800
    record.isDefault = true
    record.createdAt = Self.time("2026-11-01T00:00:00Z")
    record.etag = "2"
    return record
  }()

  static let namespace: NamespaceRecord = {
    var record = NamespaceRecord()
    record.namespace = "sales"
    (record.tableCount, record.viewCount, record.owner) = (12, 1, "ann")
    record.location = "s3://lake/tables/sales"
    record.properties = ["owner": "ann"]
    record.createdAt = Self.time("2026-11-01T00:00:00Z")
    return record
  }()

  static func named(_ name: String, _ kind: String = "table") -> CatalogObjectRecord {
    var record = CatalogObjectRecord()
    record.name = name
    record.kindOfObject = kind
    record.object = "6f1c2a9e-3d2b-4c58-9a44-0d9f5c1b7e21"
    if kind == "table" {
      record.rowsCount = 1_204_551
      record.filesCount = 87
      record.sizeBytes = 95_420_416
      record.snapshotID = 3_051_729_675_574_597_004
      record.formatVersion = 2
      record.schemaID = 1
    }
    record.updatedAt = Self.now
    record.createdAt = Self.time("2026-11-01T00:00:00Z")
    record.location = "s3://lake/tables/sales/orders"
    record.metadataLocation = "s3://lake/tables/sales/orders/metadata/00007-1.metadata.json"
    record.uuid = "0a4b3e77-52c1-4c3f-8f58-1f0a6f9f2f11"
    record.etag = "8"
    return record
  }

  static let dropped: CatalogObjectRecord = {
    var record = Self.named("sales.orders")
    record.droppedAt = Self.time("2026-11-20T12:00:00Z")
    record.purgeAt = Self.time("2026-11-27T12:00:00Z")
    return record
  }()

  static let snapshot: SnapshotRecord = {
    var record = SnapshotRecord()
    record.snapshotID = 3_051_729_675_574_597_004
    record.table = "sales.orders"
    record.at = Self.now
    record.operation = "append"
    record.refs = ["main"]
    record.addedRowsCount = 512
    record.addedFilesCount = 1
    record.sizeBytes = 95_420_416
    record.schemaID = 1
    record.manifestList = "s3://lake/tables/sales/orders/metadata/snap-1.avro"
    return record
  }()

  static let tableRef: TableRefRecord = {
    var record = TableRefRecord()
    record.ref = "q3"
    record.type = "tag"
    record.snapshotID = 3_051_729_675_574_597_004
    record.keepSeconds = 31_536_000
    return record
  }()

  static let catalogEvent: CatalogEventRecord = {
    var record = CatalogEventRecord()
    record.sequence = 121
    record.at = Self.now
    record.type = "table.committed"
    record.warehouse = "lake"
    record.name = "sales.orders"
    record.actor = "user:ann"
    return record
  }()

  static func addCatalog(_ script: inout Script) {
    script.list(CatalogAPI.warehouses, [Self.warehouse])
    let lake = NameInput("lake")
    script.item(CatalogAPI.warehouse, Self.warehouse, lake)
    script.change(
      CatalogAPI.createWarehouse, Self.warehouse, undo: "lakectl catalog warehouse delete lake")
    var warehouse = WarehouseInput()
    warehouse.warehouse = "lake"
    script.change(CatalogAPI.setWarehouse, Self.warehouse, warehouse)
    script.change(CatalogAPI.deleteWarehouse, Self.warehouse, lake)
    script.list(CatalogAPI.namespaces, [Self.namespace])
    let sales = CatalogNameInput("sales")
    script.item(CatalogAPI.namespace, Self.namespace, sales)
    script.change(
      CatalogAPI.createNamespace, Self.namespace, undo: "lakectl catalog namespace delete sales")
    var namespace = NamespaceInput()
    namespace.name = "sales"
    script.change(CatalogAPI.setNamespace, Self.namespace, namespace)
    script.change(CatalogAPI.deleteNamespace, Self.namespace, sales)
    script.change(CatalogShapeAPI.dropTree, Self.tree, sales)
    Self.addTables(&script)
  }

  private static func addTables(_ script: inout Script) {
    let orders = CatalogNameInput("sales.orders")
    let table = Self.named("sales.orders")
    script.list(CatalogAPI.tables, [table, Self.named("sales.returns")])
    script.item(CatalogAPI.table, table, orders)
    script.change(
      CatalogAPI.registerTable, table, undo: "lakectl catalog table drop sales.orders")
    var rename = RenameObjectInput()
    rename.name = "sales.orders"
    script.change(
      CatalogAPI.renameTable, Self.named("archive.orders"), rename,
      undo: "lakectl catalog table rename archive.orders sales.orders")
    var change = TableChangeInput()
    change.name = "sales.orders"
    script.change(CatalogAPI.setTable, table, change)
    script.change(
      CatalogAPI.dropTable, Self.dropped, orders,
      undo: "lakectl catalog table undrop 6f1c2a9e-3d2b-4c58-9a44-0d9f5c1b7e21")
    var restore = RestoreInput()
    restore.name = "sales.orders"
    script.change(
      CatalogAPI.undropTable, table, restore, undo: "lakectl catalog table drop sales.orders")
    script.change(CatalogAPI.purgeTable, Self.dropped, orders, job: "01J9FZ7K2M")
    script.list(CatalogAPI.dropped, [Self.dropped])
    script.list(CatalogAPI.snapshots, [Self.snapshot], orders)
    var rollback = RollbackInput()
    rollback.name = "sales.orders"
    script.change(CatalogAPI.rollback, table, rollback)
    script.list(CatalogAPI.refs, [Self.tableRef], orders)
    var ref = TableRefInput()
    ref.name = "sales.orders"
    ref.ref = "q3"
    script.change(
      CatalogAPI.createRef, Self.tableRef, ref,
      undo: "lakectl catalog ref delete sales.orders q3")
    script.change(CatalogAPI.deleteRef, Self.tableRef, ref)
    script.list(CatalogAPI.views, [Self.named("sales.daily", "view")])
    script.change(
      CatalogAPI.dropView, Self.named("sales.daily", "view"), CatalogNameInput("sales.daily"))
    Self.addShapes(&script)
    script.list(CatalogAPI.events, [Self.catalogEvent])
    Self.addContents(&script)
  }

  private static func addShapes(_ script: inout Script) {
    var table = CreateTableInput()
    table.name = "sales.orders"
    script.change(
      CatalogShapeAPI.createTable, Self.named("sales.orders"), table,
      undo: "lakectl catalog table drop sales.orders")
    var alter = AlterTableInput()
    alter.name = "sales.orders"
    script.change(CatalogShapeAPI.alterTable, Self.tableSchema, alter)
    var view = ViewInput()
    view.name = "sales.daily"
    script.change(
      CatalogShapeAPI.createView, Self.view, view, undo: "lakectl catalog view drop sales.daily")
    script.change(CatalogShapeAPI.setView, Self.view, view)
    var rename = RenameObjectInput()
    rename.name = "sales.daily"
    script.change(
      CatalogShapeAPI.renameView, Self.named("sales.per_day", "view"), rename,
      undo: "lakectl catalog view rename sales.per_day sales.daily")
    var restore = RestoreInput()
    restore.name = "sales.daily"
    script.change(
      CatalogAPI.undropTable, Self.named("sales.daily", "view"), restore,
      undo: "lakectl catalog table drop sales.daily")
  }

  private static let tree: NamespaceTreeRecord = {
    var record = NamespaceTreeRecord()
    record.namespace = "sales"
    record.namespacesCount = 2
    record.tablesCount = 2
    record.viewsCount = 1
    record.purgeAt = Self.now
    return record
  }()

  private static let tableSchema: TableSchemaRecord = {
    var record = TableSchemaRecord()
    record.table = "sales.orders"
    record.schemaID = 2
    record.columnsCount = 3
    record.schema = [
      "type": "struct", "schema-id": 2,
      "fields": [["id": 1, "name": "id", "required": true, "type": "long"]],
    ]
    record.etag = "9"
    return record
  }()
}
