private import HTTP

/// Calls about what is in tables, and about their health.
public enum CatalogContentAPI {
  private static let read = AdminPrivilege("catalog", .read)
  private static let write = AdminPrivilege("catalog", .write)

  public static let history = AdminCall<CatalogNameInput, AdminList<SnapshotRecord>>(
    .get, "/catalog/tables/{name}/history", id: "listTableHistory", read,
    "what the table's main branch has pointed at, the newest first")
  public static let snapshot = AdminCall<TableSnapshotInput, AdminItem<SnapshotRecord>>(
    .get, "/catalog/tables/{name}/snapshot", id: "getSnapshot", read, "one snapshot")
  public static let manifests = AdminCall<TableSnapshotInput, AdminList<TableManifestRecord>>(
    .get, "/catalog/tables/{name}/manifests", id: "listTableManifests", read,
    "manifests of a snapshot")
  public static let files = AdminCall<TableSnapshotInput, AdminList<TableFileRecord>>(
    .get, "/catalog/tables/{name}/files", id: "listTableFiles", read,
    "data and delete files of a snapshot")
  public static let diff = AdminCall<TableDiffInput, AdminList<TableDiffRecord>>(
    .get, "/catalog/tables/{name}/diff", id: "diffTable", read,
    "files that one of two snapshots has and the other has not")
  public static let check = AdminCall<CatalogNameInput, AdminList<TableCheckRecord>>(
    .get, "/catalog/tables/{name}/check", id: "checkTable", read,
    "look whether metadata, manifests and files agree and are there")
  public static let view = AdminCall<CatalogNameInput, AdminItem<CatalogViewRecord>>(
    .get, "/catalog/views/{name}", id: "getView", read, "one view")
  public static let maintain = AdminCall<MaintenanceInput, AdminChange<MaintenanceRecord>>(
    .post, "/catalog/tables/{name}/maintenance", id: "maintainTable", write, effect: .hardToUndo,
    isJob: true, "expire snapshots, remove orphan files, rewrite manifests, or compact small files")
  public static let entries = AdminCall<CatalogPathInput, AdminList<CatalogEntryRecord>>(
    .get, "/catalog/entries", id: "listCatalogEntries", read,
    "namespaces, tables and views with their metadata files, parents first")
  public static let importEntry = AdminCall<CatalogEntryInput, AdminChange<CatalogEntryRecord>>(
    .post, "/catalog/entries", id: "importCatalogEntry", write,
    "make a namespace, or register a table or view, unless it is there")

  public static let activity = AdminCall<CatalogPathInput, AdminList<TableActivityRecord>>(
    .get, "/catalog/activity", id: "listTableActivity", read,
    "all tables of a warehouse with their size, commits and conflicts")

  static let all = [
    history.route, snapshot.route, manifests.route, files.route, diff.route, check.route,
    view.route, maintain.route, entries.route, importEntry.route, activity.route,
  ]
}
