private import Runtime
private import Values
import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3

/// A record that was found, with the way it was asked for.
struct FoundObject {
  var record: ObjectRecord
  var isLatest: Bool
}

extension ObjectGateway {
  func getObject(_ request: S3Request) async throws {
    try ObjectHeaders.checkOverrides(request)
    guard request.header(Self.encryptionField) == nil else {
      throw S3Error(
        .invalidArgument, "\(Self.encryptionField) header is not supported for this operation.")
    }
    let found = try await self.find(
      request, action: request.target.has("versionId") ? "s3:GetObjectVersion" : "s3:GetObject",
      .read)
    let record = found.record
    try self.checkReadConditions(request, record)
    let part = try request.target.partNumber()
    if part != nil, request.has(.range) {
      throw S3Error(
        .invalidRequest, "Cannot specify both Range header and partNumber query parameter")
    }
    let parts =
      part == nil && request.operation == .headObject ? [] : try await self.parts(request, record)
    var range = 0..<record.size
    var isPartial = false
    if let part {
      range = try Self.range(ofPart: part, record, parts)
      isPartial = true
    } else if let wanted = try Self.range(request, record) {
      range = wanted
      isPartial = true
    }
    let isHead = request.operation == .headObject
    let body = isHead ? nil : try self.body(request, record, parts, range)
    let inline = isHead ? nil : try self.inlineContent(record, in: request.bucket)
    try await body?.prefetch()
    request.begin(isPartial ? 206 : 200)
    try self.writeObjectFields(request, found)
    if isPartial {
      request.field(
        "Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(record.size)")
    }
    if part != nil, record.isMultipart {
      request.field("x-amz-mp-parts-count", "\(record.entityTag.partCount)")
    }
    self.writeChecksumIfAsked(request, record, part: part, parts, isPartial: isPartial)
    request.exchange.startContent(length: Int64(range.count))
    guard !isHead else { return }
    if let content = inline {
      try await request.exchange.write(
        Array(content[Int(range.lowerBound)..<Int(range.upperBound)]))
    } else {
      try await body?.send(to: request.exchange)
    }
  }

  private func body(
    _ request: S3Request, _ record: ObjectRecord, _ parts: [ObjectPart], _ range: Range<Int64>
  ) throws(S3Error) -> ContentReader? {
    guard record.inlineContent == nil, !range.isEmpty else { return nil }
    let seal = try self.seal(of: record, in: request.bucket)
    let layout =
      record.isMultipart
      ? ContentLayout(parts: parts) : ContentLayout(blob: record.blob, nonce: seal?.nonce ?? 0)
    return ContentReader(self, request.blobCall, layout, range, seal)
  }

  // MARK: Finding

