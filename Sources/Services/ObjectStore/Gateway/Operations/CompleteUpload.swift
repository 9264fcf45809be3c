import Bytes
import Crypto
import HTTP
import HTTPServing
import ObjectModel
import S3
import XML

extension ObjectGateway {
  func completeUpload(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:PutObject", key: request.key, .write)
    // The checksum among the fields is the object's, not the body's.
    let plan = try self.upload(request, hasBodyChecksum: false)
    let wanted = try Self.objectChecksum(request)
    let body = try await self.collect(plan, max: CompleteDocument.byteCountMax, request)
    let document = try CompleteDocument(body)
    let upload = try Self.uploadID(request)
    let started: ObjectRecord
    do throws(S3Error) {
      started = try await self.uploadRecord(request)
    } catch {
      guard error.code == .noSuchUpload else { throw error }
      return try await self.answerCompleted(request, upload, error)
    }
    let condition = RequestConditions.write(request)
    try await self.precheck(request, condition)
    let parts = try await self.chosenParts(request, upload, document)
    try self.check(request, parts)
    var record = started
    record.kind = .object
    record.upload = upload
    record.size = parts.reduce(0) { $0 + $1.size }
    record.entityTag = Self.entityTag(parts)
    try Self.setChecksum(of: &record, parts, wanted)
    try await self.setParts(request, parts, of: &record)
    let complete = CompleteRequest(
      upload: upload,
      put: PutRequest(
        key: request.key, record: record.encoded, versioning: request.bucket.versioning,
        condition: condition, quota: request.bucket.quota),
      parts: parts.map { ExpectedPart(number: $0.number, sequence: $0.commitSequence) })
    let reply: PutReply
    do throws(NamespaceError) {
      reply = try await self.namespace.completeUpload(request.call, complete)
    } catch {
      if error.code != .unreachable, error.code != .deadlineExceeded,
        record.flags.contains(.partTableBlob), let table = record.blob
      {
        try? await self.blobs.delete(request.blobCall, table)
      }
      throw Self.refusal(error, request)
    }
    self.answerComplete(request, record, reply.stamp)
  }

