private import Observability
import Bytes
import Crypto
import HTTP
import HTTPServing
import ObjectModel
import Runtime
import S3
import Values

extension ObjectGateway {
  /// Who sends the request. Throws when it says so and it is not true.
  func authenticate(_ request: S3Request) async throws(S3Error) -> Caller {
    let exchange = request.exchange
    let isPresigned = request.target.has("X-Amz-Algorithm")
    let isPresignedV2 = request.target.has("Signature") && request.target.has("AWSAccessKeyId")
    let field = exchange.field(.authorization)?.lossyText
    guard [isPresigned, isPresignedV2, field != nil].count(where: { $0 }) < 2 else {
      throw S3Error(
        .invalidArgument,
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
          + "query string parameter or the Authorization header should be specified")
    }
    if isPresigned { return try await self.authenticatePresigned(request) }
    if isPresignedV2 { return try await self.authenticatePresignedV2(request) }
    guard let field else { return try self.anonymousCaller(request) }
    if field.isEmpty { throw S3Error(.accessDenied, "Access Denied") }
    if field.hasPrefix("AWS ") { return try await self.authenticateHeaderV2(request, field) }
    if field.hasPrefix("AWS4-ECDSA-P256-SHA256") {
      throw S3Error.notImplemented("AWS4-ECDSA-P256-SHA256")
    }
    return try await self.authenticateHeader(request, field)
  }

  private func anonymousCaller(_ request: S3Request) throws(S3Error) -> Caller {
    var caller = Caller.anonymous
    caller.openAccount = self.options.openAccount
    if let text = request.header(.xAmzContentSha256), let form = PayloadForm(text) {
      if case .chunked(let isSigned, let hasTrailer) = form {
        // Nobody without a key can sign.
        guard !isSigned || caller.openAccount != nil else {
          throw S3Error(.accessDenied, "Access Denied")
        }
        caller.payload = .chunked(isSigned: false, hasTrailer: hasTrailer)
      } else {
        caller.payload = form
      }
    }
    return caller
  }