  /// The version that the request names. Throws what a client is to hear when it is not there, is a
  /// delete marker, or is not for the caller.
  func find(
    _ request: S3Request, action: String, _ permission: AccessControlPolicy.Permission
  ) async throws(S3Error) -> FoundObject {
    let selector = try Self.selector(request.target.argument("versionId"))
    let found = try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.get(request.call, request.key, version: selector)
    }
    let record = found.flatMap { ObjectRecord(decoding: $0.bytes) }
    let outcome = try await self.outcome(
      request, action, bucket: request.bucket, request.rules, key: request.key, nil,
      context: record.map(Self.context(of:)) ?? [:])
    guard let found, let record else {
      try await self.refuseMissing(request, outcome)
      if let version = request.target.argument("versionId") {
        throw Self.noSuchVersion(request.key, version)
      }
      // Of names that look like bytes read in the wrong encoding, the absence is told as a wrong URI: the
      // common suite asks for it, and objects that have such names are served all the same.
      if request.key.text.unicodeScalars.contains(where: { 0x80...0x9F ~= $0.value }) {
        throw S3Error(.invalidURI, "Couldn't parse the specified URI.")
      }
      throw Self.noSuchKey(request.key)
    }
    switch outcome {
    case .allowed: break
    case .denied: throw Self.denied
    case .dependsOnObject:
      guard self.allows(request, record, permission) else { throw Self.denied }
    }
    guard record.kind == .object else {
      throw Self.refusal(marker: record, request, isNamed: selector != .current)
    }
    return FoundObject(record: record, isLatest: found.isLatest)
  }

  /// Who may not list does not learn what is not there.
  func refuseMissing(_ request: S3Request, _ outcome: AccessOutcome) async throws(S3Error) {
    let listing = try await self.outcome(
      request, "s3:ListBucket", bucket: request.bucket, request.rules, key: nil, .read,
      context: ["s3:prefix": [request.key.text]])
    guard outcome != .denied || listing == .allowed, listing == .allowed else { throw Self.denied }
  }

  static func selector(_ version: String?) throws(S3Error) -> VersionSelector {
    guard let version else { return .current }
    if version == "null" { return .null }
    guard let id = VersionID(version) else {
      throw S3Error.invalidArgument("versionId", version, "Invalid version id specified")
    }
    return .id(id)
  }

  private static func refusal(
    marker: ObjectRecord, _ request: S3Request, isNamed: Bool
  ) -> S3Error {
    var fields: [S3Error.Detail] = [
      .init("x-amz-delete-marker", "true"), .init("x-amz-version-id", marker.versionText),
    ]
    guard isNamed else {
      var error = Self.noSuchKey(request.key)
      error.fields = fields
      return error
    }
    var error = Operation.notAllowed(
      request.exchange.method, "DeleteMarker", allow: "DELETE")
    fields.append(.init("Last-Modified", HTTPText.date(milliseconds: marker.commitMilliseconds)))
    error.fields += fields
    return error
  }

  // MARK: Conditions and ranges

  private func checkReadConditions(
    _ request: S3Request, _ record: ObjectRecord
  ) throws(S3Error) {
    let now = self.time.wallNow.nanoseconds / 1_000_000_000
    let condition = RequestConditions.read(request, now: now)
    guard !condition.isEmpty else { return }
    let state = ObjectState(
      entityTag: record.entityTag, size: record.size, milliseconds: record.commitMilliseconds)
    switch condition.evaluate(state) {
    case .holds, .absent: return
    case .fails(let name) where name == "If-None-Match" || name == "If-Modified-Since":
      var fields: [S3Error.Detail] = [
        .init("ETag", record.entityTag.quoted),
        .init("Last-Modified", HTTPText.date(milliseconds: record.commitMilliseconds)),
      ]
      if let value = record.cacheControl { fields.append(.init("Cache-Control", value)) }
      if let value = record.expires { fields.append(.init("Expires", value)) }
      throw S3Error(.notModified, "Not Modified", fields: fields)
    case .fails(let name): throw Self.preconditionFailed(name)
    }
  }

  /// One range of the Range field, cut to the content; nil: all of it.
  private static func range(
    _ request: S3Request, _ record: ObjectRecord
  ) throws(S3Error) -> Range<Int64>? {
    let exchange = request.exchange
    guard let field = exchange.field(.range) else { return nil }
    let validators = Validators(
      entityTag: record.entityTag.quoted,
      lastModified: Int64(record.commitMilliseconds / 1000))
    guard Conditions.allowsRange(ifRange: exchange.field(.ifRange), validators) else {
      return nil
    }
    // Several ranges are ignored, as Amazon S3 does.
    guard field.firstOffset(of: UInt8(ascii: ",")) == nil else { return nil }
    switch RangeRequest(field, size: record.size) {
    case .whole: return nil
    case .parts(let parts):
      guard let first = parts.first else { return nil }
      return first.first..<first.last + 1
    case .unsatisfiable:
      throw S3Error(
        .invalidRange, "The requested range is not satisfiable",
        details: [
          .init("ActualObjectSize", "\(record.size)"),
          .init("RangeRequested", field.lossyText),
        ], fields: [.init("Content-Range", "bytes */\(record.size)")])
    }
  }

  /// The bytes of a part, by its place in the object.
  private static func range(
    ofPart number: UInt16, _ record: ObjectRecord, _ parts: [ObjectPart]
  ) throws(S3Error) -> Range<Int64> {
    let index = Int(number) - 1
    guard record.isMultipart else {
      guard number == 1 else {
        throw S3Error(.invalidPart, "The requested partnumber is not satisfiable")
      }
      return 0..<record.size
    }
    guard index < parts.count else {
      throw S3Error(.invalidPart, "The requested partnumber is not satisfiable")
    }
    let start = parts[..<index].reduce(Int64(0)) { $0 + $1.size }
    return start..<start + parts[index].size
  }

  // MARK: Fields

  func writeObjectFields(_ request: S3Request, _ found: FoundObject) throws(S3Error) {
    let record = found.record
    request.exchange.field(.acceptRanges, "bytes" as StaticString)
    request.exchange.field(.etag, record.entityTag.quoted)
    request.exchange.field(.lastModified, date: Int64(record.commitMilliseconds / 1000))
    if request.bucket.versioning != .unversioned {
      request.field("x-amz-version-id", record.versionText)
    }
    try ObjectHeaders.write(record, to: request)
    self.writeEncryption(request, record)
    self.writeExpiration(request, record, milliseconds: record.commitMilliseconds)
  }

  private func writeChecksumIfAsked(
    _ request: S3Request, _ record: ObjectRecord, part: UInt16?, _ parts: [ObjectPart],
    isPartial: Bool
  ) {
    guard request.header("x-amz-checksum-mode")?.uppercased() == "ENABLED" else { return }
    if let part, record.isMultipart {
      guard let checksum = parts[Int(part) - 1].checksum,
        let kind = ChecksumKind(rawValue: checksum.algorithm.rawValue)
      else { return }
      request.field(kind.header, checksum.text)
      request.field(
        "x-amz-checksum-type", record.checksumType == .composite ? "COMPOSITE" : "FULL_OBJECT")
    } else if !isPartial || part != nil {
      self.writeChecksum(request, record)
    }
  }
}
