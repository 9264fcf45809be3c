public import JSON
public import Values

public enum WarehouseState: String, AdminWord {
  case active, inactive
}

public struct WarehouseRecord: AdminRecord, Hashable {
  public var warehouse = ""
  public var location = ""
  public var state = WarehouseState.active
  public var storage = ""
  public var access = ""
  public var endpoint: String?
  public var formatVersionMax: Int64 = 3
  public var softDeleteSeconds: Int64 = 0
  public var isProtected = false
  public var isDefault = false
  public var createdAt: Timestamp?
  public var etag: String?

  public init() {}
  public static let kind = "Warehouse"
  public static let fields: [AdminField<WarehouseRecord>] = [
    .required("warehouse", \.warehouse, "names it"),
    AdminField("location", \.location, "where its tables lie"),
    AdminField("state", \.state, "whether it answers"),
    AdminField("storage", \.storage, "file or s3"),
    AdminField("access", \.access, "what clients get to reach its files"),
    AdminField("endpoint", \.endpoint, "of its S3 store"),
    AdminField(
      "format_version_max", \.formatVersionMax, "the newest Iceberg version of its tables"),
    AdminField("soft_delete_s", \.softDeleteSeconds, "how long dropped tables are held"),
    AdminField("protected", \.isProtected, "it cannot be deleted"),
    AdminField("default", \.isDefault, "it answers when a client names none"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("etag", \.etag, "its state, for --if-match"),
  ]
}

public struct WarehouseInput: AdminRecord {
  public var warehouse = ""
  public var location: String?
  public var endpoint: String?
  public var region: String?
  public var access: String?
  public var accessKey: String?
  public var secretKey: Secret<String>?
  public var softDeleteSeconds: Int64?
  public var formatVersionMax: Int64?
  public var isActive: Bool?
  public var isProtected: Bool?
  public var ifNotExists = false

  public init() {}
  public static let kind = "WarehouseInput"
  public static let fields: [AdminField<WarehouseInput>] = [
    .required("warehouse", \.warehouse, "its name"),
    AdminField("location", \.location, "file:///FOLDER or s3://BUCKET/PREFIX"),
    AdminField("endpoint", \.endpoint, "of its S3 store, such as http://127.0.0.1:9000"),
    AdminField("region", \.region, "of its S3 store"),
    AdminField("access", \.access, "what clients get: none, vended, shared or signed"),
    AdminField("access_key", \.accessKey, "the key that the catalog uses"),
    AdminField("secret_key", \.secretKey, "its secret, when it is not a key of this cluster"),
    AdminField("soft_delete_s", \.softDeleteSeconds, "how long dropped tables are held"),
    AdminField("format_version_max", \.formatVersionMax, "the newest Iceberg version allowed"),
    AdminField("active", \.isActive, "whether it answers"),
    AdminField("protected", \.isProtected, "it cannot be deleted"),
    AdminField("if_not_exists", \.ifNotExists, "one that is there is no error"),
  ]
}

/// Which namespace, or everything below one. Levels are joined by dots; a level with a dot stands in
/// double quotes.
public struct CatalogPathInput: AdminRecord {
  public var path: String?
  public var warehouse: String?
  public var isRecursive = false

  public init() {}
  public init(_ path: String?, in warehouse: String? = nil, recursive: Bool = false) {
    self.path = path
    self.warehouse = warehouse
    self.isRecursive = recursive
  }
  public static let kind = "CatalogPathInput"
  public static let fields: [AdminField<CatalogPathInput>] = [
    AdminField("path", \.path, "a namespace; none: the top"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("recursive", \.isRecursive, "all that is below it"),
  ]
}

/// Names one table, view or namespace.
public struct CatalogNameInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var purges = false

  public init() {}
  public init(_ name: String, in warehouse: String? = nil) {
    self.name = name
    self.warehouse = warehouse
  }
  public static let kind = "CatalogNameInput"
  public static let fields: [AdminField<CatalogNameInput>] = [
    .required("name", \.name, "its full name: sales.eu.orders"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("purge", \.purges, "its files go, too"),
  ]
}

public struct NamespaceRecord: AdminRecord, Hashable {
  public var namespace = ""
  public var tableCount: Int64?
  public var viewCount: Int64?
  public var owner: String?
  public var location: String?
  public var properties: JSONValue = .object(JSONObject())
  public var isProtected = false
  public var createdAt: Timestamp?

  public init() {}
  public static let kind = "Namespace"
  public static let fields: [AdminField<NamespaceRecord>] = [
    .required("namespace", \.namespace, "its levels, joined by dots"),
    AdminField("table_count", \.tableCount, "tables in it, not below it"),
    AdminField("view_count", \.viewCount, "views in it, not below it"),
    AdminField("owner", \.owner, "whose it is: its property owner"),
    AdminField("location", \.location, "where its tables go"),
    AdminField("properties", \.properties, "what was set"),
    AdminField("protected", \.isProtected, "it cannot be deleted"),
    AdminField("created_at", \.createdAt, "when it was made"),
  ]
}

public struct NamespaceInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var properties: [String: String] = [:]
  public var removals: [String] = []
  public var owner: String?

