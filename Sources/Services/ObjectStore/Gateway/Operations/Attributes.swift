import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3
import XML

extension ObjectGateway {
  private static let attributeNames: Set<String> = [
    "ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize",
  ]

  func getObjectAttributes(_ request: S3Request) async throws {
    let wanted = try Self.attributes(request)
    let limit = try Self.partLimit(request)
    let marker = try Self.partMarker(request)
    let found = try await self.find(
      request,
      action: request.target.has("versionId")
        ? "s3:GetObjectVersionAttributes" : "s3:GetObjectAttributes", .read)
    let record = found.record
    let parts = wanted.contains("ObjectParts") ? try await self.parts(request, record) : []
    var target = ByteWriter()
    target.appendS3("GetObjectAttributesResponse") { xml in
      if wanted.contains("ETag") { xml.element("ETag", record.entityTag.description) }
      if wanted.contains("Checksum"), let checksum = record.checksum {
        xml.element("Checksum") { xml in
          Self.append(checksum, text: Self.text(checksum, record), to: &xml)
          xml.element(
            "ChecksumType", record.checksumType == .composite ? "COMPOSITE" : "FULL_OBJECT")
        }
      }
      if wanted.contains("ObjectParts"), record.isMultipart {
        Self.append(parts, of: record, after: marker, limit: limit, to: &xml)
      }
      if wanted.contains("StorageClass") {
        xml.element("StorageClass", record.storageClassName ?? StorageClass.standard)
      }
      if wanted.contains("ObjectSize") { xml.element("ObjectSize", record.size) }
    }
    request.begin(200)
    request.exchange.field(.lastModified, date: Int64(record.commitMilliseconds / 1000))
    if request.bucket.versioning != .unversioned {
      request.field("x-amz-version-id", record.versionText)
    }
    request.exchange.field(.contentType, "application/xml" as StaticString)
    request.exchange.end(target.bytes)
  }

  private static func append(
    _ parts: [ObjectPart], of record: ObjectRecord, after marker: Int, limit: Int,
    to xml: inout XMLWriter
  ) {
    // Parts of an object are numbered by their place.
    let numbered = parts.enumerated().map { (number: $0.offset + 1, part: $0.element) }
    let behind = numbered.filter { $0.number > marker }
    let page = behind.prefix(limit)
    xml.element("ObjectParts") { xml in
      xml.element("PartsCount", parts.count)
      xml.element("PartNumberMarker", marker)
      xml.element("NextPartNumberMarker", page.last?.number ?? 0)
      xml.element("MaxParts", limit)
      xml.element("IsTruncated", behind.count > page.count)
      guard record.checksum != nil else { return }
      for entry in page {
        xml.element("Part") { xml in
          xml.element("PartNumber", entry.number)
          xml.element("Size", entry.part.size)
          Self.append(entry.part.checksum, to: &xml)
        }
      }
    }
  }

  private static func attributes(_ request: S3Request) throws(S3Error) -> Set<String> {
    var names: Set<String> = []
    request.forEachHeader(prefix: "x-amz-object-attribute") { rest, value in
      guard rest == "s" else { return }
      for name in value.split(separator: ",") { names.insert(name.filter { $0 != " " }) }
    }
    guard !names.isEmpty else {
      throw S3Error(
        .invalidRequest,
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either "
          + "missing or empty")
    }
    for name in names where !self.attributeNames.contains(name) {
      throw S3Error.invalidArgument(
        "x-amz-object-attributes", name, "Invalid attribute name specified.")
    }
    return names
  }

  private static func partLimit(_ request: S3Request) throws(S3Error) -> Int {
    guard let text = request.header("x-amz-max-parts") else { return 1000 }
    guard let limit = Int(text), limit >= 0 else {
      throw S3Error.invalidArgument("x-amz-max-parts", text, "max-parts is no number")
    }
    return min(limit, 1000)
  }

  private static func partMarker(_ request: S3Request) throws(S3Error) -> Int {
    guard let text = request.header("x-amz-part-number-marker") else { return 0 }
    guard let marker = Int(text), marker >= 0 else {
      throw S3Error.invalidArgument(
        "x-amz-part-number-marker", text, "the marker is no part number")
    }
    return marker
  }
}
