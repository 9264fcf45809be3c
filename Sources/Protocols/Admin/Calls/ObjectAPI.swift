private import HTTP

/// Calls about the object store as its operator sees it. What clients do goes over S3.
public enum ObjectAPI {
  private static let readBucket = AdminPrivilege("bucket", .read)
  private static let writeBucket = AdminPrivilege("bucket", .write)
  private static let readObject = AdminPrivilege("object", .read)
  private static let writeObject = AdminPrivilege("object", .write)
  private static let operate = AdminPrivilege("object", .operate)

  // MARK: Buckets

  public static let buckets = AdminCall<BucketsInput, AdminList<ObjectBucketRecord>>(
    .get, "/object/buckets", id: "listBuckets", readBucket, "buckets of all owners")
  public static let bucket = AdminCall<BucketNameInput, AdminItem<ObjectBucketRecord>>(
    .get, "/object/buckets/{bucket}", id: "getBucket", readBucket, "one bucket")
  public static let createBucket = AdminCall<BucketInput, AdminChange<ObjectBucketRecord>>(
    .post, "/object/buckets", id: "createBucket", writeBucket, "make a bucket")
  public static let setBucket = AdminCall<BucketInput, AdminChange<ObjectBucketRecord>>(
    .patch, "/object/buckets/{bucket}", id: "setBucket", writeBucket,
    "change how a bucket keeps what it holds")
  public static let deleteBucket = AdminCall<BucketNameInput, AdminChange<ObjectBucketRecord>>(
    .delete, "/object/buckets/{bucket}", id: "deleteBucket", writeBucket, effect: .hardToUndo,
    "remove an empty bucket")
  public static let emptyBucket = AdminCall<BucketPrefixInput, AdminChange<JobRecord>>(
    .post, "/object/buckets/{bucket}/empty", id: "emptyBucket", writeObject, effect: .destroys,
    isJob: true, "remove every object of a bucket, or of a prefix, with all versions")
  public static let usage = AdminCall<BucketUsageInput, AdminList<BucketUsageRecord>>(
    .get, "/object/buckets/{bucket}/usage", id: "getBucketUsage", readBucket,
    "how much is under a prefix, by folder: from sums, nothing is scanned")

  public static let document = AdminCall<BucketDocumentInput, AdminItem<BucketDocumentRecord>>(
    .get, "/object/buckets/{bucket}/documents/{document}", id: "getBucketDocument", readBucket,
    "a document of a bucket")
  public static let setDocument = AdminCall<
    BucketDocumentInput, AdminChange<BucketDocumentRecord>
  >(
    .put, "/object/buckets/{bucket}/documents/{document}", id: "setBucketDocument", writeBucket,
    "replace a document of a bucket")
  public static let unsetDocument = AdminCall<
    BucketDocumentInput, AdminChange<BucketDocumentRecord>
  >(
    .delete, "/object/buckets/{bucket}/documents/{document}", id: "unsetBucketDocument",
    writeBucket, "take a document of a bucket away")

  public static let uploads = AdminCall<BucketPrefixInput, AdminList<UploadRecord>>(
    .get, "/object/buckets/{bucket}/uploads", id: "listUploads", readBucket,
    "uploads in parts that are under way")
  public static let abortUpload = AdminCall<UploadInput, AdminChange<UploadRecord>>(
    .delete, "/object/buckets/{bucket}/uploads/{upload_id}", id: "abortUpload", writeObject,
    effect: .hardToUndo, "give an upload up; its parts go")
  public static let abortUploads = AdminCall<UploadsAbortInput, AdminList<UploadRecord>>(
    .post, "/object/buckets/{bucket}/abort-uploads", id: "abortUploads", writeObject,
    effect: .hardToUndo, "give uploads up that are older than this")

  // MARK: Objects

