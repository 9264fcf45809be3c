import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3

/// The fields of a request that an object is stored with.
enum ObjectHeaders {
  static let metadataByteCountMax = 2048

  /// Fills in what the fields say about content and metadata.
  static func read(_ request: S3Request, into record: inout ObjectRecord) throws(S3Error) {
    try self.readContentFields(request, into: &record)
    record.metadata = try self.metadata(request)
    try self.readStorageClass(request, into: &record)
  }

  static func readContentFields(
    _ request: S3Request, into record: inout ObjectRecord
  ) throws(S3Error) {
    record.contentType = try self.text(request.header(.contentType))
    record.contentEncoding = self.contentEncoding(request.header(.contentEncoding))
    record.contentLanguage = try self.text(request.header(.contentLanguage))
    record.contentDisposition = try self.text(request.header(.contentDisposition))
    record.cacheControl = try self.text(request.header(.cacheControl))
    record.expires = try self.text(request.header(.expires))
    record.websiteRedirect = try self.text(request.header("x-amz-website-redirect-location"))
  }

  private static func text(_ value: String?) throws(S3Error) -> String? {
    guard let value, !value.isEmpty else { return nil }
    guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
      throw S3Error(.invalidRequest, "a field has control characters")
    }
    return value
  }

  static func readStorageClass(
    _ request: S3Request, into record: inout ObjectRecord
  ) throws(S3Error) {
    guard let name = request.header("x-amz-storage-class") else { return }
    guard StorageClass.isKnown(name) else {
      throw S3Error(.invalidStorageClass, "The storage class you specified is not valid")
    }
    record.storageClassName = name == StorageClass.standard ? nil : name
  }

  /// Without `aws-chunked`; nil when nothing is left.
  static func contentEncoding(_ value: String?) -> String? {
    guard let value else { return nil }
    let codings = value.split(separator: ",").map { coding in
      String(coding.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    let rest = codings.filter { $0.lowercased() != "aws-chunked" && !$0.isEmpty }
    if rest.count == codings.count { return value.isEmpty ? nil : value }
    return rest.isEmpty ? nil : rest.joined(separator: ",")
  }

  /// `x-amz-meta-…`: names lower-case, values of a repeated name joined.
  static func metadata(_ request: S3Request) throws(S3Error) -> [ObjectRecord.Pair] {
    var pairs: [ObjectRecord.Pair] = []
    var byteCount = 0
    var isText = true
    request.forEachHeader(prefix: "x-amz-meta-") { name, raw in
      let value = EncodedWord.decode(raw)
      if value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) { isText = false }
      byteCount += value.utf8.count
      if let at = pairs.firstIndex(where: { $0.name == name }) {
        pairs[at].value += "," + value
      } else {
        byteCount += name.utf8.count
        pairs.append(ObjectRecord.Pair(name, value))
      }
    }
    guard isText else { throw S3Error(.invalidRequest, "metadata has control characters") }
    guard byteCount <= Self.metadataByteCountMax else {
      throw S3Error(
        .metadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size",
        details: [
          .init("Size", "\(byteCount)"), .init("MaxSizeAllowed", "\(Self.metadataByteCountMax)"),
        ])
    }
    return pairs
  }

  /// Writes them into an answer, with what a signed request asks to be said instead.
  static func write(_ record: ObjectRecord, to request: S3Request) throws(S3Error) {
    func field(_ name: String, _ argument: String, _ stored: String?) {
      request.field(name, request.target.argument(argument) ?? stored)
    }
    field("Content-Type", "response-content-type", record.contentType ?? "binary/octet-stream")
    field("Content-Encoding", "response-content-encoding", record.contentEncoding)
    field("Content-Language", "response-content-language", record.contentLanguage)
    field("Content-Disposition", "response-content-disposition", record.contentDisposition)
    field("Cache-Control", "response-cache-control", record.cacheControl)
    field("Expires", "response-expires", record.expires)
    request.field("x-amz-website-redirect-location", record.websiteRedirect)
    for pair in record.metadata {
      request.field("x-amz-meta-" + pair.name, EncodedWord.encode(pair.value))
    }
    request.field("x-amz-storage-class", record.storageClassName)
    if !record.tags.isEmpty { request.field("x-amz-tagging-count", "\(record.tags.count)") }
    if let retention = record.retention {
      request.field(
        "x-amz-object-lock-mode", retention.mode == .compliance ? "COMPLIANCE" : "GOVERNANCE")
      request.field(
        "x-amz-object-lock-retain-until-date",
        S3Time.text(milliseconds: retention.untilMilliseconds))
    }
    if record.hasLegalHold { request.field("x-amz-object-lock-legal-hold", "ON") }
  }

  static let overrides = [
    "response-content-type", "response-content-language", "response-content-disposition",
    "response-content-encoding", "response-cache-control", "response-expires",
  ]

  /// What overrides say goes into fields: no line ends, and nothing from somebody without a key.
  static func checkOverrides(_ request: S3Request) throws(S3Error) {
    for name in self.overrides {
      guard let value = request.target.argument(name) else { continue }
      guard !request.caller.isAnonymous else {
        throw S3Error(
          .invalidRequest,
          "Request specific response headers cannot be used for anonymous GET requests.")
      }
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
        throw S3Error.invalidArgument(name, value, "\(name) has control characters")
      }
    }
  }
}
