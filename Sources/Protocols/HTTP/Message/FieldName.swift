/// The field names that are looked up by number. Every other name is `other` and is compared as text.
public enum FieldName: UInt8, CaseIterable, Sendable {
  case other = 0
  case host, connection, contentLength, contentType, contentEncoding, contentLanguage
  case contentDisposition, contentMd5, contentRange, transferEncoding, trailer, transferCodings
  case expect, upgrade, keepAlive, via, date, age, range, acceptRanges, ifMatch, ifNoneMatch
  case ifModifiedSince, ifUnmodifiedSince, ifRange, etag, lastModified, expires
  case cacheControl, vary, authorization, proxyAuthorization, wwwAuthenticate, userAgent, server
  case accept, acceptEncoding, acceptLanguage, acceptCharset, cookie, setCookie, origin, referer
  case location, retryAfter, allow, link, accessControlRequestMethod
  case accessControlRequestHeaders, accessControlAllowOrigin, forwarded, xForwardedFor
  case xForwardedHost, xForwardedProto, xRealIp, xRequestId, traceparent, tracestate
  case idempotencyKey, prefer, xApiKey, grpcTimeout, secWebsocketKey, secWebsocketAccept
  case secWebsocketVersion, secWebsocketProtocol, secWebsocketExtensions, xAmzDate
  case xAmzContentSha256, xAmzSecurityToken, xAmzDecodedContentLength, xAmzTrailer, xAmzAcl
  case xAmzCopySource, xAmzRequestId, xAmzId2, xAmzVersionId, xAmzUserAgent
  case xAmzSdkChecksumAlgorithm, xAmzChecksumCrc32, xAmzChecksumCrc32c, xAmzChecksumCrc64nvme
  case xAmzChecksumSha1, xAmzChecksumSha256, amzSdkInvocationId, amzSdkRequest
  case xIcebergAccessDelegation

  /// The name as it is written on the wire; empty for `other`.
  public var text: StaticString {
    switch self {
    case .other: ""
    case .host: "Host"
    case .connection: "Connection"
    case .contentLength: "Content-Length"
    case .contentType: "Content-Type"
    case .contentEncoding: "Content-Encoding"
    case .contentLanguage: "Content-Language"
    case .contentDisposition: "Content-Disposition"
    case .contentMd5: "Content-MD5"
    case .contentRange: "Content-Range"
    case .transferEncoding: "Transfer-Encoding"
    case .trailer: "Trailer"
    case .transferCodings: "TE"
    case .expect: "Expect"
    case .upgrade: "Upgrade"
    case .keepAlive: "Keep-Alive"
    case .via: "Via"
    case .date: "Date"
    case .age: "Age"
    case .range: "Range"
    case .acceptRanges: "Accept-Ranges"
    case .ifMatch: "If-Match"
    case .ifNoneMatch: "If-None-Match"
    case .ifModifiedSince: "If-Modified-Since"
    case .ifUnmodifiedSince: "If-Unmodified-Since"
    case .ifRange: "If-Range"
    case .etag: "ETag"
    case .lastModified: "Last-Modified"
    case .expires: "Expires"
    case .cacheControl: "Cache-Control"
    case .vary: "Vary"
    case .authorization: "Authorization"
    case .proxyAuthorization: "Proxy-Authorization"
    case .wwwAuthenticate: "WWW-Authenticate"
    case .userAgent: "User-Agent"
    case .server: "Server"
    case .accept: "Accept"
    case .acceptEncoding: "Accept-Encoding"
    case .acceptLanguage: "Accept-Language"
    case .acceptCharset: "Accept-Charset"
    case .cookie: "Cookie"
    case .setCookie: "Set-Cookie"
    case .origin: "Origin"
    case .referer: "Referer"
    case .location: "Location"
    case .retryAfter: "Retry-After"
    case .allow: "Allow"
    case .link: "Link"
    case .accessControlRequestMethod: "Access-Control-Request-Method"
    case .accessControlRequestHeaders: "Access-Control-Request-Headers"
    case .accessControlAllowOrigin: "Access-Control-Allow-Origin"
    case .forwarded: "Forwarded"
    case .xForwardedFor: "X-Forwarded-For"
    case .xForwardedHost: "X-Forwarded-Host"
    case .xForwardedProto: "X-Forwarded-Proto"
    case .xRealIp: "X-Real-IP"
    case .xRequestId: "x-request-id"
    case .traceparent: "traceparent"
    case .tracestate: "tracestate"
    case .idempotencyKey: "Idempotency-Key"
    case .prefer: "Prefer"
    case .xApiKey: "X-Api-Key"
    case .grpcTimeout: "grpc-timeout"
    case .secWebsocketKey: "Sec-WebSocket-Key"
    case .secWebsocketAccept: "Sec-WebSocket-Accept"
    case .secWebsocketVersion: "Sec-WebSocket-Version"
    case .secWebsocketProtocol: "Sec-WebSocket-Protocol"
    case .secWebsocketExtensions: "Sec-WebSocket-Extensions"
    case .xAmzDate: "x-amz-date"
    case .xAmzContentSha256: "x-amz-content-sha256"
    case .xAmzSecurityToken: "x-amz-security-token"
    case .xAmzDecodedContentLength: "x-amz-decoded-content-length"
    case .xAmzTrailer: "x-amz-trailer"
    case .xAmzAcl: "x-amz-acl"
    case .xAmzCopySource: "x-amz-copy-source"
    case .xAmzRequestId: "x-amz-request-id"
    case .xAmzId2: "x-amz-id-2"
    case .xAmzVersionId: "x-amz-version-id"
    case .xAmzUserAgent: "x-amz-user-agent"
    case .xAmzSdkChecksumAlgorithm: "x-amz-sdk-checksum-algorithm"
    case .xAmzChecksumCrc32: "x-amz-checksum-crc32"
    case .xAmzChecksumCrc32c: "x-amz-checksum-crc32c"
    case .xAmzChecksumCrc64nvme: "x-amz-checksum-crc64nvme"
    case .xAmzChecksumSha1: "x-amz-checksum-sha1"
    case .xAmzChecksumSha256: "x-amz-checksum-sha256"
    case .amzSdkInvocationId: "amz-sdk-invocation-id"
    case .amzSdkRequest: "amz-sdk-request"
    case .xIcebergAccessDelegation: "X-Iceberg-Access-Delegation"
    }
  }
}
