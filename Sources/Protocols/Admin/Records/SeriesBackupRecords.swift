public import Values

// Backups of the time series.

public struct SeriesBackupRecord: AdminRecord, Hashable {
  public var backup = ""
  public var place = ""
  public var node = ""
  public var createdAt: Timestamp?
  public var groups: [String] = []
  public var files: Int64 = 0
  public var bytes: Int64 = 0

  public init() {}
  public static let kind = "SeriesBackup"
  public static let fields: [AdminField<SeriesBackupRecord>] = [
    .required("backup", \.backup, "its name"),
    AdminField("place", \.place, "where it lies"),
    AdminField("node", \.node, "whose rows it has"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("groups", \.groups, "what is in it"),
    AdminField("files_count", \.files, "its files"),
    AdminField("size_bytes", \.bytes, "of those, whatever other backups share"),
  ]
}

public struct SeriesBackupsInput: AdminRecord {
  public var place = ""

  public init() {}
  public init(_ place: String) { self.place = place }
  public static let kind = "SeriesBackupsInput"
  public static let fields: [AdminField<SeriesBackupsInput>] = [
    .required("place", \.place, "file:///PATH on the node, or s3://BUCKET/PREFIX")
  ]
}

public struct SeriesBackupInput: AdminRecord {
  public var place = ""
  public var groups: [String] = []

  public init() {}
  public init(_ place: String, groups: [String] = []) {
    self.place = place
    self.groups = groups
  }
  public static let kind = "SeriesBackupInput"
  public static let fields: [AdminField<SeriesBackupInput>] = [
    .required("place", \.place, "file:///PATH on the node, or s3://BUCKET/PREFIX"),
    AdminField("groups", \.groups, "only these; all by default"),
  ]
}

public struct SeriesBackupNameInput: AdminRecord {
  public var place = ""
  public var backup = ""

  public init() {}
  public init(_ place: String, _ backup: String) {
    self.place = place
    self.backup = backup
  }
  public static let kind = "SeriesBackupNameInput"
  public static let fields: [AdminField<SeriesBackupNameInput>] = [
    .required("place", \.place, "where it lies"),
    .required("backup", \.backup, "which one; last is the newest"),
  ]
}

public struct SeriesRestoreInput: AdminRecord {
  public var place = ""
  public var backup = ""
  public var groups: [String] = []

  public init() {}
  public init(_ place: String, _ backup: String, groups: [String] = []) {
    self.place = place
    self.backup = backup
    self.groups = groups
  }
  public static let kind = "SeriesRestoreInput"
  public static let fields: [AdminField<SeriesRestoreInput>] = [
    .required("place", \.place, "where it lies"),
    .required("backup", \.backup, "which one; last is the newest"),
    AdminField("groups", \.groups, "only these; all by default"),
  ]
}