  public init() {}
  public static let kind = "NamespaceInput"
  public static let fields: [AdminField<NamespaceInput>] = [
    .required("name", \.name, "its levels, joined by dots"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("properties", \.properties, "to set"),
    AdminField("removals", \.removals, "properties to take away"),
    AdminField("owner", \.owner, "whose it is"),
  ]
}

/// A table or a view.
public struct CatalogObjectRecord: AdminRecord, Hashable {
  public var name = ""
  public var kindOfObject = ""
  public var object: String?
  public var rowsCount: Int64?
  public var filesCount: Int64?
  public var sizeBytes: Int64?
  public var deleteFilesCount: Int64?
  public var snapshotID: Int64?
  public var updatedAt: Timestamp?
  public var createdAt: Timestamp?
  public var formatVersion: Int64?
  public var schemaID: Int64?
  public var location: String?
  public var metadataLocation: String?
  public var uuid: String?
  public var isProtected = false
  public var droppedAt: Timestamp?
  public var purgeAt: Timestamp?
  public var etag: String?
  public var job: String?

  public init() {}
  public static let kind = "CatalogObject"
  public static let fields: [AdminField<CatalogObjectRecord>] = [
    .required("name", \.name, "its full name"),
    .required("kind", \.kindOfObject, "table or view"),
    AdminField("object_id", \.object, "of its entry; kept when it is renamed"),
    AdminField("rows_count", \.rowsCount, "rows of its current snapshot"),
    AdminField("files_count", \.filesCount, "data files of it"),
    AdminField("size_bytes", \.sizeBytes, "their bytes"),
    AdminField("delete_files_count", \.deleteFilesCount, "delete files of it"),
    AdminField("snapshot_id", \.snapshotID, "its current snapshot"),
    AdminField("updated_at", \.updatedAt, "its last commit"),
    AdminField("created_at", \.createdAt, "when it was made or registered"),
    AdminField("format_version", \.formatVersion, "of Iceberg"),
    AdminField("schema_id", \.schemaID, "its current schema"),
    AdminField("location", \.location, "where it lies"),
    AdminField("metadata_location", \.metadataLocation, "its present metadata file"),
    AdminField("uuid", \.uuid, "of its metadata"),
    AdminField("protected", \.isProtected, "it cannot be dropped"),
    AdminField("dropped_at", \.droppedAt, "when it was dropped"),
    AdminField("purge_at", \.purgeAt, "until when it can be taken back"),
    AdminField("etag", \.etag, "its version, for --if-match"),
    AdminField("job_id", \.job, "the job that deletes its files"),
  ]
}

public struct RegisterTableInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var metadata = ""
  public var overwrites = false

  public init() {}
  public static let kind = "RegisterTableInput"
  public static let fields: [AdminField<RegisterTableInput>] = [
    .required("name", \.name, "its full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    .required("metadata", \.metadata, "the location of its metadata file"),
    AdminField("overwrite", \.overwrites, "a table of that name takes this metadata"),
  ]
}

public struct RenameObjectInput: AdminRecord {
  public var name = ""
  public var to = ""
  public var warehouse: String?

  public init() {}
  public static let kind = "RenameObjectInput"
  public static let fields: [AdminField<RenameObjectInput>] = [
    .required("name", \.name, "its full name"),
    .required("to", \.to, "the new one"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
  ]
}

public struct TableChangeInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var properties: [String: String] = [:]
  public var removals: [String] = []
  public var isProtected: Bool?

  public init() {}
  public static let kind = "TableChangeInput"
  public static let fields: [AdminField<TableChangeInput>] = [
    .required("name", \.name, "its full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("properties", \.properties, "to set"),
    AdminField("removals", \.removals, "properties to take away"),
    AdminField("protected", \.isProtected, "it cannot be dropped"),
  ]
}

public struct RestoreInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var newName: String?

  public init() {}
  public static let kind = "RestoreInput"
  public static let fields: [AdminField<RestoreInput>] = [
    .required("name", \.name, "the full name it had, or the id of its entry"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("as", \.newName, "another name for it"),
  ]
}

public struct SnapshotRecord: AdminRecord, Hashable {
  public var snapshotID: Int64 = 0
  public var table = ""
  public var warehouse: String?
  public var at: Timestamp?
  public var operation = ""
  public var refs: [String] = []
  public var addedRowsCount: Int64?
  public var addedFilesCount: Int64?
  public var deletedRowsCount: Int64?
  public var sizeBytes: Int64?
  public var rowsCount: Int64?
  public var filesCount: Int64?
  public var manifestsCount: Int64?
  public var parentID: Int64?
  public var schemaID: Int64?
  public var manifestList: String?
  public var summary: JSONValue = .null

