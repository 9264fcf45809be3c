private import Bytes

/// The steps by which a server believes a request. Looking up the key, the payload and the protocol's
/// error words are the service's.
public enum SigV4Verification {
  /// How far the clocks of client and server may differ.
  public static let skewSeconds = 900

  /// Checks the time of a request that is signed in its header.
  public static func check(
    time: SigV4Time, scope: SigV4Scope, now: SigV4Time, skewSeconds: Int = Self.skewSeconds
  ) throws(SigV4Error) {
    guard time.day == scope.day else {
      throw SigV4Error(
        .malformedTime, "the request's time is \(time), its credential is of \(scope.day)")
    }
    guard abs(time.seconds - now.seconds) <= Int64(skewSeconds) else {
      throw SigV4Error(.timeSkewed, "the request is signed at \(time), it is \(now)")
    }
  }

  /// Checks that `host` and every `x-amz-…` header of the request are signed.
  public static func checkSignedNames(
    _ authorization: SigV4Authorization, headers: borrowing some SigV4Headers
  ) throws(SigV4Error) {
    let names = Array(authorization.signedNames.utf8)
    let host: StaticString = "host"
    let hostBytes = UnsafeRawBufferPointer(start: host.utf8Start, count: host.utf8CodeUnitCount)
    var missing: [String] = []
    if !SigV4Authorization.names(names.rawBytes, contain: hostBytes.bytes) {
      missing.append("host")
    }
    headers.forEachName { name in
      guard Self.isAmazon(name), !SigV4Authorization.names(names.rawBytes, contain: name) else {
        return
      }
      missing.append(name.lossyText.lowercased())
    }
    guard missing.isEmpty else {
      throw SigV4Error(
        .headersNotSigned, "not signed: \(missing.prefix(20).joined(separator: ", "))")
    }
  }

  /// `x-amz-…`
  private static func isAmazon(_ name: RawSpan) -> Bool {
    guard name.byteCount > 6 else { return false }
    return name[lowerAt: 0] == UInt8(ascii: "x") && name[lowerAt: 1] == UInt8(ascii: "-")
      && name[lowerAt: 2] == UInt8(ascii: "a") && name[lowerAt: 3] == UInt8(ascii: "m")
      && name[lowerAt: 4] == UInt8(ascii: "z") && name[lowerAt: 5] == UInt8(ascii: "-")
  }

  /// How the signature came out.
  public enum Outcome: Sendable, Equatable {
    case matches
    /// It does when the path is taken as it was sent: the client does not encode as S3 does.
    case matchesPathAsSent
  }

  /// Compares the request's signature with the one that `key` gives. Throws `wrongSignature`.
  ///
  /// - Precondition: `key` is of the authorization's scope.
  public static func check(
    _ request: SigV4Request, headers: borrowing some SigV4Headers, at time: SigV4Time,
    authorization: SigV4Authorization, key: SigV4Key
  ) throws(SigV4Error) -> Outcome {
    precondition(key.scope == authorization.scope, "a key of \(key.scope)")
    var canonical = ByteWriter(capacity: 1024)
    request.appendCanonical(headers, to: &canonical)
    let signature = key.signature(ofCanonicalRequest: canonical.bytes, at: time)
    if signature == authorization.signature { return .matches }
    canonical.removeAll()
    request.appendCanonical(headers, pathForm: .asSent, to: &canonical)
    guard key.signature(ofCanonicalRequest: canonical.bytes, at: time) == authorization.signature
    else {
      throw SigV4Error(
        .wrongSignature, "the signature is not the one that the key and the request give")
    }
    return .matchesPathAsSent
  }
}
