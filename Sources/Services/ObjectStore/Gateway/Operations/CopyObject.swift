private import Runtime
private import Values
import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3
import XML

/// The source of a copy, found and allowed.
struct FoundSource {
  var source: CopySource
  var bucket: BucketRecord
  var record: ObjectRecord
}

extension ObjectGateway {
  func copyObject(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:PutObject", key: request.key, .write)
    let found = try await self.source(request)
    let replaces = try Self.replaces(request, "x-amz-metadata-directive")
    let replacesTags = try Self.replaces(request, "x-amz-tagging-directive")
    var record = try await self.newRecord(request, nil)
    if !replaces { Self.takeHeaders(of: found.record, into: &record) }
    if !replacesTags { record.tags = found.record.tags }
    try self.checkSelfCopy(request, found, replaces: replaces)
    guard found.record.size <= self.options.singlePutByteCountMax else {
      throw S3Error(
        .invalidRequest,
        "The specified copy source is larger than the maximum allowable size for a copy source: "
          + "\(self.options.singlePutByteCountMax)")
    }
    let kind = try Self.copyChecksum(request, found.record)
    let condition = RequestConditions.write(request)
    try await self.precheck(request, condition)
    let content = try await self.copyContent(
      request, found, 0..<found.record.size, checksum: kind, mayInline: true,
      seal: try self.seal(of: record, in: request.bucket)?.ofContent)
    self.fill(&record, content)
    let reply = try await self.commit(request, record, condition, content: content)
    var target = ByteWriter()
    target.appendS3("CopyObjectResult") { xml in
      xml.element("ETag", record.entityTag.quoted)
      xml.element("LastModified", S3Time.text(milliseconds: reply.stamp.milliseconds))
      if let checksum = record.checksum {
        Self.append(checksum, to: &xml)
        xml.element("ChecksumType", "FULL_OBJECT")
      }
    }
    request.begin(200)
    self.writeVersion(request, reply.stamp)
    self.writeSourceVersion(request, found)
    self.writeEncryption(request, record)
    request.exchange.field(.contentType, "application/xml" as StaticString)
    request.exchange.end(target.bytes)
  }

  func writeSourceVersion(_ request: S3Request, _ found: FoundSource) {
    guard found.bucket.versioning != .unversioned else { return }
    request.field("x-amz-copy-source-version-id", found.record.versionText)
  }

  private static func replaces(
    _ request: S3Request, _ name: StaticString
  ) throws(S3Error) -> Bool {
    switch request.header(name) {
    case nil, "COPY": return false
    case "REPLACE": return true
    case let other?: throw S3Error.invalidArgument("\(name)", other, "Unknown directive.")
    }
  }

  private static func takeHeaders(of source: ObjectRecord, into record: inout ObjectRecord) {
    record.contentType = source.contentType
    record.contentEncoding = source.contentEncoding
    record.contentLanguage = source.contentLanguage
    record.contentDisposition = source.contentDisposition
    record.cacheControl = source.cacheControl
    record.expires = source.expires
    record.metadata = source.metadata
  }

  private func checkSelfCopy(
    _ request: S3Request, _ found: FoundSource, replaces: Bool
  ) throws(S3Error) {
    guard found.source.bucket == request.bucket.name, found.source.key == request.key.bytes,
      found.source.version == nil, !replaces,
      request.header("x-amz-storage-class") == nil,
      request.header("x-amz-website-redirect-location") == nil,
      request.header("x-amz-server-side-encryption") == nil
    else { return }
    throw S3Error(
      .invalidRequest,
      "This copy request is illegal because it is trying to copy an object to itself without "
        + "changing the object's metadata, storage class, website redirect location or encryption "
        + "attributes.")
  }

  /// The algorithm that was asked for, else the source's own.
  private static func copyChecksum(
    _ request: S3Request, _ source: ObjectRecord
  ) throws(S3Error) -> ChecksumKind? {
    if let name = request.header("x-amz-checksum-algorithm") {
      guard let kind = ChecksumKind(name: name) else {
        throw S3Error(.invalidRequest, "the checksum algorithm \(name.prefix(40)) is not supported")
      }
      return kind
    }
    return source.checksumAlgorithm.flatMap { ChecksumKind(rawValue: $0.rawValue) }
  }

  // MARK: The source

