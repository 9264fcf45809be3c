public import JSON
public import Values

public struct CreateTableInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var schema: JSONValue = .null
  public var columns: [String] = []
  public var partition: [String] = []
  public var location: String?
  public var properties: [String: String] = [:]

  public init() {}
  public static let kind = "CreateTableInput"
  public static let fields: [AdminField<CreateTableInput>] = [
    .required("name", \.name, "its full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("schema", \.schema, "an Iceberg schema"),
    AdminField("columns", \.columns, "in its place: NAME TYPE, with `required` behind, each"),
    AdminField("partition", \.partition, "such as day(at), bucket(16, id), region"),
    AdminField("location", \.location, "where it shall lie; none: by its name"),
    AdminField("properties", \.properties, "to set"),
  ]
}

public struct AlterTableInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var additions: [String] = []
  public var drops: [String] = []
  public var renames: [String: String] = [:]
  public var types: [String: String] = [:]
  public var optionals: [String] = []
  public var requireds: [String] = []

  public init() {}
  public static let kind = "AlterTableInput"
  public static let fields: [AdminField<AlterTableInput>] = [
    .required("name", \.name, "its full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("add", \.additions, "columns to add: NAME TYPE; a.b is b in struct a"),
    AdminField("drop", \.drops, "columns to take away"),
    AdminField("rename", \.renames, "new names, by the present ones"),
    AdminField("types", \.types, "wider types, by the names of their columns"),
    AdminField("optional", \.optionals, "columns that may be null from now on"),
    AdminField("require", \.requireds, "columns that may not be null"),
  ]
}

public struct TableSchemaRecord: AdminRecord, Hashable {
  public var table = ""
  public var schemaID: Int64 = 0
  public var columnsCount: Int64 = 0
  public var schema: JSONValue = .null
  public var etag: String?

  public init() {}
  public static let kind = "TableSchema"
  public static let fields: [AdminField<TableSchemaRecord>] = [
    .required("table", \.table, "its full name"),
    AdminField("schema_id", \.schemaID, "its current schema"),
    AdminField("columns_count", \.columnsCount, "columns, those in structs not counted"),
    AdminField("schema", \.schema, "that schema"),
    AdminField("etag", \.etag, "its version, for --if-match"),
  ]
}

public struct ViewInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var dialect: String?
  public var sql: String?
  public var schema: JSONValue = .null
  public var columns: [String] = []
  public var defaultNamespace: String?
  public var properties: [String: String] = [:]
  public var removals: [String] = []
  public var isProtected: Bool?

  public init() {}
  public static let kind = "ViewInput"
  public static let fields: [AdminField<ViewInput>] = [
    .required("name", \.name, "its full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("dialect", \.dialect, "the language of the text, such as spark"),
    AdminField("sql", \.sql, "its text; those of other dialects stay"),
    AdminField("schema", \.schema, "an Iceberg schema of its columns"),
    AdminField("columns", \.columns, "in its place: NAME TYPE, each"),
    AdminField("default_namespace", \.defaultNamespace, "where names of the text are looked up"),
    AdminField("properties", \.properties, "to set"),
    AdminField("removals", \.removals, "properties to take away"),
    AdminField("protected", \.isProtected, "it cannot be dropped"),
  ]
}

/// What went with a namespace.
public struct NamespaceTreeRecord: AdminRecord, Hashable {
  public var namespace = ""
  public var namespacesCount: Int64 = 0
  public var tablesCount: Int64 = 0
  public var viewsCount: Int64 = 0
  public var purgeAt: Timestamp?
  public var job: String?

  public init() {}
  public static let kind = "NamespaceTree"
  public static let fields: [AdminField<NamespaceTreeRecord>] = [
    .required("namespace", \.namespace, "its levels, joined by dots"),
    AdminField("namespaces_count", \.namespacesCount, "it and those below it"),
    AdminField("tables_count", \.tablesCount, "tables in them"),
    AdminField("views_count", \.viewsCount, "views in them"),
    AdminField("purge_at", \.purgeAt, "until when tables and views can be taken back"),
    AdminField("job_id", \.job, "the job that drops a large one"),
  ]
}
