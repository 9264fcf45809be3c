public import JSON
public import Values

/// A data file or delete file of a snapshot.
public struct TableFileRecord: AdminRecord, Hashable {
  public var path = ""
  public var content = ""
  public var partition: JSONValue = .null
  public var rowsCount: Int64 = 0
  public var sizeBytes: Int64 = 0
  public var format = ""
  public var specID: Int64 = 0
  public var sequenceNumber: Int64?
  public var snapshotID: Int64?
  public var lowerBounds: JSONValue = .null
  public var upperBounds: JSONValue = .null

  public init() {}
  public static let kind = "TableFile"
  public static let fields: [AdminField<TableFileRecord>] = [
    .required("path", \.path, "where it lies"),
    AdminField("content", \.content, "data, position-deletes, equality-deletes or vector"),
    AdminField("partition", \.partition, "the values of its partition"),
    AdminField("rows_count", \.rowsCount, "rows in it, or rows that it deletes"),
    AdminField("size_bytes", \.sizeBytes, "its bytes"),
    AdminField("format", \.format, "parquet, avro, orc or puffin"),
    AdminField("spec_id", \.specID, "the partition spec that it was written with"),
    AdminField("sequence_number", \.sequenceNumber, "the age of its rows"),
    AdminField("snapshot_id", \.snapshotID, "the snapshot that added it"),
    AdminField("lower_bounds", \.lowerBounds, "smallest values, by column"),
    AdminField("upper_bounds", \.upperBounds, "largest values, by column"),
  ]
}

/// A manifest of a snapshot.
public struct TableManifestRecord: AdminRecord, Hashable {
  public var path = ""
  public var content = ""
  public var sizeBytes: Int64 = 0
  public var addedFilesCount: Int64?
  public var existingFilesCount: Int64?
  public var deletedFilesCount: Int64?
  public var rowsCount: Int64?
  public var specID: Int64 = 0
  public var sequenceNumber: Int64 = 0
  public var snapshotID: Int64 = 0

  public init() {}
  public static let kind = "TableManifest"
  public static let fields: [AdminField<TableManifestRecord>] = [
    .required("path", \.path, "where it lies"),
    AdminField("content", \.content, "data or deletes"),
    AdminField("size_bytes", \.sizeBytes, "its bytes"),
    AdminField("added_files_count", \.addedFilesCount, "files that its snapshot added"),
    AdminField("existing_files_count", \.existingFilesCount, "files of snapshots before"),
    AdminField("deleted_files_count", \.deletedFilesCount, "files that its snapshot removed"),
    AdminField("rows_count", \.rowsCount, "rows of the files that are there"),
    AdminField("spec_id", \.specID, "its partition spec"),
    AdminField("sequence_number", \.sequenceNumber, "when it was added"),
    AdminField("snapshot_id", \.snapshotID, "the snapshot that added it"),
  ]
}

/// Names a snapshot of a table, or the current one.
public struct TableSnapshotInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var snapshotID: Int64?
  public var ref: String?

  public init() {}
  public init(_ name: String, in warehouse: String? = nil, at snapshotID: Int64? = nil) {
    self.name = name
    self.warehouse = warehouse
    self.snapshotID = snapshotID
  }
  public static let kind = "TableSnapshotInput"
  public static let fields: [AdminField<TableSnapshotInput>] = [
    .required("name", \.name, "the table's full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("snapshot_id", \.snapshotID, "which snapshot; none: the current one"),
    AdminField("ref", \.ref, "in its place: where this branch or tag points"),
  ]
}

public struct TableDiffInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var fromID: Int64?
  public var fromRef: String?
  public var toID: Int64?
  public var toRef: String?

  public init() {}
  public static let kind = "TableDiffInput"
  public static let fields: [AdminField<TableDiffInput>] = [
    .required("name", \.name, "the table's full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    AdminField("from_id", \.fromID, "the snapshot that is compared; none: the current one"),
    AdminField("from_ref", \.fromRef, "in its place: a branch or tag"),
    AdminField("to_id", \.toID, "the snapshot that it is compared with; none: the current one"),
    AdminField("to_ref", \.toRef, "in its place: a branch or tag"),
  ]
}

/// A file that one of two snapshots has and the other has not.
public struct TableDiffRecord: AdminRecord, Hashable {
  public var path = ""
  public var change = ""
  public var content = ""
  public var rowsCount: Int64 = 0
  public var sizeBytes: Int64 = 0

  public init() {}
  public static let kind = "TableDiff"
  public static let fields: [AdminField<TableDiffRecord>] = [
    .required("path", \.path, "the file"),
    AdminField("change", \.change, "added or removed"),
    AdminField("content", \.content, "data, position-deletes, equality-deletes or vector"),
    AdminField("rows_count", \.rowsCount, "its rows"),
    AdminField("size_bytes", \.sizeBytes, "its bytes"),
  ]
}

/// What a check of a table has found.
public struct TableCheckRecord: AdminRecord, Hashable {
  public var table = ""
  public var check = ""
  public var state = ""
  public var found = ""

  public init() {}
  public static let kind = "TableCheck"
  public static let fields: [AdminField<TableCheckRecord>] = [
    .required("table", \.table, "its full name"),
    .required("check", \.check, "metadata, log, manifests, counts or files"),
    AdminField("state", \.state, "ok, damaged or skipped"),
    AdminField("found", \.found, "what was found"),
  ]
}

public struct CatalogViewRecord: AdminRecord, Hashable {
  public var view = ""
  public var dialects: [String] = []
  public var versionID: Int64 = 0
  public var updatedAt: Timestamp?
  public var defaultNamespace: String?
  public var schema: JSONValue = .null
  public var texts: JSONValue = .null
  public var properties: JSONValue = .null
  public var location: String?
  public var metadataLocation: String?
  public var isProtected = false

