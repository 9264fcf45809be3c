public import Values

// Objects, their versions, parts and blobs.

public enum ObjectEntryKind: String, AdminWord {
  case object, prefix
  case deleteMarker = "delete-marker"
}

public struct ObjectRecord: AdminRecord, Hashable {
  public var key = ""
  public var entry = ObjectEntryKind.object
  public var bytes: Int64?
  public var modifiedAt: Timestamp?
  public var etag: String?
  public var version: String?
  public var isLatest = true
  public var storageClass: String?
  public var owner: String?

  public init() {}
  public static let kind = "Object"
  public static let fields: [AdminField<ObjectRecord>] = [
    .required("key", \.key, "its key, or a prefix that several share"),
    .required("entry", \.entry, "what the line is"),
    AdminField("size_bytes", \.bytes, "of the content"),
    AdminField("modified_at", \.modifiedAt, "when it was put"),
    AdminField("etag", \.etag, "as S3 says it, without quotes"),
    AdminField("version_id", \.version, "which version; null where none are kept"),
    AdminField("latest", \.isLatest, "it is the current one"),
    AdminField("storage_class", \.storageClass, "its storage class"),
    AdminField("owner", \.owner, "the account that put it"),
  ]
}

public struct ObjectsInput: AdminRecord {
  public var bucket = ""
  public var prefix = ""
  public var isRecursive = false
  public var hasVersions = false

  public init() {}
  public static let kind = "ObjectsInput"
  public static let fields: [AdminField<ObjectsInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    AdminField("prefix", \.prefix, "only keys that begin so"),
    AdminField("recursive", \.isRecursive, "every key, not only up to the next slash"),
    AdminField("versions", \.hasVersions, "with old versions and delete markers"),
  ]
}

public struct ObjectInput: AdminRecord {
  public var bucket = ""
  public var key = ""
  public var version: String?

  public init() {}
  public init(bucket: String, key: String, version: String? = nil) {
    self.bucket = bucket
    self.key = key
    self.version = version
  }
  public static let kind = "ObjectInput"
  public static let fields: [AdminField<ObjectInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    .required("key", \.key, "which object"),
    AdminField("version_id", \.version, "which version; the current one by default"),
  ]
}

public struct ObjectPartRecord: AdminRecord, Hashable {
  public var number: Int64 = 0
  public var bytes: Int64 = 0
  public var md5 = ""
  public var checksum: String?
  public var blob: String?
  public var modifiedAt: Timestamp?

  public init() {}
  public static let kind = "ObjectPart"
  public static let fields: [AdminField<ObjectPartRecord>] = [
    .required("number", \.number, "1 to 10000"),
    AdminField("size_bytes", \.bytes, "of the part"),
    AdminField("md5", \.md5, "of the part, hexadecimal"),
    AdminField("checksum", \.checksum, "algorithm and value, when the client gave one"),
    AdminField("blob_id", \.blob, "where its bytes are"),
    AdminField("modified_at", \.modifiedAt, "when it was put"),
  ]
}

public struct ObjectBlobRecord: AdminRecord, Hashable {
  public var blob = ""
  public var volume: String = ""
  public var bytes: Int64 = 0
  public var blocks: Int64 = 0
  public var blockBytes: Int64 = 0
  public var isPartTable = false

  public init() {}
  public static let kind = "ObjectBlob"
  public static let fields: [AdminField<ObjectBlobRecord>] = [
    .required("blob_id", \.blob, "names it"),
    AdminField("volume", \.volume, "where it is"),
    AdminField("size_bytes", \.bytes, "of its content"),
    AdminField("block_count", \.blocks, "blocks it is cut into"),
    AdminField("block_bytes", \.blockBytes, "of one block"),
    AdminField("part_table", \.isPartTable, "it holds the table of parts, not content"),
  ]
}

public enum ObjectCopyState: String, AdminWord {
  case ok, damaged, missing, unreachable
}

