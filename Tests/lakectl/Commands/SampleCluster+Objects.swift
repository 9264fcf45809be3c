import Admin
import Values

/// The object store of the sample cluster.
extension SampleCluster {
  static let bucket: ObjectBucketRecord = {
    var record = ObjectBucketRecord()
    record.bucket = "raw"
    record.owner = "root"
    record.createdAt = Self.time("2026-11-01T00:00:00Z")
    record.region = "us-east-1"
    record.versioning = .enabled
    record.quotaBytes = 10 << 30
    record.objects = 143_712
    record.bytes = 44_216_000_000
    record.versions = 12
    record.versionBytes = 4096
    record.uploads = 1
    record.uploadBytes = 16 << 20
    record.documents = ["policy", "lifecycle"]
    record.lifecycleRules = 2
    record.etag = "7"
    return record
  }()

  static func addBuckets(_ script: inout Script) {
    script.list(ObjectAPI.buckets, [Self.bucket])
    let name = BucketNameInput("raw")
    script.item(ObjectAPI.bucket, Self.bucket, name)
    script.change(ObjectAPI.createBucket, Self.bucket, undo: "lakectl bucket delete raw")
    var input = BucketInput()
    input.bucket = "raw"
    script.change(
      ObjectAPI.setBucket, Self.bucket, input, undo: "lakectl bucket set raw --quota none")
    script.change(ObjectAPI.deleteBucket, Self.bucket, name, undo: "lakectl bucket create raw")
    script.change(
      ObjectAPI.emptyBucket, Self.job("01J9DONE00", .queued), BucketPrefixInput("raw"),
      job: "01J9DONE00")
    var usage: [BucketUsageRecord] = []
    for (prefix, objects, bytes) in [("", 143_712, 44_216_000_000), ("2026/", 143_000, 44 << 30)] {
      var record = BucketUsageRecord()
      record.prefix = prefix
      record.bucket = "raw"
      record.objects = Int64(objects)
      record.bytes = Int64(bytes)
      usage.append(record)
    }
    var usageInput = BucketUsageInput()
    usageInput.bucket = "raw"
    script.list(ObjectAPI.usage, usage, usageInput)
    for document in BucketDocumentName.allCases {
      var record = BucketDocumentRecord()
      record.bucket = "raw"
      record.document = document
      record.isSet = true
      record.text = document == .policy ? #"{"Statement":[]}"# : "<\(document.rawValue)/>"
      let input = BucketDocumentInput("raw", document)
      script.item(ObjectAPI.document, record, input)
      script.change(ObjectAPI.setDocument, record, input)
      script.change(ObjectAPI.unsetDocument, record, input)
    }
  }

  static func object(_ key: String, _ entry: ObjectEntryKind = .object) -> ObjectRecord {
    var record = ObjectRecord()
    record.key = key
    record.entry = entry
    guard entry == .object else { return record }
    record.bytes = 41_200
    record.modifiedAt = Self.now
    record.etag = "9e107d9d372bb6826bd81d3542a419d6"
    record.version = "null"
    record.storageClass = "STANDARD"
    record.owner = "root"
    return record
  }

  static func addObjects(_ script: inout Script) {
    var list = ObjectsInput()
    list.bucket = "raw"
    script.list(ObjectAPI.objects, [Self.object("2026/", .prefix), Self.object("a.csv")], list)
    var detail = ObjectDetailRecord()
    detail.key = "a.csv"
    detail.bucket = "raw"
    detail.bytes = 41_200
    detail.modifiedAt = Self.now
    detail.etag = "9e107d9d372bb6826bd81d3542a419d6"
    detail.version = "null"
    detail.storageClass = "STANDARD"
    detail.owner = "root"
    detail.contentType = "text/csv"
    detail.metadata = ["run": "7"]
    var blob = ObjectBlobRecord()
    blob.blob = "01890a5d-ac96-774b-bcce-b302099a8057"
    blob.volume = "1"
    blob.bytes = 41_200
    blob.blocks = 1
    blob.blockBytes = 131_072
    detail.blobs = [blob]
    detail.versions = [Self.object("a.csv")]
    detail.sequence = "4711"
    script.item(ObjectAPI.object, detail, ObjectInput(bucket: "raw", key: "a.csv"))
    var deleted = ObjectDeletedRecord()
    deleted.key = "a.csv"
    deleted.isDeleted = true
    script.list(ObjectAPI.deleteObjects, [deleted])
    script.change(
      ObjectAPI.deletePrefix, Self.job("01J9DONE00", .queued), BucketPrefixInput("raw"),
      job: "01J9DONE00")
    var move = ObjectMoveRecord()
    move.key = "b.csv"
    move.source = "a.csv"
    move.bucket = "raw"
    move.objects = 1
    script.change(ObjectAPI.moveObject, move, undo: "lakectl object move raw/b.csv raw/a.csv")
    let copies = ["d1", "d2"].map { disk in
      var copy = ObjectCopyRecord()
      copy.blob = blob.blob
      copy.copy = "\(blob.blob) \(disk)"
      copy.volume = "1"
      copy.disk = disk
      copy.bytes = 41_200
      copy.blocks = 1
      return copy
    }
    script.list(ObjectAPI.verifyObject, copies, ObjectInput(bucket: "raw", key: "a.csv"))
    var presigned = PresignRecord()
    presigned.url = "http://127.0.0.1:9000/raw/a.csv?X-Amz-Signature=0123"
    presigned.method = "GET"
    presigned.expiresAt = Self.time("2026-11-20T14:18:21Z")
    script.list(ObjectAPI.presign, [presigned])
    var upload = UploadRecord()
    upload.upload = "AAABmS0vJwAAAE1uYQ"
    upload.bucket = "raw"
    upload.key = "big.parquet"
    upload.startedAt = Self.time("2026-11-13T00:00:00Z")
    upload.parts = 3
    upload.bytes = 48 << 20
    upload.owner = "root"
    script.list(ObjectAPI.uploads, [upload], BucketPrefixInput("raw"))
    var abort = UploadInput()
    abort.bucket = "raw"
    abort.upload = upload.upload
    script.change(ObjectAPI.abortUpload, upload, abort)
    var old = UploadsAbortInput()
    old.bucket = "raw"
    script.list(ObjectAPI.abortUploads, [upload], old)
  }