  /// A Complete that comes again, when its object is still there.
  private func answerCompleted(
    _ request: S3Request, _ upload: UploadID, _ refusal: S3Error
  ) async throws(S3Error) {
    let current = try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.get(request.call, request.key, version: .current)
    }
    guard let current, let record = ObjectRecord(decoding: current.bytes),
      record.upload == upload
    else { throw refusal }
    self.answerComplete(
      request, record,
      RecordStamp(
        milliseconds: record.commitMilliseconds, sequence: record.commitSequence,
        version: record.version, isNullVersion: record.isNullVersion))
  }

  /// The parts that the document names, as they are now.
  private func chosenParts(
    _ request: S3Request, _ upload: UploadID, _ document: CompleteDocument
  ) async throws(S3Error) -> [ObjectPart] {
    var known: [UInt16: ObjectPart] = [:]
    var after: UInt16 = 0
    while true {
      let page = try await self.naming(request) { () async throws(NamespaceError) in
        try await self.namespace.parts(
          request.call, request.key, upload, after: after, limit: 1000)
      }
      for bytes in page.parts {
        guard let part = ObjectPart(decoding: bytes.rawBytes) else { continue }
        known[part.number] = part
        after = part.number
      }
      guard page.isTruncated else { break }
    }
    var chosen: [ObjectPart] = []
    for wanted in document.parts {
      guard let part = known[wanted.number], EntityTag(wanted.entityTag) == EntityTag(part.md5)
      else { throw Self.invalidPart(wanted.number) }
      for (kind, text) in wanted.checksums {
        guard part.checksum?.algorithm.rawValue == kind.rawValue, part.checksum?.text == text
        else { throw Self.invalidPart(wanted.number) }
      }
      chosen.append(part)
    }
    return chosen
  }

  private static func invalidPart(_ number: UInt16) -> S3Error {
    S3Error(
      .invalidPart,
      "One or more of the specified parts could not be found. The part may not have been uploaded, "
        + "or the specified entity tag may not match the part's entity tag.",
      details: [.init("PartNumber", "\(number)")])
  }

  private func check(_ request: S3Request, _ parts: [ObjectPart]) throws(S3Error) {
    for part in parts.dropLast() where part.size < self.options.partByteCountMin {
      throw S3Error(
        .entityTooSmall, "Your proposed upload is smaller than the minimum allowed size",
        details: [
          .init("PartNumber", "\(part.number)"), .init("ProposedSize", "\(part.size)"),
          .init("MinSizeAllowed", "\(self.options.partByteCountMin)"),
          .init("ETag", "\(EntityTag(part.md5))"),
        ])
    }
    if let text = request.header("x-amz-mp-object-size") {
      guard Int64(text) == parts.reduce(0, { $0 + $1.size }) else {
        throw S3Error(
          .invalidRequest,
          "The provided 'x-amz-mp-object-size' header does not match what was computed.")
      }
    }
  }

  /// The MD5 of the parts' MD5s, and how many.
  private static func entityTag(_ parts: [ObjectPart]) -> EntityTag {
    var hash = MD5()
    for part in parts { hash.update(part.md5.bytes) }
    return EntityTag(hash.finish(), partCount: UInt16(parts.count))
  }

  /// The checksum of the whole, from those of the parts, when they all have one.
  private static func setChecksum(
    of record: inout ObjectRecord, _ parts: [ObjectPart],
    _ wanted: (kind: ChecksumKind, text: String)?
  ) throws(S3Error) {
    let algorithms = Set(parts.map { $0.checksum?.algorithm })
    guard algorithms.count == 1, let algorithm = algorithms.first ?? nil,
      let kind = ChecksumKind(rawValue: algorithm.rawValue)
    else {
      record.checksumAlgorithm = nil
      return
    }
    // Nobody chose: what was hashed along the way is the whole's.
    let type =
      record.checksumAlgorithm == nil
      ? (kind.isCombinable ? ChecksumType.fullObject : .composite) : record.checksumType
    let values = parts.map { $0.checksum?.bytes ?? [] }
    let bytes =
      type == .fullObject
      ? CombinedChecksum.fullObject(
        kind, zip(values, parts).map { (checksum: $0, byteCount: $1.size) })
      : CombinedChecksum.composite(kind, values)
    record.checksumAlgorithm = algorithm
    record.checksumType = type
    record.checksum = ObjectChecksum(algorithm, bytes)
    if let wanted, wanted.kind == kind, let checksum = record.checksum,
      wanted.text != checksum.text, wanted.text != Self.text(checksum, record)
    {
      throw S3Error(
        .badDigest, "The \(kind.name) you specified did not match the calculated checksum.")
    }
  }

  /// The value that the whole is expected to have; of a composite one with or without `-N`.
  private static func objectChecksum(
    _ request: S3Request
  ) throws(S3Error) -> (kind: ChecksumKind, text: String)? {
    for kind in ChecksumKind.allCases {
      if let text = request.header(named: kind.header) { return (kind, text) }
    }
    return nil
  }

  private func answerComplete(
    _ request: S3Request, _ record: ObjectRecord, _ stamp: RecordStamp
  ) {
    let scheme = request.exchange.tls == nil ? "http" : "https"
    var location = ByteWriter(capacity: 256)
    location.append("\(scheme)://\(request.authorityText)/")
    location.append("\(request.bucket.name)/")
    PercentCoding.encode(request.key.bytes.rawBytes, keepingSlashes: true, to: &location)
    var target = ByteWriter()
    target.appendS3("CompleteMultipartUploadResult") { xml in
      xml.element("Location", location.bytes.lossyText)
      xml.element("Bucket", request.bucket.name)
      xml.element("Key", request.key.text)
      xml.element("ETag", record.entityTag.quoted)
      if let checksum = record.checksum {
        Self.append(checksum, text: Self.text(checksum, record), to: &xml)
        xml.element(
          "ChecksumType", record.checksumType == .composite ? "COMPOSITE" : "FULL_OBJECT")
      }
    }
    request.begin(200)
    self.writeVersion(request, stamp)
    self.writeEncryption(request, record)
    self.writeExpiration(request, record, milliseconds: stamp.milliseconds)
    request.exchange.field(.contentType, "application/xml" as StaticString)
    request.exchange.end(target.bytes)
  }
}
