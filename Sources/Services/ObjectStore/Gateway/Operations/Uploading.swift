private import Observability
import Bytes
import Crypto
import HTTP
import HTTPServing
import ObjectModel
import S3

/// What a request says about the body that it brings.
struct UploadPlan {
  /// Of the content; nil: not known before it ends.
  var length: Int64?
  var md5: Digest<16>?
  var checksum: ChecksumHeaders
  /// Lower-case names.
  var trailers: [String]
}

extension ObjectGateway {
  /// Reads what the fields say about the body, before any of it comes.
  ///
  /// - Parameter hasBodyChecksum: false: what the fields say is about something else.
  func upload(
    _ request: S3Request, needsLength: Bool = false, hasBodyChecksum: Bool = true
  ) throws(S3Error) -> UploadPlan {
    var length = request.exchange.contentLength
    let isChunked = request.caller.payload.isChunked
    if isChunked {
      guard let text = request.header(.xAmzDecodedContentLength) else {
        throw S3Error(
          .missingContentLength, "You must provide the x-amz-decoded-content-length HTTP header.")
      }
      guard let decoded = Int64(text), decoded >= 0 else {
        throw S3Error.invalidArgument(
          "x-amz-decoded-content-length", text, "the length is no number of bytes")
      }
      length = decoded
    } else if needsLength, !request.exchange.hasContentFraming {
      throw S3Error(.missingContentLength, "You must provide the Content-Length HTTP header.")
    }
    let trailers = (request.header(.xAmzTrailer) ?? "").split(separator: ",").map { name in
      name.lowercased().filter { $0 != " " }
    }
    var md5: Digest<16>?
    if let text = request.header(.contentMd5) {
      guard let bytes = Base64.bytes(of: text), let digest = Digest<16>(bytes.rawBytes) else {
        throw S3Error(
          .invalidDigest, "The Content-MD5 you specified is not valid.",
          details: [.init("Content-MD5", text)])
      }
      md5 = digest
    }
    let checksum =
      hasBodyChecksum
      ? try ChecksumHeaders(
        header: { request.header(named: $0) }, trailers: isChunked ? trailers : [])
      : ChecksumHeaders()
    return UploadPlan(length: length, md5: md5, checksum: checksum, trailers: trailers)
  }

  func reader(_ request: S3Request, _ plan: UploadPlan) -> PayloadReader {
    PayloadReader(
      request.exchange, request.caller, length: plan.length, trailers: plan.trailers)
  }

  /// Compares what came with what was said.
  func verify(
    _ plan: UploadPlan, md5: Digest<16>, checksum: [UInt8]?, _ reader: PayloadReader
  ) throws(S3Error) {
    if let wanted = plan.md5, wanted != md5 {
      self.metrics.checksumMismatches.add()
      throw S3Error(
        .badDigest, "The Content-MD5 you specified did not match what we received.",
        details: [.init("ExpectedDigest", "\(wanted)"), .init("CalculatedDigest", "\(md5)")])
    }
    guard let kind = plan.checksum.kind else { return }
    var wanted = plan.checksum.value
    if plan.checksum.isInTrailer, let text = reader.trailer(kind.header) {
      wanted = try ChecksumHeaders.value(text, kind)
    }
    guard let wanted, let checksum else { return }
    guard wanted == checksum else {
      self.metrics.checksumMismatches.add()
      throw S3Error(
        .badDigest, "The \(kind.name) you specified did not match the calculated checksum.")
    }
  }

  private static func tooLarge(_ max: Int) -> S3Error {
    S3Error.malformedXML("the document has more than \(max) bytes")
  }

  /// A small body as a whole.
  func collect(_ plan: UploadPlan, max: Int, _ request: S3Request) async throws -> [UInt8] {
    if let length = plan.length, length > Int64(max) { throw Self.tooLarge(max) }
    let reader = self.reader(request, plan)
    var bytes: [UInt8] = []
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 16)
    defer { piece.deallocate() }
    while true {
      let count = try await reader.read(into: piece)
      guard count > 0 else { break }
      bytes += piece[..<count]
      guard bytes.count <= max else { throw Self.tooLarge(max) }
    }
    var checksum: [UInt8]?
    if let kind = plan.checksum.kind {
      var stream = ChecksumStream(kind)
      stream.update(bytes.rawBytes)
      checksum = stream.finish()
    }
    try self.verify(plan, md5: MD5.digest(of: bytes.rawBytes), checksum: checksum, reader)
    return bytes
  }
}