  public init() {}
  public static let kind = "CatalogView"
  public static let fields: [AdminField<CatalogViewRecord>] = [
    .required("view", \.view, "its full name"),
    AdminField("dialects", \.dialects, "the languages that it is written in"),
    AdminField("version_id", \.versionID, "its current version"),
    AdminField("updated_at", \.updatedAt, "when it was changed"),
    AdminField("default_namespace", \.defaultNamespace, "where its names are looked up"),
    AdminField("schema", \.schema, "its columns"),
    AdminField("sql", \.texts, "its text, by dialect"),
    AdminField("properties", \.properties, "what was set"),
    AdminField("location", \.location, "where it lies"),
    AdminField("metadata_location", \.metadataLocation, "its present metadata file"),
    AdminField("protected", \.isProtected, "it cannot be dropped"),
  ]
}

public struct MaintenanceInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var task = ""
  public var olderThanSeconds: Int64?
  public var keepLast: Int64?

  public init() {}
  public static let kind = "MaintenanceInput"
  public static let fields: [AdminField<MaintenanceInput>] = [
    .required("name", \.name, "the table's full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    .required("task", \.task, "expire, orphans, manifests or compact"),
    AdminField("older_than_s", \.olderThanSeconds, "snapshots or files older than that"),
    AdminField("keep_last", \.keepLast, "so many snapshots of a branch stay whatever their age"),
  ]
}

/// What maintenance would do, or the job that does it.
public struct MaintenanceRecord: AdminRecord, Hashable {
  public var table = ""
  public var task = ""
  public var snapshotsCount: Int64?
  public var refsCount: Int64?
  public var filesCount: Int64?
  public var freedBytes: Int64?
  public var writtenCount: Int64?
  public var manifestsBefore: Int64?
  public var manifestsAfter: Int64?
  public var paths: [String] = []
  public var job: String?

  public init() {}
  public static let kind = "Maintenance"
  public static let fields: [AdminField<MaintenanceRecord>] = [
    .required("table", \.table, "its full name"),
    .required("task", \.task, "what is done"),
    AdminField("snapshots_count", \.snapshotsCount, "snapshots that go"),
    AdminField("refs_count", \.refsCount, "branches and tags that go"),
    AdminField("files_count", \.filesCount, "files that go, or whose rows others take"),
    AdminField("freed_bytes", \.freedBytes, "their bytes, as far as they are known"),
    AdminField("written_count", \.writtenCount, "data files that are written for them"),
    AdminField("manifests_before", \.manifestsBefore, "manifests of the current snapshot"),
    AdminField("manifests_after", \.manifestsAfter, "manifests afterwards"),
    AdminField("paths", \.paths, "the first files that go"),
    AdminField("job_id", \.job, "the job that does it"),
  ]
}

/// A namespace, table or view as it is written down elsewhere: pointers, no data.
public struct CatalogEntryRecord: AdminRecord, Hashable {
  public var name = ""
  public var entry = ""
  public var metadataLocation: String?
  public var properties: JSONValue = .null

  public init() {}
  public static let kind = "CatalogEntry"
  public static let fields: [AdminField<CatalogEntryRecord>] = [
    .required("name", \.name, "its full name"),
    .required("entry", \.entry, "namespace, table or view"),
    AdminField("metadata_location", \.metadataLocation, "its present metadata file"),
    AdminField("properties", \.properties, "of a namespace"),
  ]
}

public struct CatalogEntryInput: AdminRecord {
  public var name = ""
  public var warehouse: String?
  public var entry = ""
  public var metadataLocation: String?
  public var properties: [String: String] = [:]

  public init() {}
  public static let kind = "CatalogEntryInput"
  public static let fields: [AdminField<CatalogEntryInput>] = [
    .required("name", \.name, "its full name"),
    AdminField("warehouse", \.warehouse, "which warehouse; none: the default one"),
    .required("entry", \.entry, "namespace, table or view"),
    AdminField("metadata_location", \.metadataLocation, "its metadata file"),
    AdminField("properties", \.properties, "of a namespace"),
  ]
}

/// A table by what is going on in it.
public struct TableActivityRecord: AdminRecord, Hashable {
  public var name = ""
  public var warehouse = ""
  public var rowsCount: Int64?
  public var filesCount: Int64?
  public var sizeBytes: Int64?
  public var deleteFilesCount: Int64?
  public var commitCount: Int64 = 0
  public var conflictCount: Int64 = 0
  public var retryCount: Int64 = 0
  public var snapshotID: Int64?
  public var updatedAt: Timestamp?
  public var location: String?

  public init() {}
  public static let kind = "TableActivity"
  public static let fields: [AdminField<TableActivityRecord>] = [
    .required("name", \.name, "its full name"),
    AdminField("warehouse", \.warehouse, "where it is"),
    AdminField("rows_count", \.rowsCount, "rows of its current snapshot"),
    AdminField("files_count", \.filesCount, "data files of it"),
    AdminField("size_bytes", \.sizeBytes, "their bytes"),
    AdminField("delete_files_count", \.deleteFilesCount, "delete files of it"),
    AdminField("commit_count", \.commitCount, "versions it has had, by all processes"),
    AdminField("conflict_count", \.conflictCount, "commits that this process has refused"),
    AdminField("retry_count", \.retryCount, "commits that this process began anew"),
    AdminField("snapshot_id", \.snapshotID, "its current snapshot"),
    AdminField("updated_at", \.updatedAt, "its last commit"),
    AdminField("location", \.location, "where it lies"),
  ]
}
