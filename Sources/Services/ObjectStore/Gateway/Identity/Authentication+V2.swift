private import Observability
import Bytes
import Crypto
import HTTP
import HTTPServing
import ObjectModel
import Runtime
import S3
import Values

/// Signatures of version 2, which two widespread clients put into addresses unless they are told otherwise.
extension ObjectGateway {
  /// `AWSAccessKeyId`, `Expires` and `Signature` in the query.
  func authenticatePresignedV2(_ request: S3Request) async throws(S3Error) -> Caller {
    guard self.options.signatureV2 != .off else { throw Self.wantsVersion4 }
    guard let id = request.target.argument("AWSAccessKeyId"),
      let signature = request.target.argument("Signature"),
      let expires = request.target.argument("Expires"), !id.isEmpty
    else {
      throw S3Error(
        .accessDenied,
        "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
      )
    }
    guard !expires.isEmpty, expires.utf8.count <= 12,
      expires.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let end = Int64(expires)
    else {
      throw S3Error(
        .accessDenied, "Invalid date (should be seconds since epoch): \(expires.prefix(40))")
    }
    let now = SigV4Time(self.time.wallNow)
    guard now.seconds < end else { throw Self.expired(end, now) }
    let key = try await self.accessKey(
      id, sessionToken: request.target.argument("x-amz-security-token"))
    try self.verifyV2(request, key, signature, date: expires)
    return Caller(key: key, payload: try Self.payloadV2(request), isPresigned: true, version: .v2)
  }

  /// `Authorization: AWS KEY:SIGNATURE`.
  func authenticateHeaderV2(
    _ request: S3Request, _ field: String
  ) async throws(S3Error) -> Caller {
    guard self.options.signatureV2 == .on else { throw Self.wantsVersion4 }
    let parts = field.dropFirst(4).split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw S3Error(
        .invalidArgument, "AWS authorization header is invalid. Expected AwsAccessKeyId:signature")
    }
    let time = try Self.time(of: request)
    let now = SigV4Time(self.time.wallNow)
    guard abs(time.seconds - now.seconds) <= 900 else { throw Self.skewed(time, now) }
    let key = try await self.accessKey(
      String(parts[0]), sessionToken: request.header(.xAmzSecurityToken))
    let date = request.header(.xAmzDate) == nil ? request.header(.date) ?? "" : ""
    try self.verifyV2(request, key, String(parts[1]), date: date)
    return Caller(key: key, payload: try Self.payloadV2(request), version: .v2)
  }

  private static var wantsVersion4: S3Error {
    S3Error(
      .invalidRequest,
      "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    )
  }

  /// The body is not signed; it may say its hash, and it may come in chunks.
  private static func payloadV2(_ request: S3Request) throws(S3Error) -> PayloadForm {
    guard let text = request.header(.xAmzContentSha256) else { return .unsigned }
    guard let form = PayloadForm(text) else {
      throw S3Error.invalidArgument("x-amz-content-sha256", text, "the payload's hash is none")
    }
    if case .chunked(let isSigned, _) = form, isSigned {
      throw S3Error(.invalidRequest, "signed chunks need a signature of version 4")
    }
    return form
  }

  private func verifyV2(
    _ request: S3Request, _ key: AccessKey, _ signature: String, date: String
  ) throws(S3Error) {
    let exchange = request.exchange
    let signed = SignatureV2Request(
      method: "\(exchange.method.text)", path: exchange.path.lossyText,
      arguments: request.target.arguments,
      virtualBucket: VirtualHost.bucket(
        host: exchange.authority.lossyText, domains: self.options.domains))
    let text = SignatureV2.text(
      of: signed, date: date, headers: ExchangeHeaders(exchange: exchange))
    guard
      ConstantTime.isEqual(
        SignatureV2.signature(of: text, secret: key.secret.exposed), signature)
    else {
      self.metrics.authFailures.add()
      self.identity.refused(keyID: key.id, source: "\(exchange.peer)")
      throw S3Error(
        .signatureDoesNotMatch,
        "The request signature we calculated does not match the signature you provided. Check "
          + "your key and signing method.",
        details: [
          .init("AWSAccessKeyId", key.id), .init("StringToSign", text),
          .init("SignatureProvided", String(signature.prefix(128))),
        ])
    }
    self.identity.accepted(key)
  }
}
