import Admin
import AdminServing
import Bytes
import Hosting
import ObjectModel
import Values

/// `object list` and `object show`.
struct ObjectHandlers: Sendable {
  let sources: ObjectAdminSources

  /// Versions of one key that are shown with it.
  static let versionsMax = 1000

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ObjectAPI.objects) { input, context in
      let bucket = try await self.sources.bucket(input.bucket)
      return input.hasVersions
        ? try await self.versions(bucket, input, context)
        : try await self.list(bucket, input, context)
    }
    try routes.on(ObjectAPI.object) { input, _ in AdminItem(try await self.show(input)) }
    try routes.on(ObjectAPI.verifyObject) { input, context in
      context.paging.page(try await self.verify(input), by: \.copy)
    }
  }

  // MARK: Listing

  private func delimiter(_ input: ObjectsInput) -> [UInt8] {
    input.isRecursive ? [] : [UInt8(ascii: "/")]
  }

  private func list(
    _ bucket: BucketRecord, _ input: ObjectsInput, _ context: AdminContext
  ) async throws -> AdminList<Admin.ObjectRecord> {
    let token = try PageToken(context.paging.token)
    let request = ListRequest(
      prefix: Array(input.prefix.utf8), delimiter: self.delimiter(input),
      after: token?.position, limit: context.paging.limit)
    let page = try await objectWork {
      try await self.sources.namespace.list(self.sources.call(bucket), request)
    }
    let records = page.entries.compactMap { Admin.ObjectRecord(page, $0) }
    let last = page.isTruncated ? page.entries.last : nil
    return AdminList(
      records,
      next: last.map {
        PageToken(page.name($0), isPrefix: $0.kind == .commonPrefix, version: nil).text
      })
  }

  private func versions(
    _ bucket: BucketRecord, _ input: ObjectsInput, _ context: AdminContext
  ) async throws -> AdminList<Admin.ObjectRecord> {
    let token = try PageToken(context.paging.token)
    let request = VersionListRequest(
      prefix: Array(input.prefix.utf8), delimiter: self.delimiter(input),
      after: token?.position, afterVersion: token?.version, limit: context.paging.limit)
    let page = try await objectWork {
      try await self.sources.namespace.listVersions(self.sources.call(bucket), request)
    }
    let records = page.entries.compactMap { Admin.ObjectRecord(page, $0) }
    let last = page.isTruncated ? page.entries.last : nil
    return AdminList(
      records,
      next: last.map { entry in
        let version = page.withRecord(entry) { bytes -> String? in
          guard let view = RecordView(bytes) else { return nil }
          return view.flags.contains(.nullVersion) ? "null" : view.version.description
        }
        return PageToken(
          page.name(entry), isPrefix: entry.kind == .commonPrefix, version: version
        ).text
      })
  }

  // MARK: One object

  private func found(
    _ input: ObjectInput, in bucket: BucketRecord
  ) async throws -> VersionedRecord {
    let key = ObjectKey(input.key)
    let selector = try VersionSelector(text: input.version)
    let found = try await objectWork {
      try await self.sources.namespace.get(self.sources.call(bucket), key, version: selector)
    }
    guard let found else { throw AdminError.noSuchObject(input.bucket, input.key) }
    return found
  }

  /// More would keep the caller waiting: a scrub reads as much as there is.
  private static let verifiedBytesMax: Int64 = 8 << 30

  private func verify(_ input: ObjectInput) async throws -> [ObjectCopyRecord] {
    let found = try await self.found(input, in: try await self.sources.bucket(input.bucket))
    var blobs: [BlobReference] = []
    RecordView(found.bytes.rawBytes)?.forEachBlob { blobs.append($0) }
    let bytes = ObjectModel.ObjectRecord(decoding: found.bytes)?.size ?? 0
    guard bytes <= Self.verifiedBytesMax else {
      throw AdminError(
        .overLimit, "object.too_large",
        "the object has \(ByteCount(bytes)), too much for one answer",
        why: "\(ByteCount(Self.verifiedBytesMax)) are read at most", try: ["lakectl volume scrub"])
    }
    return try await objectWork { try await self.sources.copies(blobs) }.map {
      ObjectCopyRecord($0)
    }.sorted { $0.copy < $1.copy }
  }

  private func show(_ input: ObjectInput) async throws -> ObjectDetailRecord {
    let bucket = try await self.sources.bucket(input.bucket)
    let key = ObjectKey(input.key)
    let found = try await self.found(input, in: bucket)
    guard let record = ObjectModel.ObjectRecord(decoding: found.bytes) else {
      throw AdminError.noSuchObject(input.bucket, input.key)
    }
    var detail = ObjectDetailRecord(record, key, bucket.name)
    detail.isLatest = found.isLatest
    detail.blobs = Self.blobs(of: found.bytes)
    detail.versions = try await self.versions(of: key, bucket)
    return detail
  }

  private static func blobs(of bytes: [UInt8]) -> [ObjectBlobRecord] {
    var blobs: [ObjectBlobRecord] = []
    RecordView(bytes.rawBytes)?.forEachBlob { blob in
      var record = ObjectBlobRecord()
      record.blob = blob.id.description
      record.volume = "\(blob.volume.rawValue)"
      record.bytes = blob.byteCount
      record.blocks = Int64(blob.blockCount)
      record.blockBytes = Int64(blob.blockByteCount)
      record.isPartTable = blob.isPartTable
      blobs.append(record)
    }
    return blobs
  }

  private func versions(
    of key: ObjectKey, _ bucket: BucketRecord
  ) async throws -> [Admin.ObjectRecord] {
    let request = VersionListRequest(prefix: key.bytes, limit: Self.versionsMax)
    let page = try await objectWork {
      try await self.sources.namespace.listVersions(self.sources.call(bucket), request)
    }
    return page.entries.filter { page.name($0) == key.bytes }
      .compactMap { Admin.ObjectRecord(page, $0) }
  }
}

