private import Runtime
private import Values
import Bytes
import Crypto
import HTTP
import HTTPServing
import ObjectModel
import S3

extension ObjectGateway {
  func putObject(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:PutObject", key: request.key, .write)
    if request.header("x-amz-write-offset-bytes") != nil {
      throw S3Error.notImplemented("x-amz-write-offset-bytes")
    }
    let plan = try self.upload(request, needsLength: true)
    if let length = plan.length, length > self.options.singlePutByteCountMax {
      throw Self.tooLarge(length, max: self.options.singlePutByteCountMax)
    }
    var record = try await self.newRecord(request, plan)
    let condition = RequestConditions.write(request)
    try await self.precheck(request, condition)
    let content = try await self.take(
      request, plan, storageClass: record.storageClass, mayInline: true,
      seal: try self.seal(of: record, in: request.bucket)?.ofContent)
    self.fill(&record, content)
    let reply = try await self.commit(
      request, record, condition, content: content)
    self.answerPut(request, record, reply)
  }

  /// What a new object's record says before its content came: fields, tags, permissions, locks.
  func newRecord(_ request: S3Request, _ plan: UploadPlan?) async throws -> ObjectRecord {
    var record = ObjectRecord()
    try ObjectHeaders.read(request, into: &record)
    if let header = request.header("x-amz-tagging") {
      record.tags = try TagSet(header: header).tags.map { .init($0.key, $0.value) }
    }
    try self.refuseClientKeys(request)
    record.encryption =
      try self.newSeal(request, asked: request.header(Self.encryptionField))?.record ?? []
    try await self.setOwner(request, of: &record)
    try self.setLock(request, of: &record)
    if record.retention != nil || record.hasLegalHold, let plan,
      request.header("x-amz-object-lock-mode") != nil
        || request.header("x-amz-object-lock-legal-hold") != nil,
      plan.md5 == nil, plan.checksum.kind == nil
    {
      throw S3Error(
        .invalidRequest,
        "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with "
          + "Object Lock parameters")
    }
    return record
  }

