import Admin
import AdminServing
import Bytes
import Hosting
import ObjectModel
import Runtime
import Values

/// `object upload`.
struct UploadHandlers: Sendable {
  let sources: ObjectAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ObjectAPI.uploads) { input, context in try await self.list(input, context) }
    try routes.on(ObjectAPI.abortUpload) { input, context in try await self.abort(input, context) }
    try routes.on(ObjectAPI.abortUploads) { input, context in
      try await self.abortOld(input, context)
    }
  }

  private struct Found: Sendable {
    var key: ObjectKey
    var upload: UploadID
    var record: ObjectModel.ObjectRecord
  }

  private func page(
    _ bucket: BucketRecord, _ prefix: String, after: Found?, limit: Int
  ) async throws -> (found: [Found], isTruncated: Bool) {
    let request = UploadListRequest(
      prefix: Array(prefix.utf8), after: after.map { ListPosition($0.key.bytes) },
      afterUpload: after?.upload, limit: limit)
    let page = try await objectWork {
      try await self.sources.namespace.listUploads(self.sources.call(bucket), request)
    }
    let found = page.entries.compactMap { entry -> Found? in
      guard entry.kind == .record, let upload = page.upload(entry),
        let record = page.withRecord(entry, { ObjectModel.ObjectRecord(decoding: $0) })
      else { return nil }
      return Found(key: ObjectKey(page.name(entry)), upload: upload, record: record)
    }
    return (found, page.isTruncated)
  }

  private func list(
    _ input: BucketPrefixInput, _ context: AdminContext
  ) async throws -> AdminList<UploadRecord> {
    let bucket = try await self.sources.bucket(input.bucket)
    var after: Found?
    if let text = context.paging.token.flatMap(AdminPaging.decode) {
      // The upload's identifier, then its key.
      guard let upload = UploadID(String(text.prefix(32))), text.count > 32 else {
        throw AdminError.badValue("uploads were not listed", why: "page_token is none of ours")
      }
      after = Found(
        key: ObjectKey(String(text.dropFirst(32))), upload: upload,
        record: ObjectModel.ObjectRecord())
    }
    let page = try await self.page(bucket, input.prefix, after: after, limit: context.paging.limit)
    var records: [UploadRecord] = []
    for found in page.found { records.append(try await self.record(bucket, found)) }
    let next = page.isTruncated ? page.found.last : nil
    return AdminList(
      records, next: next.map { AdminPaging.encode("\($0.upload)\($0.key.text)") })
  }

  private func record(_ bucket: BucketRecord, _ found: Found) async throws -> UploadRecord {
    var record = UploadRecord()
    record.upload = found.upload.description
    record.bucket = bucket.name
    record.key = found.key.text
    record.startedAt = Timestamp(milliseconds: found.record.commitMilliseconds)
    record.owner = found.record.owner.isEmpty ? nil : found.record.owner
    var number: UInt16 = 0
    while true {
      let page: PartPage
      do throws(NamespaceError) {
        page = try await self.sources.namespace.parts(
          self.sources.call(bucket), found.key, found.upload, after: number, limit: 1000)
      } catch {
        // It has ended in between.
        guard error.code == .noSuchUpload else { throw AdminError(error) }
        return record
      }
      for part in page.parts.compactMap({ ObjectPart(decoding: $0.rawBytes) }) {
        record.parts += 1
        record.bytes += part.size
        number = part.number
      }
      guard page.isTruncated, !page.parts.isEmpty else { return record }
    }
  }

  private func abort(
    _ input: UploadInput, _ context: AdminContext
  ) async throws -> AdminChange<UploadRecord> {
    let bucket = try await self.sources.bucket(input.bucket)
    var after: Found?
    while true {
      let page = try await self.page(bucket, "", after: after, limit: 1000)
      if let found = page.found.first(where: { $0.upload.description == input.upload }) {
        let record = try await self.record(bucket, found)
        if !context.isDryRun { try await self.abort(bucket, found) }
        return AdminChange(
          record, changed: true, context: context,
          plan: "give up upload \(input.upload) of \(found.key.text),"
            + " \(record.parts) parts, \(ByteCount(record.bytes))")
      }
      guard page.isTruncated, let last = page.found.last else { break }
      after = last
    }
    throw AdminError(
      .notFound, NamespaceError.Code.noSuchUpload.description,
      "bucket \(input.bucket) has no upload \(input.upload.prefix(64).debugDescription)",
      try: ["lakectl object upload list \(input.bucket)"])
  }

  private func abort(_ bucket: BucketRecord, _ found: Found) async throws(AdminError) {
    do throws(NamespaceError) {
      try await self.sources.namespace.abortUpload(
        self.sources.call(bucket), found.key, found.upload)
    } catch {
      // Somebody else has ended it.
      guard error.code == .noSuchUpload else { throw AdminError(error) }
    }
  }

  private func abortOld(
    _ input: UploadsAbortInput, _ context: AdminContext
  ) async throws -> AdminList<UploadRecord> {
    guard input.olderMilliseconds >= 0 else {
      throw AdminError.badValue("no upload was given up", why: "older_ms is below 0")
    }
    let bucket = try await self.sources.bucket(input.bucket)
    let now = UInt64(clamping: self.sources.time.wallNow.nanoseconds / 1_000_000)
    let limit = now - min(now, UInt64(input.olderMilliseconds))
    var records: [UploadRecord] = []
    var after: Found?
    while records.count < context.paging.limit {
      let page = try await self.page(bucket, input.prefix, after: after, limit: 1000)
      for found in page.found where found.record.commitMilliseconds <= limit {
        guard records.count < context.paging.limit else { break }
        records.append(try await self.record(bucket, found))
        if !context.isDryRun { try await self.abort(bucket, found) }
      }
      guard page.isTruncated, let last = page.found.last else { break }
      after = last
    }
    return AdminList(records)
  }
}