  /// Finds the source, and checks that the caller may read it and that its conditions hold.
  func source(_ request: S3Request) async throws(S3Error) -> FoundSource {
    let source = try CopySource(request.header(.xAmzCopySource) ?? "")
    let bucket = try await self.bucket(source.bucket)
    let rules = self.ruleCache.rules(bucket)
    if let expected = request.header("x-amz-source-expected-bucket-owner"),
      expected != bucket.owner
    {
      throw Self.denied
    }
    let key = ObjectKey(source.key)
    let selector = try Self.selector(source.version)
    let found: VersionedRecord?
    do throws(NamespaceError) {
      found = try await self.namespace.get(
        NamespaceCall(root: bucket.root, trace: request.trace), key, version: selector)
    } catch {
      throw Self.refusal(error, request)
    }
    let record = found.flatMap { ObjectRecord(decoding: $0.bytes) }
    try await self.authorizeSource(request, source, bucket, rules, record)
    guard let record else {
      guard let version = source.version else { throw Self.noSuchKey(key) }
      throw Self.noSuchVersion(key, version)
    }
    guard record.kind == .object else {
      guard source.version != nil else { throw Self.noSuchKey(key) }
      throw S3Error(
        .invalidRequest,
        "The source of a copy request may not specifically refer to a delete marker by version id.")
    }
    try self.checkSourceConditions(request, record, prefix: "x-amz-copy-source-")
    return FoundSource(source: source, bucket: bucket, record: record)
  }

  private func authorizeSource(
    _ request: S3Request, _ source: CopySource, _ bucket: BucketRecord, _ rules: BucketRules,
    _ record: ObjectRecord?
  ) async throws(S3Error) {
    let outcome = try await self.outcome(
      request, source.version == nil ? "s3:GetObject" : "s3:GetObjectVersion", bucket: bucket,
      rules, key: ObjectKey(source.key), nil, context: record.map(Self.context(of:)) ?? [:])
    switch outcome {
    case .allowed: return
    case .denied: throw Self.denied
    case .dependsOnObject:
      guard let record else {
        let listing = try await self.outcome(
          request, "s3:ListBucket", bucket: bucket, rules, key: nil, .read)
        guard listing == .allowed else { throw Self.denied }
        return
      }
      guard self.allows(request, record, .read) else { throw Self.denied }
    }
  }

  /// All that does not hold is 412. An entity tag that matches outweighs a date that does not.
  func checkSourceConditions(
    _ request: S3Request, _ record: ObjectRecord, prefix: String
  ) throws(S3Error) {
    let now = self.time.wallNow.nanoseconds / 1_000_000_000
    let condition = RequestConditions.source(request, prefix: prefix, now: now)
    let state = ObjectState(
      entityTag: record.entityTag, size: record.size, milliseconds: record.commitMilliseconds)
    if case .fails(let name) = condition.evaluate(state) {
      throw Self.preconditionFailed(prefix + name)
    }
  }

  /// Reads a range of the source and stores it anew.
  func copyContent(
    _ request: S3Request, _ found: FoundSource, _ range: Range<Int64>,
    checksum: ChecksumKind?, mayInline: Bool, seal: ContentSeal?
  ) async throws -> StoredContent {
    let writer = ContentWriter(
      self, request.blobCall,
      BlobPlacement(
        byteCount: Int64(range.count), storageClass: 0, placement: request.bucket.placement),
      checksum: checksum ?? .crc64nvme, sizeMax: .max, seal: seal)
    if let inline = try self.inlineContent(found.record, in: found.bucket) {
      return try await writer.store(InlineSource(inline, range), mayInline: mayInline)
    }
    let former = try self.seal(of: found.record, in: found.bucket)
    let layout =
      found.record.isMultipart
      ? ContentLayout(parts: try await self.parts(request, found.record))
      : ContentLayout(blob: found.record.blob, nonce: former?.nonce ?? 0)
    return try await writer.store(
      ContentReader(self, request.blobCall, layout, range, former), mayInline: mayInline)
  }

  // MARK: Copy of a part

  func uploadPartCopy(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:PutObject", key: request.key, .write)
    guard let number = try request.target.partNumber() else {
      throw S3Error.invalidArgument("partNumber", "", "a part has a number of 1 to 10000")
    }
    let upload = try await self.uploadRecord(request)
    let wanted = try request.header("x-amz-copy-source-range").map { text throws(S3Error) in
      try CopyRange(text)
    }
    let found = try await self.source(request)
    var range = 0..<found.record.size
    if let wanted {
      guard wanted.last < found.record.size else {
        throw S3Error(
          .invalidRange,
          "The requested range is not satisfiable",
          details: [
            .init("ActualObjectSize", "\(found.record.size)"),
            .init("RangeRequested", "bytes=\(wanted.first)-\(wanted.last)"),
          ])
      }
      range = wanted.first..<wanted.last + 1
    }
    let kind = upload.checksumAlgorithm.flatMap { ChecksumKind(rawValue: $0.rawValue) }
    let content = try await self.copyContent(
      request, found, range, checksum: kind, mayInline: false,
      seal: try self.partSeal(upload, request))
    let reply = try await self.commitPart(request, number, content)
    var target = ByteWriter()
    target.appendS3("CopyPartResult") { xml in
      xml.element("ETag", EntityTag(content.md5).quoted)
      xml.element("LastModified", S3Time.text(milliseconds: reply.milliseconds))
      Self.append(content.checksum, to: &xml)
    }
    request.begin(200)
    self.writeSourceVersion(request, found)
    self.writeEncryption(request, upload)
    request.exchange.field(.contentType, "application/xml" as StaticString)
    request.exchange.end(target.bytes)
  }
}
