import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3
import XML

extension ObjectGateway {
  func deleteObject(_ request: S3Request) async throws {
    let version = request.target.argument("versionId")
    try await self.authorize(
      request, version == nil ? "s3:DeleteObject" : "s3:DeleteObjectVersion", key: request.key,
      .write)
    let bypasses = try await self.bypassesGovernance(request)
    let deletion = DeleteRequest(
      key: request.key, version: try Self.selector(version),
      versioning: request.bucket.versioning, condition: try RequestConditions.delete(request),
      bypassesGovernance: bypasses, marker: self.marker(request))
    let replies = try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.delete(request.call, [deletion])
    }
    guard let first = replies.first else {
      throw S3Error(.internalError, "We encountered an internal error. Please try again.")
    }
    let reply = try await self.naming(request) { () async throws(NamespaceError) in
      try first.get()
    }
    request.begin(204)
    if let marker = reply.marker {
      request.field("x-amz-delete-marker", "true")
      request.field("x-amz-version-id", Self.text(marker))
    } else if let version {
      if reply.removedWasMarker { request.field("x-amz-delete-marker", "true") }
      request.field("x-amz-version-id", reply.removed.map(Self.text) ?? version)
    }
    request.exchange.end()
  }

  static func text(_ stamp: RecordStamp) -> String {
    stamp.isNullVersion ? "null" : stamp.version.description
  }

  /// Asked for, and allowed.
  func bypassesGovernance(_ request: S3Request) async throws(S3Error) -> Bool {
    guard request.header("x-amz-bypass-governance-retention")?.lowercased() == "true" else {
      return false
    }
    let outcome = try await self.outcome(
      request, "s3:BypassGovernanceRetention", bucket: request.bucket, request.rules,
      key: request.hasKey ? request.key : nil, nil)
    return outcome == .allowed
  }

  /// What a delete marker's record says.
  func marker(_ request: S3Request) -> [UInt8] {
    var record = ObjectRecord()
    record.kind = .deleteMarker
    record.owner =
      request.bucket.ownership == .bucketOwnerEnforced
      ? request.bucket.owner : request.caller.account?.id ?? Self.anonymousOwner
    return record.encoded
  }

  // MARK: Many at once

  func deleteObjects(_ request: S3Request) async throws {
    // Each entry is authorised alone; who has nothing to do with the bucket is refused at once.
    let plan = try self.upload(request)
    let body = try await self.collect(plan, max: DeleteDocument.byteCountMax, request)
    guard plan.md5 != nil || plan.checksum.kind != nil else {
      throw S3Error(
        .invalidRequest,
        "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    }
    let document = try DeleteDocument(body)
    let bypasses = try await self.bypassesGovernance(request)
    let marker = self.marker(request)
    var results: [Result<DeleteReply, S3Error>?] = []
    var batch: [(index: Int, request: DeleteRequest)] = []
    for (index, entry) in document.entries.enumerated() {
      do throws(S3Error) {
        let deletion = try await self.deletion(
          request, entry, bypassesGovernance: bypasses, marker: marker)
        batch.append((index, deletion))
        results.append(nil)
      } catch {
        results.append(.failure(error))
      }
    }
    let replies = try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.delete(request.call, batch.map(\.request))
    }
    for (entry, reply) in zip(batch, replies) {
      switch reply {
      case .success(let done): results[entry.index] = .success(done)
      case .failure(let error): results[entry.index] = .failure(Self.refusal(error, request))
      }
    }
    request.respond(xml: self.deleteResult(document, results))
  }

  private func deletion(
    _ request: S3Request, _ entry: DeleteDocument.Entry, bypassesGovernance: Bool,
    marker: [UInt8]
  ) async throws(S3Error) -> DeleteRequest {
    let key = ObjectKey(entry.key)
    guard (1...ObjectKey.byteCountMax).contains(key.byteCount) else {
      throw S3Error(
        key.byteCount == 0 ? .userKeyMustBeSpecified : .keyTooLong,
        "a key has 1 to 1024 bytes")
    }
    try await self.authorize(
      request, entry.version == nil ? "s3:DeleteObject" : "s3:DeleteObjectVersion", key: key,
      .write)
    var condition = WriteCondition()
    condition.ifMatch = RequestConditions.tags(entry.entityTag)
    condition.ifSize = entry.size
    if let text = entry.lastModified {
      guard let seconds = RequestConditions.anyTime(text) else {
        throw S3Error.invalidArgument("LastModifiedTime", text, "the time is none")
      }
      condition.ifLastModified = seconds
    }
    return DeleteRequest(
      key: key, version: try Self.selector(entry.version),
      versioning: request.bucket.versioning, condition: condition,
      bypassesGovernance: bypassesGovernance, marker: marker)
  }

  private func deleteResult(
    _ document: DeleteDocument, _ results: [Result<DeleteReply, S3Error>?]
  ) -> [UInt8] {
    var target = ByteWriter(capacity: 4096)
    target.appendS3("DeleteResult") { xml in
      for (entry, result) in zip(document.entries, results) {
        switch result {
        case .success(let reply):
          guard !document.isQuiet else { continue }
          xml.element("Deleted") { xml in
            xml.element("Key", entry.key)
            xml.element("VersionId", ifPresent: entry.version)
            if let marker = reply.marker {
              xml.element("DeleteMarker", true)
              xml.element("DeleteMarkerVersionId", Self.text(marker))
            } else if reply.removedWasMarker {
              xml.element("DeleteMarker", true)
              xml.element("DeleteMarkerVersionId", ifPresent: reply.removed.map(Self.text))
            }
          }
        case .failure(let error): Self.append(error, entry, to: &xml)
        case nil:
          Self.append(S3Error(.internalError, "the deletion was not tried"), entry, to: &xml)
        }
      }
    }
    return target.bytes.array
  }

  private static func append(
    _ error: S3Error, _ entry: DeleteDocument.Entry, to xml: inout XMLWriter
  ) {
    xml.element("Error") { xml in
      xml.element("Key", entry.key)
      xml.element("VersionId", ifPresent: entry.version)
      xml.element("Code", error.code.text)
      xml.element("Message", error.message)
    }
  }
}
