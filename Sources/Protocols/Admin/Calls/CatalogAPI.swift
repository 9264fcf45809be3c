private import HTTP

/// Calls about the Iceberg catalog: what its own protocol does not have.
public enum CatalogAPI {
  private static let read = AdminPrivilege("catalog", .read)
  private static let write = AdminPrivilege("catalog", .write)

  public static let warehouses = AdminCall<AdminNothing, AdminList<WarehouseRecord>>(
    .get, "/catalog/warehouses", id: "listWarehouses", read, "warehouses")
  public static let warehouse = AdminCall<NameInput, AdminItem<WarehouseRecord>>(
    .get, "/catalog/warehouses/{name}", id: "getWarehouse", read, "one warehouse")
  public static let createWarehouse = AdminCall<WarehouseInput, AdminChange<WarehouseRecord>>(
    .post, "/catalog/warehouses", id: "createWarehouse", write,
    "make a warehouse, after a file was written, read and deleted in it")
  public static let setWarehouse = AdminCall<WarehouseInput, AdminChange<WarehouseRecord>>(
    .patch, "/catalog/warehouses/{warehouse}", id: "setWarehouse", write, "change a warehouse")
  public static let deleteWarehouse = AdminCall<NameInput, AdminChange<WarehouseRecord>>(
    .delete, "/catalog/warehouses/{name}", id: "deleteWarehouse", write, effect: .destroys,
    "remove an empty warehouse")

  public static let namespaces = AdminCall<CatalogPathInput, AdminList<NamespaceRecord>>(
    .get, "/catalog/namespaces", id: "listCatalogNamespaces", read, "namespaces below one")
  public static let namespace = AdminCall<CatalogNameInput, AdminItem<NamespaceRecord>>(
    .get, "/catalog/namespaces/{name}", id: "getCatalogNamespace", read, "one namespace")
  public static let createNamespace = AdminCall<NamespaceInput, AdminChange<NamespaceRecord>>(
    .post, "/catalog/namespaces", id: "createCatalogNamespace", write, "make a namespace")
  public static let setNamespace = AdminCall<NamespaceInput, AdminChange<NamespaceRecord>>(
    .patch, "/catalog/namespaces/{name}", id: "setCatalogNamespace", write,
    "change the properties of a namespace")
  public static let deleteNamespace = AdminCall<CatalogNameInput, AdminChange<NamespaceRecord>>(
    .delete, "/catalog/namespaces/{name}", id: "deleteCatalogNamespace", write,
    effect: .hardToUndo, "remove an empty namespace")

  public static let tables = AdminCall<CatalogPathInput, AdminList<CatalogObjectRecord>>(
    .get, "/catalog/tables", id: "listTables", read, "tables of a namespace")
  public static let table = AdminCall<CatalogNameInput, AdminItem<CatalogObjectRecord>>(
    .get, "/catalog/tables/{name}", id: "getTable", read, "one table")
  public static let metadata = AdminCall<CatalogNameInput, AdminDocument>(
    .get, "/catalog/tables/{name}/metadata", id: "getTableMetadata", read,
    "the metadata document of a table")
  public static let registerTable = AdminCall<
    RegisterTableInput, AdminChange<CatalogObjectRecord>
  >(
    .post, "/catalog/tables", id: "registerTable", write, "take a metadata file for a table's")
  public static let renameTable = AdminCall<RenameObjectInput, AdminChange<CatalogObjectRecord>>(
    .post, "/catalog/tables/{name}/rename", id: "renameTable", write, "rename a table")
  public static let setTable = AdminCall<TableChangeInput, AdminChange<CatalogObjectRecord>>(
    .patch, "/catalog/tables/{name}", id: "setTable", write, "change the properties of a table")
  public static let dropTable = AdminCall<CatalogNameInput, AdminChange<CatalogObjectRecord>>(
    .delete, "/catalog/tables/{name}", id: "dropTable", write, effect: .hardToUndo,
    "drop a table")
  public static let undropTable = AdminCall<RestoreInput, AdminChange<CatalogObjectRecord>>(
    .post, "/catalog/dropped/{name}/restore", id: "undropTable", write,
    "take a dropped table or view back")
  public static let purgeTable = AdminCall<CatalogNameInput, AdminChange<CatalogObjectRecord>>(
    .post, "/catalog/tables/{name}/purge", id: "purgeTable", write, effect: .destroys,
    isJob: true, "delete a table with its files, also a dropped one")
  public static let dropped = AdminCall<CatalogPathInput, AdminList<CatalogObjectRecord>>(
    .get, "/catalog/dropped", id: "listDropped", read, "dropped tables and views that are held")

  public static let snapshots = AdminCall<CatalogNameInput, AdminList<SnapshotRecord>>(
    .get, "/catalog/tables/{name}/snapshots", id: "listSnapshots", read, "snapshots of a table")
  public static let rollback = AdminCall<RollbackInput, AdminChange<CatalogObjectRecord>>(
    .post, "/catalog/tables/{name}/rollback", id: "rollbackTable", write, effect: .hardToUndo,
    "let main point at an earlier snapshot")
  public static let refs = AdminCall<CatalogNameInput, AdminList<TableRefRecord>>(
    .get, "/catalog/tables/{name}/refs", id: "listTableRefs", read, "branches and tags")
  public static let createRef = AdminCall<TableRefInput, AdminChange<TableRefRecord>>(
    .put, "/catalog/tables/{name}/refs/{ref}", id: "createTableRef", write,
    "make a branch or a tag")
  public static let deleteRef = AdminCall<TableRefInput, AdminChange<TableRefRecord>>(
    .delete, "/catalog/tables/{name}/refs/{ref}", id: "deleteTableRef", write,
    effect: .hardToUndo, "remove a branch or a tag")

  public static let views = AdminCall<CatalogPathInput, AdminList<CatalogObjectRecord>>(
    .get, "/catalog/views", id: "listViews", read, "views of a namespace")
  public static let dropView = AdminCall<CatalogNameInput, AdminChange<CatalogObjectRecord>>(
    .delete, "/catalog/views/{name}", id: "dropView", write, effect: .hardToUndo, "drop a view")

  public static let events = AdminCall<CatalogEventsInput, AdminList<CatalogEventRecord>>(
    .get, "/catalog/events", id: "listCatalogEvents", read,
    "what has happened, in order; waits for the next")

  static let all =
    [
      warehouses.route, warehouse.route, createWarehouse.route, setWarehouse.route,
      deleteWarehouse.route,
    ]
    + [
      namespaces.route, namespace.route, createNamespace.route, setNamespace.route,
      deleteNamespace.route,
    ]
    + [
      tables.route, table.route, metadata.route, registerTable.route, renameTable.route,
      setTable.route, dropTable.route, undropTable.route, purgeTable.route, dropped.route,
    ]
    + [
      snapshots.route, rollback.route, refs.route, createRef.route, deleteRef.route, views.route,
      dropView.route, events.route,
    ]
}
