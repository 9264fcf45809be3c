import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3
import XML

extension ObjectGateway {
  func listUploads(_ request: S3Request) async throws {
    try await self.authorize(request, "s3:ListBucketMultipartUploads", .read)
    let arguments = try ListArguments(request.target, limit: "max-uploads")
    let keyMarker = request.target.argument("key-marker") ?? ""
    let uploadMarker = request.target.argument("upload-id-marker") ?? ""
    var wanted = UploadListRequest(
      prefix: Array(arguments.prefix.utf8), delimiter: Array(arguments.delimiter.utf8),
      limit: arguments.limit)
    if !keyMarker.isEmpty {
      wanted.after = Self.position(keyMarker, arguments)
      if !uploadMarker.isEmpty {
        guard let upload = UploadID(uploadMarker) else {
          throw S3Error.invalidArgument("upload-id-marker", uploadMarker, "Invalid uploadId marker")
        }
        wanted.after = ListPosition(Array(keyMarker.utf8))
        wanted.afterUpload = upload
      }
    }
    let page =
      arguments.limit == 0
      ? ListPage()
      : try await self.naming(request) { () async throws(NamespaceError) in
        try await self.namespace.listUploads(request.call, wanted)
      }
    var names = OwnerNames(self)
    let owners = try await names.load(page)
    var target = ByteWriter(capacity: 1024 + page.entries.count * 400)
    target.appendS3("ListMultipartUploadsResult") { xml in
      xml.element("Bucket", request.bucket.name)
      xml.element("KeyMarker", arguments.text(keyMarker))
      xml.element("UploadIdMarker", uploadMarker)
      if page.isTruncated, let last = page.entries.last {
        xml.element("NextKeyMarker", arguments.text(page.name(last)))
        if last.kind == .record {
          xml.element("NextUploadIdMarker", page.upload(last)?.description ?? "")
        }
      }
      if !arguments.prefix.isEmpty { xml.element("Prefix", arguments.text(arguments.prefix)) }
      if !arguments.delimiter.isEmpty {
        xml.element("Delimiter", arguments.text(arguments.delimiter))
      }
      if arguments.encodes { xml.element("EncodingType", "url") }
      xml.element("MaxUploads", arguments.limit)
      xml.element("IsTruncated", page.isTruncated)
      for entry in page.entries where entry.kind == .record {
        Self.append(upload: entry, page, arguments, owners, to: &xml)
      }
      Self.appendCommonPrefixes(page, arguments, to: &xml)
    }
    request.respond(xml: target.bytes.array)
  }

  private static func append(
    upload entry: ListPage.Entry, _ page: ListPage, _ arguments: ListArguments,
    _ owners: [String: String], to xml: inout XMLWriter
  ) {
    guard let upload = page.upload(entry),
      let record = page.withRecord(entry, { ObjectRecord(decoding: $0) })
    else { return }
    xml.element("Upload") { xml in
      xml.element("UploadId", upload.description)
      xml.element("Key", arguments.text(page.name(entry)))
      xml.element("Initiated", S3Time.text(milliseconds: record.commitMilliseconds))
      xml.element("StorageClass", record.storageClassName ?? StorageClass.standard)
      Self.append(owner: record.owner, owners, to: &xml)
      xml.element("Initiator") { xml in
        xml.element("ID", record.owner)
        if let name = owners[record.owner] { xml.element("DisplayName", name) }
      }
      if let kind = record.checksumAlgorithm.flatMap({ ChecksumKind(rawValue: $0.rawValue) }) {
        xml.element("ChecksumAlgorithm", kind.name)
        xml.element(
          "ChecksumType", record.checksumType == .composite ? "COMPOSITE" : "FULL_OBJECT")
      }
    }
  }
}
