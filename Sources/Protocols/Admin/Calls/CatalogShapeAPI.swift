private import HTTP

/// Calls that make tables and views, and change their form.
public enum CatalogShapeAPI {
  private static let write = AdminPrivilege("catalog", .write)

  public static let createTable = AdminCall<CreateTableInput, AdminChange<CatalogObjectRecord>>(
    .put, "/catalog/tables/{name}", id: "createTable", write, "make an empty table")
  public static let alterTable = AdminCall<AlterTableInput, AdminChange<TableSchemaRecord>>(
    .post, "/catalog/tables/{name}/schema", id: "alterTable", write, effect: .hardToUndo,
    "change the columns of a table")
  public static let createView = AdminCall<ViewInput, AdminChange<CatalogViewRecord>>(
    .put, "/catalog/views/{name}", id: "createView", write, "make a view")
  public static let setView = AdminCall<ViewInput, AdminChange<CatalogViewRecord>>(
    .patch, "/catalog/views/{name}", id: "setView", write,
    "change the text or the properties of a view")
  public static let renameView = AdminCall<RenameObjectInput, AdminChange<CatalogObjectRecord>>(
    .post, "/catalog/views/{name}/rename", id: "renameView", write, "rename a view")
  public static let dropTree = AdminCall<CatalogNameInput, AdminChange<NamespaceTreeRecord>>(
    .post, "/catalog/namespaces/{name}/drop", id: "dropNamespaceTree", write, effect: .destroys,
    isJob: true, "drop a namespace with all that is in it and below it")

  static let all = [
    createTable.route, alterTable.route, createView.route, setView.route, renameView.route,
    dropTree.route,
  ]
}
