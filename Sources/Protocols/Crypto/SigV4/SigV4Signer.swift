private import Bytes

/// Signs requests that we send.
public struct SigV4Signer: Sendable {
  public static let unsignedPayload = "UNSIGNED-PAYLOAD"

  public let accessKeyID: String
  public let key: SigV4Key

  /// Good for the scope of `key`, which is one day.
  public init(accessKeyID: String, key: SigV4Key) {
    self.accessKeyID = accessKeyID
    self.key = key
  }

  /// The authorization of a request. `headers` are all that is signed: `host`, `x-amz-date` and
  /// `x-amz-content-sha256` among them, as they will be sent.
  ///
  /// - Precondition: `time` is of the key's day.
  public func authorization(
    method: String, path: String, query: String, headers: SigV4HeaderList, payloadHash: String,
    at time: SigV4Time
  ) -> SigV4Authorization {
    precondition(time.day == self.key.scope.day, "a key of \(self.key.scope.day) at \(time)")
    let names = headers.signedNames
    return SigV4Authorization(
      accessKeyID: self.accessKeyID, scope: self.key.scope, signedNames: names,
      signature: self.sign(
        method: method, path: path, query: query, headers: headers, names: names,
        payloadHash: payloadHash, at: time))
  }

  /// The query of a presigned request: `query` with the parameters of the signature behind it. Whoever
  /// has it may make this request until it expires.
  ///
  /// - Precondition: 1 to 604800 seconds; `time` is of the key's day.
  public func presignedQuery(
    method: String, path: String, query: String, headers: SigV4HeaderList, at time: SigV4Time,
    expiresSeconds: Int
  ) -> String {
    precondition(time.day == self.key.scope.day, "a key of \(self.key.scope.day) at \(time)")
    precondition(
      (1...SigV4Presigned.expiresSecondsMax).contains(expiresSeconds), "\(expiresSeconds) s")
    let names = headers.signedNames
    var text = ByteWriter(capacity: 512)
    text.append(query)
    if !query.isEmpty { text.append(UInt8(ascii: "&")) }
    text.append("X-Amz-Algorithm=\(SigV4Authorization.algorithm)&X-Amz-Credential=")
    URIEncoding.append("\(self.accessKeyID)/\(self.key.scope)", to: &text)
    text.append("&X-Amz-Date=\(time)&X-Amz-Expires=\(expiresSeconds)&X-Amz-SignedHeaders=")
    URIEncoding.append(names, to: &text)
    let unsigned = text.bytes.lossyText
    let signature = self.sign(
      method: method, path: path, query: unsigned, headers: headers, names: names,
      payloadHash: Self.unsignedPayload, at: time)
    return "\(unsigned)&X-Amz-Signature=\(signature)"
  }

  private func sign(
    method: String, path: String, query: String, headers: SigV4HeaderList, names: String,
    payloadHash: String, at time: SigV4Time
  ) -> Digest<32> {
    let method = Array(method.utf8)
    let path = Array(path.utf8)
    let query = Array(query.utf8)
    let names = Array(names.utf8)
    let payloadHash = Array(payloadHash.utf8)
    var canonical = ByteWriter(capacity: 1024)
    SigV4Request(
      method: method.rawBytes, path: path.rawBytes, query: query.rawBytes,
      signedNames: names.rawBytes, payloadHash: payloadHash.rawBytes
    ).appendCanonical(headers, to: &canonical)
    return self.key.signature(ofCanonicalRequest: canonical.bytes, at: time)
  }
}
