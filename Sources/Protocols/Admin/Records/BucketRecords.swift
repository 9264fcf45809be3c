public import Values

// Buckets, what they hold and what is written about them.

public enum BucketVersioning: String, AdminWord {
  case off, enabled, suspended
}

public enum BucketPlace: String, AdminWord {
  case local, hybrid
  case byClass = "by-class"
}

public enum BucketSealing: String, AdminWord {
  case none, aes256
}

public struct ObjectBucketRecord: AdminRecord, Hashable {
  public var bucket = ""
  public var owner = ""
  public var createdAt: Timestamp?
  public var region = ""
  public var versioning = BucketVersioning.off
  public var hasObjectLock = false
  public var placement = BucketPlace.local
  public var encryption = BucketSealing.none
  public var quotaBytes: Int64?
  public var quotaObjects: Int64?
  public var objects: Int64?
  public var bytes: Int64?
  public var versions: Int64?
  public var versionBytes: Int64?
  public var uploads: Int64?
  public var uploadBytes: Int64?
  public var documents: [String] = []
  public var lifecycleRules: Int64 = 0
  public var etag = ""

  public init() {}
  public static let kind = "Bucket"
  public static let fields: [AdminField<ObjectBucketRecord>] = [
    .required("bucket", \.bucket, "its name"),
    AdminField("owner", \.owner, "the account that has it"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("region", \.region, "where it says it is"),
    AdminField("versioning", \.versioning, "whether old versions are kept"),
    AdminField("object_lock", \.hasObjectLock, "objects may be locked"),
    AdminField("placement", \.placement, "where its data goes"),
    AdminField("encryption", \.encryption, "how new objects are sealed by default"),
    AdminField("quota_bytes", \.quotaBytes, "at most this much; null: no limit"),
    AdminField("quota_objects_count", \.quotaObjects, "at most so many; null: no limit"),
    AdminField("object_count", \.objects, "current objects"),
    AdminField("size_bytes", \.bytes, "of the current objects"),
    AdminField("version_count", \.versions, "versions that are not current, and delete markers"),
    AdminField("version_bytes", \.versionBytes, "of those"),
    AdminField("upload_count", \.uploads, "uploads under way"),
    AdminField("upload_bytes", \.uploadBytes, "of their parts"),
    AdminField("documents", \.documents, "documents that are set"),
    AdminField("lifecycle_count", \.lifecycleRules, "rules of its lifecycle"),
    AdminField("etag", \.etag, "changes when the bucket is changed"),
  ]
}

public struct BucketsInput: AdminRecord {
  public var owner: String?
  public var prefix: String?

  public init() {}
  public static let kind = "BucketsInput"
  public static let fields: [AdminField<BucketsInput>] = [
    AdminField("owner", \.owner, "only those of this account"),
    AdminField("prefix", \.prefix, "only names that begin so"),
  ]
}

public struct BucketInput: AdminRecord {
  public var bucket = ""
  public var owner: String?
  public var versioning: BucketVersioning?
  public var placement: BucketPlace?
  public var encryption: BucketSealing?
  public var quotaBytes: Int64?
  public var quotaObjects: Int64?
  public var hasObjectLock = false
  public var ifNotExists = false

  public init() {}
  public static let kind = "BucketInput"
  public static let fields: [AdminField<BucketInput>] = [
    .required("bucket", \.bucket, "its name"),
    AdminField("owner", \.owner, "the account that is to have it; the caller's own by default"),
    AdminField("versioning", \.versioning, "whether old versions are kept"),
    AdminField("placement", \.placement, "where its data goes"),
    AdminField("encryption", \.encryption, "how new objects are sealed by default"),
    AdminField("quota_bytes", \.quotaBytes, "at most this much; -1 takes the limit away"),
    AdminField("quota_objects_count", \.quotaObjects, "at most so many; -1 takes the limit away"),
    AdminField("object_lock", \.hasObjectLock, "objects may be locked; only when it is made"),
    AdminField("if_not_exists", \.ifNotExists, "an equal one that is there is no error"),
  ]
}

public struct BucketNameInput: AdminRecord {
  public var bucket = ""
  public var ifExists = false