  public init() {}
  public static let kind = "Snapshot"
  public static let fields: [AdminField<SnapshotRecord>] = [
    .required("snapshot_id", \.snapshotID, "names it"),
    AdminField("table", \.table, "whose it is"),
    AdminField("warehouse", \.warehouse, "where that is"),
    AdminField("at", \.at, "when it was made"),
    AdminField("operation", \.operation, "what its commit did"),
    AdminField("refs", \.refs, "branches and tags that point at it"),
    AdminField("added_rows_count", \.addedRowsCount, "rows that it added"),
    AdminField("added_files_count", \.addedFilesCount, "data files that it added"),
    AdminField("deleted_rows_count", \.deletedRowsCount, "rows that it took away"),
    AdminField("size_bytes", \.sizeBytes, "all data files of it"),
    AdminField("rows_count", \.rowsCount, "all rows of it"),
    AdminField("files_count", \.filesCount, "how many data files it has"),
    AdminField("manifests_count", \.manifestsCount, "its manifests, when it is shown alone"),
    AdminField("parent_id", \.parentID, "what it was made from"),
    AdminField("schema_id", \.schemaID, "the schema of its rows"),
    AdminField("manifest_list", \.manifestList, "the file that lists its manifests"),
    AdminField("summary", \.summary, "all that its writer said"),
  ]
}

public struct RollbackInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var snapshotID: Int64?
  public var ref: String?
  public var force: [String] = []

  public init() {}
  public static let kind = "RollbackInput"
  public static let fields: [AdminField<RollbackInput>] = [
    .required("name", \.name, "its full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("snapshot_id", \.snapshotID, "where main shall point"),
    AdminField("ref", \.ref, "in its place: where this branch or tag points"),
    AdminField("force", \.force, "not-ancestor: also to a snapshot that main never was at"),
  ]
}

public struct TableRefRecord: AdminRecord, Hashable {
  public var ref = ""
  public var type = ""
  public var snapshotID: Int64 = 0
  public var keepSeconds: Int64?

  public init() {}
  public static let kind = "TableRef"
  public static let fields: [AdminField<TableRefRecord>] = [
    .required("ref", \.ref, "its name"),
    AdminField("type", \.type, "branch or tag"),
    AdminField("snapshot_id", \.snapshotID, "where it points"),
    AdminField("keep_s", \.keepSeconds, "how long it is kept"),
  ]
}

public struct TableRefInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var ref = ""
  public var snapshotID: Int64?
  public var atRef: String?
  public var isBranch = false
  public var keepSeconds: Int64?

  public init() {}
  public static let kind = "TableRefInput"
  public static let fields: [AdminField<TableRefInput>] = [
    .required("name", \.name, "the full name of the table"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    .required("ref", \.ref, "its name"),
    AdminField("snapshot_id", \.snapshotID, "where it points; none: where main does"),
    AdminField("at_ref", \.atRef, "in its place: where this branch or tag points"),
    AdminField("branch", \.isBranch, "a branch, not a tag"),
    AdminField("keep_s", \.keepSeconds, "how long it is kept"),
  ]
}

public struct CatalogEventRecord: AdminRecord, Hashable {
  public var sequence: Int64 = 0
  public var at: Timestamp?
  public var type = ""
  public var warehouse = ""
  public var name: String?
  public var actor = ""
  public var details: JSONValue = .null

  public init() {}
  public static let kind = "CatalogEvent"
  public static let fields: [AdminField<CatalogEventRecord>] = [
    .required("sequence", \.sequence, "later events have larger ones"),
    AdminField("at", \.at, "when it happened"),
    AdminField("type", \.type, "such as table.committed"),
    AdminField("warehouse", \.warehouse, "where"),
    AdminField("name", \.name, "of what"),
    AdminField("actor", \.actor, "who did it"),
    AdminField("details", \.details, "more, by its type"),
  ]
}

public struct CatalogEventsInput: AdminRecord {
  public var since: Int64 = 0
  public var after: Int64?
  public var last: Int64?
  public var waitMilliseconds: Int64 = 0
  public var warehouse: String?
  public var namespace: String?

  public init() {}
  public static let kind = "CatalogEventsInput"
  public static let fields: [AdminField<CatalogEventsInput>] = [
    AdminField("since", \.since, "only later ones than this"),
    AdminField("after", \.after, "the same, for who goes on behind the last one that was read"),
    AdminField("last", \.last, "without the others: begin so many before the newest one"),
    AdminField("wait_ms", \.waitMilliseconds, "when there is none, wait for one this long"),
    AdminField("warehouse", \.warehouse, "only of this warehouse"),
    AdminField("namespace", \.namespace, "only of this namespace and what is below it"),
  ]
}
