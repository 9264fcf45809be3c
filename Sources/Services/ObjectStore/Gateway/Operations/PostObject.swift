private import Runtime
private import Observability
import Bytes
import Crypto
import HTTP
import HTTPServing
import ObjectModel
import S3
import Values
import XML

extension ObjectGateway {
  /// A browser's form: the fields say what the headers of a PUT would, and a signed policy says what the
  /// fields may be.
  func postObject(_ request: S3Request) async throws {
    let form = try FormReader(
      request.exchange, contentType: request.header(.contentType) ?? "")
    try await form.readFields()
    guard form.hasFile else {
      throw S3Error(
        .invalidArgument, "POST requires exactly one file upload per request.",
        details: [.init("ArgumentName", "file"), .init("ArgumentValue", "0")])
    }
    try await self.findBucket(request)
    var fields = form.fields
    guard let key = fields["key"], !key.isEmpty else {
      throw S3Error(
        .invalidArgument,
        "Bucket POST must contain a field named 'key'.  If it is specified, "
          + "please check the order of the fields.",
        details: [.init("ArgumentName", "key"), .init("ArgumentValue", "")])
    }
    let name = Self.replacing(key, form.fileName)
    fields["key"] = name
    let policy = try await self.formPolicy(request, fields)
    let object = ObjectKey(name)
    guard object.byteCount <= ObjectKey.byteCountMax else {
      throw S3Error(.keyTooLong, "Your key is too long")
    }
    try await self.authorize(request, "s3:PutObject", key: object, .write)
    let upload = FormUpload(request: request, fields: fields, key: object)
    let record = try await self.formRecord(upload)
    try await self.storeForm(upload, form, record, policy?.lengthRange)
  }

  private static func replacing(_ key: String, _ fileName: String) -> String {
    let mark = "${filename}"
    var rest = key[...]
    var text = ""
    while !rest.isEmpty {
      if rest.hasPrefix(mark) {
        text += fileName
        rest = rest.dropFirst(mark.count)
      } else {
        text.append(rest.removeFirst())
      }
    }
    return text
  }

  // MARK: The policy

  private func formPolicy(
    _ request: S3Request, _ fields: [String: String]
  ) async throws(S3Error) -> PostPolicy? {
    guard let text = fields["policy"] else {
      guard fields["x-amz-signature"] == nil, fields["signature"] == nil else {
        throw S3Error(
          .invalidArgument, "Bucket POST must contain a field named 'policy'.")
      }
      return nil
    }
    let policyBytes = Array(text.utf8)
    let signed: Bool
    let key: AccessKey
    if let signature = fields["x-amz-signature"] {
      let credential = (fields["x-amz-credential"] ?? "").split(
        separator: "/", omittingEmptySubsequences: false)
      guard fields["x-amz-algorithm"] == SigV4Authorization.algorithm, credential.count >= 5,
        credential[credential.count - 1] == "aws4_request",
        credential[credential.count - 2] == "s3"
      else { throw S3Error(.invalidArgument, "x-amz-algorithm or x-amz-credential is wrong") }
      let scope = credential.suffix(4).map(String.init)
      key = try await self.accessKey(credential.dropLast(4).joined(separator: "/"))
      let signing = self.signingKeys.key(
        key, SigV4Scope(day: scope[0], region: scope[1], service: scope[2]))
      let given = Array(signature.utf8)
      signed =
        Digest<32>(lowerCaseHexadecimal: given.rawBytes) == signing.code(of: policyBytes.rawBytes)
    } else {
      guard let id = fields["awsaccesskeyid"], let signature = fields["signature"] else {
        throw S3Error(
          .invalidArgument,
          "Bucket POST must contain a field named 'Signature'.  If it is "
            + "specified, please check the order of the fields.")
      }
      key = try await self.accessKey(id)
      signed = ConstantTime.isEqual(
        SignatureV2.signature(of: text, secret: key.secret.exposed), signature)
    }
    guard signed else {
      self.metrics.authFailures.add()
      throw S3Error(
        .signatureDoesNotMatch,
        "The request signature we calculated does not match the signature you provided. Check "
          + "your key and signing method.", details: [.init("AWSAccessKeyId", key.id)])
    }
    let policy = try PostPolicy(base64: text)
    var checked = fields
    checked["bucket"] = request.bucket.name
    try policy.check(checked, now: UInt64(clamping: self.time.wallNow.nanoseconds / 1_000_000))
    request.caller = Caller(key: key, payload: .unsigned)
    return policy
  }

  // MARK: The object

  private struct FormUpload {
    var request: S3Request
    var fields: [String: String]
    var key: ObjectKey
  }

