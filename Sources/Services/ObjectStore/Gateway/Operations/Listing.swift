import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3
import XML

/// The arguments that all listings share.
struct ListArguments {
  var prefix: String
  var delimiter: String
  var limit: Int
  var encodes: Bool

  init(_ target: S3Target, limit name: String) throws(S3Error) {
    self.prefix = target.argument("prefix") ?? ""
    self.delimiter = target.argument("delimiter") ?? ""
    self.limit = try target.limit(name)
    self.encodes = try target.encodesNames()
    // Ceph's word for "in any order": ours is one of them, but what is rolled up needs an order.
    if target.argument("allow-unordered") == "true", !self.delimiter.isEmpty {
      throw S3Error.invalidArgument(
        "delimiter", self.delimiter, "allow-unordered cannot be used with a delimiter")
    }
  }

  /// A name as the answer has it.
  func text(_ name: [UInt8]) -> String {
    guard self.encodes else { return String(decoding: name, as: UTF8.self) }
    var target = ByteWriter(capacity: name.count + 16)
    PercentCoding.encode(name.rawBytes, keepingSlashes: true, to: &target)
    return target.bytes.lossyText
  }

  func text(_ name: String) -> String { self.encodes ? self.text(Array(name.utf8)) : name }
}

extension ObjectGateway {
  // MARK: Objects

  func listObjects(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:ListBucket", .read)
    let arguments = try ListArguments(request.target, limit: "max-keys")
    let marker = request.target.argument("marker") ?? ""
    let after = marker.isEmpty ? nil : Self.position(marker, arguments)
    let page = try await self.page(request, arguments, after: after)
    var names = OwnerNames(self)
    var target = ByteWriter(capacity: 1024 + page.entries.count * 384)
    let owners = try await names.load(page)
    target.appendS3("ListBucketResult") { xml in
      xml.element("Name", request.bucket.name)
      // As it came: the oldest of the listings never encodes it, and clients do not decode it.
      xml.element("Prefix", arguments.prefix)
      xml.element("Marker", arguments.text(marker))
      if page.isTruncated, !arguments.delimiter.isEmpty, let last = page.entries.last {
        xml.element("NextMarker", arguments.text(page.name(last)))
      }
      xml.element("MaxKeys", arguments.limit)
      if !arguments.delimiter.isEmpty {
        xml.element("Delimiter", arguments.text(arguments.delimiter))
      }
      xml.element("IsTruncated", page.isTruncated)
      if arguments.encodes { xml.element("EncodingType", "url") }
      Self.append(page, arguments, owners: owners, to: &xml)
    }
    request.respond(xml: target.bytes.array)
  }

  /// A marker that ends a common prefix leaves all of the prefix behind.
  static func position(_ marker: String, _ arguments: ListArguments) -> ListPosition {
    let bytes = Array(marker.utf8)
    let delimiter = Array(arguments.delimiter.utf8)
    let prefix = Array(arguments.prefix.utf8)
    guard !delimiter.isEmpty, bytes.count >= prefix.count + delimiter.count,
      bytes.starts(with: prefix), bytes.suffix(delimiter.count).elementsEqual(delimiter)
    else { return ListPosition(bytes) }
    // Only when it is the first delimiter behind the prefix.
    let inner = bytes[prefix.count..<bytes.count - delimiter.count]
    let isInside = inner.indices.contains { bytes[$0...].starts(with: delimiter) }
    return ListPosition(bytes, isCommonPrefix: !isInside)
  }

  private func page(
    _ request: S3Request, _ arguments: ListArguments, after: ListPosition?
  ) async throws(S3Error) -> ListPage {
    guard arguments.limit > 0 else { return ListPage() }
    let wanted = ListRequest(
      prefix: Array(arguments.prefix.utf8), delimiter: Array(arguments.delimiter.utf8),
      after: after, limit: arguments.limit)
    return try await self.naming(request) { () async throws(NamespaceError) in
      try await self.namespace.list(request.call, wanted)
    }
  }

