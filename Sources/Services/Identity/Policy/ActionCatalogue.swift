/// Every action there is. An action keeps its name for ever, not its number: policies are stored as text
/// and compiled at start.
enum ActionCatalogue {
  static let names: [String] = Self.areas.flatMap { area, verbs in
    verbs.split(separator: " ").map { "\(area):\($0)" }
  }

  static let numbers: [String: UInt8] = {
    precondition(names.count <= 256, "an action set holds 256, there are \(names.count)")
    return Dictionary(
      uniqueKeysWithValues: names.enumerated().map { ($1.lowercased(), UInt8($0)) })
  }()

  /// The admin plane first, then the services.
  private static let areas: [(String, String)] = [
    ("cluster", "read operate"), ("node", "read operate"), ("service", "read operate"),
    ("job", "read operate"), ("identity", "read write"), ("audit", "read"),
    ("facts", "read write"), ("config", "read write"), ("logs", "read write"),
    ("metrics", "read"), ("keys", "read rotate"), ("backup", "read operate"),
    ("bucket", "read write"), ("object", "read write operate"),
    ("catalog", "read write manage"), ("series", "read write manage"),
    ("replication", "read operate manage"), ("query", "read"),
    ("db", "Connect Create Temp"), ("schema", "Create Drop Usage"),
    ("table", "Select Insert Update Delete Truncate References Trigger Create Alter Drop Index"),
    ("sequence", "Usage Select Update Create Alter Drop"), ("function", "Execute Create Drop"),
    ("role", "Create Alter Drop Grant Revoke"), ("iceberg", "Read Sync Manage"),
    ("kafka", "Read Manage"), ("kms", "Read Rotate"),
    ("s3", Self.bucketActions + " " + Self.objectActions),
  ]

  private static let bucketActions = """
    ListAllMyBuckets CreateBucket DeleteBucket ListBucket ListBucketVersions \
    ListBucketMultipartUploads GetBucketLocation GetBucketVersioning PutBucketVersioning \
    GetBucketPolicy PutBucketPolicy DeleteBucketPolicy GetBucketPolicyStatus GetBucketAcl \
    PutBucketAcl GetBucketCORS PutBucketCORS GetLifecycleConfiguration \
    PutLifecycleConfiguration GetBucketTagging PutBucketTagging \
    GetBucketObjectLockConfiguration PutBucketObjectLockConfiguration \
    GetBucketPublicAccessBlock PutBucketPublicAccessBlock GetBucketOwnershipControls \
    PutBucketOwnershipControls GetEncryptionConfiguration PutEncryptionConfiguration \
    GetBucketNotification PutBucketNotification GetBucketLogging PutBucketLogging \
    GetBucketWebsite PutBucketWebsite DeleteBucketWebsite GetReplicationConfiguration \
    PutReplicationConfiguration GetAccelerateConfiguration PutAccelerateConfiguration \
    GetBucketRequestPayment PutBucketRequestPayment
    """

  private static let objectActions = """
    GetObject GetObjectVersion GetObjectAttributes GetObjectVersionAttributes PutObject \
    DeleteObject DeleteObjectVersion AbortMultipartUpload ListMultipartUploadParts \
    GetObjectTagging PutObjectTagging DeleteObjectTagging GetObjectVersionTagging \
    PutObjectVersionTagging DeleteObjectVersionTagging GetObjectAcl PutObjectAcl \
    GetObjectVersionAcl PutObjectVersionAcl GetObjectRetention PutObjectRetention \
    GetObjectLegalHold PutObjectLegalHold BypassGovernanceRetention RenameObject RestoreObject
    """
}

/// Sets of actions under one word, for grants: `read < write < owner` on a bucket, `read < write <
/// manage` on a catalog.
package enum Privileges {
  static let sets: [String: ActionSet] = {
    let catalogRead: [Action] = ["catalog:read"]
    let seriesRead: [Action] = ["series:read"]
    var sets: [String: ActionSet] = [
      "catalog:write": ActionSet(catalogRead),
      "catalog:manage": ActionSet(catalogRead + ["catalog:write"]),
      "series:write": ActionSet(seriesRead),
      "series:manage": ActionSet(seriesRead + ["series:write"]),
      "replication:operate": ActionSet(["replication:read"] as [Action]),
      "replication:manage": ActionSet(["replication:read", "replication:operate"] as [Action]),
      "identity:write": ActionSet(["identity:read"] as [Action]),
      "bucket:write": ActionSet(["bucket:read"] as [Action]),
      "object:write": ActionSet(["object:read"] as [Action]),
      "table:read": ActionSet(["table:Select"] as [Action]),
      "table:write": ActionSet(
        ["table:Select", "table:Insert", "table:Update", "table:Delete"] as [Action]),
      "s3:read": ActionSet(Self.bucketReading),
      "s3:write": ActionSet(Self.bucketWriting),
    ]
    sets["s3:owner"] = ActionSet(Action.all.filter { $0.area == "s3" })
    for area in ["cluster", "node", "service", "job", "backup"] {
      sets["\(area):operate"] = ActionSet(
        [Action(named: "\(area):read")].compactMap { $0 })
    }
    return sets
  }()

  /// Words that a grant may use beside the actions themselves.
  package static var names: [String] { self.sets.keys.sorted() }

  private static let bucketReading: [Action] = [
    "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation", "s3:GetObject",
    "s3:GetObjectVersion", "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging", "s3:GetObjectVersionTagging",
  ]

  private static let bucketWriting: [Action] = [
    "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads", "s3:PutObjectTagging",
    "s3:DeleteObjectTagging", "s3:PutObjectVersionTagging", "s3:DeleteObjectVersionTagging",
    "s3:RenameObject",
  ]
}