  private func formRecord(_ upload: FormUpload) async throws(S3Error) -> ObjectRecord {
    let fields = upload.fields
    let bucket = upload.request.bucket
    var record = ObjectRecord()
    record.contentType = fields["content-type"]
    record.contentEncoding = fields["content-encoding"]
    record.contentDisposition = fields["content-disposition"]
    record.cacheControl = fields["cache-control"]
    record.expires = fields["expires"]
    for (name, value) in fields.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("x-amz-meta-") {
      record.metadata.append(.init(String(name.dropFirst("x-amz-meta-".count)), value))
    }
    let size = record.metadata.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    guard size <= ObjectHeaders.metadataByteCountMax else {
      throw S3Error(
        .metadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size")
    }
    if let name = fields["x-amz-storage-class"] {
      guard StorageClass.isKnown(name) else {
        throw S3Error(.invalidStorageClass, "The storage class you specified is not valid")
      }
      record.storageClassName = name == StorageClass.standard ? nil : name
    }
    if let text = fields["tagging"] {
      record.tags = try TagSet(document: Array(text.utf8), max: TagSet.objectMax).tags
        .map { .init($0.key, $0.value) }
    }
    record.encryption =
      try self.newSeal(upload.request, asked: fields["\(Self.encryptionField)"])?.record ?? []
    let account = upload.request.caller.account
    guard bucket.ownership != .bucketOwnerEnforced else {
      record.owner = bucket.owner
      return record
    }
    record.owner = account?.id ?? Self.anonymousOwner
    if let canned = fields["acl"] {
      let owner = AccessControlPolicy.Owner(
        id: record.owner, name: account?.displayName ?? "")
      let bucketOwner = AccessControlPolicy.Owner(
        id: bucket.owner, name: try await self.displayName(bucket.owner))
      guard
        let acl = AccessControlPolicy.canned(canned, owner: owner, bucketOwner: bucketOwner)
      else { throw S3Error.invalidArgument("acl", canned, "there is no such canned ACL") }
      if acl.isPublic, upload.request.rules?.publicAccess.blocksACLs ?? false { throw Self.denied }
      record.acl = acl.text
    }
    return record
  }

  private func storeForm(
    _ upload: FormUpload, _ form: FormReader, _ start: ObjectRecord,
    _ range: ClosedRange<Int64>?
  ) async throws {
    let request = upload.request
    var record = start
    let checksum = try ChecksumHeaders(header: { upload.fields[$0] })
    let most = min(range?.upperBound ?? .max, self.options.singlePutByteCountMax)
    let writer = ContentWriter(
      self, request.blobCall,
      BlobPlacement(
        byteCount: nil, storageClass: 0, placement: request.bucket.placement),
      checksum: checksum.kind ?? .crc64nvme, sizeMax: most,
      seal: try self.seal(of: record, in: request.bucket)?.ofContent)
    let content = try await writer.store(form, mayInline: true)
    if let range, content.size < range.lowerBound {
      await writer.discard()
      throw S3Error(
        .entityTooSmall, "Your proposed upload is smaller than the minimum allowed size",
        details: [
          .init("ProposedSize", "\(content.size)"),
          .init("MinSizeAllowed", "\(range.lowerBound)"),
        ])
    }
    if let wanted = checksum.value, wanted != content.checksum?.bytes {
      await writer.discard()
      throw S3Error(.badDigest, "The checksum you specified did not match what we received.")
    }
    self.fill(&record, content)
    let reply: PutReply
    do throws(NamespaceError) {
      reply = try await self.namespace.put(
        request.call,
        PutRequest(
          key: upload.key, record: record.encoded, versioning: request.bucket.versioning,
          quota: request.bucket.quota))
    } catch {
      if error.code != .unreachable { await writer.discard() }
      throw Self.refusal(error, request)
    }
    self.answerForm(upload, record, reply)
  }

  private func answerForm(_ upload: FormUpload, _ record: ObjectRecord, _ reply: PutReply) {
    let request = upload.request
    var location = ByteWriter(capacity: 256)
    let scheme = request.exchange.tls == nil ? "http" : "https"
    location.append("\(scheme)://\(request.authorityText)/\(request.bucket.name)/")
    PercentCoding.encode(upload.key.bytes.rawBytes, keepingSlashes: true, to: &location)
    let redirect = upload.fields["success_action_redirect"] ?? upload.fields["redirect"]
    if let redirect, redirect.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), !redirect.isEmpty {
      var target = ByteWriter(capacity: 256)
      target.append(redirect)
      target.append(redirect.contains("?") ? "&" : "?")
      target.append("bucket=\(request.bucket.name)&key=")
      PercentCoding.encode(upload.key.bytes.rawBytes, to: &target)
      target.append("&etag=%22\(record.entityTag)%22")
      request.begin(303)
      request.field("Location", target.bytes.lossyText)
      request.exchange.end()
      return
    }
    let status = upload.fields["success_action_status"].flatMap(UInt16.init) ?? 204
    request.begin([200, 201, 204].contains(status) ? status : 204)
    request.exchange.field(.etag, record.entityTag.quoted)
    self.writeVersion(request, reply.stamp)
    self.writeEncryption(request, record)
    request.field("Location", location.bytes.lossyText)
    guard status == 201 else { return request.exchange.end() }
    var target = ByteWriter()
    // Without a namespace, as Amazon S3 writes this one.
    target.appendXML { xml in
      xml.element("PostResponse") { xml in
        xml.element("Location", location.bytes.lossyText)
        xml.element("Bucket", request.bucket.name)
        xml.element("Key", upload.key.text)
        xml.element("ETag", record.entityTag.quoted)
      }
    }
    request.exchange.field(.contentType, "application/xml" as StaticString)
    request.exchange.end(target.bytes)
  }
}