  private func authenticateHeader(
    _ request: S3Request, _ field: String
  ) async throws(S3Error) -> Caller {
    let exchange = request.exchange
    let authorization: SigV4Authorization
    do throws(SigV4Error) {
      let bytes = Array(field.utf8)
      authorization = try SigV4Authorization(header: bytes.rawBytes)
    } catch {
      throw S3Error(.authorizationHeaderMalformed, error.message)
    }
    try self.check(authorization, .authorizationHeaderMalformed)
    guard let hash = request.header(.xAmzContentSha256) else {
      throw S3Error(
        .invalidRequest, "Missing required header for this request: x-amz-content-sha256")
    }
    guard let payload = PayloadForm(hash) else {
      throw S3Error.invalidArgument(
        "x-amz-content-sha256", hash,
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-…, or a valid sha256 value.")
    }
    if payload == .unsigned, self.options.requiresTLSForUnsigned, exchange.tls == nil {
      throw S3Error(.invalidRequest, "UNSIGNED-PAYLOAD is taken over TLS only")
    }
    let time = try Self.time(of: request)
    let now = SigV4Time(self.time.wallNow)
    do throws(SigV4Error) {
      try SigV4Verification.check(time: time, scope: authorization.scope, now: now)
    } catch {
      throw Self.timeError(error, time, now)
    }
    let key = try await self.accessKey(
      authorization.accessKeyID, sessionToken: request.header(.xAmzSecurityToken))
    let signing = try self.verify(request, authorization, key, time, payloadHash: hash)
    var caller = Caller(key: key, payload: payload)
    if case .chunked(let isSigned, _) = payload, isSigned {
      caller.chunkSignatures = SigV4ChunkSignatures(
        key: signing, time: time, seed: authorization.signature)
    }
    return caller
  }

  private func authenticatePresigned(_ request: S3Request) async throws(S3Error) -> Caller {
    let exchange = request.exchange
    let presigned: SigV4Presigned
    do throws(SigV4Error) {
      presigned = try SigV4Presigned(query: exchange.query)
    } catch {
      guard error.code != .expired else { throw S3Error(.accessDenied, error.message) }
      throw S3Error(.authorizationQueryParametersError, error.message)
    }
    let authorization = presigned.authorization
    try self.check(authorization, .authorizationQueryParametersError)
    guard presigned.time.day == authorization.scope.day else {
      throw S3Error(
        .authorizationQueryParametersError, "X-Amz-Date is not of the day of X-Amz-Credential")
    }
    let now = SigV4Time(self.time.wallNow)
    do throws(SigV4Error) {
      try presigned.check(now: now)
    } catch {
      guard error.code == .expired else {
        throw S3Error(.accessDenied, "Request is not valid yet")
      }
      throw Self.expired(presigned.time.seconds + Int64(presigned.expiresSeconds), now)
    }
    let hash =
      request.header(.xAmzContentSha256) ?? request.target.argument("X-Amz-Content-Sha256")
      ?? SigV4Signer.unsignedPayload
    guard let payload = PayloadForm(hash) else {
      throw S3Error.invalidArgument("x-amz-content-sha256", hash, "the payload's hash is none")
    }
    let key = try await self.accessKey(
      authorization.accessKeyID,
      sessionToken: request.target.argument("X-Amz-Security-Token"))
    let signing = try self.verify(
      request, authorization, key, presigned.time, payloadHash: hash)
    var caller = Caller(key: key, payload: payload, isPresigned: true)
    if case .chunked(let isSigned, _) = payload, isSigned {
      caller.chunkSignatures = SigV4ChunkSignatures(
        key: signing, time: presigned.time, seed: authorization.signature)
    }
    return caller
  }

  static func expired(_ end: Int64, _ now: SigV4Time) -> S3Error {
    S3Error(
      .accessDenied, "Request has expired",
      details: [
        .init("Expires", S3Time.text(milliseconds: UInt64(clamping: end) * 1000)),
        .init("ServerTime", S3Time.text(milliseconds: UInt64(clamping: now.seconds) * 1000)),
      ])
  }

  /// The scope is ours.
  private func check(
    _ authorization: SigV4Authorization, _ code: S3ErrorCode
  ) throws(S3Error) {
    let scope = authorization.scope
    guard scope.service == "s3" else {
      throw S3Error(code, "Credential is of the service \(scope.service.prefix(40)), not s3")
    }
    guard !self.options.isStrictRegion || scope.region == self.options.region else {
      throw S3Error(
        code, "the region \(scope.region.prefix(40)) is wrong; expecting \(self.options.region)",
        details: [.init("Region", self.options.region)])
    }
    guard authorization.signedNames.utf8.count(where: { $0 == UInt8(ascii: ";") }) < 64 else {
      throw S3Error(code, "SignedHeaders names more than 64 headers")
    }
  }

  func accessKey(
    _ id: String, sessionToken: String? = nil
  ) async throws(S3Error) -> AccessKey {
    let answer: KeyAnswer
    do throws(IdentityUnavailable) {
      answer = try await self.identity.key(id, sessionToken: sessionToken)
    } catch {
      throw S3Error(.serviceUnavailable, "identity cannot be asked")
    }
    if case .known(let key) = answer { return key }
    self.metrics.authFailures.add()
    switch answer {
    case .expired: throw S3Error(.expiredToken, "The provided token has expired.")
    case .badToken:
      throw S3Error(.invalidToken, "The provided token is malformed or otherwise invalid.")
    case .unknown, .known:
      throw S3Error(
        .invalidAccessKeyID,
        "The AWS Access Key Id you provided does not exist in our records.",
        details: [.init("AWSAccessKeyId", String(id.prefix(128)))])
    }
  }

  /// Of `x-amz-date`, else of `Date`.
  static func time(of request: S3Request) throws(S3Error) -> SigV4Time {
    let exchange = request.exchange
    if let field = exchange.field(.xAmzDate) {
      guard let time = SigV4Time(basic: field) else {
        throw S3Error(
          .accessDenied, "AWS authentication requires a valid Date or x-amz-date header")
      }
      return time
    }
    if let field = exchange.field(.date) {
      if let time = SigV4Time(basic: field) ?? SigV4Time(httpDate: field) { return time }
      // Mail's way to write the same zone.
      let text = field.lossyText
      if text.hasSuffix(" -0000") || text.hasSuffix(" +0000") {
        let bytes = Array((text.dropLast(5) + "GMT").utf8)
        if let time = SigV4Time(httpDate: bytes.rawBytes) { return time }
      }
    }
    throw S3Error(.accessDenied, "AWS authentication requires a valid Date or x-amz-date header")
  }

  private static func timeError(
    _ error: SigV4Error, _ time: SigV4Time, _ now: SigV4Time
  ) -> S3Error {
    guard error.code == .timeSkewed else {
      return S3Error(.authorizationHeaderMalformed, error.message)
    }
    return Self.skewed(time, now)
  }

  static func skewed(_ time: SigV4Time, _ now: SigV4Time) -> S3Error {
    func text(_ time: SigV4Time) -> String {
      S3Time.text(milliseconds: UInt64(clamping: time.seconds) * 1000)
    }
    return S3Error(
      .requestTimeTooSkewed,
      "The difference between the request time and the server's time is too large.",
      details: [
        .init("RequestTime", text(time)), .init("ServerTime", text(now)),
        .init("MaxAllowedSkewMilliseconds", "900000"),
      ])
  }

  /// Answers the key that the signature was made with.
  private func verify(
    _ request: S3Request, _ authorization: SigV4Authorization, _ key: AccessKey,
    _ time: SigV4Time, payloadHash: String
  ) throws(S3Error) -> SigV4Key {
    let exchange = request.exchange
    let headers = ExchangeHeaders(exchange: exchange)
    let names = Array(authorization.signedNames.utf8)
    let hash = Array(payloadHash.utf8)
    let method = exchange.method.text
    let methodBytes = UnsafeRawBufferPointer(
      start: method.utf8Start, count: method.utf8CodeUnitCount)
    let signed = SigV4Request(
      method: methodBytes.bytes, path: exchange.path, query: exchange.query,
      signedNames: names.rawBytes, payloadHash: hash.rawBytes)
    var signing = self.signingKeys.key(key, authorization.scope)
    do throws(SigV4Error) {
      try SigV4Verification.checkSignedNames(authorization, headers: headers)
      var outcome: SigV4Verification.Outcome
      do throws(SigV4Error) {
        outcome = try SigV4Verification.check(
          signed, headers: headers, at: time, authorization: authorization, key: signing)
      } catch {
        guard error.code == .wrongSignature,
          let former = self.signingKeys.formerKey(key, authorization.scope)
        else { throw error }
        signing = former
        outcome = try SigV4Verification.check(
          signed, headers: headers, at: time, authorization: authorization, key: former)
      }
      if outcome == .matchesPathAsSent { self.metrics.rawPathSignatures.add() }
      self.identity.accepted(key)
      return signing
    } catch {
      self.metrics.authFailures.add()
      self.identity.refused(keyID: key.id, source: "\(exchange.peer)")
      guard error.code == .wrongSignature else {
        throw S3Error(
          .accessDenied, "There were headers present in the request which were not signed",
          details: [.init("HeadersNotSigned", error.message)])
      }
      var canonical = ByteWriter(capacity: 1024)
      signed.appendCanonical(headers, to: &canonical)
      throw Self.mismatch(authorization, canonical.bytes.lossyText, time)
    }
  }

  /// With everything that a client needs to find where it signs otherwise; none of it is secret.
  private static func mismatch(
    _ authorization: SigV4Authorization, _ canonical: String, _ time: SigV4Time
  ) -> S3Error {
    let digest = SHA256.digest(of: Array(canonical.utf8).rawBytes)
    let text = "AWS4-HMAC-SHA256\n\(time)\n\(authorization.scope)\n\(digest)"
    func bytes(_ text: String) -> String {
      text.utf8.map { byte in
        let digits = String(byte, radix: 16)
        return digits.utf8.count == 1 ? "0" + digits : digits
      }.joined(separator: " ")
    }
    return S3Error(
      .signatureDoesNotMatch,
      "The request signature we calculated does not match the signature you provided. Check your "
        + "key and signing method.",
      details: [
        .init("AWSAccessKeyId", authorization.accessKeyID), .init("StringToSign", text),
        .init("SignatureProvided", "\(authorization.signature)"),
        .init("StringToSignBytes", bytes(text)), .init("CanonicalRequest", canonical),
        .init("CanonicalRequestBytes", bytes(canonical)),
      ])
  }
}