  static func addStores(_ script: inout Script) {
    var volume = VolumeRecord()
    volume.volume = "1"
    volume.disks = ["d1", "d2"]
    volume.members = 2
    volume.bytes = 512 << 30
    volume.usedBytes = 441 << 30
    volume.freeBytes = 71 << 30
    volume.storedBytes = 440 << 30
    volume.blocks = 3_600_000
    script.list(ObjectAPI.volumes, [volume])
    script.item(ObjectAPI.volume, volume, VolumeInput("1"))
    var disk = DiskRecord()
    disk.disk = "d1"
    disk.node = "n1"
    disk.volume = "1"
    disk.path = "/data/d1"
    disk.state = .nearlyFull
    disk.bytes = 512 << 30
    disk.usedBytes = 441 << 30
    disk.freeBytes = 71 << 30
    disk.usedRatio = 0.861
    disk.storedBytes = 440 << 30
    disk.fileBytes = 450 << 30
    disk.blocks = 3_600_000
    disk.scrubRatio = 0.4
    disk.scrubbedAt = Self.time("2026-11-06T00:00:00Z")
    script.list(ObjectAPI.disks, [disk])
    script.item(ObjectAPI.disk, disk, DiskInput("d1"))
    var replace = DiskReplaceInput()
    replace.disk = "d1"
    script.change(
      ObjectAPI.replaceDisk, Self.job("01J9DONE00", .queued), replace, job: "01J9DONE00")
    var engine = ObjectEngineRecord()
    engine.engine = "namespace"
    engine.node = "n1"
    engine.kindOfEngine = "tree"
    engine.objects = 143_724
    engine.cacheBytes = 192 << 20
    engine.cacheBytesMax = 256 << 20
    engine.dirtyBytes = 12 << 20
    engine.fileBytes = 1 << 30
    engine.fileUsedBytes = 900 << 20
    engine.framesRead = 71
    engine.logBytes = 41 << 20
    engine.commits = 88_000
    engine.checkpoints = 17
    engine.checkpointAgeSeconds = 41
    engine.generation = "17"
    script.list(ObjectAPI.engines, [engine])
    var tier = TierRecord()
    tier.tier = "cold"
    tier.endpoint = "https://s3.example"
    tier.state = "ok"
    script.list(ObjectAPI.tiers, [tier])
    script.change(ObjectAPI.startJob, Self.job("01J9DONE00", .queued), job: "01J9DONE00")
    var operation = ObjectOperationRecord()
    operation.operation = "getObject"
    operation.node = "n1"
    operation.requests = 41_800_000
    operation.clientErrors = 12
    operation.ratePerSecond = 4180
    operation.p50 = 0.41
    operation.p90 = 0.9
    operation.p99 = 4.1
    operation.p999 = 12.5
    operation.max = 41
    operation.firstByteP99 = 3.9
    operation.windowSeconds = 44
    script.list(ObjectAPI.operations, [operation])
    var hot = HotRecord()
    hot.name = "raw/2026/11/"
    hot.ratePerSecond = 410
    hot.bytesPerSecond = 16_777_216
    hot.share = 0.41
    hot.uncertainty = 0.01
    script.list(ObjectAPI.hot, [hot])
    var line = TraceRecord()
    line.at = Self.now
    line.operation = "getObject"
    line.bucket = "raw"
    line.key = "a.csv"
    line.status = 200
    line.total = 0.41
    line.firstByte = 0.4
    line.sent = 41_200
    line.client = "10.0.0.7"
    line.accessKey = "LAKEK7Q2"
    line.requestID = "77C0A9D41F000001"
    script.list(ObjectAPI.trace, [line], next: "1")
  }
}
