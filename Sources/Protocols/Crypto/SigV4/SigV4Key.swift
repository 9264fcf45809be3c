import Bytes

/// Where and when a signature holds: `20130524/us-east-1/s3/aws4_request`.
public struct SigV4Scope: Hashable, Sendable, CustomStringConvertible {
  /// `yyyymmdd`.
  public var day: String
  public var region: String
  public var service: String

  public init(day: String, region: String, service: String) {
    self.day = day
    self.region = region
    self.service = service
  }

  public var description: String { "\(self.day)/\(self.region)/\(self.service)/aws4_request" }

  func append(to target: inout ByteWriter) {
    target.append(self.day)
    target.append(UInt8(ascii: "/"))
    target.append(self.region)
    target.append(UInt8(ascii: "/"))
    target.append(self.service)
    target.append("/aws4_request" as StaticString)
  }
}

/// The key that signs within one scope. A value: keep it per access key and scope, it is good for the
/// day. Deriving one takes four HMACs, about 2 µs.
public struct SigV4Key: Sendable {
  public let scope: SigV4Scope
  private let hmac: HMACSHA256

  public init(secret: String, scope: SigV4Scope) {
    var seed = Array("AWS4".utf8) + Array(secret.utf8)
    let day = HMACSHA256(key: seed).code(of: scope.day)
    SecretBytes.clear(&seed)
    let region = HMACSHA256(key: day).code(of: scope.region)
    let service = HMACSHA256(key: region).code(of: scope.service)
    self.scope = scope
    self.hmac = HMACSHA256(key: HMACSHA256(key: service).code(of: "aws4_request"))
  }

  /// The code that the key gives a text that is signed as it is: the policy of a form.
  public func code(of message: RawSpan) -> Digest<32> { self.hmac.code(of: message) }

  /// The signature of a canonical request made at `time`.
  public func signature(ofCanonicalRequest request: RawSpan, at time: SigV4Time) -> Digest<32> {
    var text = ByteWriter(capacity: 192)
    text.append("AWS4-HMAC-SHA256\n" as StaticString)
    time.append(to: &text)
    text.append(UInt8(ascii: "\n"))
    self.scope.append(to: &text)
    text.append(UInt8(ascii: "\n"))
    text.append(hexadecimal: SHA256.digest(of: request))
    return self.hmac.code(of: text.bytes)
  }
}