  public init() {}
  public init(_ bucket: String, ifExists: Bool = false) {
    self.bucket = bucket
    self.ifExists = ifExists
  }
  public static let kind = "BucketNameInput"
  public static let fields: [AdminField<BucketNameInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    AdminField("if_exists", \.ifExists, "one that is not there is no error"),
  ]
}

public struct BucketPrefixInput: AdminRecord {
  public var bucket = ""
  public var prefix = ""

  public init() {}
  public init(_ bucket: String, prefix: String = "") {
    self.bucket = bucket
    self.prefix = prefix
  }
  public static let kind = "BucketPrefixInput"
  public static let fields: [AdminField<BucketPrefixInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    AdminField("prefix", \.prefix, "only keys that begin so"),
  ]
}

public struct BucketUsageInput: AdminRecord {
  public var bucket = ""
  public var prefix = ""
  public var depth: Int64 = 1

  public init() {}
  public static let kind = "BucketUsageInput"
  public static let fields: [AdminField<BucketUsageInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    AdminField("prefix", \.prefix, "below this prefix; it is empty or ends in a slash"),
    AdminField("depth", \.depth, "how many folders deep; 0: only the sum"),
  ]
}

public struct BucketUsageRecord: AdminRecord, Hashable {
  public var prefix = ""
  public var bucket = ""
  public var objects: Int64 = 0
  public var bytes: Int64 = 0

  public init() {}
  public static let kind = "BucketUsage"
  public static let fields: [AdminField<BucketUsageRecord>] = [
    .required("prefix", \.prefix, "the folder; the first row is the sum of all"),
    AdminField("bucket", \.bucket, "the bucket"),
    AdminField("object_count", \.objects, "current objects"),
    AdminField("size_bytes", \.bytes, "of those"),
  ]
}

public enum BucketDocumentName: String, AdminWord {
  case policy, cors, lifecycle, tagging
}

public struct BucketDocumentInput: AdminRecord {
  public var bucket = ""
  public var document = BucketDocumentName.policy
  public var text: String?

  public init() {}
  public init(_ bucket: String, _ document: BucketDocumentName, text: String? = nil) {
    self.bucket = bucket
    self.document = document
    self.text = text
  }
  public static let kind = "BucketDocumentInput"
  public static let fields: [AdminField<BucketDocumentInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    .required("document", \.document, "which document"),
    AdminField("text", \.text, "JSON, or XML as S3 has it; only to set it"),
  ]
}

public struct BucketDocumentRecord: AdminRecord, Hashable {
  public var bucket = ""
  public var document = BucketDocumentName.policy
  public var isSet = false
  public var text: String?

  public init() {}
  public static let kind = "BucketDocument"
  public static let fields: [AdminField<BucketDocumentRecord>] = [
    .required("bucket", \.bucket, "the bucket"),
    .required("document", \.document, "which document"),
    AdminField("is_set", \.isSet, "there is one"),
    AdminField("text", \.text, "as it is kept: policies are JSON, the others XML"),
  ]
}

public struct UploadRecord: AdminRecord, Hashable {
  public var upload = ""
  public var bucket = ""
  public var key = ""
  public var startedAt: Timestamp?
  public var parts: Int64 = 0
  public var bytes: Int64 = 0
  public var owner: String?

  public init() {}
  public static let kind = "Upload"
  public static let fields: [AdminField<UploadRecord>] = [
    .required("upload_id", \.upload, "names it"),
    AdminField("bucket", \.bucket, "the bucket"),
    .required("key", \.key, "what it will be"),
    AdminField("started_at", \.startedAt, "when it was begun"),
    AdminField("parts_count", \.parts, "parts that have come"),
    AdminField("size_bytes", \.bytes, "of those"),
    AdminField("owner", \.owner, "whose it is"),
  ]
}

public struct UploadInput: AdminRecord {
  public var bucket = ""
  public var upload = ""

  public init() {}
  public static let kind = "UploadInput"
  public static let fields: [AdminField<UploadInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    .required("upload_id", \.upload, "which upload"),
  ]
}

public struct UploadsAbortInput: AdminRecord {
  public var bucket = ""
  public var prefix = ""
  public var olderMilliseconds: Int64 = 86_400_000

  public init() {}
  public static let kind = "UploadsAbortInput"
  public static let fields: [AdminField<UploadsAbortInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    AdminField("prefix", \.prefix, "only keys that begin so"),
    AdminField("older_ms", \.olderMilliseconds, "only those begun so long ago"),
  ]
}