extension VersionSelector {
  /// As S3 writes it; nil is the current one.
  init(text: String?) throws(AdminError) {
    switch text {
    case nil: self = .current
    case "null": self = .null
    case let text?:
      guard let version = VersionID(text) else {
        throw AdminError.badValue(
          "\(text.prefix(40).debugDescription) names no version",
          why: "versions have 32 digits, or are null")
      }
      self = .id(version)
    }
  }
}

/// Where a list of objects goes on: `k` or `p`, the version's 32 letters or 32 dashes, the name.
struct PageToken {
  var name: [UInt8]
  var isPrefix: Bool
  var versionText: String?

  init(_ name: [UInt8], isPrefix: Bool, version: String?) {
    self.name = name
    self.isPrefix = isPrefix
    self.versionText = version
  }

  /// Nil for none.
  init?(_ token: String?) throws(AdminError) {
    guard let token else { return nil }
    guard let text = AdminPaging.decode(token), text.utf8.count > 33,
      let kind = text.utf8.first, kind == UInt8(ascii: "k") || kind == UInt8(ascii: "p")
    else {
      throw AdminError.badValue("objects were not listed", why: "page_token is none of this call")
    }
    let bytes = Array(text.utf8)
    let version = String(decoding: bytes[1..<33], as: UTF8.self).filter { $0 != "-" }
    self.name = Array(bytes[33...])
    self.isPrefix = kind == UInt8(ascii: "p")
    self.versionText = version.isEmpty ? nil : version
  }

  var text: String {
    let version = self.versionText ?? ""
    let padded = version + String(repeating: "-", count: max(0, 32 - version.utf8.count))
    return AdminPaging.encode(
      (self.isPrefix ? "p" : "k") + padded + String(decoding: self.name, as: UTF8.self))
  }

  var position: ListPosition { ListPosition(self.name, isCommonPrefix: self.isPrefix) }

  var version: VersionSelector? {
    self.versionText.flatMap { $0 == "null" ? .null : VersionID($0).map { .id($0) } }
  }
}