/// How one disk or node has one blob of an object.
public struct ObjectCopyRecord: AdminRecord, Hashable {
  public var copy = ""
  public var blob = ""
  public var volume = ""
  public var disk = ""
  public var state = ObjectCopyState.ok
  public var bytes: Int64 = 0
  public var blocks: Int64 = 0
  public var damaged: Int64 = 0
  public var missing: Int64 = 0
  public var isPartTable = false
  public var reason: String?

  public init() {}
  public static let kind = "ObjectCopy"
  public static let fields: [AdminField<ObjectCopyRecord>] = [
    .required("copy", \.copy, "the blob and where it is"),
    AdminField("blob_id", \.blob, "names the blob"),
    AdminField("volume", \.volume, "the volume it is in"),
    AdminField("disk", \.disk, "the disk, or the node of the disk"),
    .required("state", \.state, "how the copy is"),
    AdminField("size_bytes", \.bytes, "of the content"),
    AdminField("block_count", \.blocks, "blocks it is cut into"),
    AdminField("damaged_count", \.damaged, "blocks that are not as their checksum says"),
    AdminField("missing_count", \.missing, "blocks that are not there"),
    AdminField("part_table", \.isPartTable, "it holds the table of parts, not content"),
    AdminField("reason", \.reason, "why it could not be read"),
  ]
}

public struct ObjectDetailRecord: AdminRecord, Hashable {
  public var key = ""
  public var bucket = ""
  public var entry = ObjectEntryKind.object
  public var bytes: Int64 = 0
  public var modifiedAt: Timestamp?
  public var etag: String?
  public var version: String?
  public var isLatest = true
  public var storageClass = ""
  public var owner = ""
  public var contentType: String?
  public var headers: [String: String] = [:]
  public var metadata: [String: String] = [:]
  public var tags: [String: String] = [:]
  public var checksum: String?
  public var checksumType: String?
  public var retentionMode: String?
  public var retainedUntil: Timestamp?
  public var hasLegalHold = false
  public var inlineBytes: Int64?
  public var upload: String?
  public var sequence = ""
  public var partCount: Int64 = 0
  public var parts: [ObjectPartRecord] = []
  public var blobs: [ObjectBlobRecord] = []
  public var versions: [ObjectRecord] = []

  public init() {}
  public static let kind = "ObjectDetail"
  public static let fields: [AdminField<ObjectDetailRecord>] = [
    .required("key", \.key, "its key"),
    .required("bucket", \.bucket, "its bucket"),
    .required("entry", \.entry, "object or delete marker"),
    AdminField("size_bytes", \.bytes, "of the content"),
    AdminField("modified_at", \.modifiedAt, "when it was put"),
    AdminField("etag", \.etag, "as S3 says it, without quotes"),
    AdminField("version_id", \.version, "which version"),
    AdminField("latest", \.isLatest, "it is the current one"),
    AdminField("storage_class", \.storageClass, "its storage class"),
    AdminField("owner", \.owner, "the account that put it"),
    AdminField("content_type", \.contentType, "what the client said it is"),
    AdminField("headers", \.headers, "other fields that come back with it"),
    AdminField("metadata", \.metadata, "of the user: x-amz-meta-"),
    AdminField("tags", \.tags, "its tags"),
    AdminField("checksum", \.checksum, "algorithm and value"),
    AdminField("checksum_type", \.checksumType, "of the whole, or of the parts"),
    AdminField("retention", \.retentionMode, "governance or compliance"),
    AdminField("retained_until_at", \.retainedUntil, "may not be removed before"),
    AdminField("legal_hold", \.hasLegalHold, "may not be removed while this is set"),
    AdminField("inline_bytes", \.inlineBytes, "content that is kept in the record"),
    AdminField("upload_id", \.upload, "the upload it was made from"),
    AdminField("sequence_id", \.sequence, "its commit"),
    AdminField("part_count", \.partCount, "parts it was made of; 0: put in one piece"),
    AdminField("parts", \.parts, "those parts; none when their table is a blob"),
    AdminField("blobs", \.blobs, "where its bytes are"),
    AdminField("versions", \.versions, "all that is kept under the key, newest first"),
  ]
}

