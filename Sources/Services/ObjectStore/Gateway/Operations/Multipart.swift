private import Runtime
import Bytes
import Crypto
import HTTP
import HTTPServing
import ObjectModel
import S3
import Values
import XML

extension ObjectGateway {
  static func uploadID(_ request: S3Request) throws(S3Error) -> UploadID {
    let text = request.target.argument("uploadId") ?? ""
    guard let upload = UploadID(text) else { throw Self.noSuchUpload(text) }
    return upload
  }

  // MARK: Create

  func createUpload(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:PutObject", key: request.key, .write)
    var record = try await self.newRecord(request, nil)
    record.kind = .upload
    try Self.setChecksum(request, of: &record)
    let milliseconds = UInt64(clamping: self.time.wallNow.nanoseconds / 1_000_000)
    var random = SystemRandom.shared.generator
    let upload = UploadID(
      milliseconds: milliseconds,
      routing: UInt16(truncatingIfNeeded: request.bucket.routingKey.low),
      random: (0..<14).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    let bytes = record.encoded
    try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.createUpload(request.call, request.key, upload, record: bytes)
    }
    var target = ByteWriter()
    target.appendS3("InitiateMultipartUploadResult") { xml in
      xml.element("Bucket", request.bucket.name)
      xml.element("Key", request.key.text)
      xml.element("UploadId", upload.description)
    }
    request.begin(200)
    self.writeEncryption(request, record)
    if let kind = record.checksumAlgorithm.flatMap({ ChecksumKind(rawValue: $0.rawValue) }) {
      request.field("x-amz-checksum-algorithm", kind.name)
      request.field(
        "x-amz-checksum-type", record.checksumType == .composite ? "COMPOSITE" : "FULL_OBJECT")
    }
    request.exchange.field(.contentType, "application/xml" as StaticString)
    request.exchange.end(target.bytes)
  }

  private static func setChecksum(
    _ request: S3Request, of record: inout ObjectRecord
  ) throws(S3Error) {
    let type = request.header("x-amz-checksum-type")
    guard let name = request.header("x-amz-checksum-algorithm") else {
      guard type == nil else {
        throw S3Error(
          .invalidRequest,
          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
            + "header.")
      }
      return
    }
    guard let kind = ChecksumKind(name: name) else {
      throw S3Error(
        .invalidRequest,
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
          + "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
    }
    record.checksumAlgorithm = ChecksumAlgorithm(rawValue: kind.rawValue)
    record.checksumType = kind == .crc64nvme ? .fullObject : .composite
    switch type {
    case nil: break
    case "COMPOSITE" where kind != .crc64nvme: record.checksumType = .composite
    case "FULL_OBJECT" where kind.isCombinable: record.checksumType = .fullObject
    case "COMPOSITE", "FULL_OBJECT":
      throw S3Error(
        .invalidRequest,
        "The \(type ?? "") checksum type cannot be used with the \(kind.name) checksum algorithm.")
    case let other?:
      throw S3Error(
        .invalidRequest, "Value for x-amz-checksum-type header is invalid: \(other.prefix(40))")
    }
  }

  func uploadRecord(_ request: S3Request) async throws(S3Error) -> ObjectRecord {
    let upload = try Self.uploadID(request)
    let bytes = try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.upload(request.call, request.key, upload)
    }
    guard let record = ObjectRecord(decoding: bytes) else {
      throw S3Error(.internalError, "We encountered an internal error. Please try again.")
    }
    return record
  }

  // MARK: Parts

  func uploadPart(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:PutObject", key: request.key, .write)
    let number = try Self.partNumber(request)
    let plan = try self.upload(request, needsLength: true)
    if let length = plan.length, length > self.options.singlePutByteCountMax {
      throw Self.tooLarge(length, max: self.options.singlePutByteCountMax)
    }
    let upload = try await self.uploadRecord(request)
    let kind = try Self.partChecksum(plan, upload)
    let content = try await self.take(
      request, plan, storageClass: upload.storageClass, mayInline: false, checksum: kind,
      seal: try self.partSeal(upload, request))
    _ = try await self.commitPart(request, number, content)
    request.begin(200)
    request.exchange.field(.etag, EntityTag(content.md5).quoted)
    if let checksum = content.checksum,
      let kind = ChecksumKind(rawValue: checksum.algorithm.rawValue)
    {
      request.field(kind.header, checksum.text)
    }
    self.writeEncryption(request, upload)
    request.exchange.end()
  }

  private static func partNumber(_ request: S3Request) throws(S3Error) -> UInt16 {
    guard let number = try request.target.partNumber() else {
      throw S3Error.invalidArgument("partNumber", "", "a part has a number of 1 to 10000")
    }
    return number
  }

