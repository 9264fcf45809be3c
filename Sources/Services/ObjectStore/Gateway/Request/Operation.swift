import HTTP
import S3

/// What a request wants, told by method, path and query alone.
enum Operation: String, CaseIterable, Sendable {
  case listBuckets, createBucket, headBucket, deleteBucket
  case listObjects, listObjectsV2, listObjectVersions, listUploads
  case deleteObjects, postObject
  case getBucketDocument, putBucketDocument, deleteBucketDocument
  case putObject, copyObject, renameObject, renameFolder
  case getObject, headObject, deleteObject, getObjectAttributes
  case createUpload, completeUpload, abortUpload, listParts, uploadPart, uploadPartCopy
  case getObjectTagging, putObjectTagging, deleteObjectTagging
  case getObjectACL, putObjectACL
  case getRetention, putRetention, getLegalHold, putLegalHold
  case preflight

  /// Among all of them: numbers of arrays.
  var place: Int {
    // There is one of each.
    Self.allCases.firstIndex(of: self).unsafelyUnwrapped
  }

  init(_ method: Method, _ target: S3Target, isCopy: Bool) throws(S3Error) {
    if method == .options {
      self = .preflight
    } else if target.bucket.isEmpty {
      guard method == .get else { throw Self.notAllowed(method, "SERVICE", allow: "GET") }
      self = .listBuckets
    } else if target.key == nil {
      self = try Self.ofBucket(method, target)
    } else {
      self = try Self.ofObject(method, target, isCopy: isCopy)
    }
  }

  private static func ofBucket(
    _ method: Method, _ target: S3Target
  ) throws(S3Error) -> Operation {
    switch (method, target.subResource) {
    case (.get, nil), (.get, .uploadId):
      return target.argument("list-type") == "2" ? .listObjectsV2 : .listObjects
    case (.get, .versions?): return .listObjectVersions
    case (.get, .uploads?): return .listUploads
    case (.get, .session?): throw S3Error.notImplemented("CreateSession")
    case (.put, nil): return .createBucket
    case (.head, _): return .headBucket
    case (.delete, nil): return .deleteBucket
    case (.post, .delete?): return .deleteObjects
    case (.post, nil): return .postObject
    case (.get, let word?) where word.isBucketDocument: return .getBucketDocument
    case (.put, let word?) where word.isBucketDocument: return .putBucketDocument
    case (.delete, let word?) where word.isBucketDocument: return .deleteBucketDocument
    case (.get, let word?), (.put, let word?), (.delete, let word?), (.post, let word?):
      throw Self.notAllowed(method, word.rawValue.uppercased(), allow: "GET, PUT")
    default: throw Self.notAllowed(method, "BUCKET", allow: "GET, HEAD, PUT, POST, DELETE")
    }
  }

  private static func ofObject(
    _ method: Method, _ target: S3Target, isCopy: Bool
  ) throws(S3Error) -> Operation {
    switch (method, target.subResource) {
    case (.put, nil): return isCopy ? .copyObject : .putObject
    case (.put, .uploadId?): return isCopy ? .uploadPartCopy : .uploadPart
    case (.put, .renameObject?): return .renameObject
    case (.put, .renameFolder?): return .renameFolder
    case (.get, nil): return .getObject
    case (.head, _): return .headObject
    case (.delete, nil): return .deleteObject
    case (.get, .attributes?): return .getObjectAttributes
    case (.post, .uploads?): return .createUpload
    case (.post, .uploadId?): return .completeUpload
    case (.delete, .uploadId?): return .abortUpload
    // A part number alone chooses a part of an object.
    case (.get, .uploadId?): return target.has("uploadId") ? .listParts : .getObject
    case (.get, .tagging?): return .getObjectTagging
    case (.put, .tagging?): return .putObjectTagging
    case (.delete, .tagging?): return .deleteObjectTagging
    case (.get, .acl?): return .getObjectACL
    case (.put, .acl?): return .putObjectACL
    case (.get, .retention?): return .getRetention
    case (.put, .retention?): return .putRetention
    case (.get, .legalHold?): return .getLegalHold
    case (.put, .legalHold?): return .putLegalHold
    case (_, .restore?), (_, .select?), (_, .torrent?), (_, .annotation?), (_, .append?):
      throw S3Error.notImplemented(target.subResource?.rawValue ?? "")
    default: throw Self.notAllowed(method, "OBJECT", allow: "GET, HEAD, PUT, POST, DELETE")
    }
  }

  static func notAllowed(_ method: Method, _ type: String, allow: String) -> S3Error {
    S3Error(
      .methodNotAllowed, "The specified method is not allowed against this resource.",
      details: [.init("Method", "\(method.text)"), .init("ResourceType", type)],
      fields: [.init("Allow", allow)])
  }
}

extension SubResource {
  /// Documents and settings of a bucket.
  var isBucketDocument: Bool {
    switch self {
    case .accelerate, .acl, .analytics, .cors, .encryption, .inventory, .lifecycle, .location,
      .logging, .metrics, .notification, .policy, .policyStatus, .publicAccessBlock,
      .ownershipControls, .replication, .requestPayment, .tagging, .versioning, .website, .abac,
      .objectLock, .intelligentTiering, .metadataConfiguration, .metadataTable,
      .metadataInventoryTable, .metadataJournalTable:
      true
    case .annotation, .attributes, .delete, .restore, .retention, .select, .session, .torrent,
      .uploads, .versions, .renameObject, .renameFolder, .append, .uploadId, .partNumber,
      .legalHold:
      false
    }
  }
}
