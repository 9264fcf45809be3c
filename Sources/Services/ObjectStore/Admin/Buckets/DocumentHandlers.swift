import Admin
import AdminServing
import Hosting
import JSON
import ObjectModel
import S3
import Values

/// `bucket policy`, `bucket cors`, `bucket lifecycle`, `bucket tagging`.
struct DocumentHandlers: Sendable {
  let sources: ObjectAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ObjectAPI.document) { input, _ in
      let bucket = try await self.sources.bucket(input.bucket)
      guard bucket.documents[input.document.model] != nil else {
        throw AdminError(
          .notFound, "bucket.no_document",
          "bucket \(input.bucket) has no \(input.document.rawValue)",
          try: ["lakectl bucket \(input.document.rawValue) set \(input.bucket) -f FILE"])
      }
      return AdminItem(Self.record(bucket, input.document))
    }
    try routes.on(ObjectAPI.setDocument) { input, context in try await self.set(input, context) }
    try routes.on(ObjectAPI.unsetDocument) { input, context in
      try await self.store(input, nil, context)
    }
  }

  private static func record(
    _ bucket: BucketRecord, _ document: BucketDocumentName
  ) -> BucketDocumentRecord {
    var record = BucketDocumentRecord()
    record.bucket = bucket.name
    record.document = document
    record.text = bucket.documents[document.model].map { String(decoding: $0, as: UTF8.self) }
    record.isSet = record.text != nil
    return record
  }

  private func set(
    _ input: BucketDocumentInput, _ context: AdminContext
  ) async throws -> AdminChange<BucketDocumentRecord> {
    guard let text = input.text else {
      throw AdminError.badValue(
        "\(input.document.rawValue) of bucket \(input.bucket) was not set", why: "there is no text")
    }
    let bucket = try await self.sources.bucket(input.bucket)
    let canonical: [UInt8]
    do throws(S3Error) {
      canonical = try self.canonical(input.document, Array(text.utf8), bucket)
    } catch {
      var details = JSONObject()
      details["s3_code"] = .string(error.code.text)
      throw AdminError(
        .badRequest, "bucket.bad_document",
        "\(input.document.rawValue) of bucket \(input.bucket) was not set", why: error.message,
        details: details)
    }
    return try await self.store(input, canonical, context)
  }

  /// What the gateway would keep of it, by the same rules.
  private func canonical(
    _ document: BucketDocumentName, _ text: [UInt8], _ bucket: BucketRecord
  ) throws(S3Error) -> [UInt8] {
    let bytes = document == .policy ? text : try DocumentText.xml(document, text)
    switch document {
    case .policy:
      let policy = try BucketPolicy(bytes, bucket: bucket.name)
      let stored = bucket.documents[.publicAccessBlock].flatMap { try? PublicAccessBlock($0) }
      let block = stored ?? (self.sources.blocksPublicByDefault ? .all : PublicAccessBlock())
      guard !policy.isPublic || !block.blocksPolicy else {
        throw S3Error(
          .accessDenied,
          "the policy opens the bucket to everybody, which its public access block forbids")
      }
      return bytes
    case .cors: return try CORSConfiguration(bytes).text
    case .lifecycle:
      var number = 0
      return try LifecycleConfiguration(
        bytes,
        identifier: {
          number += 1
          return "rule-\(number)"
        }
      ).text
    case .tagging: return try TagSet(document: bytes, max: TagSet.bucketMax).text
    }
  }

  private func store(
    _ input: BucketDocumentInput, _ text: [UInt8]?, _ context: AdminContext
  ) async throws -> AdminChange<BucketDocumentRecord> {
    let there = try await self.sources.bucket(input.bucket)
    try context.check(etag: there.etag, of: "bucket \(input.bucket)")
    let name = input.document.model
    let isSame = there.documents[name] == text
    let verb = text == nil ? "take away" : "replace"
    guard !isSame, !context.isDryRun else {
      return AdminChange(
        Self.record(there, input.document), changed: !isSame, context: context,
        plan: "\(verb) \(input.document.rawValue) of bucket \(input.bucket)")
    }
    let changed = try await objectWork {
      try await self.sources.control.updateBucket(input.bucket) { record throws(ControlError) in
        record.documents[name] = text
      }
    }
    var warnings: [AdminWarning] = []
    if let before = there.documents[name] {
      warnings.append(
        AdminWarning(
          "bucket.replaced_document",
          "what was there before: \(String(decoding: before.prefix(2000), as: UTF8.self))"))
    }
    var change = AdminChange(
      Self.record(changed, input.document), changed: true, context: context,
      undo: there.documents[name] == nil
        ? "lakectl bucket \(input.document.rawValue) unset \(input.bucket)" : nil, plan: "")
    change.warnings = warnings
    return change
  }
}

extension BucketDocumentName {
  var model: BucketDocument {
    switch self {
    case .policy: .policy
    case .cors: .cors
    case .lifecycle: .lifecycle
    case .tagging: .tagging
    }
  }
}