  /// What a part is hashed with: the upload's algorithm, which the part's own must be.
  private static func partChecksum(
    _ plan: UploadPlan, _ upload: ObjectRecord
  ) throws(S3Error) -> ChecksumKind? {
    guard let kind = upload.checksumAlgorithm.flatMap({ ChecksumKind(rawValue: $0.rawValue) })
    else { return nil }
    if let sent = plan.checksum.kind, sent != kind {
      throw S3Error(
        .invalidRequest,
        "Checksum Type mismatch occurred, expected checksum Type: \(kind.name.lowercased()), "
          + "actual checksum Type: \(sent.name.lowercased())")
    }
    return kind
  }

  /// Under the upload's key, each part has a nonce of its own.
  func partSeal(
    _ upload: ObjectRecord, _ request: S3Request
  ) throws(S3Error) -> ContentSeal? {
    guard let sealer = self.sealer, let seal = try self.seal(of: upload, in: request.bucket) else {
      return nil
    }
    return ContentSeal(seal: seal, nonce: sealer.freshNonce())
  }

  /// Makes a part be there; its content goes again when the upload has gone.
  func commitPart(
    _ request: S3Request, _ number: UInt16, _ content: StoredContent
  ) async throws(S3Error) -> PartReply {
    var part = ObjectPart(
      number: number, size: content.size, md5: content.md5, checksum: content.checksum,
      blob: content.blob)
    part.nonce = content.nonce
    let upload = try Self.uploadID(request)
    do throws(NamespaceError) {
      return try await self.namespace.putPart(
        request.call, request.key, upload, part: part.encoded)
    } catch {
      if error.code != .unreachable, error.code != .deadlineExceeded, let blob = content.blob {
        try? await self.blobs.delete(request.blobCall, blob)
      }
      throw Self.refusal(error, request)
    }
  }

  func abortUpload(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:AbortMultipartUpload", key: request.key, .write)
    let upload = try Self.uploadID(request)
    try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.abortUpload(request.call, request.key, upload)
    }
    request.respond(204)
  }

  func listParts(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:ListMultipartUploadParts", key: request.key, .read)
    let limit = try request.target.limit("max-parts")
    let markerText = request.target.argument("part-number-marker") ?? "0"
    guard let marker = Int(markerText), marker >= 0 else {
      throw S3Error.invalidArgument(
        "part-number-marker", markerText, "the marker is no part number")
    }
    let record = try await self.uploadRecord(request)
    let upload = try Self.uploadID(request)
    let page = try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.parts(
        request.call, request.key, upload, after: UInt16(clamping: marker), limit: limit)
    }
    let name = try await self.displayName(record.owner)
    let parts = page.parts.compactMap { ObjectPart(decoding: $0.rawBytes) }
    var target = ByteWriter(capacity: 1024 + parts.count * 256)
    target.appendS3("ListPartsResult") { xml in
      xml.element("Bucket", request.bucket.name)
      xml.element("Key", request.key.text)
      xml.element("UploadId", upload.description)
      for role in ["Initiator", "Owner"] as [StaticString] {
        xml.element(role) { xml in
          xml.element("ID", record.owner)
          if !name.isEmpty { xml.element("DisplayName", name) }
        }
      }
      xml.element("StorageClass", record.storageClassName ?? StorageClass.standard)
      xml.element("PartNumberMarker", marker)
      xml.element("NextPartNumberMarker", parts.last?.number ?? 0)
      xml.element("MaxParts", limit)
      xml.element("IsTruncated", page.isTruncated)
      if let kind = record.checksumAlgorithm.flatMap({ ChecksumKind(rawValue: $0.rawValue) }) {
        xml.element("ChecksumAlgorithm", kind.name)
        xml.element(
          "ChecksumType", record.checksumType == .composite ? "COMPOSITE" : "FULL_OBJECT")
      }
      for part in parts {
        xml.element("Part") { xml in
          xml.element("PartNumber", part.number)
          xml.element("LastModified", S3Time.text(milliseconds: part.commitMilliseconds))
          xml.element("ETag", EntityTag(part.md5).quoted)
          xml.element("Size", part.size)
          Self.append(part.checksum, to: &xml)
        }
      }
    }
    request.respond(xml: target.bytes.array)
  }

  /// `ChecksumCRC32` and its value.
  static func append(_ checksum: ObjectChecksum?, text: String? = nil, to xml: inout XMLWriter) {
    guard let checksum, let kind = ChecksumKind(rawValue: checksum.algorithm.rawValue) else {
      return
    }
    xml.element(kind.element, text ?? checksum.text)
  }
}