  func listObjectsV2(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:ListBucket", .read)
    let arguments = try ListArguments(request.target, limit: "max-keys")
    let token = request.target.argument("continuation-token")
    let startAfter = request.target.argument("start-after")
    let root = request.bucket.root.rawValue
    var after = startAfter.flatMap { $0.isEmpty ? nil : Self.position($0, arguments) }
    if let token, !token.isEmpty {
      guard let known = ListToken(text: token, key: self.options.tokenKey, bucket: root) else {
        throw S3Error.invalidArgument(
          "continuation-token", token, "The continuation token provided is incorrect")
      }
      after = ListPosition(known.position, isCommonPrefix: known.isCommonPrefix)
    }
    let page = try await self.page(request, arguments, after: after)
    let fetchesOwner = request.target.argument("fetch-owner")?.lowercased() == "true"
    var names = OwnerNames(self)
    let owners = fetchesOwner ? try await names.load(page) : nil
    var next: String?
    if page.isTruncated, let last = page.entries.last {
      next = ListToken(position: page.name(last), isCommonPrefix: last.kind == .commonPrefix)
        .text(key: self.options.tokenKey, bucket: root)
    }
    var target = ByteWriter(capacity: 1024 + page.entries.count * 320)
    target.appendS3("ListBucketResult") { xml in
      xml.element("Name", request.bucket.name)
      xml.element("Prefix", arguments.text(arguments.prefix))
      if let startAfter { xml.element("StartAfter", arguments.text(startAfter)) }
      xml.element("ContinuationToken", ifPresent: token)
      xml.element("NextContinuationToken", ifPresent: next)
      xml.element("KeyCount", page.entries.count)
      xml.element("MaxKeys", arguments.limit)
      if !arguments.delimiter.isEmpty {
        xml.element("Delimiter", arguments.text(arguments.delimiter))
      }
      xml.element("IsTruncated", page.isTruncated)
      if arguments.encodes { xml.element("EncodingType", "url") }
      Self.append(page, arguments, owners: owners, to: &xml)
    }
    request.respond(xml: target.bytes.array)
  }

  /// - Parameter owners: names by id; nil: owners are not told.
  private static func append(
    _ page: ListPage, _ arguments: ListArguments, owners: [String: String]?,
    to xml: inout XMLWriter
  ) {
    for entry in page.entries where entry.kind == .record {
      guard let record = page.withRecord(entry, { ObjectRecord(decoding: $0) }) else { continue }
      xml.element("Contents") { xml in
        xml.element("Key", arguments.text(page.name(entry)))
        xml.element("LastModified", S3Time.text(milliseconds: record.commitMilliseconds))
        xml.element("ETag", record.entityTag.quoted)
        Self.appendChecksum(record, to: &xml)
        xml.element("Size", record.size)
        if let owners { Self.append(owner: record.owner, owners, to: &xml) }
        xml.element("StorageClass", record.storageClassName ?? StorageClass.standard)
      }
    }
    Self.appendCommonPrefixes(page, arguments, to: &xml)
  }

  static func appendChecksum(_ record: ObjectRecord, to xml: inout XMLWriter) {
    guard let checksum = record.checksum,
      let kind = ChecksumKind(rawValue: checksum.algorithm.rawValue)
    else { return }
    xml.element("ChecksumAlgorithm", kind.name)
    xml.element(
      "ChecksumType", record.checksumType == .composite ? "COMPOSITE" : "FULL_OBJECT")
  }

  static func append(owner: String, _ names: [String: String], to xml: inout XMLWriter) {
    xml.element("Owner") { xml in
      xml.element("ID", owner)
      if let name = names[owner], !name.isEmpty { xml.element("DisplayName", name) }
    }
  }

  static func appendCommonPrefixes(
    _ page: ListPage, _ arguments: ListArguments, to xml: inout XMLWriter
  ) {
    for entry in page.entries where entry.kind == .commonPrefix {
      xml.element("CommonPrefixes") { xml in
        xml.element("Prefix", arguments.text(page.name(entry)))
      }
    }
  }

