import CommandTable

/// Groups about the Iceberg catalog.
extension Lakectl {
  static let catalog = Command(
    name: "catalog", summary: "manage Iceberg tables and where they lie", heading: .lake,
    detail: """
      Tables are named by their namespace and name: sales.eu.orders.
      A part with a dot in it stands in double quotes: '"a.b".orders'.
      """,
    children: [
      Command(
        name: "warehouse", summary: "manage places for tables", heading: .lake,
        detail: "A warehouse has a tree of namespaces and a storage of its own.",
        children: [
          WarehouseList.command, WarehouseShow.command, WarehouseCreate.command,
          WarehouseSet.command, WarehouseDelete.command,
        ]),
      Command(
        name: "namespace", summary: "manage namespaces of tables", heading: .lake,
        detail: "A namespace holds tables, views and further namespaces.",
        children: [
          NamespaceList.command, NamespaceShow.command, NamespaceCreate.command,
          NamespaceSet.command, NamespaceDelete.command,
        ]),
      Command(
        name: "table", summary: "manage Iceberg tables", heading: .lake,
        detail:
          "Engines write tables; here they are made, shaped, looked at and dropped.",
        children: [
          TableList.command, TableShow.command, TableCreate.command, TableAlter.command,
          TableRegister.command, TableRename.command,
          TableSet.command, TableDrop.command, TableUndrop.command, TablePurge.command,
          TableHistory.command, TableFileList.command, TableManifests.command,
          TableMetadataShow.command, TableStatistics.command,
        ]),
      Command(
        name: "deleted", summary: "look at what was dropped", heading: .lake,
        detail: "Dropped tables and views are held as long as their warehouse says.",
        children: [DeletedList.command]),
      Command(
        name: "snapshot", summary: "look at and go back to snapshots", heading: .lake,
        detail: "A snapshot is the state of a table after one commit.",
        children: [SnapshotList.command, SnapshotShow.command, SnapshotRollback.command]),
      Command(
        name: "ref", summary: "manage branches and tags of tables", heading: .lake,
        detail: "A branch or tag keeps a snapshot under a name.",
        children: [RefList.command, RefCreate.command, RefDelete.command]),
      Command(
        name: "view", summary: "manage views", heading: .lake,
        detail: "Views share the names of their namespace with its tables.",
        children: [
          ViewList.command, ViewShow.command, ViewCreate.command, ViewSet.command,
          ViewRename.command, ViewDrop.command, ViewUndrop.command,
        ]),
      Command(
        name: "event", summary: "look at what has happened", heading: .lake,
        detail: "Every change of the catalog is an event with a number.",
        children: [CatalogEventList.command]),
      Maintenance.command, CatalogActivity.command, CatalogDiff.command, CatalogCheck.command,
      CatalogExport.command,
      CatalogImport.command,
    ])
}
