private import Bytes

/// The signature of a presigned request: the six `X-Amz-…` parameters of its query.
public struct SigV4Presigned: Sendable, Equatable {
  public var authorization: SigV4Authorization
  public var time: SigV4Time
  public var expiresSeconds: Int

  public static let expiresSecondsMax = 604_800

  /// Reads the parameters; each must be there once, spelled exactly so.
  public init(query: RawSpan) throws(SigV4Error) {
    guard query.byteCount <= SigV4Authorization.textByteCountMax else {
      throw SigV4Error(.malformedQuery, "a presigned query of \(query.byteCount) bytes")
    }
    let wanted = [
      "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
      "X-Amz-Signature",
    ]
    var values: [String: String] = [:]
    var start = 0
    while start < query.byteCount {
      let end = query.firstOffset(of: UInt8(ascii: "&"), from: start) ?? query.byteCount
      let piece = query.extracting(start..<end)
      start = end + 1
      let equal = piece.firstOffset(of: UInt8(ascii: "=")) ?? piece.byteCount
      guard let name = URIEncoding.decoded(piece.extracting(0..<equal)), wanted.contains(name)
      else { continue }
      let raw = piece.extracting(min(equal + 1, piece.byteCount)..<piece.byteCount)
      guard let value = URIEncoding.decoded(raw) else {
        throw SigV4Error(.malformedQuery, "\(name) is not UTF-8")
      }
      guard values.updateValue(value, forKey: name) == nil else {
        throw SigV4Error(.malformedQuery, "\(name) is there twice")
      }
    }
    for name in wanted where values[name] == nil {
      throw SigV4Error(.malformedQuery, "\(name) is missing")
    }
    try self.init(values)
  }

  private init(_ values: [String: String]) throws(SigV4Error) {
    guard values["X-Amz-Algorithm"] == SigV4Authorization.algorithm else {
      throw SigV4Error(
        .malformedQuery, "X-Amz-Algorithm is not \(SigV4Authorization.algorithm)")
    }
    let date = Array((values["X-Amz-Date"] ?? "").utf8)
    guard let time = SigV4Time(basic: date.rawBytes) else {
      throw SigV4Error(.malformedQuery, "X-Amz-Date is not yyyymmddThhmmssZ")
    }
    let expiresText = values["X-Amz-Expires"] ?? ""
    guard let expires = Int(expiresText), expiresText.utf8.first != UInt8(ascii: "+") else {
      throw SigV4Error(.malformedQuery, "X-Amz-Expires is not a number")
    }
    guard (1...Self.expiresSecondsMax).contains(expires) else {
      throw SigV4Error(
        .expired, "X-Amz-Expires is \(expires), not between 1 and \(Self.expiresSecondsMax)")
    }
    let credential = Array((values["X-Amz-Credential"] ?? "").utf8)
    let names = Array((values["X-Amz-SignedHeaders"] ?? "").utf8)
    let signature = Array((values["X-Amz-Signature"] ?? "").utf8)
    self.authorization = try SigV4Authorization(
      credential: credential.rawBytes, names: names.rawBytes, signature: signature.rawBytes,
      code: .malformedQuery)
    self.time = time
    self.expiresSeconds = expires
  }

  /// Throws when the request is used too late, or was made more than `skewSeconds` in the future.
  public func check(now: SigV4Time, skewSeconds: Int = SigV4Verification.skewSeconds)
    throws(SigV4Error)
  {
    guard self.time.seconds <= now.seconds + Int64(skewSeconds) else {
      throw SigV4Error(.timeSkewed, "the request is signed for \(self.time), it is \(now)")
    }
    guard now.seconds <= self.time.seconds + Int64(self.expiresSeconds) else {
      throw SigV4Error(
        .expired, "the request was good until \(self.expiresSeconds) s after \(self.time)")
    }
  }
}