  // MARK: Versions

  func listObjectVersions(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:ListBucketVersions", .read)
    let arguments = try ListArguments(request.target, limit: "max-keys")
    let keyMarker = request.target.argument("key-marker") ?? ""
    let versionMarker = request.target.argument("version-id-marker") ?? ""
    guard versionMarker.isEmpty || !keyMarker.isEmpty else {
      throw S3Error.invalidArgument(
        "version-id-marker", versionMarker,
        "A version-id marker cannot be specified without a key marker.")
    }
    var wanted = VersionListRequest(
      prefix: Array(arguments.prefix.utf8), delimiter: Array(arguments.delimiter.utf8),
      limit: arguments.limit)
    if !keyMarker.isEmpty {
      wanted.after =
        versionMarker.isEmpty
        ? Self.position(keyMarker, arguments) : ListPosition(Array(keyMarker.utf8))
      if !versionMarker.isEmpty { wanted.afterVersion = try Self.selector(versionMarker) }
    }
    let page =
      arguments.limit == 0
      ? ListPage()
      : try await self.naming(request) { () async throws(NamespaceError) in
        try await self.namespace.listVersions(request.call, wanted)
      }
    var names = OwnerNames(self)
    let owners = try await names.load(page)
    request.respond(
      xml: Self.versionList(
        request, arguments, page, owners, keyMarker: keyMarker, versionMarker: versionMarker))
  }

  private static func versionList(
    _ request: S3Request, _ arguments: ListArguments, _ page: ListPage,
    _ owners: [String: String], keyMarker: String, versionMarker: String
  ) -> [UInt8] {
    var target = ByteWriter(capacity: 1024 + page.entries.count * 400)
    target.appendS3("ListVersionsResult") { xml in
      xml.element("Name", request.bucket.name)
      xml.element("Prefix", arguments.text(arguments.prefix))
      xml.element("KeyMarker", arguments.text(keyMarker))
      xml.element("VersionIdMarker", versionMarker)
      if page.isTruncated, let last = page.entries.last {
        xml.element("NextKeyMarker", arguments.text(page.name(last)))
        if last.kind == .record,
          let record = page.withRecord(last, { ObjectRecord(decoding: $0) })
        {
          xml.element("NextVersionIdMarker", record.versionText)
        }
      }
      xml.element("MaxKeys", arguments.limit)
      if !arguments.delimiter.isEmpty {
        xml.element("Delimiter", arguments.text(arguments.delimiter))
      }
      xml.element("IsTruncated", page.isTruncated)
      if arguments.encodes { xml.element("EncodingType", "url") }
      for entry in page.entries where entry.kind == .record {
        guard let record = page.withRecord(entry, { ObjectRecord(decoding: $0) }) else { continue }
        let key = arguments.text(page.name(entry))
        Self.append(version: record, key, isLatest: entry.isLatest, owners, to: &xml)
      }
      Self.appendCommonPrefixes(page, arguments, to: &xml)
    }
    return target.bytes.array
  }

  private static func append(
    version record: ObjectRecord, _ key: String, isLatest: Bool, _ owners: [String: String],
    to xml: inout XMLWriter
  ) {
    let isMarker = record.kind == .deleteMarker
    xml.element(isMarker ? "DeleteMarker" : "Version") { xml in
      xml.element("Key", key)
      xml.element("VersionId", record.versionText)
      xml.element("IsLatest", isLatest)
      xml.element("LastModified", S3Time.text(milliseconds: record.commitMilliseconds))
      if !isMarker {
        xml.element("ETag", record.entityTag.quoted)
        Self.appendChecksum(record, to: &xml)
        xml.element("Size", record.size)
      }
      Self.append(owner: record.owner, owners, to: &xml)
      if !isMarker {
        xml.element("StorageClass", record.storageClassName ?? StorageClass.standard)
      }
    }
  }
}