  public static let objects = AdminCall<ObjectsInput, AdminList<ObjectRecord>>(
    .get, "/object/objects/{bucket}", id: "listObjects", readObject,
    "objects of a bucket in the order of their keys")
  public static let object = AdminCall<ObjectInput, AdminItem<ObjectDetailRecord>>(
    .get, "/object/objects/{bucket}/{key...}", id: "getObject", readObject,
    "all that is known of an object: versions, parts, blobs, checksums")
  public static let deleteObjects = AdminCall<ObjectsDeleteInput, AdminList<ObjectDeletedRecord>>(
    .post, "/object/delete", id: "deleteObjects", writeObject, effect: .hardToUndo,
    "remove objects, or one version of one")
  public static let deletePrefix = AdminCall<BucketPrefixInput, AdminChange<JobRecord>>(
    .post, "/object/delete-prefix/{bucket}", id: "deletePrefix", writeObject, effect: .destroys,
    isJob: true, "remove every object below a prefix, with all versions")
  public static let moveObject = AdminCall<ObjectMoveInput, AdminChange<ObjectMoveRecord>>(
    .post, "/object/move", id: "moveObject", writeObject, effect: .hardToUndo,
    "give an object, or all below a prefix, another key in the same bucket, at once")
  public static let verifyObject = AdminCall<ObjectInput, AdminList<ObjectCopyRecord>>(
    .post, "/object/verify", id: "verifyObject", readObject, effect: .reads,
    "every copy of an object's bytes, read and compared with its checksums")
  public static let presign = AdminCall<PresignInput, AdminList<PresignRecord>>(
    .post, "/object/presign", id: "presignObject", readObject, effect: .reads,
    "addresses that S3 accepts without a key; other methods than GET and HEAD need object:write")

  // MARK: What it stands on

  public static let volumes = AdminCall<AdminNothing, AdminList<VolumeRecord>>(
    .get, "/object/volumes", id: "listVolumes", readBucket, "volumes and how full they are")
  public static let volume = AdminCall<VolumeInput, AdminItem<VolumeRecord>>(
    .get, "/object/volumes/{volume}", id: "getVolume", readBucket, "one volume")
  public static let disks = AdminCall<AdminNothing, AdminList<DiskRecord>>(
    .get, "/object/disks", id: "listDisks", readBucket, "disks of blobs")
  public static let disk = AdminCall<DiskInput, AdminItem<DiskRecord>>(
    .get, "/object/disks/{disk}", id: "getDisk", readBucket, "one disk")
  public static let replaceDisk = AdminCall<DiskReplaceInput, AdminChange<JobRecord>>(
    .post, "/object/disks/{disk}/replace", id: "replaceDisk", operate, effect: .hardToUndo,
    isJob: true, "put an empty disk in the place of one that is gone or to be taken out")
  public static let engines = AdminCall<AdminNothing, AdminList<ObjectEngineRecord>>(
    .get, "/object/engine", id: "listEngines", readBucket,
    "namespace engines: memory, log, checkpoints, commits")
  public static let tiers = AdminCall<AdminNothing, AdminList<TierRecord>>(
    .get, "/object/tiers", id: "listTiers", readBucket, "cloud tiers")
  public static let startJob = AdminCall<ObjectJobInput, AdminChange<JobRecord>>(
    .post, "/object/jobs", id: "startObjectJob", operate, isJob: true,
    "look after what is stored: scrub, repair, lifecycle, collect, orphans, verify, checkpoint")

  // MARK: Watching

  public static let operations = AdminCall<AdminNothing, AdminList<ObjectOperationRecord>>(
    .get, "/object/operations", id: "listOperations", readBucket,
    "requests by operation: counts, errors, latencies")
  public static let hot = AdminCall<HotInput, AdminList<HotRecord>>(
    .get, "/object/hot", id: "listHot", readObject,
    "what is asked for most: buckets, prefixes, keys, clients, access keys")
  public static let trace = AdminCall<TraceInput, AdminList<TraceRecord>>(
    .get, "/object/trace", id: "traceRequests", readObject, "requests as they end")

  static let all = [
    buckets.route, bucket.route, createBucket.route, setBucket.route, deleteBucket.route,
    emptyBucket.route, usage.route, document.route, setDocument.route, unsetDocument.route,
    uploads.route, abortUpload.route, abortUploads.route, objects.route, object.route,
    deleteObjects.route, deletePrefix.route, moveObject.route, presign.route, verifyObject.route,
    volumes.route,
    volume.route, disks.route, disk.route, replaceDisk.route, engines.route, tiers.route,
    startJob.route,
    operations.route, hot.route, trace.route,
  ]
}