public struct ObjectsDeleteInput: AdminRecord {
  public var bucket = ""
  public var keys: [String] = []
  public var version: String?
  public var bypassesGovernance = false

  public init() {}
  public static let kind = "ObjectsDeleteInput"
  public static let fields: [AdminField<ObjectsDeleteInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    .required("keys", \.keys, "which objects, at most 1000"),
    AdminField("version_id", \.version, "this version for good; with one key only"),
    AdminField(
      "bypass_governance", \.bypassesGovernance, "also what a governance retention holds"),
  ]
}

public struct ObjectDeletedRecord: AdminRecord, Hashable {
  public var key = ""
  public var version: String?
  public var isDeleted = false
  public var marker: String?
  public var error: String?
  public var errorCode: String?

  public init() {}
  public static let kind = "ObjectDeleted"
  public static let fields: [AdminField<ObjectDeletedRecord>] = [
    .required("key", \.key, "which object"),
    AdminField("version_id", \.version, "the version that is gone"),
    .required("deleted", \.isDeleted, "it was done, or would be"),
    AdminField("marker_id", \.marker, "the delete marker that hides it now"),
    AdminField("error", \.error, "why it was not done"),
    AdminField("error_code", \.errorCode, "the stable code of that"),
  ]
}

public struct ObjectMoveInput: AdminRecord {
  public var bucket = ""
  public var source = ""
  public var key = ""
  public var isRecursive = false

  public init() {}
  public static let kind = "ObjectMoveInput"
  public static let fields: [AdminField<ObjectMoveInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    .required("source", \.source, "the key, or the prefix, that is moved"),
    .required("key", \.key, "what it is called then"),
    AdminField("recursive", \.isRecursive, "both are prefixes that end in a slash"),
  ]
}

public struct ObjectMoveRecord: AdminRecord, Hashable {
  public var key = ""
  public var source = ""
  public var bucket = ""
  public var objects: Int64 = 0

  public init() {}
  public static let kind = "ObjectMove"
  public static let fields: [AdminField<ObjectMoveRecord>] = [
    .required("key", \.key, "what it is called now"),
    AdminField("source", \.source, "what it was called"),
    AdminField("bucket", \.bucket, "the bucket"),
    AdminField("object_count", \.objects, "objects that moved"),
  ]
}

public struct PresignInput: AdminRecord {
  public var bucket = ""
  public var key = ""
  public var method = "GET"
  public var expiresSeconds: Int64 = 900
  public var queries: [String] = []
  public var headers: [String: String] = [:]

  public init() {}
  public static let kind = "PresignInput"
  public static let fields: [AdminField<PresignInput>] = [
    .required("bucket", \.bucket, "which bucket"),
    AdminField("key", \.key, "which object; empty: the bucket itself"),
    AdminField("method", \.method, "GET, HEAD, PUT, POST or DELETE"),
    AdminField("expires_s", \.expiresSeconds, "good so long, at most 7 days"),
    AdminField("queries", \.queries, "what is asked, encoded: one address for each"),
    AdminField("headers", \.headers, "fields that the request must carry"),
  ]
}

public struct PresignRecord: AdminRecord, Hashable {
  public var url = ""
  public var method = ""
  public var expiresAt: Timestamp?
  public var headers: [String: String] = [:]

  public init() {}
  public static let kind = "Presigned"
  public static let fields: [AdminField<PresignRecord>] = [
    .required("url", \.url, "whoever has it may make this request until it ends"),
    .required("method", \.method, "only with this method"),
    AdminField("expires_at", \.expiresAt, "good until"),
    AdminField("headers", \.headers, "fields that the request must carry"),
  ]
}