  /// Conditions that fail already need no body.
  func precheck(_ request: S3Request, _ condition: WriteCondition) async throws(S3Error) {
    guard !condition.isEmpty else { return }
    let current = try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.get(request.call, request.key, version: .current)
    }
    let state = current.flatMap { found -> ObjectState? in
      guard let view = RecordView(found.bytes.rawBytes) else { return nil }
      return ObjectState(view)
    }
    switch condition.evaluate(state) {
    case .holds: return
    case .absent: throw Self.noSuchKey(request.key)
    case .fails(let name): throw Self.preconditionFailed(name)
    }
  }

  /// Stores the body and checks it.
  func take(
    _ request: S3Request, _ plan: UploadPlan, storageClass: UInt8, mayInline: Bool,
    checksum wished: ChecksumKind? = nil, sizeMax: Int64? = nil, seal: ContentSeal? = nil
  ) async throws -> StoredContent {
    let reader = self.reader(request, plan)
    let writer = ContentWriter(
      self, request.blobCall,
      BlobPlacement(
        byteCount: plan.length, storageClass: storageClass, placement: request.bucket.placement),
      checksum: plan.checksum.kind ?? wished ?? .crc64nvme,
      sizeMax: sizeMax ?? self.options.singlePutByteCountMax, seal: seal)
    let content = try await writer.store(reader, mayInline: mayInline)
    do {
      try self.verify(plan, md5: content.md5, checksum: content.checksum?.bytes, reader)
    } catch {
      await writer.discard()
      throw error
    }
    return content
  }

  func fill(_ record: inout ObjectRecord, _ content: StoredContent) {
    record.size = content.size
    record.entityTag = EntityTag(content.md5)
    record.checksum = content.checksum
    record.checksumAlgorithm = content.checksum?.algorithm
    record.checksumType = .fullObject
    record.blob = content.blob
    record.inlineContent = content.inline
  }

  /// Makes the object be there. Content that was refused its name is deleted again.
  func commit(
    _ request: S3Request, _ record: ObjectRecord, _ condition: WriteCondition,
    content: StoredContent
  ) async throws -> PutReply {
    do throws(NamespaceError) {
      return try await self.namespace.put(
        request.call,
        PutRequest(
          key: request.key, record: record.encoded, versioning: request.bucket.versioning,
          condition: condition, quota: request.bucket.quota))
    } catch {
      // Whether it was done is not known then: what is not named is an orphan.
      if error.code != .unreachable, error.code != .deadlineExceeded, let blob = content.blob {
        try? await self.blobs.delete(request.blobCall, blob)
      }
      throw Self.refusal(error, request)
    }
  }

  func answerPut(_ request: S3Request, _ record: ObjectRecord, _ reply: PutReply) {
    request.begin(200)
    request.exchange.field(.etag, record.entityTag.quoted)
    self.writeVersion(request, reply.stamp)
    self.writeChecksum(request, record)
    self.writeEncryption(request, record)
    request.field("x-amz-object-size", "\(record.size)")
    self.writeExpiration(request, record, milliseconds: reply.stamp.milliseconds)
    request.exchange.end()
  }

  /// Only buckets that keep versions tell of them.
  func writeVersion(_ request: S3Request, _ stamp: RecordStamp) {
    guard request.bucket.versioning != .unversioned else { return }
    request.field("x-amz-version-id", stamp.isNullVersion ? "null" : stamp.version.description)
  }

  func writeChecksum(_ request: S3Request, _ record: ObjectRecord) {
    guard let checksum = record.checksum,
      let kind = ChecksumKind(rawValue: checksum.algorithm.rawValue)
    else { return }
    request.field(kind.header, Self.text(checksum, record))
    request.field(
      "x-amz-checksum-type", record.checksumType == .composite ? "COMPOSITE" : "FULL_OBJECT")
  }

  /// Base64; of a composite one with the number of parts.
  static func text(_ checksum: ObjectChecksum, _ record: ObjectRecord) -> String {
    record.checksumType == .composite
      ? "\(checksum.text)-\(record.entityTag.partCount)" : checksum.text
  }

  func writeExpiration(_ request: S3Request, _ record: ObjectRecord, milliseconds: UInt64) {
    guard let rules = request.rules?.lifecycle else { return }
    request.field(
      "x-amz-expiration",
      Lifecycle.expiration(
        rules, key: request.key.text, record, created: milliseconds,
        daySeconds: self.options.lifecycleDaySeconds))
  }

  // MARK: Who and how

  /// Who owns a new object, and what its list of permissions says.
  func setOwner(_ request: S3Request, of record: inout ObjectRecord) async throws(S3Error) {
    let bucket = request.bucket
    let writer = request.caller.account
    let bucketOwner = AccessControlPolicy.Owner(
      id: bucket.owner, name: try await self.displayName(bucket.owner))
    guard bucket.ownership != .bucketOwnerEnforced else {
      record.owner = bucket.owner
      try Self.checkNoACL(request)
      return
    }
    var owner = AccessControlPolicy.Owner(
      id: writer?.id ?? Self.anonymousOwner, name: writer?.displayName ?? "")
    let canned = request.header(.xAmzAcl)
    if bucket.ownership == .bucketOwnerPreferred, canned == "bucket-owner-full-control" {
      owner = bucketOwner
    }
    record.owner = owner.id
    if let acl = try await self.requestedACL(request, owner: owner, bucketOwner: bucketOwner) {
      if acl.isPublic, request.rules?.publicAccess.blocksACLs ?? false { throw Self.denied }
      record.acl = acl.text
    }
  }

  /// Who owns what somebody without credentials has put.
  static let anonymousOwner = "65a011a29cdf8ec533ec3d1ccaae921c"

  /// In buckets whose owner owns everything, lists that say anything else are refused.
  static func checkNoACL(_ request: S3Request) throws(S3Error) {
    var hasGrants = false
    request.forEachHeader(prefix: "x-amz-grant-") { _, _ in hasGrants = true }
    let canned = request.header(.xAmzAcl)
    guard !hasGrants, canned == nil || canned == "bucket-owner-full-control" else {
      throw S3Error(
        .accessControlListNotSupported, "The bucket does not allow ACLs")
    }
  }

  func displayName(_ account: String) async throws(S3Error) -> String {
    do throws(IdentityUnavailable) {
      return try await self.identity.account(account)?.displayName ?? ""
    } catch {
      throw S3Error(.serviceUnavailable, "identity cannot be asked")
    }
  }

  func setLock(_ request: S3Request, of record: inout ObjectRecord) throws(S3Error) {
    let mode = request.header("x-amz-object-lock-mode")
    let until = request.header("x-amz-object-lock-retain-until-date")
    let hold = request.header("x-amz-object-lock-legal-hold")
    guard mode != nil || until != nil || hold != nil else {
      guard request.bucket.hasObjectLock, let rule = request.rules?.lock?.defaultRetention else {
        return
      }
      let now = UInt64(clamping: self.time.wallNow.nanoseconds / 1_000_000)
      record.retention = Retention(
        rule.mode == .compliance ? .compliance : .governance,
        untilMilliseconds: rule.until(from: now))
      return
    }
    guard request.bucket.hasObjectLock else {
      throw S3Error(.invalidRequest, "Bucket is missing Object Lock Configuration")
    }
    if let hold {
      guard hold == "ON" || hold == "OFF" else {
        throw S3Error.invalidArgument(
          "x-amz-object-lock-legal-hold", hold, "Legal Hold must be either of 'ON' or 'OFF'")
      }
      if hold == "ON" { record.flags.insert(.legalHold) }
    }
    guard (mode == nil) == (until == nil) else {
      throw S3Error(
        .invalidArgument,
        "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")
    }
    guard let mode, let until else { return }
    guard let known = LockMode(rawValue: mode) else {
      throw S3Error.invalidArgument("x-amz-object-lock-mode", mode, "Unknown wormMode directive.")
    }
    guard let date = S3Time.milliseconds(until) else {
      throw S3Error.invalidArgument(
        "x-amz-object-lock-retain-until-date", until, "The retain until date is no time")
    }
    guard date > UInt64(clamping: self.time.wallNow.nanoseconds / 1_000_000) else {
      throw S3Error.invalidArgument(
        "x-amz-object-lock-retain-until-date", until,
        "The retain until date must be in the future!")
    }
    record.retention = Retention(
      known == .compliance ? .compliance : .governance, untilMilliseconds: date)
  }
}
